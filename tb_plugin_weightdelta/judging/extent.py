"""How far a tensor moved, and what that rests on: histograms, their bounds, or exact records.

Whether exact records lead is decided here, once; everybody else reads ``basis``.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np

from tb_plugin_weightdelta.core.exact import FIGURES, Cause, ExactSeries
from tb_plugin_weightdelta.core.histograms import LARGEST_RATIO, HistogramSeries, gaps
from tb_plugin_weightdelta.core.names import ScaleKind
from tb_plugin_weightdelta.measuring import Estimate, Movement

# What a movement rests on: exact records; exact sums of values that started as one; histograms;
# or, where their buckets are too wide to tell more, the histograms' bounds alone.
Basis = Literal["records", "moments", "histogram", "bounds"]

# Within this part of each other the sizes of a histogram and of a record are those of the same
# weights: buckets, 10 % wide in the oldest dialect, make a smaller difference.
_SAME_SIZE: Final = 0.05
# Writers do not write at the same moment.
_FLUSH_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Extent:
    """How far a tensor moved between two steps.

    baseline: what it is compared with, in words; step: its last step.
    movement, lower, upper: in the tensor's own unit; with basis ``bounds`` only the bounds say
        something. With basis ``records`` all three are the exact mean; with ``moments`` the
        movement is the exact root mean square, and the mean is between the bounds.
    resolution: the movement below which buckets tell nothing, 0 for records.
    scale: what movement is divided by, NaN where there is none.
    """

    basis: Basis
    baseline: str
    step: int
    movement: float
    lower: float
    upper: float
    resolution: float
    scale: float
    scale_kind: ScaleKind

    @property
    def relative(self) -> float:
        """The movement as a fraction of the scale, NaN where there is none."""
        return min(self.movement / self.scale, LARGEST_RATIO)


@dataclass(frozen=True)
class EstimatedMovement:
    """About how far single values moved, in the tensor's own unit: ``measuring.Estimate``."""

    mean_abs: float
    lower: float
    upper: float
    rms: float
    method: str

    @classmethod
    def at_the_end(cls, estimate: Estimate | None) -> Self | None:
        """Of the last step; None where nothing can be told."""
        if estimate is None or (method := estimate.methods[-1]) is None:
            return None
        return cls(
            mean_abs=float(estimate.mean_abs[-1]),
            lower=float(estimate.lower[-1]),
            upper=float(estimate.upper[-1]),
            rms=float(estimate.rms[-1]),
            method=method,
        )


@dataclass(frozen=True)
class StillBecause:
    """Why a tensor stands still, and since which recorded step that is seen."""

    cause: Cause
    step: int


@dataclass(frozen=True)
class ExactMovement:
    """What the last exact record of finite weights says.

    step, baseline_step: that step, and the one whose weights it is compared with.
    place: what a step is called: of checkpoints nobody recorded anything.
    records: how many steps were recorded up to it.
    figures: by name as in ``ExactSeries``.
    ever_changed: whether any record up to that step says that a weight had changed.
    scale, scale_kind: what movement is divided by: the scale of the histograms where they
        start with the same weights, else the initial root mean square (``rms``), NaN where
        every weight started at 0.
    cause: why the tensor stands still at the end, and the first record that says so; None where it
        moves, or records do not tell.
    leads: whether verdict and words rest on the records and not on histograms.
    """

    step: int
    baseline_step: int
    place: str
    records: int
    figures: Mapping[str, float]
    ever_changed: bool
    scale: float
    scale_kind: ScaleKind
    cause: StillBecause | None
    leads: bool

    @property
    def extent(self) -> Extent:
        """The mean of |wₜ - w₀|."""
        moved, baseline = self.figures["mean_abs"], f"{self.place} {self.baseline_step:,}"
        scale = self.scale, self.scale_kind
        return Extent("records", baseline, self.step, moved, moved, moved, 0.0, *scale)


def histogram_extent(series: HistogramSeries, movement: Movement, baseline: str) -> Extent:
    """How far the distribution moved, at the last step.

    movement: of rows of the series, its last one at the end. baseline: in words.
    """
    moved, resolution = float(movement.movement[-1]), float(movement.resolution[-1])
    basis: Basis = "bounds" if 0 < moved < resolution else "histogram"
    if (rms := float(movement.rms[-1])) > 0:
        basis, moved = "moments", rms
    return Extent(
        basis=basis,
        baseline=baseline,
        step=int(series.steps[-1]),
        movement=moved,
        lower=float(movement.movement_lower[-1]),
        upper=float(movement.movement_upper[-1]),
        resolution=resolution,
        scale=float(movement.scale[-1]),
        scale_kind=movement.scale_kind,
    )


def exact_movement(
    exact: ExactSeries | None, series: HistogramSeries, movement: Movement | None
) -> ExactMovement | None:
    """What ``exact`` says at the end, None when it says nothing.

    series, movement: the histograms of the same tensor, and how far they moved.
    """
    row = exact.last if exact else None
    if exact is None or row is None:
        return None
    scale, kind = _scale(exact, row, series, movement)
    return ExactMovement(
        step=int(exact.steps[row]),
        baseline_step=int(exact.figures["baseline_step"][row]),
        place=exact.place,
        records=row + 1,
        figures={name: float(exact.figures[name][row]) for name in FIGURES},
        # One that does not say is taken to have seen a change.
        ever_changed=not (exact.figures["fraction_changed"][: row + 1] == 0).all(),
        scale=scale,
        scale_kind=kind,
        cause=_cause(exact, row),
        leads=_leads(exact, row, series),
    )


def _cause(exact: ExactSeries, row: int) -> StillBecause | None:
    """What most of the records since the last move say: at the end the rate alone may be 0."""
    causes = exact.causes[: row + 1]
    start = len(causes)
    while start > 0 and causes[start - 1]:
        start -= 1
    if start == len(causes):
        return None
    seen = [cause for cause in causes[start:] if cause != "unseen"]
    cause = Counter(seen).most_common(1)[0][0] if seen else "unseen"
    return StillBecause(cause, int(exact.steps[causes.index(cause, start)]))


def _scale(
    exact: ExactSeries, row: int, series: HistogramSeries, movement: Movement | None
) -> tuple[float, ScaleKind]:
    elements, norm = exact.figures["elements"][row], exact.figures["initial_norm"][row]
    size = float(norm / np.sqrt(elements))
    if movement is not None and _starts_there(exact, row, series, movement, size):
        return float(movement.scale[-1]), movement.scale_kind
    return (size, "rms") if size > 0 else (math.nan, "none")


def _starts_there(
    exact: ExactSeries, row: int, series: HistogramSeries, movement: Movement, size: float
) -> bool:
    """Whether the first histogram is of the weights that the records compare with.

    Keras' own callback writes its first one after an epoch, and counts it as step 0: the
    steps alone do not tell, but then the sizes differ, or the scales hardly do.
    """
    centres = series.edges[0, 1:] / 2 + series.edges[0, :-1] / 2
    mean = (centres * (series.counts[0] / series.counts[0].sum())).sum()
    own = math.hypot(mean, movement.baseline_spread[-1])
    same_step = series.steps[0] == exact.figures["baseline_step"][row]
    return bool(same_step) and abs(own - size) <= _SAME_SIZE * max(own, size)


def _leads(exact: ExactSeries, row: int, series: HistogramSeries) -> bool:
    """Whether the records speak of all that the histograms speak of.

    From the first histogram on, or before; and up to the last, or at most a gap before it. In
    time as well: writers beside each other may count batches and epochs as their steps.
    """
    if len(series) == 0:
        return True
    step_gap = float(np.median(gaps(exact.steps))) if len(exact) > 1 else 0.0
    time_gap = float(np.diff(exact.wall_times).max()) if len(exact) > 1 else 0.0
    return bool(
        exact.figures["baseline_step"][row] <= series.steps[0]
        and exact.steps[row] + step_gap >= series.steps[-1]
        and exact.wall_times[row] + max(time_gap, _FLUSH_SECONDS) >= series.wall_times[-1]
    )
