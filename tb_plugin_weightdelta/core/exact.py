"""Exact movement: what a recorder in the training loop measured weight by weight.

A histogram puts a floor under how far single weights moved; these figures are how far
they did. Each compares a step with the weights before the first update.

A record is one summary value per tensor and step: a 1-D float64 tensor under
``weight_delta/<name>``, whose metadata names the numbers in it. The recorder writes it, the
tab reads it; both stand on this layout.

Shapes: T recorded steps.
"""

import dataclasses
import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self, get_args

import numpy as np

from tb_plugin_weightdelta.core.errors import WeightDeltaError
from tb_plugin_weightdelta.core.histograms import MOST_ELEMENTS, FloatArray, IntArray
from tb_plugin_weightdelta.core.names import BASIS_POINTS, EXACT_VERSION

QUANTILES: Final = tuple(f"q{level}" for level in BASIS_POINTS)
# The figures that tables give, in their order.
FIGURES: Final = (
    *("mean_abs", "rms", "max_abs", "relative", "cosine", "fraction_changed", "update_ratio"),
)
# All figures of one tensor at one step, in the order in which they are written.
FIELDS: Final = (
    *("elements", *FIGURES, "norm", "initial_norm", "non_finite", "sampled_elements"),
    *QUANTILES,
    *("baseline_step", "cause"),
)

# Why a tensor is as it was at the record before, the first that holds; "" of one that is not:
# it is not trained; no optimizer has it; no gradient arrived; a factor of zeros makes its
# gradient 0; its gradient is 0; its learning rate is 0; its number format rounds the update
# away. A record has its place in this list.
Cause = Literal[
    "",
    "unseen",
    "frozen",
    "not_held",
    "no_gradient",
    "behind_zeros",
    "zero_gradient",
    "zero_rate",
    "rounded_away",
]
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)

# Where the initial weights come from: kept since before the first update, restored from the
# training that was resumed, or lost, so that those at the resumption stand in for them.
Initial = Literal["kept", "restored", "missing"]

_INITIALS: Final = get_args(Initial)

_READ: Final = tuple(name for name in FIELDS if name not in QUANTILES)
_NEVER_NEGATIVE: Final = tuple(name for name in _READ if name not in ("cosine", "baseline_step"))

# Ten times what a layout of today takes, and names.
_LARGEST_LAYOUT: Final = 16_384  # bytes
_MOST_FIELDS: Final = 256


def cause_at(place: float) -> Cause:
    """A cause by its place in ``CAUSES``: "" of NaN, and unseen where a later version found it."""
    if math.isnan(place):
        return ""
    return CAUSES[int(place)] if place < len(CAUSES) else "unseen"


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
        sampled_elements: how many the quantiles rest on, 0 when on all;
        cause: why it is as it was at the record before, by its place in ``CAUSES``.
    changes: (T, 9) quantiles of wₜ - w₀ at the basis points, in the tensor's own unit.
    refused: why the records cannot be read, where they cannot; there are then no steps.
    place: what a step is called, in words.
    """

    steps: IntArray
    wall_times: FloatArray
    figures: Mapping[str, FloatArray]
    changes: FloatArray
    refused: str = ""
    place: Literal["step", "checkpoint"] = "step"

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

    @functools.cached_property
    def causes(self) -> list[Cause]:
        """Why the tensor was at each step as at the step before; "" where it was not."""
        return list(map(cause_at, self.figures["cause"])) if len(self) else []

    @property
    def non_finite_step(self) -> int | None:
        """The first recorded step with NaN or infinity among the weights."""
        if len(self) == 0:
            return None
        rows = np.flatnonzero(self.figures["non_finite"] > 0)
        return int(self.steps[rows[0]]) if len(rows) else None

    @property
    def changed_step(self) -> int | None:
        """The first recorded step with a weight that is not its initial one."""
        if len(self) == 0:
            return None
        differs = (self.figures["max_abs"] > 0) | (self.figures["non_finite"] > 0)
        rows = np.flatnonzero(differs)
        return int(self.steps[rows[0]]) if len(rows) else None

    @functools.cached_property
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


class ExactLayoutError(WeightDeltaError):
    """A record is not laid out as any version known here."""


@dataclass(frozen=True)
class Layout:
    """What the numbers of a series of records are.

    sampled: of how many elements its quantiles are, None when they are of all.
    """

    fields: tuple[str, ...] = FIELDS
    initial: Initial = "kept"
    sampled: int | None = None

    def column(self, records: FloatArray, field: str) -> FloatArray:
        """One figure at every step, records: (T, fields); NaN where its version had none."""
        if field not in self.fields:
            return np.full(len(records), np.nan)
        return records[:, self.fields.index(field)]


def encoded_layout(layout: Layout) -> bytes:
    """The metadata's content."""
    return json.dumps({"version": EXACT_VERSION, **asdict(layout)}).encode()


def decoded_layout(content: bytes, tag: str) -> Layout:
    """What metadata says of the records under ``tag``; raises ExactLayoutError."""
    damaged = f"The layout of the exact records of {tag} is damaged"
    if len(content) > _LARGEST_LAYOUT:
        raise ExactLayoutError(f"{damaged}: it is longer than {_LARGEST_LAYOUT} bytes.")
    try:
        told = json.loads(content)
        version = int(told["version"])
        if version > EXACT_VERSION:
            raise ExactLayoutError(
                f"The exact records of {tag} have layout {version}, and this version of Weight "
                f"Delta knows layouts up to {EXACT_VERSION}: a newer one reads them."
            )
        layout = Layout(tuple(told["fields"]), told["initial"], told["sampled"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ExactLayoutError(f"{damaged}.") from error
    if not _is_sound(layout):
        raise ExactLayoutError(f"{damaged}.")
    return layout


def _is_sound(layout: Layout) -> bool:
    """Whether everything in it is of its kind; JSON can hold anything."""
    named = all(isinstance(name, str) for name in layout.fields)
    counted = layout.sampled is None or type(layout.sampled) is int
    is_known = isinstance(layout.initial, str) and layout.initial in _INITIALS
    return named and counted and is_known and 0 < len(layout.fields) <= _MOST_FIELDS


def decoded_records(tensors: Sequence[FloatArray], layout: Layout, tag: str) -> FloatArray:
    """The records of a series as (T, fields); raises ExactLayoutError."""
    shape = (len(layout.fields),)
    for tensor in tensors:
        if np.shape(tensor) != shape:
            raise ExactLayoutError(
                f"An exact record of {tag} has shape {np.shape(tensor)} where its layout "
                f"names {len(layout.fields)} numbers."
            )
    if any(np.asarray(tensor).dtype.kind not in "fiu" for tensor in tensors):
        raise ExactLayoutError(f"The exact records of {tag} are not numbers.")
    return np.asarray(tensors, dtype=np.float64).reshape(-1, *shape)


def exact_series(data: Sequence[Any], tag: str, content: bytes) -> ExactSeries:
    """The records in the order of their steps; of a repeated step the last one.

    data: what the provider kept, ``TensorDatum`` in the order of arrival.
    content: what the metadata of ``tag`` say of the layout. Records of a layout that is not
        known here, or not as it says, are refused with the reason.
    """
    by_step = {int(datum.step): datum for datum in data}
    steps = sorted(by_step)
    try:
        layout = decoded_layout(content, tag)
        rows = decoded_records([by_step[step].numpy for step in steps], layout, tag)
    except ExactLayoutError as error:
        return ExactSeries.unreadable(str(error))
    figures = {name: layout.column(rows, name) for name in _READ}
    wrong = _impossible(figures)
    if wrong:
        return ExactSeries.unreadable(f"The exact records of {tag} are damaged: {wrong}.")
    return ExactSeries(
        steps=np.array(steps, dtype=np.int64),
        wall_times=np.array([by_step[step].wall_time for step in steps], dtype=np.float64),
        figures=figures,
        changes=np.stack([layout.column(rows, name) for name in QUANTILES], axis=1),
    )


def _impossible(figures: Mapping[str, FloatArray]) -> str:
    """What no recorder can have written; NaN, which says nothing, can be of all but two."""
    elements, baseline_step = figures["elements"], figures["baseline_step"]
    if not ((elements >= 1) & (elements <= MOST_ELEMENTS)).all():
        return "they do not say how many elements there are"
    if not (np.abs(baseline_step) <= MOST_ELEMENTS).all():
        return "they do not say which step they compare with"
    if (figures["sampled_elements"] > elements).any():
        return "sampled_elements is larger than elements"
    negative = [name for name in _NEVER_NEGATIVE if (figures[name] < 0).any()]
    return f"{negative[0]} is negative" if negative else ""
