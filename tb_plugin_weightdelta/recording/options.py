"""What every recorder can be told."""

import os
import re
from dataclasses import dataclass
from typing import Literal, TypedDict


class OptionArguments(TypedDict, total=False):
    """The keyword arguments that all recorders take; they are those of ``Options``."""

    every: int
    tags: str | None
    exclude: str | None
    histograms: bool
    reference: Literal["device", "host"]
    seed: int
    initial: str | os.PathLike[str] | None


@dataclass(frozen=True)
class Options:
    """every: steps whose number it divides are recorded, and the baseline.
    tags, exclude: regular expressions, searched for in names; those of the first alone are
        recorded, those of the second are not.
    histograms: whether ordinary histograms are written too.
    reference: where the copy of the initial weights is kept.
    seed: of the sample that quantiles of large tensors are taken from.
    initial: a file that keeps the initial weights for a resumption: written at step 0 and where
        it is missing, read where a training goes on from a later step. One that holds other
        weights is kept aside.

    Raises ValueError for what cannot be meant.
    """

    every: int = 1
    tags: str | None = None
    exclude: str | None = None
    histograms: bool = True
    reference: Literal["device", "host"] = "device"
    seed: int = 0
    initial: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every is {self.every}: it must be 1 step or more.")
        if self.reference not in ("device", "host"):
            raise ValueError(f"reference is {self.reference!r}: it must be 'device' or 'host'.")
        for name, pattern in (("tags", self.tags), ("exclude", self.exclude)):
            try:
                re.compile(pattern or "")
            except re.error as error:
                raise ValueError(f"{name} is no regular expression: {error}.") from error

    def chooses(self, name: str) -> bool:
        """Whether a tensor of this name is recorded."""
        wanted = self.tags is None or re.search(self.tags, name)
        return bool(wanted) and not (self.exclude and re.search(self.exclude, name))

    def due(self, step: int, taken: int = 1) -> bool:
        """Whether to record at ``step``, the last of as many as were ``taken`` at once."""
        return step // self.every > (step - taken) // self.every
