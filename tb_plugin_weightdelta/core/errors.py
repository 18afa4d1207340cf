"""What can be wrong with a call, each with the HTTP status it becomes.

The message of each is a sentence for the person who made the call: it names the
run, tag, step or parameter.
"""

from typing import Final

_REPEATED: Final = 100  # characters


def told(value: str) -> str:
    """A value as an error repeats it: quoted, and no longer than a sentence needs."""
    return repr(value) if len(value) <= _REPEATED else f"{value[:_REPEATED]!r}…"


class WeightDeltaError(Exception):
    """Base of everything that this package raises on purpose."""

    status = 500


class BadParameter(WeightDeltaError):
    """A parameter is missing, malformed or unknown."""

    status = 400


class TooLong(WeightDeltaError):
    """The query is longer than any question."""

    status = 414


class NotInLogdir(WeightDeltaError):
    """The run, tag or step is not in the logdir."""

    status = 404


class TooMany(WeightDeltaError):
    """More is being measured than anybody can wait for."""

    status = 429


class Abandoned(WeightDeltaError):
    """Nobody waits for the answer any more; the status is nginx's for a client that hung up."""

    status = 499


class SourceUnavailable(WeightDeltaError):
    """The data provider cannot be reached or refuses to answer."""

    status = 503
