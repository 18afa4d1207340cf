"""What a request asks for: query parameters, parsed, or an error that names the culprit."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from werkzeug import wrappers

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.errors import BadParameter
from tb_plugin_weightdelta.measurements import Question
from tb_plugin_weightdelta.verdicts import Thresholds

# What every route that measures understands, and what those of whole runs do.
QUESTION: Final = ("baseline", *(field.name for field in dataclasses.fields(Thresholds)))
RUN_QUESTION: Final = (*QUESTION, "until")

# The least and the greatest step that an event can have.
STEPS: Final = (-(2**63), 2**63 - 1)


def arguments(
    request: wrappers.Request, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, str]:
    """The query parameters by name.

    Raises BadParameter for one that is missing, unknown or given twice.
    """
    required = tuple(required)
    known = {*required, *optional}
    for name, values in request.args.lists():
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise BadParameter(f"The parameter {name!r} is unknown here; known: {expected}.")
        if len(values) > 1:
            raise BadParameter(f"The parameter {name!r} was given {len(values)} times.")
    for name in required:
        if not request.args.get(name):
            raise BadParameter(f"The parameter {name!r} is missing.")
    return dict(request.args.items())


def question(given: Mapping[str, str], defaults: Thresholds) -> Question:
    """The baseline, the thresholds and the last step that were asked for.

    Raises BadParameter for a value that is none.
    """
    values = {
        field.name: _positive_number(given, field.name, getattr(defaults, field.name))
        for field in dataclasses.fields(Thresholds)
    }
    return Question(
        choice=BaselineChoice.parse(given.get("baseline", "first")),
        thresholds=Thresholds(**values),
        until=whole_number(given, "until", 0, *STEPS) if "until" in given else None,
    )


def whole_number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``; raises BadParameter for anything else."""
    text = given.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise BadParameter(f"The parameter {name!r} is {text!r}, not a whole number.") from None
    if not least <= value <= most:
        raise BadParameter(f"The parameter {name!r} is {value}, not from {least} to {most}.")
    return value


def number_up_to(given: Mapping[str, str], name: str, most: float) -> float:
    """A number above 0 and up to ``most``; raises BadParameter for anything else."""
    value = _positive_number(given, name, most)
    if value > most:
        raise BadParameter(f"The parameter {name!r} is {value:g}, not from 0 to {most:g}.")
    return value


def one_of(given: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """One of the allowed words, the first by default; raises BadParameter for another."""
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise BadParameter(f"The parameter {name!r} is {value!r}, not {' or '.join(allowed)}.")
    return value


def _positive_number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise BadParameter(f"The parameter {name!r} is {text!r}, not a number above 0.")
    return value
