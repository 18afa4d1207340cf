"""Weights that are JAX arrays, sharded or not: XLA takes the sums of the whole."""

from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from tb_plugin_weightdelta.recording.arrays import Arrays, Job
from tb_plugin_weightdelta.recording.sums import (
    BUCKETS,
    Array,
    Device,
    FloatArray,
    Sums,
    between,
    block_sums,
    neighbours,
)

# XLA fuses what it is given, and keeps no float64 array.
DEVICE: Final = Device(
    wide=lambda array: array.astype(jnp.float64),
    total=jnp.sum,
    product=lambda left, right: (left * right).sum(),
    count=jnp.sum,
    finite=jnp.isfinite,
    range=lambda array: (array.min(), array.max()),
)


class JaxArrays(Arrays):
    """JAX on any device."""

    def refusal(self, array: Array) -> str | None:
        if array.is_deleted():
            return "was donated or deleted"
        if not jnp.issubdtype(array.dtype, jnp.floating):
            return f"holds {array.dtype}, not weights with a point"
        return None

    def is_shared_out(self, array: Array) -> bool:
        return bool(not array.is_fully_addressable)

    def leads(self) -> bool:
        return bool(jax.process_index() == 0)

    def keep(self, array: Array, on_host: bool) -> Array:
        # Arrays do not change, but a jitted step may be given their memory.
        here = on_host and not self.is_shared_out(array)
        return np.array(array) if here else jnp.copy(array)

    def restored(self, saved: Any, current: Array, on_host: bool) -> Array:
        weights = np.asarray(saved).astype(current.dtype)
        return weights if on_host else jax.device_put(weights, current.sharding)

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        start, now = _placed(job.initial(), job.current), job.current
        before = now if job.previous is None else _placed(job.previous, now)
        axes = None
        if job.positions is not None:
            # Not flattened: that would gather a sharded array on every device.
            places = np.unravel_index(job.positions, now.shape)
            axes = tuple(axis.astype(np.int32) for axis in places)
        with jax.enable_x64(True):
            fields, near = _measured(start, now, before, axes)
        elements = now.size if job.positions is None else len(job.positions)
        return Sums(now.size, *np.asarray(fields).tolist()), between(np.asarray(near), elements)

    def counts(self, array: Array, low: float, width: float) -> FloatArray:
        with jax.enable_x64(True):
            return np.asarray(_counted(array, low, width), dtype=np.float64)


def _placed(array: Array, beside: Array) -> Array:
    """An array where another is; weights that are kept on the host come back for a moment."""
    return jax.device_put(array, beside.sharding) if isinstance(array, np.ndarray) else array


def _fields_and_neighbours(
    start: Array, now: Array, before: Array, axes: tuple[Array, ...] | None
) -> tuple[Array, Array]:
    """The sums, and of the sorted movement what lies beside its quantiles."""
    fields = block_sums(DEVICE, start, now, before)
    if axes is not None:
        start, now = start[axes], now[axes]
    moved = jnp.sort((DEVICE.wide(now) - DEVICE.wide(start)).reshape(-1))
    near = moved[neighbours(moved.size)]
    return jnp.stack([field.astype(jnp.float64) for field in fields]), near


def _in_buckets(array: Array, low: float, width: float) -> Array:
    place = (array.astype(jnp.float64) - low) / width
    bucket = jnp.minimum(place.astype(jnp.int32), BUCKETS - 1)
    return jnp.bincount(bucket.reshape(-1), length=BUCKETS)


_measured: Final = jax.jit(_fields_and_neighbours)
_counted: Final = jax.jit(_in_buckets)

ARRAYS: Final = JaxArrays()
