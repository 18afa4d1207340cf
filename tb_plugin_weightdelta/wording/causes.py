"""Why something stands still, in words: as exact records saw it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tb_plugin_weightdelta.core.exact import Cause
from tb_plugin_weightdelta.judging import Answer, SeriesRow
from tb_plugin_weightdelta.wording.counts import part


class _Words(NamedTuple):
    """one, many: what follows "It" and "Both weights"; short: in brackets."""

    one: str
    many: str
    short: str


_WORDS: Final[dict[Cause, _Words]] = {
    "frozen": _Words("is frozen", "are frozen", "frozen"),
    "not_held": _Words("is in no optimizer", "are in no optimizer", "in no optimizer"),
    "no_gradient": _Words("gets no gradient", "get no gradient", "no gradient"),
    "behind_zeros": _Words(
        "has a gradient of 0, because weights after it are all 0",
        "have a gradient of 0, because weights after them are all 0",
        "weights after it are 0",
    ),
    "zero_gradient": _Words("has a gradient of 0", "have a gradient of 0", "gradient 0"),
    "zero_rate": _Words("has a learning rate of 0", "have a learning rate of 0", "learning rate 0"),
    "rounded_away": _Words(
        "is so large beside its updates that its number format rounds them away",
        "are so large beside their updates that their number format rounds them away",
        "updates rounded away",
    ),
}


def everywhere(row: SeriesRow) -> str:
    """Where records lead: that all of them say so."""
    return "in every checkpoint" if row.of_checkpoints else "in every exact record"


def because(row: SeriesRow) -> str:
    """A sentence of its own on why the tensor stands still; empty where no record tells."""
    stands_still = row.verdict.name == "unchanged" or row.stopped is not None
    if not (stands_still and row.leads and row.exact and row.exact.cause):
        return ""
    seen = row.exact.cause
    words = cause_words(seen.cause)
    since = "" if seen.cause == "unseen" else f", seen from step {seen.step:,} on"
    return f"{words[0].upper()}{words[1:]}{since}."


def cause_words(cause: Cause) -> str:
    """The rest of a sentence: "it is frozen"."""
    return f"it {_WORDS[cause].one}" if cause in _WORDS else "the cause was not seen"


def shared_cause(rows: Sequence[SeriesRow]) -> str:
    """The one cause of all of them, in a few words; empty where there is none."""
    causes = {_cause(row) for row in rows}
    cause = causes.pop() if len(causes) == 1 else None
    return _WORDS[cause].short if cause in _WORDS else ""


def causes_of(answer: Answer) -> list[str]:
    """A sentence for each cause that was seen of tensors that never moved."""
    told = []
    for cause, words in _WORDS.items():
        hit = [row for row in (*answer.still, *answer.frozen) if _cause(row) == cause]
        if hit:
            what = words.one if len(hit) == 1 else words.many
            told.append(f"{part(hit, answer.subjects, capital=True)} {what}.")
    return told


def _cause(row: SeriesRow) -> Cause | None:
    return row.exact.cause.cause if row.leads and row.exact and row.exact.cause else None
