"""Weights that are JAX arrays, sharded or not: XLA takes the sums of the whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding

from tb_plugin_weightdelta.core.sums import (
    BUCKETS,
    Array,
    Device,
    FloatArray,
    Sums,
    between,
    block_sums,
    neighbours,
)
from tb_plugin_weightdelta.recording.arrays import Arrays, Job

# XLA fuses what it is given, and keeps no float64 array.
DEVICE: Final = Device(
    wide=lambda array: array.astype(jnp.float64),
    total=jnp.sum,
    product=lambda left, right: (left * right).sum(),
    count=jnp.sum,
    non_finite=lambda now, squares: jnp.sum(~jnp.isfinite(now)),
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
        with jax.set_mesh(None):
            return np.array(array) if here else jnp.copy(array)

    def restored(self, saved: Any, current: Array, on_host: bool) -> Array:
        weights = np.asarray(saved).astype(current.dtype)
        return weights if on_host else jax.device_put(weights, current.sharding)

    def checksum(self, array: Array) -> int:
        """Where the weights are: one number leaves the device."""
        with _xla():
            return int(_checked(_laid_out(array)))

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        now = _laid_out(job.current)
        initial = job.initial()
        start = now if initial is None else jax.device_put(initial, now.sharding)
        before = now if job.previous is None else jax.device_put(job.previous, now.sharding)
        axes = None
        if job.positions is not None:
            # Not flattened: that would gather a sharded array on every device.
            places = np.unravel_index(job.positions, now.shape)
            axes = tuple(axis.astype(np.int32) for axis in places)
        with _xla():
            fields, near = _measured(start, now, before, axes)
        elements = now.size if job.positions is None else len(job.positions)
        return Sums(now.size, *np.asarray(fields).tolist()), between(np.asarray(near), elements)

    def counts(self, array: Array, low: float, width: float) -> FloatArray:
        with _xla():
            return np.asarray(_counted(_laid_out(array), low, width), dtype=np.float64)


@contextmanager
def _xla() -> Iterator[None]:
    """In float64, and whatever mesh the training has set: XLA lays out what is computed."""
    with jax.set_mesh(None), jax.enable_x64(True):
        yield


def _laid_out(array: Array) -> Array:
    """The same memory with a sharding that XLA may change in what it computes.

    On a mesh of explicit axes each operation would have to be told the sharding of its result.
    """
    sharding = array.sharding
    if not isinstance(sharding, NamedSharding):
        return array
    mesh = Mesh(sharding.mesh.devices, sharding.mesh.axis_names)
    automatic = NamedSharding(mesh, sharding.spec, memory_kind=sharding.memory_kind)
    return jax.device_put(array, automatic)


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
    # Not bincount, which flattens: that would gather a sharded array.
    return jnp.zeros(BUCKETS, jnp.int64).at[bucket].add(1)


def _sum_of_bits(array: Array) -> Array:
    """Weighed by odd numbers in the order of the flattened array, which is not flattened."""
    wide = array if array.dtype.itemsize >= 4 else array.astype(jnp.float32)
    bits = jax.lax.bitcast_convert_type(wide, f"uint{8 * wide.dtype.itemsize}").astype(jnp.uint64)
    place = jnp.zeros(array.shape, jnp.uint64)
    for axis, length in enumerate(array.shape):
        place = place * length + jax.lax.broadcasted_iota(jnp.uint64, array.shape, axis)
    return (bits * (2 * place + 1)).sum()


_checked: Final = jax.jit(_sum_of_bits)
_measured: Final = jax.jit(_fields_and_neighbours)
_counted: Final = jax.jit(_in_buckets)

ARRAYS: Final = JaxArrays()
