"""One verdict for each series: the most serious rule that its last step fulfils.

docs/how-it-measures.md gives the reason of each rule. A ratio to a baseline of zero never
counts: a bias that starts at 0 has not "exploded" when it takes its first value.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.judging.extent import EstimatedMovement, ExactMovement, Extent
from tb_plugin_weightdelta.judging.growth import Growth
from tb_plugin_weightdelta.judging.roles import PARAMETERS, Role

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

# What the two sides of a rule are: a fraction of the scale, how many times something, the
# tensor's own unit, or a step.
RuleUnit = Literal["share", "times", "own", "step"]


@dataclass(frozen=True)
class Verdict:
    """A verdict and what it rests on.

    rule: the condition in words; threshold and value: its two sides, None where the
    rule compares nothing, in ``unit``; subject: what was compared, where a rule has several.
    """

    name: VerdictName
    rule: str
    threshold: float | None = None
    value: float | None = None
    unit: RuleUnit | None = None
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class LastStep:
    """What the ladder looks at: one series at its last step.

    non_finite_step: the first step with NaN or infinity.
    histograms: how far the distribution moved; None where nothing can be compared.
    exact: what exact records say; None where there are none.
    estimate: how far single values moved as is estimated; None where it is not.
    is_alone: whether the only histogram is its own baseline.
    is_identical: whether every histogram is the baseline.
    growths: of the spread and of the largest |x|; without histograms, of the norm that was
        recorded. None where nothing can be compared.
    """

    role: Role
    non_finite_step: int | None
    histograms: Extent | None
    exact: ExactMovement | None
    estimate: EstimatedMovement | None
    is_alone: bool
    is_identical: bool
    growths: tuple[Growth, ...]


def judge(last: LastStep, thresholds: Thresholds) -> Verdict:
    """The verdict on a series. Where exact records lead, they alone tell how far it moved."""
    if last.non_finite_step is not None:
        step = float(last.non_finite_step)
        return Verdict("non_finite", "NaN or infinity at a step", value=step, unit="step")
    if last.exact and last.exact.leads:
        return _by_records(last, last.exact, thresholds)
    if last.is_alone:
        return Verdict("single_step", "only one step holds a usable histogram")
    if last.histograms is None:
        return Verdict("no_data", "no usable histogram to compare")
    return (
        _off(last, thresholds)
        or _still(last)
        or _estimated(last, last.histograms, thresholds)
        or _unresolved(last.histograms, thresholds)
        or _moved(last.histograms, thresholds, _measure(last.histograms))
    )


def _by_records(last: LastStep, exact: ExactMovement, thresholds: Thresholds) -> Verdict:
    """Spreads are those of the histograms where there are some; the records tell the rest."""
    return (
        _off(last, thresholds)
        or _still_exactly(exact)
        or _moved(exact.extent, thresholds, "exact mean movement")
    )


def _still_exactly(exact: ExactMovement) -> Verdict | None:
    # After a resumption even the first record is of weights that have moved.
    if exact.records == 1 and exact.step <= exact.baseline_step:
        return Verdict("single_step", "only one step was recorded")
    if not exact.ever_changed:
        return Verdict("unchanged", "no weight differs from its initial value in any exact record")
    return None


def _off(last: LastStep, thresholds: Thresholds) -> Verdict | None:
    """Far larger or smaller than at the start. Gradients shrink and rewards grow as they should."""
    if last.role not in PARAMETERS:
        return None
    far, little = thresholds.exploding, thresholds.collapsed
    for growth in last.growths:
        if growth.exploded(far):
            rule = f"{growth.what} at least {far:g} times an ordinary start, and not settled"
            return Verdict("exploding", rule, far, growth.ordinary, "times", growth.what)
    # A bias may well learn to be 0, and weights to be alike.
    is_small = last.growths and all(growth.collapsed(little) for growth in last.growths)
    if is_small and last.role != "bias":
        whats = " and ".join(growth.what for growth in last.growths)
        rule = f"{whats} at most {little:g} times the baseline's"
        first = last.growths[0]
        return Verdict("collapsed", rule, little, first.start, "times", first.what)
    return None


def _still(last: LastStep) -> Verdict | None:
    if last.is_identical:
        return Verdict("unchanged", "every kept histogram is identical to the baseline")
    return None


def _unresolved(moved: Extent, thresholds: Thresholds) -> Verdict | None:
    """Movement below its resolution, unless both of its bounds deserve the same verdict."""
    if moved.basis != "bounds":
        return None
    lower, upper = moved.lower / moved.scale, moved.upper / moved.scale
    if _reached(lower, thresholds) == _reached(upper, thresholds):
        return None
    rule = "movement below its resolution"
    return Verdict("unresolved", rule, moved.resolution, moved.movement, "own")


def _estimated(last: LastStep, seen: Extent, thresholds: Thresholds) -> Verdict | None:
    """Where single values moved far enough for more than the distribution's movement deserves."""
    if last.estimate is None or last.estimate.method == "moments":
        return None
    lower = last.estimate.lower / seen.scale
    surely = 0.0 if seen.basis == "bounds" else seen.relative
    if _reached(lower, thresholds) <= max(0, _reached(surely, thresholds)):
        return None
    extent = dataclasses.replace(seen, movement=last.estimate.lower)
    return _moved(extent, thresholds, "movement of single values, estimated with 90 % certainty,")


def _reached(relative: float, thresholds: Thresholds) -> int:
    """How many of the thresholds a relative movement reaches; NaN, with no scale, reaches -1."""
    if math.isnan(relative):
        return -1
    return int(relative >= thresholds.moved) + int(relative >= thresholds.moved_far)


def _measure(seen: Extent) -> str:
    return "exact rms movement" if seen.basis == "moments" else "relative movement"


def _moved(extent: Extent, thresholds: Thresholds, what: str) -> Verdict:
    relative, far, moved = extent.relative, thresholds.moved_far, thresholds.moved
    if math.isnan(relative):
        name: VerdictName = "moved" if extent.movement > 0 else "barely_moved"
        rule = "moved away from a baseline of zeros"
        return Verdict(name, rule, 0.0, extent.movement, "own")
    if relative >= far:
        return Verdict("moved_far", f"{what} of at least {far:g}", far, relative, "share")
    if relative >= moved:
        return Verdict("moved", f"{what} of at least {moved:g}", moved, relative, "share")
    return Verdict("barely_moved", f"{what} below {moved:g}", moved, relative, "share")
