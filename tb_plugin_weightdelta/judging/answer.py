"""The answer for a whole run: one state, and the tensors that it rests on.

It is about what training is there to move. Where no name tells a parameter, it is about the
tensors of which nothing is known; never about gradients, activations, statistics or what an
optimizer keeps.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from tb_plugin_weightdelta.judging.frozen import chosen_to_stay
from tb_plugin_weightdelta.judging.precision import Precision
from tb_plugin_weightdelta.judging.roles import PARAMETERS, may_be_parameter
from tb_plugin_weightdelta.judging.row import Onset, SeriesRow

# The most serious first; measuring while parts are missing.
State = Literal["broke", "still", "partly_still", "barely", "moving", "unknown", "measuring"]

_BROKEN: Final = ("non_finite", "exploding", "collapsed")


@dataclass(frozen=True)
class Answer:
    """What is known of the tensors of a run, each in one of the lists but ``subjects``.

    subjects: all that the answer is about. others: those that it is not about.
    broke: NaN, infinite, exploded or collapsed, the first hit first, and of those the worst kind.
    still: never moved, though comparable. frozen: the same, where it looks decided or was said.
    changed: the rest of the comparable. unknown: of which nothing can be compared.
    """

    state: State
    subjects: Sequence[SeriesRow]
    others: Sequence[SeriesRow]
    broke: Sequence[SeriesRow]
    still: Sequence[SeriesRow]
    frozen: Sequence[SeriesRow]
    changed: Sequence[SeriesRow]
    unknown: Sequence[SeriesRow]

    @property
    def state_rank(self) -> int:
        """Where its state stands among all, the most serious first."""
        return get_args(State).index(self.state)

    @property
    def stored_as(self) -> Precision:
        """The number format of the tensors, where those of which it is known have one."""
        return SeriesRow.precision_of(self.subjects)

    @property
    def ranked(self) -> list[SeriesRow]:
        """All rows in the order that fits the answer.

        What broke, the first hit first; what never moved and is not frozen; the parameters by
        movement; those of which nothing is known; and below statistics, what an optimizer keeps,
        activations, gradients and the rest.
        """
        rest = sorted(self.others, key=lambda row: row.role_rank)
        moved = [*self.changed, *self.frozen]
        return [*self.broke, *self.still, *moved, *self.unknown, *rest]

    @property
    def onsets(self) -> list[Onset]:
        """What broke, stopped or never moved, in the order in which it was seen.

        Of a run that broke what broke comes first: what never moved did so from the start. What is
        frozen on purpose comes last.
        """
        broke, frozen = ({row.tag for row in rows} for rows in (self.broke, self.frozen))
        found = [row.onset for row in self.subjects if row.onset is not None]
        return sorted(
            found,
            key=lambda onset: (onset.tag not in broke, onset.tag in frozen, onset.step, onset.tag),
        )


def answer_of(rows: Sequence[SeriesRow], frozen: re.Pattern[str] | None = None) -> Answer:
    """The answer that the rows of a run give.

    frozen: finds the tags of what was frozen on purpose, where that is known.
    """
    subjects = [row for row in rows if row.role in PARAMETERS]
    unnamed = [row for row in rows if row.role == "other"]
    if subjects and not any(map(_is_off_its_start, subjects)):
        # What trains beside a frozen network may be called anything.
        subjects += [row for row in unnamed if may_be_parameter(row.tag) and _is_off_its_start(row)]
    subjects = subjects or unnamed
    among = {row.tag for row in subjects}
    others = [row for row in rows if row.tag not in among]
    broke = sorted(filter(_is_broken, subjects), key=_when_broken)
    rest = [row for row in subjects if not _is_broken(row)]
    known = [row for row in rest if row.shown is not None]
    still = [row for row in known if row.verdict.name == "unchanged"]
    changed = [row for row in known if row.verdict.name != "unchanged"]
    kept = [row for row in still if frozen and frozen.search(row.tag)]
    still = [row for row in still if not (frozen and frozen.search(row.tag))]
    # An adapter is there to be trained.
    chosen = chosen_to_stay(
        {row.tag: row.role for row in still if not row.does_nothing_yet},
        {row.tag: row.role for row in [*changed, *broke]},
    )
    kept += [row for row in still if row.tag in chosen]
    still = [row for row in still if row.tag not in chosen]
    return Answer(
        state=_state(broke, still, changed, kept),
        subjects=subjects,
        others=others,
        broke=broke,
        still=still,
        frozen=kept,
        changed=changed,
        unknown=[row for row in rest if row.shown is None],
    )


def _is_off_its_start(row: SeriesRow) -> bool:
    return row.shown is not None and row.verdict.name != "unchanged"


def _is_broken(row: SeriesRow) -> bool:
    return row.verdict.name in _BROKEN


def _when_broken(row: SeriesRow) -> tuple[int, int, str]:
    step = row.onset.step if row.onset else 0
    return step, _BROKEN.index(row.verdict.name), row.tag


def _state(
    broke: Sequence[SeriesRow],
    still: Sequence[SeriesRow],
    changed: Sequence[SeriesRow],
    frozen: Sequence[SeriesRow],
) -> State:
    if broke:
        return "broke"
    if still:
        return "partly_still" if changed else "still"
    if not changed:
        return "still" if frozen else "unknown"
    return "barely" if all(map(_barely, changed)) else "moving"


def _barely(row: SeriesRow) -> bool:
    """Whether it certainly moved less than counts as moved; what started at 0 has no such limit."""
    shown = row.shown
    return shown is not None and shown.upper / shown.scale < row.thresholds.moved
