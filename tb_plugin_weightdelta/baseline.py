"""Which histogram a step is compared with.

``first`` is the first kept step, ``previous`` the kept step before, ``step:N`` the
last kept step at or before N (the first kept step when there is none), ``run:NAME``
the first kept step of the same tag in another run.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from tb_plugin_weightdelta.errors import BadParameter, told
from tb_plugin_weightdelta.histograms import HistogramSeries, IntArray


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

    def __str__(self) -> str:
        return {"step": f"step:{self.step}", "run": f"run:{self.run}"}.get(self.kind, self.kind)


def choose(
    choice: BaselineChoice, series: HistogramSeries, other: HistogramSeries, rows: IntArray
) -> HistogramSeries:
    """The baseline of the given rows of ``series``, taken from ``other``.

    other: the same series unless the choice is another run. Both must have at least one
        kept step.

    Returns one histogram that stands for all rows, or, for ``previous``, one for each.
    """
    if choice.kind == "previous":
        return other.at(np.maximum(rows - 1, 0))
    if choice.kind == "step":
        kept = int(np.searchsorted(other.steps, choice.step, side="right")) - 1
        return other.at(np.array([max(kept, 0)]))
    return other.at(np.array([0]))
