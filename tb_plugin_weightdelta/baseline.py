"""Which histogram a step is compared with.

``first`` is the first kept step, ``previous`` the kept step before, ``step:N`` the
last kept step at or before N (the first kept step when there is none), ``run:NAME``
the first kept step of the same tag in another run.
"""

import dataclasses
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from tb_plugin_weightdelta.errors import BadParameter
from tb_plugin_weightdelta.histograms import FloatArray, HistogramSeries, IntArray


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
            f"The baseline {text!r} is not one of first, previous, step:N (N a whole number) "
            "or run:NAME."
        )

    def __str__(self) -> str:
        return {"step": f"step:{self.step}", "run": f"run:{self.run}"}.get(self.kind, self.kind)


@dataclass(frozen=True)
class Baseline:
    """The baseline's histograms: one row for all steps, or one for each (``previous``).

    steps, wall_times: (B,) with B = 1 or T.
    edges: (B, K+1) and counts: (B, K), as in ``HistogramSeries``.
    """

    steps: IntArray
    wall_times: FloatArray
    edges: FloatArray
    counts: FloatArray

    def at(self, rows: IntArray) -> Self:
        """The baseline of some of the series' rows alone."""
        if len(self.steps) == 1:
            return self
        return dataclasses.replace(
            self,
            steps=self.steps[rows],
            wall_times=self.wall_times[rows],
            edges=self.edges[rows],
            counts=self.counts[rows],
        )


def choose(choice: BaselineChoice, series: HistogramSeries, other: HistogramSeries) -> Baseline:
    """Pick the baseline of ``series``; ``other`` is the one it is taken from.

    ``other`` is the same series unless the choice is another run. Both must have
    at least one kept step.
    """
    if choice.kind == "previous":
        rows = np.maximum(np.arange(len(series)) - 1, 0)
    elif choice.kind == "step":
        rows = np.atleast_1d(np.searchsorted(other.steps, choice.step, side="right") - 1).clip(0)
    else:
        rows = np.zeros(1, dtype=np.int64)
    return Baseline(
        other.steps[rows], other.wall_times[rows], other.edges[rows], other.counts[rows]
    )
