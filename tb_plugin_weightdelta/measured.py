"""Everything known about one series: measures, verdict, flags, and the facts for sentences."""

from dataclasses import dataclass

import numpy as np

from tb_plugin_weightdelta.baseline import BaselineChoice, choose
from tb_plugin_weightdelta.flags import Flag, flags_of
from tb_plugin_weightdelta.histograms import NON_FINITE, HistogramSeries, IntArray
from tb_plugin_weightdelta.movement import Movement, measure
from tb_plugin_weightdelta.roles import role_of
from tb_plugin_weightdelta.sentences import SeriesFacts
from tb_plugin_weightdelta.verdicts import DEFAULT_THRESHOLDS, Thresholds, Verdict, judge


@dataclass(frozen=True)
class MeasuredSeries:
    """One series, measured.

    rows: which rows of the series ``movement`` and ``baseline`` are about, the last among them.
    movement, baseline: None when there is nothing to compare.
    """

    series: HistogramSeries
    rows: IntArray
    baseline: HistogramSeries | None
    movement: Movement | None
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
    """Measure a series against its baseline.

    other: where the baseline comes from, None when the other run has no such series.
    points: measure at most so many rows, evenly chosen, first and last among them; None
        for all. Verdict and flags look at all rows whichever are measured.
    """
    rows = _evenly_chosen(len(series), points)
    baseline = movement = None
    if len(series) and other and len(other):
        baseline = choose(choice, series, other, rows)
        movement = measure(series.at(rows), baseline)
    verdict = judge(series, movement, thresholds)
    return MeasuredSeries(
        series=series,
        rows=rows,
        baseline=baseline,
        movement=movement,
        verdict=verdict,
        flags=flags_of(series, choice, baseline),
        facts=_facts(tag, series, verdict, movement, _baseline_words(choice, baseline)),
    )


def _evenly_chosen(rows: int, points: int | None) -> IntArray:
    if points is None or rows <= points:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, points).round().astype(np.int64))


def _facts(
    tag: str, series: HistogramSeries, verdict: Verdict, movement: Movement | None, baseline: str
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
    )


def _baseline_words(choice: BaselineChoice, baseline: HistogramSeries | None) -> str:
    if baseline is None:
        return str(choice)
    words = f"step {int(baseline.steps[-1])}"
    return f"{words} of run {choice.run}" if choice.kind == "run" else words
