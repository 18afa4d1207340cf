"""Everything known about one series: measured, judged, and small enough to be remembered.

A ``Series`` has every step; its ``row`` is what tables, sentences and rankings need of it.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Self

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import (
    LEFT_OUT_BYTES,
    NON_FINITE,
    FloatArray,
    HistogramSeries,
    IntArray,
    LeftOut,
)
from tb_plugin_weightdelta.core.names import METRICS
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Question, Thresholds
from tb_plugin_weightdelta.judging.extent import (
    EstimatedMovement,
    ExactMovement,
    Extent,
    exact_movement,
    histogram_extent,
)
from tb_plugin_weightdelta.judging.flags import (
    Flag,
    flags_of,
    span_flags,
    step_gap,
    stopped_from,
)
from tb_plugin_weightdelta.judging.growth import (
    Growth,
    growth_of_histograms,
    growth_of_records,
)
from tb_plugin_weightdelta.judging.precision import (
    Precision,
    of_all,
    rounded_away,
    stored_as,
)
from tb_plugin_weightdelta.judging.roles import PARAMETERS, Role, role_of
from tb_plugin_weightdelta.judging.verdicts import LastStep, Verdict, VerdictName, judge
from tb_plugin_weightdelta.measuring import (
    Estimate,
    Movement,
    estimates_of,
    last_speeds_of,
    movements_of,
    sparklines_of,
)

# How a movement is meant: exactly; single values at least as far; within bounds, the lower of
# which may not be worth saying; or as far as the distribution of what it is about moved.
Sense = Literal["exact", "at_least", "between", "at_most", "about"]

# A lower bound below this part of what counts as moved says next to nothing.
_WORTH_SAYING: Final = 0.1


@dataclass(frozen=True)
class Onset:
    """When a tensor broke, stopped, or that it never moved.

    what: its verdict, or ``stopped``. step: the first kept step of which that is true.
    last_good_step: the last kept step before it, None where there is none.
    """

    tag: str
    what: VerdictName | Literal["stopped"]
    step: int
    last_good_step: int | None


@dataclass(frozen=True, kw_only=True)
class SeriesRow(LastStep):
    """One series at its last step, and a sparkline; a cache holds those of thousands.

    elements: how many values the tensor has.
    first_step, last_step, kept_steps, gap: of its histograms, else of its exact records; the gap
        is the median between neighbouring kept steps.
    baseline_step: the step that the last one is compared with; compared_with: that in words.
    unlike: whether the run that its baseline is to come from has no tensor of its name.
    good_before: the last usable step before NaN or infinity, None where there is none.
    stopped: the first of the identical steps at its end, and the kept step before.
    until: the step up to which alone the series was looked at, None for all of it.
    only_exact: whether there are exact records and no histogram beside them.
    values: ``METRICS`` at the last step, NaN for what does not exist.
    sparkline_steps, sparkline: movement at some steps, the first and last among them; NaN
        when there is nothing to compare. Where exact records lead, their mean_abs.
    refused: why exact records cannot be read, where they cannot.
    in_float32: whether what histograms show was rounded to seven digits by the loader.
    stored_as: the number format of its values.
    """

    tag: str
    flags: tuple[Flag, ...]
    elements: int | None
    first_step: int | None
    last_step: int | None
    kept_steps: int
    gap: float
    baseline_step: int | None
    compared_with: str
    unlike: bool
    good_before: int | None
    stopped: tuple[int, int] | None
    until: int | None
    only_exact: bool
    values: Mapping[str, float]
    sparkline_steps: IntArray
    sparkline: FloatArray
    left_out: tuple[LeftOut, ...]
    refused: str
    in_float32: bool
    stored_as: Precision
    thresholds: Thresholds = DEFAULT_THRESHOLDS

    def under(self, thresholds: Thresholds) -> Self:
        """The row as these thresholds judge it; nothing is measured again."""
        if thresholds == self.thresholds:
            return self
        return dataclasses.replace(self, thresholds=thresholds)

    @classmethod
    def beside_each_other(cls, rows: Sequence[Self]) -> list[Self]:
        """The rows of a run, with what each raises and is beside the others."""
        starts = [row.first_step for row in rows if row.first_step is not None]
        ends = [row.last_step for row in rows if row.last_step is not None]
        if not starts or not ends:
            return list(rows)
        stored_as = cls.precision_of(rows)
        return [row._beside(min(starts), max(ends)).among(stored_as) for row in rows]

    @staticmethod
    def precision_of(rows: Iterable["SeriesRow"]) -> Precision:
        """The number format of the parameters of a run, where those have one."""
        return of_all(row.stored_as for row in rows if row.is_parameter)

    def among(self, stored_as: Precision) -> Self:
        """The row in a run whose parameters are stored so, where nothing tells of its own."""
        if self.stored_as != "unknown" or not self.is_parameter or stored_as == "unknown":
            return self
        return dataclasses.replace(self, stored_as=stored_as)

    def _beside(self, start: int, end: int) -> Self:
        """The row with the flags that it raises in a run from step ``start`` to ``end``."""
        if self.first_step is None or self.last_step is None:
            return self
        # Of a series whose true first step is unknown no late start is said.
        is_sampled = any(flag.name == "baseline_sampled" for flag in self.flags)
        run_steps = (self.first_step if is_sampled else start, end)
        flags = span_flags((self.first_step, self.last_step), self.gap, run_steps)
        return dataclasses.replace(self, flags=self.flags + flags) if flags else self

    @property
    def rounded_away(self) -> tuple[float, float] | None:
        """Which rise and which fall of its values their format rounds away; None of float32.

        In its own unit from a start at one value, else in parts of a value (from 1 on, as a
        power of two has the least).
        """
        seen = self.histograms
        if seen is None or seen.scale_kind == "none":
            return None
        return rounded_away(seen.scale if seen.scale_kind == "constant" else 1.0, self.stored_as)

    @cached_property
    def verdict(self) -> Verdict:
        """What is judged."""
        return judge(self, self.thresholds)

    @cached_property
    def onset(self) -> Onset | None:
        """When it broke, stopped, or that it never moved."""
        name, last = self.verdict.name, self.last_step or 0
        found: tuple[int, int | None] | None = None
        if name == "non_finite" and self.non_finite_step is not None:
            found = self.non_finite_step, self.good_before
        elif name in ("exploding", "collapsed"):
            found = self._crossed() or (last, None)
        elif name == "unchanged":
            found = self.first_step or 0, None
        elif self.stopped is not None:
            return Onset(self.tag, "stopped", *self.stopped)
        return Onset(self.tag, name, *found) if found else None

    def _crossed(self) -> tuple[int, int | None] | None:
        """The first kept step at which its growth reached the threshold, and the one before."""
        grown = next(each for each in self.growths if each.what == self.verdict.subject)
        if self.verdict.name == "exploding":
            return grown.grown_from(self.thresholds.exploding)
        return grown.shrunk_from(self.thresholds.collapsed)

    @property
    def lacking_run(self) -> str:
        """The run that it is to be compared with, where that has nothing to compare."""
        run = self.compared_with.removeprefix("run:")
        return run if run != self.compared_with and self.kept_steps else ""

    @property
    def is_parameter(self) -> bool:
        """Whether it is what training is there to move."""
        return self.role in PARAMETERS

    @property
    def is_resized(self) -> bool:
        """Whether it has another number of values than its baseline."""
        return any(flag.name == "resized" for flag in self.flags)

    @property
    def does_nothing_yet(self) -> bool:
        """Whether it is the half of a LoRA pair that starts at 0, and is still there."""
        is_still = self.role == "lora_b" and self.verdict.name == "unchanged"
        return is_still and self.shown is not None and self.shown.scale_kind == "none"

    @property
    def leads(self) -> bool:
        """Whether exact records say more than the histograms."""
        return self.exact is not None and self.exact.leads

    @cached_property
    def shown(self) -> Extent | None:
        """How far it moved, as surely as is known; None where nothing was compared."""
        return self.exact.extent if self.exact and self.exact.leads else self.histograms

    @property
    def about(self) -> EstimatedMovement | None:
        """How far single values moved, where that is estimated and nothing surer tells it."""
        is_surer = self.leads or (self.estimate is not None and self.estimate.method == "moments")
        return None if is_surer else self.estimate

    @property
    def sense(self) -> Sense | None:
        """How what is shown is meant; None where nothing was compared."""
        shown = self.shown
        if shown is None:
            return None
        if shown.basis in ("records", "moments"):
            return "exact"
        if shown.basis == "bounds":
            says_little = shown.lower < _WORTH_SAYING * self.thresholds.moved * shown.scale
            return "at_most" if says_little else "between"
        hides = shown.scale_kind == "std" and shown.movement > 0 and self.is_parameter
        return "at_least" if hides and not self.is_resized else "about"

    @property
    def seen_part(self) -> float:
        """Which part of the exact movement the histograms show; NaN where that is not known."""
        exact, seen = self.exact, self.histograms
        if exact is None or seen is None or exact.scale_kind == "rms":
            return np.nan
        if seen.basis != "histogram":
            return np.nan
        moved = exact.extent
        # Where both speak of the same two steps.
        alike = (moved.baseline, moved.step) == (seen.baseline, seen.step)
        return min(1.0, seen.movement / moved.movement) if alike and moved.movement > 0 else np.nan

    @property
    def nbytes(self) -> int:
        """What it takes in memory beside names and numbers."""
        arrays = self.sparkline_steps.nbytes + self.sparkline.nbytes
        arrays += sum(growth.nbytes for growth in self.growths)
        return int(arrays) + LEFT_OUT_BYTES * len(self.left_out)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series, measured for a question.

    movement, baseline: of every row of the histograms, or of the last one alone; None when there
        is nothing to compare.
    estimate: how far single values moved, of the rows of ``movement``; None where nothing tells.
    stored_as: the number format of its values, as far as they tell it.
    records: what was recorded of the same tensor.
    speed: at the last step, NaN where there is none before it.
    sparkline_rows, sparkline: movement at some rows of the histograms.
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
        sparkline = series.steps[self.sparkline_rows], self.sparkline
        if self._is_alone:
            sparkline = sparkline[0], np.full(1, np.nan)
        if leading:
            chosen = _evenly_chosen(len(leading), self.points)
            sparkline = leading.steps[chosen], leading.figures["mean_abs"][chosen]
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
            estimate=EstimatedMovement.at_the_end(self.estimate),
            is_alone=self._is_alone,
            # As far as its movement was measured.
            is_identical=bool(movement and not (series.unchanged_from or movement.movement.any())),
            growths=self._growths(role, last),
            elements=_elements(series, self.records),
            first_step=int(steps[0]) if len(steps) else None,
            last_step=int(steps[-1]) if len(steps) else None,
            kept_steps=len(steps),
            gap=step_gap(steps),
            baseline_step=int(baseline.steps[-1]) if baseline else baseline_step,
            compared_with=compared_with,
            unlike=self.unlike,
            until=self.asked.until,
            only_exact=len(series) == 0 and bool(self.records),
            good_before=_last_before(non_finite, series.steps, self.records),
            stopped=stopped_from(leading or series),
            values={**dict.fromkeys(METRICS, np.nan), **at_last, "speed": self.speed},
            sparkline_steps=sparkline[0],
            sparkline=sparkline[1],
            left_out=series.left_out,
            refused=self.exact.refused if self.exact is not None else "",
            in_float32=series.in_float32,
            stored_as=self.stored_as,
            thresholds=self.asked.thresholds,
        ).among(self.beside)

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
        if self.movement is not None and not self._is_alone:
            return growth_of_histograms(self.histograms, self.movement, role)
        if last is not None and self.exact is not None:
            return growth_of_records(self.exact, last.records - 1, role)
        return ()

    def _compared_with(self) -> str:
        """What the last step is compared with, in words."""
        choice = self.asked.choice
        if self.baseline is None:
            return str(choice)
        words = f"step {int(self.baseline.steps[-1])}"
        return f"{words} of run {choice.run}" if choice.kind == "run" else words


def measure_all(
    all_series: Mapping[str, HistogramSeries],
    asked: Question,
    others: Mapping[str, HistogramSeries],
    *,
    exact: Mapping[str, ExactSeries] | None = None,
    points: int | None = None,
    trained_before: str = "",
) -> dict[str, Series]:
    """Measure series by tag against their baselines, up to the step that is asked for.

    others: where the baselines come from, by tag; a series without one is not compared.
    exact: the exact records of some of the series.
    points: measure the last row of each alone, and of at most so many rows, evenly chosen,
        the movement for a sparkline; None measures every row. Verdict and flags look at
        all rows whichever are measured.
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
    unknown = {tag: np.full(len(chosen), np.nan) for tag, chosen in rows.items()}
    every = {tag: each.movement for tag, each in movements.items()}
    sparklines = unknown | (sparklines_of(pairs, movements) if points else every)
    speeds = last_speeds_of(all_series)
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
            speed=speeds.get(tag, np.nan),
            sparkline_rows=rows[tag],
            sparkline=sparklines[tag],
            points=points,
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


def _last_before(step: int | None, steps: IntArray, exact: ExactSeries | None) -> int | None:
    """The last step with finite values before one without."""
    if step is None:
        return None
    known = steps if exact is None else np.concatenate([steps, exact.steps])
    before = known[known < step]
    return int(before.max()) if len(before) else None


def _elements(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    if len(series):
        return int(series.counts[-1].sum())
    return int(exact.figures["elements"][-1]) if exact else None
