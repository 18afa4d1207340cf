"""What a request asks for: query parameters, parsed, or an error that names the culprit."""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from werkzeug import wrappers

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.errors import BadParameter, TooLong, told
from tb_plugin_weightdelta.measurements import Question
from tb_plugin_weightdelta.verdicts import Thresholds

# What every route that measures understands, and what those of whole runs do.
QUESTION: Final = ("baseline", *(field.name for field in dataclasses.fields(Thresholds)))
RUN_QUESTION: Final = (*QUESTION, "until")

# The least and the greatest step that an event can have.
STEPS: Final = (-(2**63), 2**63 - 1)

# A path on Linux has at most 4,096 bytes, and a tag that is longer names nothing that a person
# would; three bytes of a query for each byte of a run and a tag fit twice.
LONGEST_VALUE: Final = 4_096  # characters
LONGEST_QUERY: Final = 32_768  # bytes, as sent

# ASCII alone, and no more digits than a float64 can have: int() and float() also take "١٢",
# "1_000" and " 1".
_WHOLE: Final = re.compile(r"-?[0-9]{1,40}")
_NUMBER: Final = re.compile(
    r"([0-9]{1,400}\.?|[0-9]{0,400}\.[0-9]{1,400})(e[+-]?[0-9]{1,5})?", re.IGNORECASE
)


def arguments(
    request: wrappers.Request, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, str]:
    """The query parameters by name.

    Raises BadParameter for one that is missing, unknown, too long or given twice, TooLong for
    more than all of them can be.
    """
    if len(request.query_string) > LONGEST_QUERY:
        raise TooLong(f"The query is longer than {LONGEST_QUERY} bytes.")
    required = tuple(required)
    known = {*required, *optional}
    for name, values in request.args.lists():
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise BadParameter(f"The parameter {told(name)} is unknown here; known: {expected}.")
        if len(values) > 1:
            raise BadParameter(f"The parameter {name!r} was given {len(values)} times.")
        if len(values[0]) > LONGEST_VALUE:
            raise BadParameter(f"The parameter {name!r} is longer than {LONGEST_VALUE} characters.")
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
    if not _WHOLE.fullmatch(text):
        raise BadParameter(f"The parameter {name!r} is {told(text)}, not a whole number.")
    value = int(text)
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
        raise BadParameter(f"The parameter {name!r} is {told(value)}, not {' or '.join(allowed)}.")
    return value


def _positive_number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name)
    if text is None:
        return default
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not 0 < value < math.inf:
        raise BadParameter(f"The parameter {name!r} is {told(text)}, not a number above 0.")
    return value
