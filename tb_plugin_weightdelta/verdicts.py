"""One verdict for each series: the most serious rule that its last step fulfils.

docs/how-it-measures.md gives the reason of each rule. A ratio to a baseline of zero never
counts: a bias that starts at 0 has not "exploded" when it takes its first value.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from tb_plugin_weightdelta.histograms import NON_FINITE, HistogramSeries
from tb_plugin_weightdelta.movement import Movement

VerdictName = Literal[
    "no_data",
    "non_finite",
    "exploding",
    "collapsed",
    "single_step",
    "unchanged",
    "unresolved",
    "barely_moved",
    "moved",
    "moved_far",
]

# Most serious first.
LADDER: Final[tuple[VerdictName, ...]] = get_args(VerdictName)


@dataclass(frozen=True)
class Thresholds:
    """Where one verdict ends and the next begins; each can be changed per request or by flag.

    moved, moved_far: relative movement, a fraction of the scale. 0.1 is the drift threshold
        of Evidently for this distance.
    exploding: how many times its baseline a spread or the largest |x| must be.
    collapsed: the part of the baseline's spread that at most may be left.
    """

    moved: float = 0.01
    moved_far: float = 0.1
    exploding: float = 10.0
    collapsed: float = 0.1


DEFAULT_THRESHOLDS: Final = Thresholds()


@dataclass(frozen=True)
class Verdict:
    """A verdict and what it rests on.

    rule: the condition in words; threshold and value: its two sides, None where the
    rule compares nothing; subject: what was compared, where a rule has several.
    """

    name: VerdictName
    rule: str
    threshold: float | None = None
    value: float | None = None
    subject: str = ""


def judge(series: HistogramSeries, movement: Movement | None, thresholds: Thresholds) -> Verdict:
    """The verdict on a series.

    movement: of rows of the series, its last one at the end; None when no row can be compared.
    """
    non_finite = [out.step for out in series.left_out if out.reason == NON_FINITE]
    if non_finite:
        return Verdict("non_finite", "NaN or infinity at a step", value=float(non_finite[0]))
    if movement is None:
        return Verdict("no_data", "no usable histogram to compare")
    return (
        _exploding(series, movement, thresholds.exploding)
        or _collapsed(movement, thresholds.collapsed)
        or _still(series, movement)
        or _unresolved(movement, thresholds)
        or _moved(movement, thresholds)
    )


def _exploding(series: HistogramSeries, movement: Movement, threshold: float) -> Verdict | None:
    size = np.abs(series.edges[-1, [0, -1]]).max()
    baseline_size = np.abs(movement.baseline_bands[-1, [0, -1]]).max()
    for what, value, reference in (
        ("spread", movement.spread[-1], movement.baseline_spread[-1]),
        ("largest absolute value", size, baseline_size),
    ):
        if reference > 0 and value / reference >= threshold:
            rule = f"{what} at least {threshold:g} times the baseline's"
            return Verdict("exploding", rule, threshold, float(value / reference), what)
    return None


def _collapsed(movement: Movement, threshold: float) -> Verdict | None:
    if movement.baseline_spread[-1] > 0:
        ratio = float(movement.spread[-1] / movement.baseline_spread[-1])
        if ratio <= threshold:
            rule = f"spread at most {threshold:g} times the baseline's"
            return Verdict("collapsed", rule, threshold, ratio, "spread")
    return None


def _still(series: HistogramSeries, movement: Movement) -> Verdict | None:
    if len(series) == 1:
        return Verdict("single_step", "only one step holds a usable histogram")
    if series.unchanged_from == 0 and not movement.movement.any():
        return Verdict("unchanged", "every kept histogram is identical to the baseline")
    return None


def _unresolved(movement: Movement, thresholds: Thresholds) -> Verdict | None:
    """Movement below its resolution, unless both of its bounds deserve the same verdict."""
    moved, resolution = float(movement.movement[-1]), float(movement.resolution[-1])
    scale = float(movement.scale[-1])
    lower, upper = float(movement.movement_lower[-1]), float(movement.movement_upper[-1])
    if not 0 < moved < resolution:
        return None
    if _step_of(lower / scale, thresholds) == _step_of(upper / scale, thresholds):
        return None
    return Verdict("unresolved", "movement below its resolution", resolution, moved)


def _step_of(relative: float, thresholds: Thresholds) -> int:
    """How many of the thresholds a relative movement reaches; NaN, with no scale, reaches -1."""
    if np.isnan(relative):
        return -1
    return int(relative >= thresholds.moved) + int(relative >= thresholds.moved_far)


def _moved(movement: Movement, thresholds: Thresholds) -> Verdict:
    relative = float(movement.relative_movement[-1])
    if np.isnan(relative):
        absolute = float(movement.movement[-1])
        name: VerdictName = "moved" if absolute > 0 else "barely_moved"
        return Verdict(name, "moved away from a baseline of zeros", 0.0, absolute)
    far, moved = thresholds.moved_far, thresholds.moved
    if relative >= far:
        return Verdict("moved_far", f"relative movement of at least {far:g}", far, relative)
    if relative >= moved:
        return Verdict("moved", f"relative movement of at least {moved:g}", moved, relative)
    return Verdict("barely_moved", f"relative movement below {moved:g}", moved, relative)
