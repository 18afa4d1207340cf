"""Everything known about one series: measures, verdict, flags, and the facts for sentences."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import FloatArray, HistogramSeries, IntArray
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, BaselineChoice, Thresholds
from tb_plugin_weightdelta.judging.exact_movement import ExactFacts, exact_facts
from tb_plugin_weightdelta.judging.flags import Flag, flags_of
from tb_plugin_weightdelta.judging.roles import Role, role_of
from tb_plugin_weightdelta.judging.verdicts import Verdict, first_non_finite, judge
from tb_plugin_weightdelta.measuring import (
    Movement,
    ScaleKind,
    last_speeds_of,
    movements_of,
    sparklines_of,
)

_NO_RECORDS: Mapping[str, ExactSeries] = {}


@dataclass(frozen=True)
class SeriesFacts:
    """The numbers that sentences are made of: one series at its last kept step.

    until: the step up to which alone the series was looked at, None for all of it.
    exact: what exact records say, None where there are none.
    only_exact: whether there is no histogram beside them.
    """

    tag: str
    role: Role
    verdict: Verdict
    elements: int | None
    first_step: int | None
    last_step: int | None
    baseline: str
    scale: float
    scale_kind: ScaleKind
    movement: float
    movement_lower: float
    movement_upper: float
    resolution: float
    relative_movement: float
    spread_ratio: float
    non_finite_step: int | None = None
    until: int | None = None
    exact: ExactFacts | None = None
    only_exact: bool = False

    @property
    def leads(self) -> bool:
        """Whether exact records say more than the histograms."""
        return self.exact is not None and self.exact.leads

    @property
    def led(self) -> Self:
        """The same facts with the exact movement in place of the distribution's, where known."""
        exact = self.exact
        if exact is None or not exact.leads:
            return self
        return dataclasses.replace(
            self,
            baseline=f"step {exact.baseline_step}",
            last_step=exact.step,
            scale=exact.scale,
            scale_kind=exact.scale_kind,
            movement=exact.mean_abs,
            movement_lower=exact.mean_abs,
            movement_upper=exact.mean_abs,
            resolution=0.0,
            relative_movement=exact.relative_movement,
        )

    @property
    def shown(self) -> float:
        """Which part of the exact movement the histograms show; NaN where that is not known."""
        exact = self.exact
        if exact is None or not exact.mean_abs > 0 or not self.resolved:
            return math.nan
        # Where both speak of the same two steps.
        alike = (f"step {exact.baseline_step}", exact.step) == (self.baseline, self.last_step)
        if not alike or exact.scale_kind == "rms" or math.isnan(self.movement):
            return math.nan
        return min(1.0, self.movement / exact.mean_abs)

    @property
    def resolved(self) -> bool:
        """Whether ``movement`` can be told from interpolation error."""
        return not self.movement < self.resolution or self.movement == 0


@dataclass(frozen=True)
class MeasuredSeries:
    """One series, measured.

    movement, baseline: of every row of the series, or of the last one alone; None when there
        is nothing to compare.
    exact: what was recorded of the same tensor; None where nothing was, or where the steps
        are compared with others than the initial weights.
    steps: those that the series is known at: of its histograms, else of its exact records.
    sparkline_steps, sparkline: movement at some steps, the first and last among them; NaN
        when there is nothing to compare. Where exact records lead, their mean_abs.
    last_speed: speed at the last step, NaN where there is no step before it.
    """

    series: HistogramSeries
    baseline: HistogramSeries | None
    movement: Movement | None
    exact: ExactSeries | None
    steps: IntArray
    sparkline_steps: IntArray
    sparkline: FloatArray
    last_speed: float
    verdict: Verdict
    flags: tuple[Flag, ...]
    facts: SeriesFacts

    @property
    def baseline_step(self) -> int | None:
        """The step that the last one is compared with."""
        if self.baseline:
            return int(self.baseline.steps[-1])
        return self.facts.exact.baseline_step if self.facts.exact else None


def measure_series(
    tag: str,
    series: HistogramSeries,
    choice: BaselineChoice,
    other: HistogramSeries | None,
    *,
    exact: ExactSeries | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    points: int | None = None,
) -> MeasuredSeries:
    """Measure one series against its baseline, as ``measure_all`` does."""
    others = {} if other is None else {tag: other}
    records = {} if exact is None else {tag: exact}
    (measured,) = measure_all(
        {tag: series}, choice, others, exact=records, thresholds=thresholds, points=points
    ).values()
    return measured


def measure_all(
    all_series: Mapping[str, HistogramSeries],
    choice: BaselineChoice,
    others: Mapping[str, HistogramSeries],
    *,
    exact: Mapping[str, ExactSeries] = _NO_RECORDS,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    points: int | None = None,
    until: int | None = None,
) -> dict[str, MeasuredSeries]:
    """Measure series by tag against their baselines.

    others: where the baselines come from, by tag; a series without one is not compared.
    exact: the exact records of some of the series.
    points: measure the last row of each alone, and of at most so many rows, evenly chosen,
        the movement for a sparkline; None measures every row. Verdict and flags look at
        all rows whichever are measured.
    until: measure the series as if they had ended at this step.
    """
    if until is not None:
        all_series = _ended(all_series, until)
        others = others if choice.kind == "run" else _ended(others, until)
        exact = {tag: records.until(until) for tag, records in exact.items()}
    return {
        tag: _measured(
            tag, compared, exact.get(tag), choice, thresholds, points=points, until=until
        )
        for tag, compared in _all_compared(all_series, choice, others, points).items()
    }


@dataclass(frozen=True)
class _Compared:
    """The histograms of one series beside their baseline; None for what there is not."""

    series: HistogramSeries
    baseline: HistogramSeries | None
    movement: Movement | None
    sparkline_steps: IntArray
    sparkline: FloatArray | None
    last_speed: float


def _all_compared(
    all_series: Mapping[str, HistogramSeries],
    choice: BaselineChoice,
    others: Mapping[str, HistogramSeries],
    points: int | None,
) -> dict[str, _Compared]:
    rows = {tag: _evenly_chosen(len(series), points) for tag, series in all_series.items()}
    baselines = {
        tag: choose(choice, series, others[tag], rows[tag])
        for tag, series in all_series.items()
        if len(series) and len(others.get(tag, ()))
    }
    pairs = {tag: (all_series[tag].at(rows[tag]), base) for tag, base in baselines.items()}
    last = np.array([-1])
    movements = movements_of(
        pairs
        if points is None
        else {tag: (s.at(last), b.at(last)) for tag, (s, b) in pairs.items()}
    )
    sparklines = sparklines_of(pairs, movements) if points else {}
    speeds = last_speeds_of(all_series)
    return {
        tag: _Compared(
            series=series,
            baseline=baselines.get(tag),
            movement=movements.get(tag),
            sparkline_steps=series.steps[rows[tag]],
            sparkline=sparklines.get(tag),
            last_speed=speeds.get(tag, np.nan),
        )
        for tag, series in all_series.items()
    }


def _measured(
    tag: str,
    compared: _Compared,
    exact: ExactSeries | None,
    choice: BaselineChoice,
    thresholds: Thresholds,
    *,
    points: int | None,
    until: int | None,
) -> MeasuredSeries:
    series, movement = compared.series, compared.movement
    # The records compare with the initial weights, and answer no other question.
    records = exact if choice.kind == "first" else None
    recorded = exact_facts(records, series, movement)
    leads = recorded is not None and recorded.leads
    # NaN is NaN whatever it is compared with.
    non_finite_step = first_non_finite(series, exact)
    verdict = judge(series, movement, thresholds, non_finite_step, recorded)
    sparkline = _sparkline(compared, records if leads else None, points)
    return MeasuredSeries(
        series=series,
        baseline=compared.baseline,
        movement=movement,
        exact=records,
        steps=_known_at(series, exact),
        sparkline_steps=sparkline[0],
        sparkline=sparkline[1],
        last_speed=compared.last_speed,
        verdict=verdict,
        flags=flags_of(series, choice, compared.baseline, records, leads),
        facts=_facts(
            tag,
            compared,
            exact,
            recorded,
            verdict,
            baseline=_baseline_words(choice, compared.baseline),
            non_finite_step=non_finite_step,
            until=until,
        ),
    )


def _known_at(series: HistogramSeries, exact: ExactSeries | None) -> IntArray:
    return series.steps if exact is None or len(series) else exact.steps


def _sparkline(
    compared: _Compared, leading: ExactSeries | None, points: int | None
) -> tuple[IntArray, FloatArray]:
    """Steps and movement at them, by the records where they lead."""
    if leading is not None:
        rows = _evenly_chosen(len(leading), points)
        return leading.steps[rows], leading.figures["mean_abs"][rows]
    steps, sparkline = compared.sparkline_steps, compared.sparkline
    if sparkline is None:
        sparkline = compared.movement.movement if compared.movement else np.full(len(steps), np.nan)
    return steps, sparkline


def _ended(all_series: Mapping[str, HistogramSeries], until: int) -> dict[str, HistogramSeries]:
    return {tag: series.until(until) for tag, series in all_series.items()}


def _evenly_chosen(rows: int, points: int | None) -> IntArray:
    if points is None or rows <= points:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, points).round().astype(np.int64))


def _facts(
    tag: str,
    compared: _Compared,
    exact: ExactSeries | None,
    recorded: ExactFacts | None,
    verdict: Verdict,
    *,
    baseline: str,
    non_finite_step: int | None,
    until: int | None,
) -> SeriesFacts:
    series, movement = compared.series, compared.movement

    def last(name: str) -> float:
        return float(getattr(movement, name)[-1]) if movement else np.nan

    steps = _known_at(series, exact)
    return SeriesFacts(
        tag=tag,
        role=role_of(tag),
        verdict=verdict,
        elements=_elements(series, exact),
        first_step=int(steps[0]) if len(steps) else None,
        last_step=int(steps[-1]) if len(steps) else None,
        baseline=baseline,
        scale=last("scale"),
        scale_kind=movement.scale_kind if movement else "none",
        movement=last("movement"),
        movement_lower=last("movement_lower"),
        movement_upper=last("movement_upper"),
        resolution=last("resolution"),
        relative_movement=last("relative_movement"),
        spread_ratio=last("spread_ratio"),
        non_finite_step=non_finite_step,
        until=until,
        exact=recorded,
        only_exact=len(series) == 0 and exact is not None and len(exact) > 0,
    )


def _elements(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    if len(series):
        return int(series.counts[-1].sum())
    return int(exact.figures["elements"][-1]) if exact else None


def _baseline_words(choice: BaselineChoice, baseline: HistogramSeries | None) -> str:
    if baseline is None:
        return str(choice)
    words = f"step {int(baseline.steps[-1])}"
    return f"{words} of run {choice.run}" if choice.kind == "run" else words


def choose(
    choice: BaselineChoice, series: HistogramSeries, other: HistogramSeries, rows: IntArray
) -> HistogramSeries:
    """The baseline of the given rows of ``series``, taken from ``other``.

    other: the same series unless the choice is another run. Both must have at least one
        kept step.

    Returns one histogram that stands for all rows, or, for ``previous``, one for each.
    """
    if choice.kind == "previous":
        return other.at(np.maximum(rows - 1, 0))
    if choice.kind == "step":
        kept = int(np.searchsorted(other.steps, choice.step, side="right")) - 1
        return other.at(np.array([max(kept, 0)]))
    return other.at(np.array([0]))
