"""Measures the series of a run, and judges each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import (
    NON_FINITE,
    FloatArray,
    HistogramSeries,
    IntArray,
)
from tb_plugin_weightdelta.core.names import METRICS, Measure
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.judging.extent import (
    EstimatedMovement,
    ExactMovement,
    exact_movement,
    histogram_extent,
)
from tb_plugin_weightdelta.judging.flags import flags_of, step_gap, stopped_from
from tb_plugin_weightdelta.judging.growth import (
    Growth,
    growth_of_histograms,
    growth_of_records,
)
from tb_plugin_weightdelta.judging.precision import Precision, stored_as
from tb_plugin_weightdelta.judging.roles import PARAMETERS, Role, role_of
from tb_plugin_weightdelta.judging.row import SeriesRow
from tb_plugin_weightdelta.measuring import (
    Estimate,
    Movement,
    estimates_of,
    movements_of,
    norm,
    sparklines_of,
    speeds_of,
)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series, measured for a question.

    movement, baseline: of every row of the histograms, or of the last one alone; None when there
        is nothing to compare.
    estimate: how far single values moved, of the rows of ``movement``; None where nothing tells.
    stored_as: the number format of its values, as far as they tell it.
    records: what was recorded of the same tensor.
    speed: at the last step, NaN where there is none before it.
    sparkline_rows, sparkline: the measure at some rows of the histograms.
    measure: what a sparkline shows.
    points: how many a sparkline has at most, None for all.
    unlike: whether its baseline is to come from a run that has no tensor of its name.
    trained_before: why the run's first histograms are not of initial weights, "" where they are.
    beside: the number format of the run's parameters, where that is known.
    """

    tag: str
    asked: Question
    histograms: HistogramSeries
    baseline: HistogramSeries | None
    movement: Movement | None
    estimate: Estimate | None
    stored_as: Precision
    records: ExactSeries | None
    speed: float
    sparkline_rows: IntArray
    sparkline: FloatArray
    points: int | None
    measure: Measure = "movement"
    unlike: bool = False
    trained_before: str = ""
    beside: Precision = "unknown"

    @property
    def exact(self) -> ExactSeries | None:
        """The records where they answer the question: they compare with the initial weights."""
        return self.records if self.asked.choice.kind == "first" else None

    @cached_property
    def row(self) -> SeriesRow:
        """What is known at the last step."""
        series, baseline = self.histograms, self.baseline
        movement = None if self._is_alone else self.movement
        last = exact_movement(self.exact, series, self.movement)
        leading = self.exact if last and last.leads else None
        sparkline_steps, sparkline = self._over_steps(leading)
        steps = self.records.steps if self.records and not len(series) else series.steps
        measures = vars(movement) if movement else {}
        at_last = {name: float(each[-1]) for name, each in measures.items() if name in METRICS}
        compared_with, baseline_step = self._compared_with(), last.baseline_step if last else None
        # NaN is NaN whatever it is compared with.
        non_finite = _first_non_finite(series, self.records)
        role = role_of(self.tag)
        return SeriesRow(
            tag=self.tag,
            role=role,
            flags=flags_of(
                *(series, self.asked.choice, baseline, self.exact, leading),
                trained_before=self.trained_before,
                is_parameter=role in PARAMETERS,
            ),
            non_finite_step=non_finite,
            histograms=histogram_extent(series, movement, compared_with) if movement else None,
            exact=last,
            # What is known exactly needs no estimate, nor one beside it that says otherwise.
            estimate=None if leading else EstimatedMovement.at_the_end(self.estimate),
            is_alone=self._is_alone,
            # As far as its movement was measured.
            is_identical=bool(movement and not (series.unchanged_from or movement.movement.any())),
            growths=self._growths(role, last),
            elements=_elements(series, self.records),
            first_step=int(steps[0]) if len(steps) else None,
            last_step=int(steps[-1]) if len(steps) else None,
            kept_steps=len(steps),
            moved_step=_first_changed(series, self.exact),
            gap=step_gap(steps),
            baseline_step=int(baseline.steps[-1]) if baseline else baseline_step,
            compared_with=compared_with,
            unlike=self.unlike,
            until=self.asked.until,
            only_exact=len(series) == 0 and bool(self.records),
            good_before=_last_before(non_finite, series.steps, self.records),
            stopped=stopped_from(leading or series),
            values={**dict.fromkeys(METRICS, np.nan), **at_last, "speed": self.speed},
            sparkline_steps=sparkline_steps,
            sparkline=sparkline,
            left_out=series.left_out,
            refused=self.exact.refused if self.exact is not None else "",
            in_float32=series.in_float32,
            stored_as=self.stored_as,
            largest=_largest(series, self.records),
            thresholds=self.asked.thresholds,
        ).among(self.beside)

    def _over_steps(self, leading: ExactSeries | None) -> tuple[IntArray, FloatArray]:
        """Steps of a sparkline, and the measure at each.

        leading: the exact records, where they say more than the histograms.
        """
        measure, tells_mean = self.measure, self.measure in ("movement", "estimate")
        records, figure = (leading, "mean_abs") if tells_mean else (self.exact, measure)
        if records and figure in records.figures:
            chosen = _evenly_chosen(len(records), self.points)
            return records.steps[chosen], records.figures[figure][chosen]
        values = self.sparkline
        if self._is_alone and measure != "norm":
            values = np.full(1, np.nan)
        return self.histograms.steps[self.sparkline_rows], values

    @property
    def _is_alone(self) -> bool:
        """Whether there is one histogram, which would be compared with itself."""
        series, baseline = self.histograms, self.baseline
        return (
            len(series) == 1
            and baseline is not None
            and (series.steps[0], series.wall_times[0])
            == (baseline.steps[-1], baseline.wall_times[-1])
        )

    def _growths(self, role: Role, last: ExactMovement | None) -> tuple[Growth, ...]:
        if last is not None and self.exact is not None and (last.leads or self._has_no_movement):
            return growth_of_records(self.exact, last.records - 1, role)
        if self._has_no_movement or self.movement is None:
            return ()
        return growth_of_histograms(self.histograms, self.movement, role)

    @property
    def _has_no_movement(self) -> bool:
        """Whether histograms tell none."""
        return self.movement is None or self._is_alone

    def _compared_with(self) -> str:
        """What the last step is compared with, in words."""
        choice = self.asked.choice
        if self.baseline is None:
            return str(choice)
        words = f"step {int(self.baseline.steps[-1]):,}"
        return f"{words} of run {choice.run}" if choice.kind == "run" else words


def measure_all(
    all_series: Mapping[str, HistogramSeries],
    asked: Question,
    others: Mapping[str, HistogramSeries],
    *,
    exact: Mapping[str, ExactSeries] | None = None,
    points: int | None = None,
    measure: Measure = "movement",
    trained_before: str = "",
) -> dict[str, Series]:
    """Measure series by tag against their baselines, up to the step that is asked for.

    others: where the baselines come from, by tag; a series without one is not compared.
    exact: the exact records of some of the series.
    points: measure the last row of each alone, and of at most so many rows, evenly chosen,
        what a sparkline shows; None measures every row. Verdict and flags look at
        all rows whichever are measured.
    measure: what a sparkline shows.
    trained_before: why the run's first histograms are not of initial weights.
    """
    choice, until, exact = asked.choice, asked.until, exact or {}
    if until is not None:
        all_series = {tag: series.until(until) for tag, series in all_series.items()}
        if choice.kind != "run":
            others = {tag: series.until(until) for tag, series in others.items()}
        exact = {tag: records.until(until) for tag, records in exact.items()}
    rows = {tag: _evenly_chosen(len(series), points) for tag, series in all_series.items()}
    baselines = {
        tag: choice.choose(series, others[tag], rows[tag])
        for tag, series in all_series.items()
        if len(series) and len(others.get(tag, ()))
    }
    chosen = all_series if points is None else {t: s.at(rows[t]) for t, s in all_series.items()}
    pairs = {tag: (chosen[tag], base) for tag, base in baselines.items()}
    last = np.array([-1])
    lasts = {tag: (series.at(last), base.at(last)) for tag, (series, base) in pairs.items()}
    compared = pairs if points is None else lasts
    movements = movements_of(compared)
    formats = {tag: stored_as(series) for tag, series in all_series.items()}
    estimates = _estimates(asked, compared, movements, formats)
    unknown = {tag: np.full(len(each), np.nan) for tag, each in rows.items()}
    if measure == "movement":
        every = {tag: each.movement for tag, each in movements.items()}
        over_steps = sparklines_of(pairs, movements) if points else every
    elif measure == "speed":
        over_steps = speeds_of(all_series, rows)
    elif measure == "norm":
        over_steps = {tag: norm(series) for tag, series in chosen.items()}
    else:
        over_steps = _measured_over_steps(measure, asked, pairs, formats)
    sparklines = unknown | over_steps
    ends = {tag: np.array([len(series) - 1]) for tag, series in all_series.items() if len(series)}
    speeds = speeds_of(all_series, ends)
    return {
        tag: Series(
            tag=tag,
            asked=asked,
            histograms=series,
            baseline=baselines.get(tag),
            movement=movements.get(tag),
            estimate=estimates.get(tag),
            stored_as=formats[tag],
            records=exact.get(tag),
            speed=float(speeds[tag][0]) if tag in speeds else np.nan,
            sparkline_rows=rows[tag],
            sparkline=sparklines[tag],
            points=points,
            measure=measure,
            unlike=choice.kind == "run" and tag not in others,
            trained_before=trained_before,
        )
        for tag, series in all_series.items()
    }


def _estimates(
    asked: Question,
    pairs: Mapping[str, tuple[HistogramSeries, HistogramSeries]],
    movements: Mapping[str, Movement],
    formats: Mapping[str, Precision],
) -> dict[str, Estimate]:
    """What single values of parameters moved since an earlier step of their own run.

    Values in a coarse format move in jumps, of which nothing was learned.
    """
    if asked.choice.kind not in ("first", "step"):
        return {}
    may_tell = {
        tag: pair
        for tag, pair in pairs.items()
        if role_of(tag) in PARAMETERS
        and (formats[tag] == "float32" or movements[tag].scale_kind != "std")
    }
    return estimates_of(may_tell, movements)


def _measured_over_steps(
    measure: Measure,
    asked: Question,
    pairs: Mapping[str, tuple[HistogramSeries, HistogramSeries]],
    formats: Mapping[str, Precision],
) -> dict[str, FloatArray]:
    """A measure of each row that only all of its movement tells; nothing of what is recorded."""
    if measure not in ("estimate", "spread_ratio"):
        return {}
    movements = movements_of(pairs)
    if measure == "spread_ratio":
        return {tag: each.spread_ratio for tag, each in movements.items()}
    told = _estimates(asked, pairs, movements, formats)
    return {tag: each.mean_abs for tag, each in told.items()}


def _evenly_chosen(rows: int, points: int | None) -> IntArray:
    if points is None or rows <= points:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, points).round().astype(np.int64))


def _first_non_finite(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    """The first step with NaN or infinity in the histograms or the exact records."""
    steps = [out.step for out in series.left_out if out.reason == NON_FINITE]
    if exact is not None and exact.non_finite_step is not None:
        steps.append(exact.non_finite_step)
    return min(steps, default=None)


def _first_changed(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    """The first step with other values than at first: records see any, histograms most.

    Records may have ended before anything changed.
    """
    recorded = exact.changed_step if exact is not None else None
    return series.changed_step if recorded is None else recorded


def _last_before(step: int | None, steps: IntArray, exact: ExactSeries | None) -> int | None:
    """The last step with finite values before one without."""
    if step is None:
        return None
    known = steps if exact is None else np.concatenate([steps, exact.steps])
    before = known[known < step]
    return int(before.max()) if len(before) else None


def _largest(series: HistogramSeries, exact: ExactSeries | None) -> float:
    """The largest absolute value so far; of exact records alone that of a start at 0."""
    if len(series):
        return float(np.abs(series.edges[:, [0, -1]]).max())
    return float(np.nanmax(exact.figures["max_abs"], initial=0.0)) if exact else np.nan


def _elements(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    if len(series):
        return int(series.counts[-1].sum())
    return int(exact.figures["elements"][-1]) if exact else None
