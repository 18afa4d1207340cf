"""Everything known about one series at its last step, small enough to be remembered."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Self

import numpy as np

from tb_plugin_weightdelta.core.histograms import LEFT_OUT_BYTES, FloatArray, IntArray, LeftOut
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Thresholds
from tb_plugin_weightdelta.judging.extent import EstimatedMovement, Extent
from tb_plugin_weightdelta.judging.flags import Flag, span_flags
from tb_plugin_weightdelta.judging.precision import Precision, of_all, rounded_away
from tb_plugin_weightdelta.judging.roles import PARAMETERS, ROLES
from tb_plugin_weightdelta.judging.stand_in import Scales, StandIn
from tb_plugin_weightdelta.judging.verdicts import LastStep, Verdict, VerdictName, judge

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
    moved_step: the first kept step at which it was not as at its first, None where there is none.
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
    largest: the largest absolute value so far, NaN where none is known.
    stand_in: beside the other tensors of its run, what stands in for a scale.
    """

    tag: str
    flags: tuple[Flag, ...]
    elements: int | None
    first_step: int | None
    last_step: int | None
    kept_steps: int
    moved_step: int | None
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
    largest: float
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    stand_in: StandIn | None = None

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
        stored_as, scales = cls.precision_of(rows), _scales_of(rows)
        found = [row._beside(min(starts), max(ends)).among(stored_as) for row in rows]
        return [row._stood_in_for(scales) for row in found]

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

    def _stood_in_for(self, scales: Scales) -> Self:
        """The row with what stands in for its scale, where it has none."""
        shown = self.shown
        if shown is None or shown.scale_kind != "none":
            return self
        own = StandIn(None, self.largest) if self.largest > 0 else None
        return dataclasses.replace(self, stand_in=scales.beside(self.tag, self.role) or own)

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
    def role_rank(self) -> int:
        """Where its role stands among all: parameters first."""
        return ROLES.index(self.role)

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

    @property
    def place(self) -> str:
        """What a step is called: ``step``, or ``checkpoint``."""
        return self.exact.place if self.exact else "step"

    @property
    def of_checkpoints(self) -> bool:
        """Whether it was not logged, but compared in checkpoints."""
        return self.place == "checkpoint"

    @cached_property
    def shown(self) -> Extent | None:
        """How far it moved, as surely as is known; None where nothing was compared."""
        return self.exact.extent if self.exact and self.exact.leads else self.histograms

    @property
    def about(self) -> EstimatedMovement | None:
        """How far single values moved, where that is estimated and nothing surer tells it."""
        return self.estimate if self.estimate and self.estimate.method != "moments" else None

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


def _scales_of(rows: Sequence[SeriesRow]) -> Scales:
    """Those of a run's parameters, the largest last."""
    scales = Scales()
    for row in sorted(rows, key=lambda row: row.elements or 0):
        shown = row.shown
        if shown is not None and row.is_parameter and shown.scale_kind in ("std", "constant"):
            scales.add(row.tag, row.role, shown.scale)
    return scales
