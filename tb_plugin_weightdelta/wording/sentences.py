"""What the numbers say, in plain English: the same words on the page and in a terminal.

A sentence says what is known, how it is known, and what follows, in that order. Of
histograms it always says "the distribution moved": a histogram puts a floor under how far
single weights moved, it never shows where each of them went. Only exact records do, and
where they lead it is "the values" that moved.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Final

from tb_plugin_weightdelta.judging import ExactFacts, Role, SeriesFacts, Verdict
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent, plain, share

FLOOR: Final = (
    "That is a floor: moves up and down cancel in a histogram, so single values can have moved "
    "several times as far while it hardly changes."
)

# Of a movement that the histograms show to such a part, nothing much is hidden.
_NEARLY_ALL: Final = 0.95

# The floor is about elements that stay the same from step to step. Activations and
# gradients are new values for new inputs: nothing of theirs "moved back".
_LASTING_ROLES: Final[frozenset[Role]] = frozenset({"weight", "bias", "norm", "embedding", "other"})


def series_sentence(facts: SeriesFacts) -> str:
    """What happened to one series, for its row and the top of its detail."""
    match facts.verdict.name:
        case "no_data":
            return _no_data(facts)
        case "non_finite":
            return _non_finite(facts)
        case "single_step":
            seen = "" if facts.until is None else f" up to step {facts.until}"
            what = "an exact record" if facts.only_exact else "a usable histogram"
            return (
                f"{facts.tag} has {what} at step {facts.first_step} only{seen}; "
                "movement needs two steps."
            )
        case "unchanged" if facts.exact and facts.leads:
            return (
                f"No value of {facts.tag} changed between step {facts.exact.baseline_step} and "
                f"step {facts.exact.step}: {facts.exact.records} exact records say so, recorded "
                "value by value."
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
    if facts.only_exact and facts.baseline == "first":
        return f"{facts.tag} has no usable exact record to compare."
    if facts.only_exact:
        return (
            f"{facts.tag} has exact records alone, and those compare with its initial values: "
            "choose the first step as the baseline."
        )
    return f"{facts.tag} has no usable histogram to compare."


def _non_finite(facts: SeriesFacts) -> str:
    start = f"{facts.tag} holds NaN or infinity at step {facts.non_finite_step}."
    if math.isnan(facts.led.movement) or facts.first_step == facts.last_step:
        return start
    return f"{start} Up to the last usable step: {_moved(facts)}"


def _ratio(verdict: Verdict) -> str:
    times = number(verdict.value if verdict.value is not None else math.nan)
    return f"its {verdict.subject} is {times} times what it was."


def _moved(facts: SeriesFacts) -> str:
    if facts.exact and facts.leads:
        return _moved_exactly(facts, facts.exact)
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


def _moved_exactly(facts: SeriesFacts, exact: ExactFacts) -> str:
    between = f"between step {exact.baseline_step} and step {exact.step}, recorded value by value"
    if exact.scale_kind == "none":
        how_far = f"{number(exact.mean_abs)} away from 0" if exact.mean_abs > 0 else "not at all"
    else:
        sizes = f"{number(exact.mean_abs)} of {plain(exact.scale)}"
        how_far = f"{share(exact.relative_movement, exact.scale_kind, 'their')} ({sizes})"
    return f"The values of {facts.tag} moved {how_far} on average {between}."


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
    if facts.exact and facts.leads:
        return " ".join(filter(None, [hidden([facts], "Their"), _unmoved(facts.exact)]))
    if facts.role not in _LASTING_ROLES or not facts.movement > 0:
        return ""
    if facts.scale_kind == "std":
        return _floor_with_bound(facts)
    if facts.resolved:
        return "Its values started as one, so that is how far they moved on average."
    return ""


def _unmoved(exact: ExactFacts) -> str:
    still = 1 - exact.fraction_changed
    return f"{percent(still)} of the values did not change." if 0 < still < 1 else ""


def _floor_with_bound(facts: SeriesFacts) -> str:
    if not facts.movement_lower > 0:
        return FLOOR
    least = number(facts.movement_lower)
    return FLOOR.replace(
        "That is a floor:", f"That is a floor (its values moved at least {least} on average):"
    )


def floor(rows: Sequence[SeriesFacts]) -> str:
    """The reminder that a histogram shows a floor, where that is true of any of the rows."""
    is_floor = any(
        row.scale_kind == "std"
        and row.movement > 0
        and row.role in _LASTING_ROLES
        and not row.leads
        for row in rows
    )
    return FLOOR if is_floor else ""


def hidden(rows: Sequence[SeriesFacts], whose: str) -> str:
    """How much of the exact movement the histograms show, where both are known."""
    parts = [row.shown for row in rows if not math.isnan(row.shown)]
    if not parts:
        return ""
    shown = statistics.median(parts)
    if shown >= _NEARLY_ALL:
        return f"{whose} histograms show nearly all of that."
    typical = " (median)" if len(parts) > 1 else ""
    return f"{whose} histograms show {percent(shown)} of that{typical}: moves up and down cancel."
