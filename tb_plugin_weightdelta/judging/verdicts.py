"""One verdict for each series: the most serious rule that its last step fulfils.

docs/how-it-measures.md gives the reason of each rule. A ratio to a baseline of zero never
counts: a bias that starts at 0 has not "exploded" when it takes its first value.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import NON_FINITE, HistogramSeries
from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.judging.exact_movement import ExactFacts
from tb_plugin_weightdelta.measuring import LARGEST_RATIO, Movement

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


def judge(
    series: HistogramSeries,
    movement: Movement | None,
    thresholds: Thresholds,
    non_finite_step: int | None = None,
    recorded: ExactFacts | None = None,
) -> Verdict:
    """The verdict on a series.

    movement: of rows of the series, its last one at the end; None when no row can be compared.
    non_finite_step: the first step with NaN or infinity.
    recorded: what its exact records say; where they lead, how far it moved is judged by
        them alone.
    """
    if non_finite_step is not None:
        rule = "NaN or infinity at a step"
        return Verdict("non_finite", rule, value=float(non_finite_step))
    if recorded is not None and recorded.leads:
        return _by_records(series, movement, recorded, thresholds)
    if movement is None:
        return Verdict("no_data", "no usable histogram to compare")
    return (
        _spread_off(series, movement, thresholds)
        or _still(series, movement)
        or _unresolved(movement, thresholds)
        or _moved(movement, thresholds)
    )


def first_non_finite(series: HistogramSeries, exact: ExactSeries | None) -> int | None:
    """The first step with NaN or infinity in the histograms or the exact records."""
    steps = [out.step for out in series.left_out if out.reason == NON_FINITE]
    if exact is not None and exact.non_finite_step is not None:
        steps.append(exact.non_finite_step)
    return min(steps, default=None)


def _by_records(
    series: HistogramSeries,
    movement: Movement | None,
    recorded: ExactFacts,
    thresholds: Thresholds,
) -> Verdict:
    """Spreads are those of the histograms where there are some; the records tell the rest."""
    return (
        (_spread_off(series, movement, thresholds) if movement else None)
        or (_norm_off(recorded, thresholds) if movement is None else None)
        or _still_exactly(recorded)
        or _moved_exactly(recorded, thresholds)
    )


def _norm_off(recorded: ExactFacts, thresholds: Thresholds) -> Verdict | None:
    far, little, ratio = thresholds.exploding, thresholds.collapsed, recorded.norm_ratio
    if ratio >= far:
        return Verdict("exploding", f"norm at least {far:g} times the initial", far, ratio, "norm")
    if ratio <= little:
        rule = f"norm at most {little:g} times the initial"
        return Verdict("collapsed", rule, little, ratio, "norm")
    return None


def _still_exactly(recorded: ExactFacts) -> Verdict | None:
    # After a resumption even the first record is of weights that have moved.
    if recorded.records == 1 and recorded.step <= recorded.baseline_step:
        return Verdict("single_step", "only one step was recorded")
    if not recorded.ever_changed:
        return Verdict("unchanged", "no weight differs from its initial value in any exact record")
    return None


def _moved_exactly(recorded: ExactFacts, thresholds: Thresholds) -> Verdict:
    if np.isnan(recorded.scale):
        return _from_zero(recorded.mean_abs)
    return _by_thresholds(recorded.relative_movement, thresholds, "exact mean movement")


def _spread_off(
    series: HistogramSeries, movement: Movement, thresholds: Thresholds
) -> Verdict | None:
    return _exploding(series, movement, thresholds.exploding) or _collapsed(
        movement, thresholds.collapsed
    )


def _exploding(series: HistogramSeries, movement: Movement, threshold: float) -> Verdict | None:
    size = np.abs(series.edges[-1, [0, -1]]).max()
    baseline_size = np.abs(movement.baseline_bands[-1, [0, -1]]).max()
    for what, value, reference in (
        ("spread", movement.spread[-1], movement.baseline_spread[-1]),
        ("largest absolute value", size, baseline_size),
    ):
        ratio = min(float(value) / float(reference), LARGEST_RATIO) if reference > 0 else 0.0
        if ratio >= threshold:
            rule = f"{what} at least {threshold:g} times the baseline's"
            return Verdict("exploding", rule, threshold, ratio, what)
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
        return _from_zero(float(movement.movement[-1]))
    return _by_thresholds(relative, thresholds, "relative movement")


def _from_zero(absolute: float) -> Verdict:
    name: VerdictName = "moved" if absolute > 0 else "barely_moved"
    return Verdict(name, "moved away from a baseline of zeros", 0.0, absolute)


def _by_thresholds(relative: float, thresholds: Thresholds, what: str) -> Verdict:
    far, moved = thresholds.moved_far, thresholds.moved
    if relative >= far:
        return Verdict("moved_far", f"{what} of at least {far:g}", far, relative)
    if relative >= moved:
        return Verdict("moved", f"{what} of at least {moved:g}", moved, relative)
    return Verdict("barely_moved", f"{what} below {moved:g}", moved, relative)
