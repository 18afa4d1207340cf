"""What every recorder can be told."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

OnRecord = Callable[[int, dict[str, dict[str, float]]], Any]


class OptionArguments(TypedDict, total=False):
    """The keyword arguments that all recorders take; they are those of ``Options``."""

    every: int
    include: str | None
    exclude: str | None
    prefix: str
    histograms: bool
    reference: Literal["device", "host"]
    seed: int
    initial: str | os.PathLike[str] | Literal[False] | None
    on_record: OnRecord | None


@dataclass(frozen=True)
class Options:
    """every: at least so many steps lie between two records.
    include, exclude: regular expressions, searched for in names; those of the first alone are
        recorded, those of the second are not.
    prefix: of all names; two models in one folder need one each.
    histograms: whether ordinary histograms are written too.
    reference: where the copy of the initial weights is kept.
    seed: of the sample that quantiles of large tensors are taken from.
    initial: a file that keeps the initial weights for a resumption: written at step 0 and where
        it is missing, read where a training goes on from a later step. One that holds other
        weights is kept aside. None: beside the records, where the weights take less than
        256 MB. False: nowhere.
    on_record: called with the step and the figures of each tensor, after they are written.

    Raises TypeError or ValueError for what cannot be meant.
    """

    every: int = 1
    include: str | None = None
    exclude: str | None = None
    prefix: str = ""
    histograms: bool = True
    reference: Literal["device", "host"] = "device"
    seed: int = 0
    initial: str | os.PathLike[str] | Literal[False] | None = None
    on_record: OnRecord | None = None

    def __post_init__(self) -> None:
        for name, kinds in _KINDS.items():
            value = getattr(self, name)
            # True is an int to Python, and no number of steps to anybody.
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                wanted = _WANTED[kinds]
                raise TypeError(f"{name} is {value!r}: it must be {wanted}.")
        if self.every < 1:
            raise ValueError(f"every is {self.every}: it must be 1 step or more.")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}: it must be 0 or more.")
        if isinstance(self.initial, bool) and self.initial:
            raise ValueError("initial is True: it must be a file's path, None or False.")
        if self.reference not in ("device", "host"):
            raise ValueError(f"reference is {self.reference!r}: it must be 'device' or 'host'.")
        if self.on_record is not None and not callable(self.on_record):
            raise TypeError(f"on_record is {self.on_record!r}: it must be a function.")
        for name, pattern in (("include", self.include), ("exclude", self.exclude)):
            try:
                re.compile(pattern or "")
            except re.error as error:
                raise ValueError(f"{name} is no regular expression: {error}.") from error

    def chooses(self, name: str) -> bool:
        """Whether a tensor of this name is recorded."""
        wanted = self.include is None or re.search(self.include, name)
        return bool(wanted) and not (self.exclude and re.search(self.exclude, name))

    def named(self, name: str) -> str:
        """What a tensor is called in the logs."""
        if not self.prefix or self.prefix.endswith(("/", ".")):
            return self.prefix + name
        return f"{self.prefix}/{name}"


_NUMBER = (int,)
_TEXT = (str,)
_TEXT_OR_NONE = (str, type(None))
_FLAG = (bool,)
_FILE = (str, os.PathLike, bool, type(None))
_WANTED: Mapping[tuple[type, ...], str] = {
    _NUMBER: "a whole number",
    _TEXT: "a text",
    _TEXT_OR_NONE: "a regular expression, as a text",
    _FLAG: "True or False",
    _FILE: "a file's path, None or False",
}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "every": _NUMBER,
    "include": _TEXT_OR_NONE,
    "exclude": _TEXT_OR_NONE,
    "prefix": _TEXT,
    "histograms": _FLAG,
    "seed": _NUMBER,
    "initial": _FILE,
}
