"""Weights that are TensorFlow tensors or variables, mirrored ones too."""

from functools import cache
from typing import Any, Final

import numpy as np
import tensorflow as tf

from tb_plugin_weightdelta.core.sums import (
    BUCKETS,
    Array,
    Device,
    FloatArray,
    Sums,
    between,
    block_sums,
    from_rows,
    neighbours,
)
from tb_plugin_weightdelta.recording.arrays import Arrays, Job
from tb_plugin_weightdelta.recording.arrays.numpy import ARRAYS as NUMPY

# Small enough not to need much memory beside the weights, large enough for few calls.
_BLOCK: Final = 2**18


DEVICE: Final = Device(
    wide=lambda array: tf.cast(array, tf.float64),
    total=tf.reduce_sum,
    product=lambda left, right: tf.tensordot(left, right, 1),
    count=tf.math.count_nonzero,
    non_finite=lambda now, squares: tf.math.count_nonzero(~tf.math.is_finite(now)),
    range=lambda array: (tf.reduce_min(array), tf.reduce_max(array)),
)


class TensorFlowArrays(Arrays):
    """TensorFlow; a mirrored variable is that of its first replica, which all are equal to."""

    def refusal(self, array: Array) -> str | None:
        if isinstance(array, tf.SparseTensor | tf.IndexedSlices):
            return "is sparse"
        if isinstance(array, tf.RaggedTensor):
            return "is ragged"
        if not array.dtype.is_floating:
            return f"holds {array.dtype.name}, not weights with a point"
        return None

    def keep(self, array: Array, on_host: bool) -> Array:
        # A tensor that was read keeps its values: the variable copies on its next update.
        tensor = tf.convert_to_tensor(array)
        with tf.device("CPU:0" if on_host else tensor.device):
            return tf.identity(tensor)

    def restored(self, saved: Any, current: Array, on_host: bool) -> Array:
        with tf.device("CPU:0" if on_host else tf.convert_to_tensor(current).device):
            return tf.identity(tf.cast(tf.convert_to_tensor(saved), current.dtype))

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        # TensorFlow would take them on the first of its devices.
        with tf.device(tf.convert_to_tensor(job.current).device):
            return _sums(job)

    def counts(self, array: Array, low: float, width: float) -> FloatArray:
        with tf.device(tf.convert_to_tensor(array).device):
            return _counts(_flat(array), low, width)


def _sums(job: Job) -> tuple[Sums, FloatArray]:
    initial, now = job.initial(), _flat(job.current)
    start = now if initial is None else _flat(initial)
    if is_on_host(now):
        return NUMPY.sums(_on_host(job, start, now))
    before = now if job.previous is None else _flat(job.previous)
    measured = _graph(now.dtype)
    rows, length = [], int(now.shape[0])
    for first in range(0, length, _BLOCK):
        block = slice(first, first + _BLOCK)
        rows.append(measured(start[block], now[block], before[block]))
    lengths = [min(_BLOCK, length - first) for first in range(0, length, _BLOCK)]
    sums = from_rows(np.column_stack([lengths, tf.stack(rows).numpy()]))
    return sums, _quantiles(start, now, job.positions)


def _counts(flat: Array, low: float, width: float) -> FloatArray:
    if is_on_host(flat):
        return NUMPY.counts(_view(flat), low, width)
    counts = np.zeros(BUCKETS)
    for first in range(0, int(flat.shape[0]), _BLOCK):
        place = (tf.cast(flat[first : first + _BLOCK], tf.float64) - low) / width
        bucket = tf.minimum(tf.cast(place, tf.int32), BUCKETS - 1)
        counts += tf.math.bincount(bucket, minlength=BUCKETS, maxlength=BUCKETS).numpy()
    return counts


def is_on_host(tensor: Array) -> bool:
    """Whether a tensor is in this machine's memory, where numpy is faster and copies nothing."""
    return "/device:CPU:" in tensor.device


def _on_host(job: Job, start: Array, now: Array) -> Job:
    """The same job on numpy's views of the tensors."""
    before = None if job.previous is None else _view(_flat(job.previous))
    return Job(lambda: None if start is now else _view(start), _view(now), before, job.positions)


def _view(tensor: Array) -> np.ndarray:
    if tensor.dtype in (tf.float32, tf.float64):
        return np.asarray(memoryview(tensor))
    values: np.ndarray = tensor.numpy()
    return values


def _quantiles(start: Array, now: Array, positions: np.ndarray | None) -> FloatArray:
    """At LEVELS; values are sorted where they are, and their neighbours alone sent."""
    if positions is not None:
        start, now = tf.gather(start, positions), tf.gather(now, positions)
    moved = tf.sort(tf.cast(now, tf.float64) - tf.cast(start, tf.float64))
    elements = int(moved.shape[0])
    return between(tf.gather(moved, neighbours(elements)).numpy(), elements)


def _flat(array: Array) -> Array:
    return tf.reshape(tf.convert_to_tensor(array), [-1])


@cache
def _graph(dtype: Any) -> Any:
    """``block_sums`` as one graph for blocks of any length."""
    block = tf.TensorSpec([None], dtype)

    def stacked(start: Array, now: Array, before: Array) -> Array:
        fields = block_sums(DEVICE, start, now, before)
        return tf.stack([tf.cast(field, tf.float64) for field in fields])

    return tf.function(stacked, input_signature=[block] * 3, autograph=False)


ARRAYS: Final = TensorFlowArrays()
