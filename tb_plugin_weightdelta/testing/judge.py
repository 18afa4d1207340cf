"""Whether tensors did in a step what they should have done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.recording import Update
from tb_plugin_weightdelta.wording import cause_words, percent

Weights = Mapping[str, np.ndarray]

_MOST_NAMED: Final = 20


@dataclass(frozen=True)
class Wanted:
    """moves: whether tensors should move; frozen: those that should not all the same."""

    moves: bool
    frozen: str | None = None

    def moving(self, names: Mapping[str, object]) -> set[str]:
        """The names of those that should move. Raises ValueError where ``frozen`` is none."""
        if not self.moves:
            return set()
        if self.frozen is None:
            return set(names)
        try:
            stay = {name for name in names if re.search(self.frozen, name)}
        except re.error as error:
            raise ValueError(f"frozen is no regular expression: {error}.") from error
        if not stay:
            raise ValueError(f"frozen={self.frozen!r} matches none of {', '.join(sorted(names))}.")
        return set(names) - stay


def judge(before: Weights, after: Weights, wanted: Wanted, update: Update) -> None:
    """Raises AssertionError where a tensor did not do what it should; ValueError for other names.

    update: what is seen of the step, for why a tensor did not move.
    """
    if before.keys() != after.keys() or not before:
        apart = sorted(before.keys() ^ after.keys())
        raise ValueError(
            f"The weights before and after are not of the same tensors: {', '.join(apart)}."
            if apart
            else "There are no weights to compare."
        )
    moving = wanted.moving(before)
    changed = {name for name in before if _differs(before[name], after[name])}
    found = []
    for name in before:
        if name in moving:
            problem = _should_move(name, after, changed, update)
        else:
            problem = _should_stay(name, before, after) if name in changed else ""
        if problem:
            found.append(f"  {problem}")
    if found:
        count = f"{len(found):,} of {len(before):,} tensors did not do what they should"
        more = [f"  … and {len(found) - _MOST_NAMED:,} more"] if len(found) > _MOST_NAMED else []
        raise AssertionError("\n".join([f"{count}:", *found[:_MOST_NAMED], *more]))


def _should_move(name: str, after: Weights, changed: set[str], update: Update) -> str:
    wrong = int((~np.isfinite(after[name])).sum())
    if wrong:
        return f"{name} has {wrong:,} of {after[name].size:,} values that are NaN or infinite."
    if name in changed:
        return ""
    cause = update.why(name)
    if cause == "behind_zeros" and update.zeros_after(name) in changed:
        return ""
    return f"No value of {name} changed: {cause_words(cause)}."


def _should_stay(name: str, before: Weights, after: Weights) -> str:
    first, last = (each[name].astype(np.float64) for each in (before, after))
    if first.shape != last.shape:
        return f"{name} should stay, and its shape was {first.shape} and is {last.shape}."
    with np.errstate(all="ignore"):
        moved, size = np.abs(last - first).mean(), np.sqrt((first**2).mean())
        share = f" {percent(moved / size)} of its size on average" if size > 0 else ""
    many = int((first != last).sum())
    return f"{name} should stay, and {many:,} of its {first.size:,} values moved{share}."


def _differs(one: np.ndarray, other: np.ndarray) -> bool:
    """NaN is the same as NaN."""
    return one.shape != other.shape or not np.array_equal(one, other, equal_nan=True)
