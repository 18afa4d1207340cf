"""What was looked at and approved: files that whatever is made now must agree with."""

import json
from pathlib import Path
from typing import Any

import pytest

# Another numpy rounds differently; nobody could see it.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


class Approval:
    """Compares with approved files; ``make approve`` writes those that differ anew."""

    def __init__(self, folder: Path, writes: bool) -> None:
        self._folder = folder
        self._writes = writes

    def check(self, name: str, made: Any) -> None:
        """``made``, plain values alone, against the JSON file of this name."""
        path = self._folder / name
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        differences = list(_differences(known, made, ""))
        if differences and self._writes:
            text = json.dumps(_settled(known, made), indent=1, ensure_ascii=False)
            path.write_text(f"{text}\n", encoding="utf-8")
        elif differences:
            told = "\n".join(differences[:20])
            pytest.fail(f"{name} is not as approved (`make approve` writes it anew):\n{told}")


def _differences(known: Any, made: Any, place: str) -> "list[str]":
    if isinstance(known, dict) and isinstance(made, dict):
        lines = [f"{place}: no longer has {key!r}" for key in known if key not in made]
        lines += [f"{place}: has {key!r}, too" for key in made if key not in known]
        for key in known.keys() & made.keys():
            lines += _differences(known[key], made[key], f"{place}/{key}")
        if not lines and list(known) != list(made):
            lines = [f"{place}: comes in the order {', '.join(made)}"]
        return lines
    if isinstance(known, list) and isinstance(made, list) and len(known) == len(made):
        pairs = enumerate(zip(known, made, strict=True))
        return [line for i, pair in pairs for line in _differences(*pair, f"{place}/{i}")]
    if _are_numbers(known, made):
        same = made == pytest.approx(known, rel=_RELATIVE, abs=_ABSOLUTE)
    else:
        same = type(known) is type(made) and known == made
    return [] if same else [f"{place}: {known!r} is now {made!r}"]


def _settled(known: Any, made: Any) -> Any:
    """``made`` with the approved numbers that it agrees with: rounding is nothing to look at."""
    if isinstance(known, dict) and isinstance(made, dict):
        return {key: _settled(known.get(key), value) for key, value in made.items()}
    if isinstance(known, list) and isinstance(made, list) and len(known) == len(made):
        return [_settled(*pair) for pair in zip(known, made, strict=True)]
    return made if _differences(known, made, "") else known


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
