"""What the numbers say, in plain English: the same words on the page and in a terminal.

A sentence says what is known, how it is known, and what follows, in that order. It
always says "the distribution moved": a histogram puts a floor under how far single
weights moved, it never shows where each of them went.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.figures import MANY_TIMES, number, percent, plain, share
from tb_plugin_weightdelta.movement import ScaleKind
from tb_plugin_weightdelta.roles import Role
from tb_plugin_weightdelta.verdicts import Verdict

FLOOR: Final = (
    "That is a floor: moves up and down cancel in a histogram, so single values can have moved "
    "several times as far while it hardly changes."
)

# The floor is about elements that stay the same from step to step. Activations and
# gradients are new values for new inputs: nothing of theirs "moved back".
_LASTING_ROLES: Final[frozenset[Role]] = frozenset({"weight", "bias", "norm", "embedding", "other"})


@dataclass(frozen=True)
class SeriesFacts:
    """The numbers that sentences are made of: one series at its last kept step.

    until: the step up to which alone the series was looked at, None for all of it.
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

    @property
    def resolved(self) -> bool:
        """Whether ``movement`` can be told from interpolation error."""
        return not self.movement < self.resolution or self.movement == 0


def series_sentence(facts: SeriesFacts) -> str:
    """What happened to one series, for its row and the top of its detail."""
    match facts.verdict.name:
        case "no_data":
            return _no_data(facts)
        case "non_finite":
            return _non_finite(facts)
        case "single_step":
            seen = "" if facts.until is None else f" up to step {facts.until}"
            return (
                f"{facts.tag} has a usable histogram at step {facts.first_step} only{seen}; "
                "movement needs two steps."
            )
        case "unchanged":
            return (
                f"The distribution of {facts.tag} is identical at every kept step from "
                f"{facts.first_step} to {facts.last_step}: its values did not change. Only a "
                "permutation of them would look the same."
            )
        case "exploding":
            return f"{_moved(facts)} It exploded: {_ratio(facts.verdict)}"
        case "collapsed":
            return f"{_moved(facts)} It collapsed: {_ratio(facts.verdict)}"
        case _:
            return " ".join(filter(None, [_moved(facts), _meaning(facts)]))


def _no_data(facts: SeriesFacts) -> str:
    if facts.last_step is None and facts.until is not None:
        return f"{facts.tag} has no usable histogram up to step {facts.until}."
    return f"{facts.tag} has no usable histogram to compare."


def _non_finite(facts: SeriesFacts) -> str:
    start = f"{facts.tag} holds NaN or infinity at step {facts.non_finite_step}."
    if math.isnan(facts.movement) or facts.first_step == facts.last_step:
        return start
    return f"{start} Up to the last usable step: {_moved(facts)}"


def _ratio(verdict: Verdict) -> str:
    times = number(verdict.value if verdict.value is not None else math.nan)
    return f"its {verdict.subject} is {times} times what it was."


def _moved(facts: SeriesFacts) -> str:
    between = f"between {facts.baseline} and step {facts.last_step}"
    if facts.scale_kind == "none":
        return (
            f"{facts.tag} started with every value at 0 and its distribution {_from_zero(facts)} "
            f"{between}."
        )
    if not facts.resolved:
        return _between_bounds(facts, between)
    how_far = share(facts.relative_movement, facts.scale_kind)
    sizes = f"{number(facts.movement)} of {plain(facts.scale)}"
    return f"The distribution of {facts.tag} moved {how_far} ({sizes}) {between}."


def _from_zero(facts: SeriesFacts) -> str:
    if facts.movement == 0:
        return "stayed at 0"
    if not facts.resolved:
        lower, upper = number(facts.movement_lower), number(facts.movement_upper)
        return f"moved {lower} to {upper} away from 0 (its buckets tell no more)"
    return f"moved {number(facts.movement)} away from 0"


def _between_bounds(facts: SeriesFacts, between: str) -> str:
    """Of a movement that the buckets do not resolve, only its bounds are known."""
    lower, upper = facts.movement_lower, facts.movement_upper
    start = percent(lower / facts.scale) if upper < MANY_TIMES * facts.scale else number(lower)
    return (
        f"The distribution of {facts.tag} changed by {start} to "
        f"{share(upper / facts.scale, facts.scale_kind)} "
        f"({number(lower)} to {number(upper)} of {plain(facts.scale)}) {between}: "
        "its buckets are too wide to tell more."
    )


def _meaning(facts: SeriesFacts) -> str:
    """What a movement of the distribution says about single values."""
    if facts.role not in _LASTING_ROLES or not facts.movement > 0:
        return ""
    if facts.scale_kind == "std":
        return _floor_with_bound(facts)
    if facts.resolved:
        return "Its values started as one, so that is how far they moved on average."
    return ""


def _floor_with_bound(facts: SeriesFacts) -> str:
    if not facts.movement_lower > 0:
        return FLOOR
    least = number(facts.movement_lower)
    return FLOOR.replace(
        "That is a floor:", f"That is a floor (its values moved at least {least} on average):"
    )


def floor(rows: Sequence[SeriesFacts]) -> str:
    """The reminder that a histogram shows a floor, where that is true of any of the rows."""
    hidden = any(
        row.scale_kind == "std" and row.movement > 0 and row.role in _LASTING_ROLES for row in rows
    )
    return FLOOR if hidden else ""
