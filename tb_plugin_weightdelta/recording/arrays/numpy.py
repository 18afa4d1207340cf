"""Weights that are numpy arrays."""

import math
from collections.abc import Hashable
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.recording.arrays import Arrays, Job
from tb_plugin_weightdelta.recording.sums import (
    BUCKETS,
    LEVELS,
    Array,
    Device,
    FloatArray,
    Positions,
    Sums,
    block_sums,
    from_rows,
    quantiles_of,
)

# In a processor's cache; and no more than 10,000, from which on OpenBLAS wakes, and keeps spinning,
# threads that train.
_BLOCK: Final = 8_192


def _non_finite(now: FloatArray, squares: float) -> int:
    """Seldom looked for: in one that is finite, its squares are, too, but for the largest."""
    return 0 if math.isfinite(squares) else int(np.count_nonzero(~np.isfinite(now)))


DEVICE: Final = Device(
    wide=lambda array: array.astype(np.float64, copy=False),
    total=np.sum,
    product=np.dot,
    count=np.count_nonzero,
    non_finite=_non_finite,
    range=lambda array: (array.min(), array.max()),
)


class NumpyArrays(Arrays):
    """numpy, and everything that it can make an array of."""

    def refusal(self, array: Any) -> str | None:
        try:
            dtype = np.asarray(array).dtype
        except Exception:
            return f"is a {type(array).__name__}, which numpy cannot read"
        # numpy's own, or bfloat16 and float8 of others.
        if dtype.kind == "f" or dtype.name.startswith(("bfloat", "float")):
            return None
        return f"holds {dtype}, not weights with a point"

    def identity(self, array: Any) -> Hashable:
        if not isinstance(array, np.ndarray):
            return id(array)
        return (array.ctypes.data, array.shape, array.strides)

    def shape(self, array: Any) -> tuple[int, ...]:
        return np.shape(array)

    def keep(self, array: Any, on_host: bool) -> np.ndarray:
        return np.array(array)

    def restored(self, saved: Any, current: Any, on_host: bool) -> np.ndarray:
        return np.asarray(saved).astype(np.asarray(current).dtype)

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        initial = job.initial()
        return sums_on_host(
            DEVICE,
            None if initial is None else _flat(initial),
            _flat(job.current),
            None if job.previous is None else _flat(job.previous),
            job.positions,
        )

    def counts(self, array: Any, low: float, width: float) -> FloatArray:
        return counts_on_host(DEVICE, _flat(array), low, width)


def sums_on_host(
    device: Device, start: Array, now: Array, before: Array, positions: Positions | None
) -> tuple[Sums, FloatArray]:
    """What ``Arrays.sums`` gives, of flat arrays that ``device`` makes numpy's of, in blocks.

    start, before: None as in ``block_sums``.
    """
    rows = []
    with np.errstate(all="ignore"):  # what is not finite is counted
        for first in range(0, len(now), _BLOCK):
            block = slice(first, first + _BLOCK)
            blocks = (None if each is None else each[block] for each in (start, now, before))
            rows.append([min(_BLOCK, len(now) - first), *block_sums(device, *blocks)])
        if start is None:
            quantiles = np.zeros(len(LEVELS))
        else:
            chosen = slice(None) if positions is None else positions
            quantiles = quantiles_of(device.wide(now[chosen]) - device.wide(start[chosen]))
    return from_rows(np.array(rows, dtype=np.float64)), quantiles


def counts_on_host(device: Device, flat: Array, low: float, width: float) -> FloatArray:
    """What ``Arrays.counts`` gives, in blocks."""
    counts = np.zeros(BUCKETS)
    for first in range(0, len(flat), _BLOCK):
        place = device.wide(flat[first : first + _BLOCK]) - low
        place /= width
        bucket = place.astype(np.intp)
        np.minimum(bucket, BUCKETS - 1, out=bucket)
        counts += np.bincount(bucket, minlength=BUCKETS)
    return counts


def _flat(array: Any) -> np.ndarray:
    return np.asarray(array).reshape(-1)


ARRAYS: Final = NumpyArrays()
