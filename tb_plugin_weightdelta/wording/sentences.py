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

from tb_plugin_weightdelta.judging import Extent, SeriesRow
from tb_plugin_weightdelta.wording.causes import because, everywhere
from tb_plugin_weightdelta.wording.movements import lower_bound
from tb_plugin_weightdelta.wording.numbers import number, percent, plain, share, span_of

# Of a movement that the histograms show to such a part, nothing much is hidden.
_NEARLY_ALL: Final = 0.95
# Of what is no parameter: from half or twice its spread on it is said.
_HALF: Final = 0.5


def series_sentence(row: SeriesRow) -> str:
    """What happened to one series, for its row and the top of its detail."""
    match row.verdict.name:
        case "no_data":
            return _no_data(row)
        case "non_finite":
            return _non_finite(row)
        case "single_step":
            seen = "" if row.until is None else f"Up to step {row.until:,} "
            what = "exact record" if row.only_exact else "usable histogram"
            return (
                f"{seen}{row.tag} has one {what}, at step {row.first_step:,}: movement needs two."
            )
        case "unchanged" if row.does_nothing_yet:
            when = everywhere(row) if row.leads else "at every kept step"
            nothing = "the adapter does nothing yet, whatever its A is."
            return _with(f"{row.tag} is still 0 {when}: {nothing}", because(row))
        case "unchanged" if row.exact and row.leads:
            say = "" if row.of_checkpoints else f": {row.exact.records:,} exact records say so"
            return _with(
                f"No value of {row.tag} changed between {row.place} "
                f"{row.exact.baseline_step:,} and {row.place} {row.exact.step:,}{say}.",
                because(row),
            )
        case "unchanged":
            return (
                f"The distribution of {row.tag} is identical at every kept step from "
                f"{row.first_step:,} to {row.last_step:,}: as far as it shows, no value "
                f"changed.{_coarse(row)}"
            )
        case "exploding":
            return f"{_moved(row)} It exploded: {_ratio(row)}"
        case "collapsed":
            return f"{_moved(row)} It collapsed: {_ratio(row)}"
        case _:
            stopped = _coarse(row) if row.stopped else ""
            told = [_moved(row), _is_back(row), _single(row), _meaning(row)]
            return _with(*told, because(row)) + stopped


def _with(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _no_data(row: SeriesRow) -> str:
    if row.last_step is None and row.until is not None:
        return f"{row.tag} has no usable histogram up to step {row.until:,}."
    if row.only_exact and row.compared_with == "first":
        return f"{row.tag} has no usable exact record to compare."
    if row.only_exact:
        return (
            f"{row.tag} has exact records alone, and those compare with its initial values: "
            "choose the first step as the baseline."
        )
    if row.lacking_run:
        has = "no tensor" if row.unlike else "no usable histogram"
        return f"{row.tag} cannot be compared: run {row.lacking_run} has {has} of that name."
    return f"{row.tag} has no usable histogram to compare."


def _non_finite(row: SeriesRow) -> str:
    where = f"{'in' if row.of_checkpoints else 'at'} {row.place} {row.non_finite_step:,}"
    start = f"{row.tag} holds NaN or infinity {where}."
    is_alone = row.shown is None or row.first_step == row.last_step
    return start if is_alone else f"{start} {_moved(row)}"


def _ratio(row: SeriesRow) -> str:
    (grown,) = (growth for growth in row.growths if growth.what == row.verdict.subject)
    if math.isnan(grown.start):  # it was 0
        return f"its {grown.what} is {number(grown.ordinary)} times an ordinary start."
    return f"its {grown.what} is {_than_before(grown.start)}."


def _than_before(times: float) -> str:
    return (
        f"{number(times)} times what it was" if times >= 1 else f"{percent(times)} of what it was"
    )


def _moved(row: SeriesRow) -> str:
    moved = row.shown
    if moved is None:  # no verdict that says so is reached without
        return ""
    how = "compared" if row.of_checkpoints else "recorded"
    exactly = f", {how} value by value" if moved.basis == "records" else ""
    if moved.movement == 0:
        what = "values" if exactly else "distribution"
        same = f"{'are' if exactly else 'is'} the same at {row.place} {moved.step:,}"
        return f"The {what} of {row.tag} {same} as at {moved.baseline}{exactly}."
    between = f"between {moved.baseline} and {row.place} {moved.step:,}"
    if exactly:
        return f"The values of {row.tag} moved {_exactly(moved)} on average {between}{exactly}."
    if moved.basis == "moments":
        return f"{_whose(row)} of {row.tag} moved {_by_sums(row, moved)} {between}."
    if moved.scale_kind == "none":
        started = f"{row.tag} started with every value at 0"
        return f"{started} and its distribution {_from_zero(moved)} {between}."
    if moved.basis == "bounds":
        return f"The distribution of {row.tag} {_bounded(row, moved)} {between}."
    sizes = f"({number(moved.movement)} of {plain(moved.scale)})"
    if moved.scale_kind == "constant" and row.is_parameter:
        return f"{_each_value(row, moved)} {sizes} {between}."
    how_far = share(moved.relative, moved.scale_kind)
    return f"The distribution of {row.tag} moved {how_far} {sizes} {between}."


def _whose(row: SeriesRow) -> str:
    """Only of parameters are the values of one step those of another."""
    if not row.is_parameter:
        return "The distribution"
    return "The value" if row.elements == 1 else "The values"


def _each_value(row: SeriesRow, moved: Extent) -> str:
    """From one value on, what the distribution moved is what its values moved on average."""
    far = f"{_whose(row)} of {row.tag} moved {_far(row, moved)}"
    return far if row.elements == 1 else f"On average t{far[1:]}"


def _far(row: SeriesRow, moved: Extent) -> str:
    if moved.scale_kind == "none":
        return f"{number(moved.movement)} away from 0"
    many = row.is_parameter and row.elements != 1
    return share(moved.relative, moved.scale_kind, "their" if many else "its")


def _by_sums(row: SeriesRow, moved: Extent) -> str:
    """The root mean square, which sums tell exactly, and what they and the buckets leave open."""
    if row.elements == 1:
        return f"{_far(row, moved)} (exact)"
    if moved.scale_kind == "none":
        ends = f"{number(moved.lower)} to {number(moved.upper)}"
    else:
        ends = span_of([moved.lower / moved.scale, moved.upper / moved.scale])
    return f"{_far(row, moved)} (root mean square, exact; {ends} on average)"


def _exactly(moved: Extent) -> str:
    if moved.scale_kind == "none":
        return f"{number(moved.movement)} away from 0"
    of = "RMS " if moved.scale_kind == "rms" else ""
    sizes = f"{number(moved.movement)} of {of}{plain(moved.scale)}"
    return f"{share(moved.relative, moved.scale_kind, 'their')} ({sizes})"


def _from_zero(moved: Extent) -> str:
    if moved.basis == "bounds":
        lower, upper = number(moved.lower), number(moved.upper)
        return f"moved {lower} to {upper} away from 0 (its buckets tell no more)"
    return f"moved {number(moved.movement)} away from 0"


def _bounded(row: SeriesRow, moved: Extent) -> str:
    most = share(moved.upper / moved.scale, moved.scale_kind)
    sizes = f"({number(moved.lower)} to {number(moved.upper)} of {plain(moved.scale)})"
    if row.sense == "at_most":
        return f"changed, by at most {most} {sizes}"
    return f"moved by {lower_bound(moved)} to {most} {sizes}"


def _coarse(row: SeriesRow) -> str:
    """What the format of its values may have to do with their standing still."""
    away, seen = row.rounded_away, row.histograms
    if away is None or seen is None:
        return ""
    rise, fall = away
    if seen.scale_kind == "constant":
        limits = f"rises below {number(rise)} and falls below {number(fall)}"
        return f" At {plain(seen.scale)} {row.stored_as} rounds away {limits}."
    parts = f"{percent(fall)} to {percent(rise)} of a value"
    return f" {row.stored_as} rounds away changes below {parts}."


def _is_back(row: SeriesRow) -> str:
    """Whether it moved on its way from the first step to where it had been."""
    shown = row.shown
    if shown is None or shown.movement > 0 or shown.baseline != f"{row.place} {row.first_step:,}":
        return ""
    return f"{'They' if row.leads else 'It'} changed in between."


def _single(row: SeriesRow) -> str:
    """How far single values moved, where that is estimated."""
    about, moved = row.about, row.shown
    if about is None or moved is None:
        return ""
    far = share(about.mean_abs / moved.scale, moved.scale_kind, "the")
    ends = span_of([about.lower / moved.scale, about.upper / moved.scale])
    return f"Single values moved by about {far} ({ends})."


def _meaning(row: SeriesRow) -> str:
    """What a movement of the distribution says about single values."""
    moved = row.shown
    if row.leads:
        return " ".join(filter(None, [hidden([row]), _unmoved(row)]))
    if moved is None or not moved.movement > 0:
        return ""
    return "" if row.is_parameter else _grown(row)


def _grown(row: SeriesRow) -> str:
    """Of what training does not move, much larger or smaller is no alarm and yet worth a word."""
    times = row.growths[0].start if row.growths else math.nan
    if times <= _HALF:
        so = ", as gradients do when a training converges" if row.role == "gradient" else ""
        return f"Its spread shrank to {_than_before(times)}{so}."
    return f"Its spread grew to {_than_before(times)}." if times >= 1 / _HALF else ""


def _unmoved(row: SeriesRow) -> str:
    still = 1 - row.exact.figures["fraction_changed"] if row.exact else 0.0
    return f"{percent(still)} of the values did not change." if 0 < still < 1 else ""


def hidden(rows: Sequence[SeriesRow], why: str = "") -> str:
    """How much of the exact movement the histograms show, where both are known.

    why: what is added where they hide some.
    """
    parts = [row.seen_part for row in rows if not math.isnan(row.seen_part)]
    if not parts:
        return ""
    seen = statistics.median(parts)
    if seen >= _NEARLY_ALL:
        return "Histograms show nearly all of what was recorded."
    typical = " (median)" if len(parts) > 1 else ""
    return f"Histograms show {percent(seen)} of what was recorded{typical}{why}."
