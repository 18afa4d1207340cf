"""Weights that are numpy arrays."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.recording.arrays import Arrays, Job
from tb_plugin_weightdelta.recording.sums import (
    BUCKETS,
    Device,
    FloatArray,
    Sums,
    block_sums,
    from_rows,
    quantiles_of,
)

# Small enough for a processor's cache.
_BLOCK: Final = 65_536


DEVICE: Final = Device(
    wide=lambda array: array.astype(np.float64),
    total=np.sum,
    # Not dot: for so few values BLAS would wake, and keep spinning, threads that train.
    product=lambda left, right: np.einsum("i,i->", left, right),
    count=np.count_nonzero,
    finite=np.isfinite,
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
        start, now = _flat(job.initial()), _flat(job.current)
        before = None if job.previous is None else _flat(job.previous)
        rows = []
        with np.errstate(all="ignore"):  # what is not finite is counted
            for first in range(0, len(now), _BLOCK):
                block = slice(first, first + _BLOCK)
                previous = None if before is None else before[block]
                sums = block_sums(DEVICE, start[block], now[block], previous)
                rows.append([len(now[block]), *sums])
            chosen = slice(None) if job.positions is None else job.positions
            sample = now[chosen].astype(np.float64) - start[chosen].astype(np.float64)
        return from_rows(np.array(rows, dtype=np.float64)), quantiles_of(sample)

    def counts(self, array: Any, low: float, width: float) -> FloatArray:
        counts = np.zeros(BUCKETS)
        flat = _flat(array)
        for first in range(0, len(flat), _BLOCK):
            place = (flat[first : first + _BLOCK].astype(np.float64) - low) / width
            bucket = np.minimum(place.astype(np.int64), BUCKETS - 1)
            counts += np.bincount(bucket, minlength=BUCKETS)
        return counts


def _flat(array: Any) -> np.ndarray:
    return np.asarray(array).reshape(-1)


ARRAYS: Final = NumpyArrays()
