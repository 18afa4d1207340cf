"""What the numbers say, in plain English: the same words on the page and in a terminal.

A sentence says what is known, how it is known, and what follows, in that order. It
always says "the distribution moved": a histogram puts a floor under how far single
weights moved, it never shows where each of them went.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.figures import number, share
from tb_plugin_weightdelta.movement import ScaleKind
from tb_plugin_weightdelta.roles import Role
from tb_plugin_weightdelta.verdicts import VerdictName

FLOOR: Final = (
    "That is a floor: moves up and down cancel in a histogram, so single weights can move "
    "several times as far while it hardly changes."
)

# The floor is about elements that stay the same from step to step. Activations and
# gradients are new values for new inputs: nothing of theirs "moved back".
_LASTING_ROLES: Final[frozenset[Role]] = frozenset({"weight", "bias", "norm", "embedding", "other"})


@dataclass(frozen=True)
class SeriesFacts:
    """The numbers that sentences are made of: one series at its last kept step."""

    tag: str
    role: Role
    verdict: VerdictName
    elements: int | None
    first_step: int | None
    last_step: int | None
    baseline: str
    scale: float
    scale_kind: ScaleKind
    movement: float
    relative_movement: float
    spread_ratio: float
    non_finite_step: int | None = None


def series_sentence(facts: SeriesFacts) -> str:
    """What happened to one series, for its row and the top of its detail."""
    match facts.verdict:
        case "no_data":
            return f"{facts.tag} has no usable histogram to compare."
        case "non_finite":
            return _non_finite(facts)
        case "single_step":
            return (
                f"{facts.tag} has a usable histogram at step {facts.first_step} only; "
                "movement needs two steps."
            )
        case "unchanged":
            return (
                f"The distribution of {facts.tag} is identical at every kept step from "
                f"{facts.first_step} to {facts.last_step}: its values did not change, or only "
                "changed places."
            )
        case "exploding":
            return f"{_moved(facts)} It exploded: {_spread(facts)}"
        case "collapsed":
            return f"{_moved(facts)} It collapsed: {_spread(facts)}"
        case _:
            return " ".join(filter(None, [_moved(facts), floor([facts])]))


def _non_finite(facts: SeriesFacts) -> str:
    start = f"{facts.tag} holds NaN or infinity at step {facts.non_finite_step}."
    if math.isnan(facts.movement):
        return start
    return f"{start} Up to the last usable step: {_moved(facts)}"


def _moved(facts: SeriesFacts) -> str:
    between = f"between {facts.baseline} and step {facts.last_step}"
    if facts.scale_kind == "none":
        away = (
            "stayed at 0" if facts.movement == 0 else f"moved {number(facts.movement)} away from 0"
        )
        return f"{facts.tag} started with every value at 0 and its distribution {away} {between}."
    how_far = share(facts.relative_movement, facts.scale_kind)
    sizes = f"{number(facts.movement)} of {number(facts.scale, 3)}"
    return f"The distribution of {facts.tag} moved {how_far} ({sizes}) {between}."


def _spread(facts: SeriesFacts) -> str:
    if math.isnan(facts.spread_ratio):
        return "its largest value is at least 10 times what it was."
    return f"its spread is {number(facts.spread_ratio)} times what it was."


def floor(rows: Sequence[SeriesFacts]) -> str:
    """The reminder that a histogram shows a floor, where that is true of any of the rows."""
    hidden = any(
        row.scale_kind == "std" and row.movement > 0 and row.role in _LASTING_ROLES for row in rows
    )
    return FLOOR if hidden else ""
