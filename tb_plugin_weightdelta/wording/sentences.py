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

from tb_plugin_weightdelta.judging import PARAMETERS, ExactMovement, Extent, SeriesRow
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent, plain, share

FLOOR: Final = (
    "That is a floor: moves up and down cancel in a histogram, so single values can have moved "
    "several times as far while it hardly changes."
)

# Of a movement that the histograms show to such a part, nothing much is hidden.
_NEARLY_ALL: Final = 0.95


def series_sentence(row: SeriesRow) -> str:
    """What happened to one series, for its row and the top of its detail."""
    match row.verdict.name:
        case "no_data":
            return _no_data(row)
        case "non_finite":
            return _non_finite(row)
        case "single_step":
            seen = "" if row.until is None else f" up to step {row.until}"
            what = "an exact record" if row.only_exact else "a usable histogram"
            return (
                f"{row.tag} has {what} at step {row.first_step} only{seen}; "
                "movement needs two steps."
            )
        case "unchanged" if row.exact and row.leads:
            return (
                f"No value of {row.tag} changed between step {row.exact.baseline_step} and "
                f"step {row.exact.step}: {row.exact.records} exact records say so, recorded "
                "value by value."
            )
        case "unchanged":
            return (
                f"The distribution of {row.tag} is identical at every kept step from "
                f"{row.first_step} to {row.last_step}: its values did not change. Only a "
                "permutation of them would look the same."
            )
        case "exploding":
            return f"{_moved(row)} It exploded: {_ratio(row)}"
        case "collapsed":
            return f"{_moved(row)} It collapsed: {_ratio(row)}"
        case _:
            return " ".join(filter(None, [_moved(row), _meaning(row)]))


def _no_data(row: SeriesRow) -> str:
    if row.last_step is None and row.until is not None:
        return f"{row.tag} has no usable histogram up to step {row.until}."
    if row.only_exact and row.compared_with == "first":
        return f"{row.tag} has no usable exact record to compare."
    if row.only_exact:
        return (
            f"{row.tag} has exact records alone, and those compare with its initial values: "
            "choose the first step as the baseline."
        )
    return f"{row.tag} has no usable histogram to compare."


def _non_finite(row: SeriesRow) -> str:
    start = f"{row.tag} holds NaN or infinity at step {row.non_finite_step}."
    if row.shown is None or row.first_step == row.last_step:
        return start
    return f"{start} Up to the last usable step: {_moved(row)}"


def _ratio(row: SeriesRow) -> str:
    (grown,) = (growth for growth in row.growths if growth.what == row.verdict.subject)
    return f"its {grown.what} is {number(grown.start)} times what it was."


def _moved(row: SeriesRow) -> str:
    moved = row.shown
    if moved is None:  # no verdict that says so is reached without
        return ""
    if moved.basis == "records":
        return f"The values of {row.tag} moved {_exactly(moved)}, recorded value by value."
    between = f"between {moved.baseline} and step {moved.step}"
    if moved.scale_kind == "none":
        started = f"{row.tag} started with every value at 0"
        return f"{started} and its distribution {_from_zero(moved)} {between}."
    if moved.basis == "bounds":
        return f"The distribution of {row.tag} {_between_bounds(moved, between)}"
    how_far = share(moved.relative, moved.scale_kind)
    sizes = f"{number(moved.movement)} of {plain(moved.scale)}"
    return f"The distribution of {row.tag} moved {how_far} ({sizes}) {between}."


def _exactly(moved: Extent) -> str:
    if moved.scale_kind == "none":
        how_far = f"{number(moved.movement)} away from 0" if moved.movement > 0 else "not at all"
    else:
        sizes = f"{number(moved.movement)} of {plain(moved.scale)}"
        how_far = f"{share(moved.relative, moved.scale_kind, 'their')} ({sizes})"
    return f"{how_far} on average between {moved.baseline} and step {moved.step}"


def _from_zero(moved: Extent) -> str:
    if moved.movement == 0:
        return "stayed at 0"
    if moved.basis == "bounds":
        lower, upper = number(moved.lower), number(moved.upper)
        return f"moved {lower} to {upper} away from 0 (its buckets tell no more)"
    return f"moved {number(moved.movement)} away from 0"


def _between_bounds(moved: Extent, between: str) -> str:
    """Of a movement that the buckets do not resolve, only its bounds are known."""
    lower, upper, scale = moved.lower, moved.upper, moved.scale
    start = percent(lower / scale) if upper < MANY_TIMES * scale else number(lower)
    return (
        f"changed by {start} to {share(upper / scale, moved.scale_kind)} "
        f"({number(lower)} to {number(upper)} of {plain(scale)}) {between}: "
        "its buckets are too wide to tell more."
    )


def _meaning(row: SeriesRow) -> str:
    """What a movement of the distribution says about single values."""
    moved = row.shown
    if row.exact and row.leads:
        return " ".join(filter(None, [hidden([row], "Their"), _unmoved(row.exact)]))
    if moved is None or row.role not in PARAMETERS or not moved.movement > 0:
        return ""
    if moved.scale_kind == "std":
        return _floor_with_bound(moved)
    if moved.basis == "histogram":
        return "Its values started as one, so that is how far they moved on average."
    return ""


def _unmoved(exact: ExactMovement) -> str:
    still = 1 - exact.figures["fraction_changed"]
    return f"{percent(still)} of the values did not change." if 0 < still < 1 else ""


def _floor_with_bound(moved: Extent) -> str:
    if not moved.lower > 0:
        return FLOOR
    least = number(moved.lower)
    return FLOOR.replace(
        "That is a floor:", f"That is a floor (its values moved at least {least} on average):"
    )


def floor(rows: Sequence[SeriesRow]) -> str:
    """The reminder that a histogram shows a floor, where that is true of any of the rows."""
    is_floor = any(
        row.shown is not None
        and row.shown.basis != "records"
        and row.shown.scale_kind == "std"
        and row.shown.movement > 0
        and row.role in PARAMETERS
        for row in rows
    )
    return FLOOR if is_floor else ""


def hidden(rows: Sequence[SeriesRow], whose: str) -> str:
    """How much of the exact movement the histograms show, where both are known."""
    parts = [row.seen_part for row in rows if not math.isnan(row.seen_part)]
    if not parts:
        return ""
    seen = statistics.median(parts)
    if seen >= _NEARLY_ALL:
        return f"{whose} histograms show nearly all of that."
    typical = " (median)" if len(parts) > 1 else ""
    return f"{whose} histograms show {percent(seen)} of that{typical}: moves up and down cancel."
