"""Exact movement: what a recorder in the training loop measured weight by weight.

A histogram puts a floor under how far single weights moved; these figures are how far
they did. Each compares a step with the weights before the first update.

Shapes: T recorded steps.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from tb_plugin_weightdelta.histograms import FloatArray, IntArray
from tb_plugin_weightdelta.metadata import BASIS_POINTS

# The figures that tables give, in their order.
FIGURES: Final = (
    *("mean_abs", "rms", "max_abs", "relative", "cosine", "fraction_changed", "update_ratio"),
)


@dataclass(frozen=True)
class ExactSeries:
    """The recorded steps of one tensor.

    steps: (T,) training steps, strictly increasing. wall_times: (T,) seconds since the epoch.
    figures: by name, (T,) each, NaN for what does not exist:
        mean_abs, rms, max_abs: of |wₜ - w₀|, in the tensor's own unit;
        relative: ‖wₜ - w₀‖ / ‖w₀‖; cosine: of the angle between wₜ and w₀;
        fraction_changed: of the elements;
        update_ratio: ‖Δ‖ / ‖w‖ of the last optimizer step;
        elements, norm, initial_norm; baseline_step: the step of w₀;
        non_finite: elements that are NaN or infinite;
        sampled_elements: how many the quantiles rest on, 0 when on all.
    changes: (T, 9) quantiles of wₜ - w₀ at the basis points, in the tensor's own unit.
    refused: why the records cannot be read, where they cannot; there are then no steps.
    """

    steps: IntArray
    wall_times: FloatArray
    figures: Mapping[str, FloatArray]
    changes: FloatArray
    refused: str = ""

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def nbytes(self) -> int:
        """What the arrays take in memory."""
        figures = sum(array.nbytes for array in self.figures.values())
        return int(self.steps.nbytes + self.wall_times.nbytes + self.changes.nbytes + figures)

    @property
    def last(self) -> int | None:
        """The last row whose weights were finite."""
        if len(self) == 0:
            return None
        rows = np.flatnonzero(np.isfinite(self.figures["mean_abs"]))
        return int(rows[-1]) if len(rows) else None

    @property
    def non_finite_step(self) -> int | None:
        """The first recorded step with NaN or infinity among the weights."""
        if len(self) == 0:
            return None
        rows = np.flatnonzero(self.figures["non_finite"] > 0)
        return int(self.steps[rows[0]]) if len(rows) else None

    @property
    def unchanged_from(self) -> int:
        """The first row from which on every record says the same of the weights.

        One of weights that are not finite says nothing of them.
        """
        if self.last != len(self) - 1:
            return max(0, len(self) - 1)
        alike = [self.figures[name] for name in ("mean_abs", "rms", "max_abs", "norm", "cosine")]
        told = np.column_stack([*alike, self.changes])
        differs = ~((told == told[-1]) | (np.isnan(told) & np.isnan(told[-1]))).all(axis=1)
        rows = np.flatnonzero(differs)
        return int(rows[-1]) + 1 if len(rows) else 0

    @classmethod
    def unreadable(cls, why: str) -> Self:
        """No steps, and the reason."""
        nothing = np.empty(0)
        changes = np.empty((0, len(BASIS_POINTS)))
        return cls(np.empty(0, dtype=np.int64), nothing, {}, changes, refused=why)

    def until(self, step: int) -> Self:
        """The series as it would be if it had ended at ``step``."""
        kept = int(np.searchsorted(self.steps, step, side="right"))
        if kept == len(self):
            return self
        return dataclasses.replace(
            self,
            steps=self.steps[:kept],
            wall_times=self.wall_times[:kept],
            figures={name: values[:kept] for name, values in self.figures.items()},
            changes=self.changes[:kept],
        )
