"""Every dialect of histogram summary becomes one ``HistogramSeries``.

A histogram summary is a tensor of ``[left, right, count]`` rows, but its writers
disagree about almost everything else: equal or ragged buckets, empty buckets at
either end, how a constant looks. All of that ends here: what a summary is by its proto and
its metadata, and how its rows become rectangular arrays.

Shapes: T steps, K buckets.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tensorboard import data_compat
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.data.provider import TensorTimeSeries
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.histograms import (
    FEWEST_ELEMENTS,
    LARGEST_VALUE,
    MOST_BUCKETS,
    MOST_ELEMENTS,
    NON_FINITE,
    BoolArray,
    FloatArray,
    HistogramSeries,
    IntArray,
    LeftOut,
)
from tb_plugin_weightdelta.core.names import HISTOGRAMS_VERSION

# Neighbouring buckets whose shared edge differs by less than this part of the
# histogram's range count as touching: float32 loaders round both sides.
_TOUCHING = 1e-6

# How far the edges of an early writer's constant may be off: a few roundings to float32.
_FLOAT32_ULPS = 2.0**-22

# Longer than the rows of TF2 and Keras, shorter than those of a legacy writer.
_LONG = 64

BACKWARDS = "its bucket edges go backwards"
EMPTY = "it holds no values (every count is 0)"
TOO_MANY = "its counts add up to more than 2**53 values"
TOO_FEW = "its counts add up to less than a millionth of a value"


@np.errstate(invalid="ignore", over="ignore")  # what comes of it is left out with a reason
def histogram_series(
    steps: Sequence[int], wall_times: Sequence[float], tensors: Sequence[NDArray[np.generic]]
) -> HistogramSeries:
    """Normalise the summaries of one tag into a ``HistogramSeries``.

    steps, wall_times, tensors: one entry per logged summary, in the order in which
        they were logged; a tensor has shape (K, 3), rows ``[left, right, count]``,
        and K may differ from step to step.

    Never raises on malformed data: what cannot be used is in ``left_out``.
    """
    logged = np.asarray(steps, dtype=np.int64)
    usable, misshapen = _split_by_shape(_not_superseded(logged), logged, tensors)
    all_steps = logged[usable]
    all_times = np.asarray(wall_times, dtype=np.float64)[usable]
    repeats = int((np.cumprod(logged == logged[:1]) > 0).sum()) if len(logged) else 1
    left, right, counts, single_row = _stack([tensors[i] for i in usable])  # (T, K) each
    if _is_regular(left, right, counts):
        edges, counts = _join_empty(np.concatenate([left[:, :1], right], axis=1), counts)
        return HistogramSeries(all_steps, all_times, edges, counts, tuple(misshapen), repeats)
    reasons = np.full(len(usable), "", dtype=object)

    rows = np.concatenate([left, right, counts], axis=1)
    _mark(reasons, ~np.isfinite(rows), NON_FINITE)
    _mark(reasons, counts < 0, "a count is negative")
    _mark(reasons, counts.max(axis=1, keepdims=True) <= 0, EMPTY)
    total = counts.sum(axis=1, keepdims=True)
    _mark(reasons, total > MOST_ELEMENTS, TOO_MANY)
    _mark(reasons, total < FEWEST_ELEMENTS, TOO_FEW)
    _mark(reasons, (right < left) & (counts > 0), BACKWARDS)
    left, right = _old_constants_as_points(left, right, single_row)
    minimum, maximum = _occupied_range(left, right, counts)
    left, right = np.clip(left, minimum, maximum), np.clip(right, minimum, maximum)
    _mark(reasons, (maximum < minimum) | (right < left), BACKWARDS)
    _mark(reasons, _overlaps(left, right), "its buckets overlap")
    farthest = np.maximum(np.abs(minimum), np.abs(maximum))
    _mark(reasons, farthest > LARGEST_VALUE, NON_FINITE)

    good = reasons == ""
    edges, counts = _join_empty(*_join_buckets(left[good], right[good], counts[good]))
    bad = [LeftOut(int(s), str(r)) for s, r in zip(all_steps[~good], reasons[~good], strict=True)]
    left_out = tuple(sorted(misshapen + bad, key=lambda out: out.step))
    return HistogramSeries(all_steps[good], all_times[good], edges, counts, left_out, repeats)


def _is_regular(left: FloatArray, right: FloatArray, counts: FloatArray) -> bool:
    """Whether every row is what ``HistogramSeries`` asks for as it is: nearly always.

    More than one bucket, each starting where the last one ended, values in the first and
    the last; NaN fails every comparison, and infinity the last ones.
    """
    total = counts.sum(axis=1)
    return bool(
        counts.shape[1] > 1
        and len(counts)
        and (left[:, 1:] == right[:, :-1]).all()
        and (left <= right).all()
        and (counts >= 0).all()
        and (counts[:, [0, -1]] > 0).all()
        and ((total >= FEWEST_ELEMENTS) & (total <= MOST_ELEMENTS)).all()
        and (left[:, 0] >= -LARGEST_VALUE).all()
        and (right[:, -1] <= LARGEST_VALUE).all()
    )


def _not_superseded(steps: IntArray) -> Sequence[int]:
    """Indices of the summaries that no later one of the same or a smaller step supersedes.

    A step that does not increase means a restart, from a checkpoint or from the
    beginning: what was logged from that step on belongs to the abandoned training.
    The Rust data server discards it; the Python loader keeps it for recent writers.
    """
    if (steps[1:] > steps[:-1]).all():
        return range(len(steps))
    kept: list[int] = []
    for index in reversed(range(len(steps))):
        if not kept or steps[index] < steps[kept[-1]]:
            kept.append(index)
    return kept[::-1]


def _split_by_shape(
    kept: Sequence[int], steps: IntArray, tensors: Sequence[NDArray[np.generic]]
) -> tuple[Sequence[int], list[LeftOut]]:
    """The summaries that are rows of three numbers, and those that are not."""
    # A series has one or few forms, however long it is.
    odd = {
        (shape, dtype)
        for shape, dtype in {(tensors[i].shape, tensors[i].dtype) for i in kept}
        if len(shape) != 2 or shape[1] != 3 or dtype.kind not in "fiu" or shape[0] > MOST_BUCKETS
    }
    if not odd:
        return kept, []
    misshapen = {i for i in kept if (tensors[i].shape, tensors[i].dtype) in odd}
    left_out = [LeftOut(int(steps[i]), _why_misshapen(tensors[i])) for i in sorted(misshapen)]
    return [i for i in kept if i not in misshapen], left_out


def _why_misshapen(tensor: NDArray[np.generic]) -> str:
    rows = tensor.shape[0] if tensor.ndim == 2 and tensor.shape[1] == 3 else 0
    if rows > MOST_BUCKETS and tensor.dtype.kind in "fiu":
        return f"it has {rows} buckets, more than the {MOST_BUCKETS} that are read"
    return (
        f"it is a {tensor.dtype} tensor of shape {tensor.shape}, not rows of [left, right, count]"
    )


def _stack(
    tensors: Sequence[NDArray[np.generic]],
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    """Pad to the longest tensor with empty buckets at each one's last right edge."""
    lengths = np.asarray([len(tensor) for tensor in tensors], dtype=np.int64)
    longest = max(1, int(lengths.max(initial=0)))
    if len(tensors) and (lengths == longest).all():
        # By far the most common, and one copy of everything is all it takes.
        rows = np.concatenate(tensors).reshape(-1, longest, 3).astype(np.float64, copy=False)
    else:
        rows = np.zeros((len(tensors), longest, 3))
        for row, tensor in zip(rows, tensors, strict=True):
            if len(tensor):
                row[: len(tensor)] = tensor
                row[len(tensor) :, :2] = row[len(tensor) - 1, 1]
    return rows[:, :, 0], rows[:, :, 1], rows[:, :, 2], lengths == 1


def _mark(reasons: NDArray[np.object_], bad: BoolArray, reason: str) -> None:
    """Give this reason to rows with any bad cell, bad: (T, any), that have none yet."""
    reasons[bad.any(axis=1) & (reasons == "")] = reason


def _old_constants_as_points(
    left: FloatArray, right: FloatArray, single_row: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """A lone row ``[c - 0.5, c + 0.5, n]`` was how early writers said "constant c".

    Read naively, a bias of 0.1 would be spread evenly over [-0.4, 0.6]. A lone row of another
    width is that of a writer that was asked for one bucket, and so are all of the series.
    """
    width = right[:, 0] - left[:, 0]
    rounding = _FLOAT32_ULPS * np.maximum(1.0, np.abs(left[:, 0]))
    is_one = np.abs(width - 1.0) <= rounding
    if (single_row & ~is_one & (width > 0)).any():
        return left, right
    constant = (single_row & is_one)[:, np.newaxis]
    centre = (left[:, :1] + right[:, :1]) / 2
    return np.where(constant, centre, left), np.where(constant, centre, right)


def _occupied_range(
    left: FloatArray, right: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The exact minimum and maximum of each row, (T, 1) each: where empty end buckets stop.

    Legacy histograms arrive from the Rust data server with an empty first bucket
    whose left edge is the minimum, sometimes to the right of its right edge; the
    Python loader has already dropped it. Clipped to this range, both are the same.
    """
    occupied = counts > 0
    rows = np.arange(len(counts))
    first = occupied.argmax(axis=1)
    last = counts.shape[1] - 1 - occupied[:, ::-1].argmax(axis=1)
    minimum = np.maximum(left[rows, first], left[:, 0])[:, np.newaxis]
    maximum = np.minimum(right[rows, last], right[:, -1])[:, np.newaxis]
    return minimum, maximum


def _overlaps(left: FloatArray, right: FloatArray) -> BoolArray:
    tolerance = _TOUCHING * (right[:, -1:] - left[:, :1])
    return left[:, 1:] < right[:, :-1] - tolerance


def _join_buckets(
    left: FloatArray, right: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Turn separate left and right edges into K+1 shared ones; a gap becomes an empty bucket."""
    tolerance = _TOUCHING * (right[:, -1:] - left[:, :1])
    if not (left[:, 1:] > right[:, :-1] + tolerance).any():
        return np.maximum.accumulate(np.concatenate([left[:, :1], right], axis=1), axis=1), counts
    steps, buckets = counts.shape
    edges = np.stack([left, right], axis=2).reshape(steps, 2 * buckets)
    with_gaps = np.zeros((steps, 2 * buckets - 1))
    with_gaps[:, ::2] = counts
    return np.maximum.accumulate(edges, axis=1), with_gaps


def _join_empty(edges: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Empty buckets side by side as one. TF1 logs them so, PyTorch logs hundreds; short rows stay.

    Nothing is lost: a CDF is flat across them, wherever the edges between them are.
    """
    if edges.shape[1] < _LONG:
        return edges, counts.copy()
    kept = np.ones(edges.shape, dtype=bool)
    kept[:, 1:-1] = (counts[:, :-1] > 0) | (counts[:, 1:] > 0)
    number = kept.sum(axis=1, keepdims=True)
    filled = np.arange(number.max(initial=2)) < number
    joined = np.where(filled, 0.0, edges[:, -1:])
    joined[filled] = edges[kept]
    joined_counts = np.zeros((len(joined), joined.shape[1] - 1))
    joined_counts[filled[:, 1:]] = counts[kept[:, 1:]]
    return joined, joined_counts


def unknown_layout(listed: TensorTimeSeries) -> str:
    """Why the layout of a series is not one that is known here; nothing where it is."""
    try:
        version = int(histogram_metadata.parse_plugin_metadata(listed.plugin_content).version)
    except Exception as error:  # anything can stand there
        return f"the metadata of its histograms are damaged: {type(error).__name__}"
    known = version <= HISTOGRAMS_VERSION
    return "" if known else f"its histograms have the unknown layout version {version}"


def summary_rows(value: Summary.Value, *, migrates: bool = False) -> NDArray[np.generic] | None:
    """The rows of a histogram summary as the loader gives them; None if it has none.

    migrates: as TensorBoard's Python loader does, to the last bit; else as the data server.
    """
    match value.WhichOneof("value"):
        case "histo" if 0 < len(value.histo.bucket_limit) <= MOST_BUCKETS:
            if migrates:
                with np.errstate(over="ignore"):  # to infinity, as the loader does
                    return _tensor_rows(data_compat.migrate_value(value).tensor)
            return _legacy_rows(value.histo)
        case "tensor" if _cells(value.tensor) <= 3 * MOST_BUCKETS:
            return _tensor_rows(value.tensor)
    return None


def _cells(tensor: TensorProto) -> int:
    """How many numbers a tensor says it holds: a few bytes can stand for billions of one number."""
    return math.prod(max(0, dim.size) for dim in tensor.tensor_shape.dim)


def _tensor_rows(tensor: TensorProto) -> NDArray[np.generic] | None:
    try:
        rows: NDArray[np.generic] = tensor_util.make_ndarray(tensor)
    except (TypeError, ValueError):  # a kind that is unknown, or not as many numbers as it says
        return None
    return rows


def _legacy_rows(proto: HistogramProto) -> NDArray[np.float64] | None:
    """Rows of a ``HistogramProto``: its limits are right edges, its minimum the first left one."""
    inner = list(proto.bucket_limit[:-1])
    counts = proto.bucket[: len(proto.bucket_limit)]
    if len(counts) <= len(inner):
        return None
    return np.array([[proto.min, *inner], [*inner, proto.max], counts]).T
