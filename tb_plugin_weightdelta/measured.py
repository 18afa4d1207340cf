"""Everything known about one series: measures, verdict, flags, and the facts for sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.baseline import BaselineChoice, choose
from tb_plugin_weightdelta.comparison import distance
from tb_plugin_weightdelta.flags import Flag, flags_of
from tb_plugin_weightdelta.histograms import (
    NON_FINITE,
    FloatArray,
    HistogramSeries,
    IntArray,
    stacked,
)
from tb_plugin_weightdelta.movement import Movement, measure
from tb_plugin_weightdelta.roles import role_of
from tb_plugin_weightdelta.sentences import SeriesFacts
from tb_plugin_weightdelta.verdicts import DEFAULT_THRESHOLDS, Thresholds, Verdict, judge

# Buckets of all rows that are measured in one go: enough to spread the cost of numpy's
# calls, few enough for the arrays to stay in the processor's cache.
_CELLS: Final = 40_000


@dataclass(frozen=True)
class MeasuredSeries:
    """One series, measured.

    movement, baseline: of every row of the series, or of the last one alone; None when there
        is nothing to compare.
    rows, sparkline: movement at some of the series' rows, the first and last among them; NaN
        when there is nothing to compare.
    last_speed: speed at the last step, NaN where there is no step before it.
    """

    series: HistogramSeries
    rows: IntArray
    baseline: HistogramSeries | None
    movement: Movement | None
    sparkline: FloatArray
    last_speed: float
    verdict: Verdict
    flags: tuple[Flag, ...]
    facts: SeriesFacts

    @property
    def baseline_step(self) -> int | None:
        """The step that the last row is compared with."""
        return int(self.baseline.steps[-1]) if self.baseline else None


def measure_series(
    tag: str,
    series: HistogramSeries,
    choice: BaselineChoice,
    other: HistogramSeries | None,
    *,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    points: int | None = None,
) -> MeasuredSeries:
    """Measure one series against its baseline, as ``measure_all`` does."""
    others = {} if other is None else {tag: other}
    (measured,) = measure_all(
        {tag: series}, choice, others, thresholds=thresholds, points=points
    ).values()
    return measured


def measure_all(
    all_series: Mapping[str, HistogramSeries],
    choice: BaselineChoice,
    others: Mapping[str, HistogramSeries],
    *,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    points: int | None = None,
    until: int | None = None,
) -> dict[str, MeasuredSeries]:
    """Measure series by tag against their baselines.

    others: where the baselines come from, by tag; a series without one is not compared.
    points: measure the last row of each alone, and of at most so many rows, evenly chosen,
        the movement for a sparkline; None measures every row. Verdict and flags look at
        all rows whichever are measured.
    until: measure the series as if they had ended at this step.
    """
    if until is not None:
        all_series = _ended(all_series, until)
        others = others if choice.kind == "run" else _ended(others, until)
    rows = {tag: _evenly_chosen(len(series), points) for tag, series in all_series.items()}
    baselines = {
        tag: choose(choice, series, others[tag], rows[tag])
        for tag, series in all_series.items()
        if len(series) and len(others.get(tag, ()))
    }
    pairs = {tag: (all_series[tag].at(rows[tag]), base) for tag, base in baselines.items()}
    last = np.array([-1])
    movements = _movements(
        pairs
        if points is None
        else {tag: (s.at(last), b.at(last)) for tag, (s, b) in pairs.items()}
    )
    sparklines = _sparklines(pairs, movements) if points else {}
    speeds = _last_speeds(all_series)
    measured = {}
    for tag, series in all_series.items():
        baseline, movement = baselines.get(tag), movements.get(tag)
        verdict = judge(series, movement, thresholds)
        measured[tag] = MeasuredSeries(
            series=series,
            rows=rows[tag],
            baseline=baseline,
            movement=movement,
            sparkline=sparklines[tag] if tag in sparklines else _whole(movement, len(series)),
            last_speed=speeds.get(tag, np.nan),
            verdict=verdict,
            flags=flags_of(series, choice, baseline),
            facts=_facts(
                tag, series, verdict, movement, _baseline_words(choice, baseline), until=until
            ),
        )
    return measured


def _ended(all_series: Mapping[str, HistogramSeries], until: int) -> dict[str, HistogramSeries]:
    return {tag: series.until(until) for tag, series in all_series.items()}


Pair = tuple[HistogramSeries, HistogramSeries]


def _movements(pairs: Mapping[str, Pair]) -> dict[str, Movement]:
    """Each tag's series measured against its baseline, many in one go."""
    movements: dict[str, Movement] = {}
    for tags in _batches(pairs):
        series = [pairs[tag][0] for tag in tags]
        baselines = [pairs[tag][1].repeated(len(pairs[tag][0])) for tag in tags]
        together = measure(stacked(series), stacked(baselines))
        ends = np.cumsum([len(part) for part in series]).tolist()
        for tag, start, end in zip(tags, [0, *ends], ends, strict=False):
            movements[tag] = together.part(slice(start, end))
    return movements


def _sparklines(
    pairs: Mapping[str, Pair], movements: Mapping[str, Movement]
) -> dict[str, FloatArray]:
    """Each tag's movement over its rows, the last value that of ``movements``.

    Inner values are not clipped into their bounds: at a sparkline's size nobody could tell,
    and bounds are most of the cost.
    """
    found: dict[str, FloatArray] = {}
    for tags in _batches(pairs):
        series, baselines = zip(*(pairs[tag] for tag in tags), strict=True)
        now, then = stacked(series), stacked(baselines)
        rows = _rows_of_baselines(series, baselines)
        moved = distance(then.edges, then.counts, now.edges, now.counts, rows_a=rows)
        ends = np.cumsum([len(part) for part in series])
        moved[ends - 1] = [movements[tag].movement[-1] for tag in tags]
        found |= zip(tags, np.split(moved, ends[:-1]), strict=True)
    return found


def _rows_of_baselines(
    series: Sequence[HistogramSeries], baselines: Sequence[HistogramSeries]
) -> IntArray:
    """For each row of the stacked series, its row among the stacked baselines."""
    rows, start = [], 0
    for own, baseline in zip(series, baselines, strict=True):
        step = 0 if len(baseline) == 1 else 1  # one baseline for all rows, or one for each
        rows.append(start + step * np.arange(len(own)))
        start += len(baseline)
    return np.concatenate(rows)


def _whole(movement: Movement | None, rows: int) -> FloatArray:
    return movement.movement if movement else np.full(rows, np.nan)


def _last_speeds(all_series: Mapping[str, HistogramSeries]) -> dict[str, float]:
    """The speed at the last step of each series that has a step before it."""
    last, before = np.array([-1]), np.array([-2])
    pairs = {tag: (s.at(last), s.at(before)) for tag, s in all_series.items() if len(s) > 1}
    speeds: dict[str, float] = {}
    for tags in _batches(pairs):
        now, then = (stacked([pairs[tag][side] for tag in tags]) for side in (0, 1))
        moved = distance(then.edges, then.counts, now.edges, now.counts)
        speeds |= zip(tags, (moved / (now.steps - then.steps)).tolist(), strict=True)
    return speeds


def _batches(pairs: Mapping[str, Pair]) -> Iterator[list[str]]:
    """Tags whose rows are measured together: alike in buckets, and not too many at once.

    A numpy call costs a microsecond before it does anything, so series are not measured
    one by one.
    """
    batch: list[str] = []
    cells, width = 0, 0
    for tag in sorted(pairs, key=lambda tag: _buckets(pairs[tag])):
        buckets, rows = _buckets(pairs[tag]), len(pairs[tag][0])
        if batch and (buckets > 1.25 * width or cells + rows * buckets > _CELLS):
            yield batch
            batch, cells = [], 0
        if not batch:
            width = buckets
        batch.append(tag)
        cells += rows * buckets
    if batch:
        yield batch


def _buckets(pair: Pair) -> int:
    return max(int(part.counts.shape[1]) for part in pair)


def _evenly_chosen(rows: int, points: int | None) -> IntArray:
    if points is None or rows <= points:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, points).round().astype(np.int64))


def _facts(
    tag: str,
    series: HistogramSeries,
    verdict: Verdict,
    movement: Movement | None,
    baseline: str,
    *,
    until: int | None,
) -> SeriesFacts:
    def last(name: str) -> float:
        return float(getattr(movement, name)[-1]) if movement else np.nan

    some = len(series) > 0
    return SeriesFacts(
        tag=tag,
        role=role_of(tag),
        verdict=verdict,
        elements=int(series.counts[-1].sum()) if some else None,
        first_step=int(series.steps[0]) if some else None,
        last_step=int(series.steps[-1]) if some else None,
        baseline=baseline,
        scale=last("scale"),
        scale_kind=movement.scale_kind if movement else "none",
        movement=last("movement"),
        movement_lower=last("movement_lower"),
        movement_upper=last("movement_upper"),
        resolution=last("resolution"),
        relative_movement=last("relative_movement"),
        spread_ratio=last("spread_ratio"),
        non_finite_step=next((o.step for o in series.left_out if o.reason == NON_FINITE), None),
        until=until,
    )


def _baseline_words(choice: BaselineChoice, baseline: HistogramSeries | None) -> str:
    if baseline is None:
        return str(choice)
    words = f"step {int(baseline.steps[-1])}"
    return f"{words} of run {choice.run}" if choice.kind == "run" else words
