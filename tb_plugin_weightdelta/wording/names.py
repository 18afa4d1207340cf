"""Names of tensors in sentences: short, and said together where they belong together."""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Final

from tb_plugin_weightdelta.core.modules import KERAS_SUFFIX, whole_modules

_PART: Final = re.compile(r"[^/.]+[/.]?")
_NUMBER: Final = re.compile(r"([0-9]{1,18})")
_FEWEST_IN_A_ROW: Final = 3
_LEAST_ROOM: Final = 8

CUT: Final = "…"
NO_NAME: Final = "the empty tag"

# So many names are said one by one.
_MOST_NAMES: Final = 3


def shared_ends(names: Sequence[str]) -> tuple[str, str]:
    """What all names begin and end with and none is told apart by, in whole parts.

    The last part of none is among it, nor a number at the end, as of a layer: that says nothing
    without the word before it.
    """
    if len(names) < 2:
        return "", ""
    suffix = KERAS_SUFFIX if all(name.endswith(KERAS_SUFFIX) for name in names) else ""
    parts = [_PART.findall(name.removesuffix(suffix)) for name in names]
    length, cut = min(map(len, parts)), 0
    for place in range(length - 1):
        if len({each[place] for each in parts}) > 1:
            break
        if not any(each[place + 1][:1].isdecimal() for each in parts):
            cut = sum(map(len, parts[0][: place + 1]))
    return names[0][:cut], suffix


def cut_middle(name: str, most: int) -> str:
    """A name of at most so many characters: its end, which tells more, and a little before it."""
    if len(name) <= most:
        return name
    end = (most - 1) * 2 // 3
    return f"{name[: most - 1 - end]}{CUT}{name[len(name) - end :]}"


def named(chosen: Iterable[str], among: Sequence[str], most: int = 40) -> str:
    """The chosen tags in words: whole modules by their names, a row of them from one to another.

    most: about how many characters there is room for.
    """
    modules = [module.name for module in whole_modules(chosen, among)]
    cut = len(shared_ends([tag.removesuffix(KERAS_SUFFIX) for tag in among])[0])
    names = [" ".join((name[cut:] or name).splitlines()) or NO_NAME for name in modules]
    shown = rows_of(names, most)
    told: list[str] = []
    for name in shown[:_MOST_NAMES]:
        if told and len(", ".join([*told, name])) > most:
            break
        told.append(name if " to " in name else cut_middle(name, most))
    return listed(told, len(shown) - len(told))


def listed(names: Sequence[str], more: int = 0) -> str:
    """Names with commas and "and", and how many more there are."""
    if more:
        names = [*names, f"{more:,} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def rows_of(names: Sequence[str], most: int = 40) -> list[str]:
    """Names in order; three or more that count on in one number are "h.0 to h.3".

    most: about how many characters there is room for a row; each of its two names is cut.
    """
    rows: list[list[str]] = []
    for name in sorted(names, key=_parts):
        if rows and _counts_on([*rows[-1][-2:], name]):
            rows[-1].append(name)
        else:
            rows.append([name])
    return [
        name
        for row in rows
        for name in ([_from_to(row[0], row[-1], most)] if len(row) >= _FEWEST_IN_A_ROW else row)
    ]


def _from_to(first: str, last: str, most: int) -> str:
    """The last without the parts before the one that differs; a number keeps the word before it."""
    ours, theirs = _PART.findall(first), _PART.findall(last)
    place = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
    start = max(0, place - theirs[place][:1].isdecimal())
    end = "".join(theirs[start:])
    if len(first) + len(end) + len(" to ") > most:
        # What tells one from the other must not be cut.
        room = max(_LEAST_ROOM, (most - len(" to ")) // 2)
        kept = "".join(ours[: place + 1]), "".join(theirs[start : place + 1])
        first, end = (cut_middle(each.rstrip("./"), room - 1) + CUT for each in kept)
    return f"{first} to {end}"


def _parts(name: str) -> list[tuple[int, str]]:
    """Text and numbers by turns, so that "h.2" comes before "h.10"."""
    found = _NUMBER.split(name)
    return [(int(part) if place % 2 else 0, part) for place, part in enumerate(found)]


def _counts_on(names: Sequence[str]) -> bool:
    """Whether the names differ in one number alone, always the same, and it goes up by one."""
    places = set()
    for before, after in itertools.pairwise(map(_parts, names)):
        if len(before) != len(after):
            return False
        differ = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        if len(differ) != 1 or after[differ[0]][0] != before[differ[0]][0] + 1:
            return False
        places.add(differ[0])
    return len(places) == 1
