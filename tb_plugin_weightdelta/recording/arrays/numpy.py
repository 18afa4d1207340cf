"""Weights that are numpy arrays."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.sums import HOST, FloatArray, Sums, counts_on_host, sums_on_host
from tb_plugin_weightdelta.recording.arrays import Arrays, Job


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
            HOST,
            None if initial is None else _flat(initial),
            _flat(job.current),
            None if job.previous is None else _flat(job.previous),
            job.positions,
        )

    def counts(self, array: Any, low: float, width: float) -> FloatArray:
        return counts_on_host(HOST, _flat(array), low, width)


def _flat(array: Any) -> np.ndarray:
    return np.asarray(array).reshape(-1)


ARRAYS: Final = NumpyArrays()
