"""What is asked of a run: what its steps are compared with, how that is judged, up to where.

Baselines: ``first`` is the first kept step, ``previous`` the kept step before, ``step:N`` the
last kept step at or before N (the first kept step when there is none), ``run:NAME`` the first
kept step of the same tag in another run.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Self

from tb_plugin_weightdelta.core.errors import BadParameter, told

if TYPE_CHECKING:  # the command line parses without numpy
    from tb_plugin_weightdelta.core.histograms import HistogramSeries, IntArray

# The least and the greatest step that an event can have.
STEPS: Final = (-(2**63), 2**63 - 1)

# ASCII alone, and no more digits than a float64 can have: int() and float() also take "١٢",
# "1_000" and " 1".
_WHOLE: Final = re.compile(r"-?[0-9]{1,40}")
_NUMBER: Final = re.compile(
    r"([0-9]{1,400}\.?|[0-9]{0,400}\.[0-9]{1,400})(e[+-]?[0-9]{1,5})?", re.IGNORECASE
)


@dataclass(frozen=True)
class BaselineChoice:
    """What the caller asked for. ``step`` counts for kind ``step``, ``run`` for kind ``run``."""

    kind: Literal["first", "previous", "step", "run"] = "first"
    step: int = 0
    run: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``first``, ``previous``, ``step:N`` or ``run:NAME``.

        Raises BadParameter for anything else.
        """
        kind, colon, value = text.partition(":")
        if text in ("first", "previous"):
            return cls(kind="first" if text == "first" else "previous")
        if kind == "step" and value.isascii() and value.isdecimal() and len(value) <= 18:
            return cls(kind="step", step=int(value))
        if kind == "run" and colon:
            return cls(kind="run", run=value)
        raise BadParameter(
            f"The baseline {told(text)} is not one of first, previous, step:N (N a whole number) "
            "or run:NAME."
        )

    def choose(
        self, series: "HistogramSeries", other: "HistogramSeries", rows: "IntArray"
    ) -> "HistogramSeries":
        """The baseline of the given rows of ``series``, taken from ``other``.

        other: the same series unless the choice is another run. Both must have at least one
            kept step.

        Returns one histogram that stands for all rows, or, for ``previous``, one for each.
        """
        if self.kind == "previous":
            return other.at((rows - 1).clip(0))
        kept = 0
        if self.kind == "step":
            kept = max(0, int(other.steps.searchsorted(self.step, side="right")) - 1)
        return other.at(slice(kept, kept + 1))

    def __str__(self) -> str:
        return {"step": f"step:{self.step}", "run": f"run:{self.run}"}.get(self.kind, self.kind)


def _threshold(default: float, text: str) -> float:
    threshold: float = field(default=default, metadata={"help": text})
    return threshold


@dataclass(frozen=True)
class Thresholds:
    """Where one verdict ends and the next begins; each can be changed per request or by flag.

    moved_far: 0.1 is the drift threshold of Evidently for this distance.
    """

    moved: float = _threshold(0.01, "Relative movement from which a tensor counts as moved.")
    moved_far: float = _threshold(0.1, "Relative movement from which a tensor counts as moved far.")
    exploding: float = _threshold(
        10.0, "Times an ordinary start from which a parameter that has not settled is exploding."
    )
    collapsed: float = _threshold(
        0.1, "Part of the baseline's spread and size up to which a tensor has collapsed."
    )


DEFAULT_THRESHOLDS: Final = Thresholds()


@dataclass(frozen=True)
class Question:
    """What a series is compared with, how it is judged, and up to which step it is looked at.

    until: None for all steps; only whole runs are asked about with another.
    """

    choice: BaselineChoice = field(default_factory=BaselineChoice)
    thresholds: Thresholds = field(default_factory=Thresholds)
    until: int | None = None

    @property
    def unjudged(self) -> Self:
        """The same under default thresholds, which judge and do not measure."""
        return replace(self, thresholds=DEFAULT_THRESHOLDS)

    @classmethod
    def parse(cls, given: Mapping[str, str], defaults: Thresholds = DEFAULT_THRESHOLDS) -> Self:
        """The baseline, the thresholds and the last step that were asked for, each as text.

        defaults: the thresholds that hold where none was given.
        Raises BadParameter for a value that is none.
        """
        values = {
            name: positive_number(given, name, default) for name, default in vars(defaults).items()
        }
        return cls(
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


def positive_number(
    given: Mapping[str, str], name: str, default: float, most: float = math.inf
) -> float:
    """A number above 0 and up to ``most``; raises BadParameter for anything else."""
    text = given.get(name)
    if text is None:
        return default
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not 0 < value < math.inf:
        raise BadParameter(f"The parameter {name!r} is {told(text)}, not a number above 0.")
    if value > most:
        raise BadParameter(f"The parameter {name!r} is {value:g}, not from 0 to {most:g}.")
    return value
