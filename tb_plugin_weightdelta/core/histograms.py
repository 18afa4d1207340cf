"""Histograms over steps, as the maths takes them: rectangular, finite, ordered, non-empty.

``dialects`` makes them of what writers log, so the maths needs no special case.

Shapes: T steps, K buckets.
"""

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Values beyond are as good as infinite: squares aside, what is made of them fits a float64.
LARGEST_VALUE: Final = 1e300

# A ratio that no float64 can hold, as of 1e200 to 1e-200, is still larger than any other.
LARGEST_RATIO: Final = float(np.finfo(np.float64).max)

# Three times what the oldest dialect can have, and few enough for hundreds of steps: the rows of
# a series are as long as its longest.
MOST_BUCKETS: Final = 5_000

# Beyond, float64 does not hold every whole number, and JSON no integer at all.
MOST_ELEMENTS: Final = 2.0**53
# Counts may be weighted; those that add up to less than this count nothing.
FEWEST_ELEMENTS: Final = 1e-6

# Why a histogram was left out, where a verdict rests on it.
NON_FINITE = "its bucket edges or counts hold NaN, infinity or values beyond 1e300"

LEFT_OUT_BYTES: Final = 150  # what one LeftOut takes, its reason being shared


@dataclass(frozen=True)
class LeftOut:
    """A histogram that could not be used, and why.

    ``step`` is the training step; ``reason`` completes "it was left out because".
    """

    step: int
    reason: str


@dataclass(frozen=True)
class HistogramSeries:
    """One tag of one run over its kept steps; every row is a valid histogram.

    steps: (T,) training steps, strictly increasing.
    wall_times: (T,) seconds since the epoch.
    edges: (T, K+1) bucket edges in the tensor's own unit, never decreasing, none larger
        than ``LARGEST_VALUE``; K is at most twice ``MOST_BUCKETS``. The first and
        last edge of a row are the exact minimum and maximum. A bucket of zero width
        is a point mass; rows with fewer buckets are padded at the end with empty
        buckets of zero width.
    counts: (T, K) elements in each bucket, none negative; in a row they add up to between
        ``FEWEST_ELEMENTS`` and ``MOST_ELEMENTS``.
    left_out: histograms that are not in the arrays, by step.
    repeats: how many histograms had the first step, 1 where it was logged once: the step may be
        missing, or be the epoch at every batch, or several tensors share the tag. The last one
        alone is kept.
    repeats_alike: whether all of them were of as many values.
    replaced: whether another training in the same folder had begun before, which is not shown.
    opened: when its event file was begun, in seconds since the epoch; None where not known.
    first_unknown: whether the provider may have dropped earlier steps that could not be
        recovered.
    sampled_elsewhere: whether that is so because a data server chose them whose flags are not
        known here.
    in_float32: whether TensorBoard's Python loader has rounded them, as it does legacy ones.
    sums: (T, 5) what the writer summed over the values themselves: their number, minimum, maximum,
        sum and sum of squares; NaN in rows where that is not known or not to be believed.
    """

    steps: IntArray
    wall_times: FloatArray
    edges: FloatArray
    counts: FloatArray
    left_out: tuple[LeftOut, ...] = ()
    repeats: int = 1
    repeats_alike: bool = True
    opened: float | None = None
    replaced: bool = False
    first_unknown: bool = False
    sampled_elsewhere: bool = False
    in_float32: bool = False
    sums: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.steps, self.wall_times, self.edges, self.counts, _sums(self))
        return sum(array.nbytes for array in arrays) + LEFT_OUT_BYTES * len(self.left_out)

    def at(self, rows: IntArray | slice) -> Self:
        """The series at some of its rows alone."""
        return dataclasses.replace(
            self,
            steps=self.steps[rows],
            wall_times=self.wall_times[rows],
            edges=self.edges[rows],
            counts=self.counts[rows],
            sums=None if self.sums is None else self.sums[rows],
        )

    def until(self, step: int) -> Self:
        """The series as it would be if it had ended at ``step``."""
        kept = int(np.searchsorted(self.steps, step, side="right"))
        if kept == len(self) and all(out.step <= step for out in self.left_out):
            return self
        left_out = tuple(out for out in self.left_out if out.step <= step)
        return dataclasses.replace(self.at(slice(kept)), left_out=left_out)

    def repeated(self, rows: int) -> Self:
        """A series of one row, as many times as asked; any other as it is."""
        return self.at(np.zeros(rows, dtype=np.int64)) if len(self) == 1 else self

    @functools.cached_property
    def unchanged_from(self) -> int:
        """The first row from which on every histogram is identical to the last."""
        others = np.flatnonzero(~self._same_as(-1))
        return int(others[-1]) + 1 if len(others) else 0

    @functools.cached_property
    def changed_step(self) -> int | None:
        """The first step whose histogram is not identical to the first one."""
        if len(self) == 0:
            return None
        others = np.flatnonzero(~self._same_as(0))
        return int(self.steps[others[0]]) if len(others) else None

    def _same_as(self, row: int) -> BoolArray:
        """(T) whether each histogram is identical to that one."""
        same: BoolArray = (self.edges == self.edges[row]).all(axis=1)
        same &= (self.counts == self.counts[row]).all(axis=1)
        return same


NO_HISTOGRAMS: Final = HistogramSeries(
    steps=np.empty(0, dtype=np.int64),
    wall_times=np.empty(0),
    edges=np.empty((0, 2)),
    counts=np.empty((0, 1)),
)


def gaps(steps: IntArray) -> FloatArray:
    """How many training steps lie between neighbours, along the last axis.

    Exact before it is rounded: steps can be further apart than int64 goes, and closer together
    than float64 tells steps apart.
    """
    return np.diff(steps.astype(np.uint64)).astype(np.float64)


def stacked(parts: Sequence[HistogramSeries], buckets: int) -> HistogramSeries:
    """The rows of several series one below the other, padded to so many buckets.

    What is true of a series as a whole (``left_out`` and the rest) is not kept.
    """
    return HistogramSeries(
        steps=np.concatenate([part.steps for part in parts]),
        wall_times=np.concatenate([part.wall_times for part in parts]),
        edges=np.concatenate([_padded(part.edges, buckets + 1, "edge") for part in parts]),
        counts=np.concatenate([_padded(part.counts, buckets, "constant") for part in parts]),
        sums=np.concatenate([_sums(part) for part in parts]),
    )


def _sums(series: HistogramSeries) -> FloatArray:
    return np.full((len(series), 5), np.nan) if series.sums is None else series.sums


def _padded(array: FloatArray, columns: int, mode: Literal["edge", "constant"]) -> FloatArray:
    missing = columns - array.shape[1]
    return np.pad(array, ((0, 0), (0, missing)), mode) if missing else array
