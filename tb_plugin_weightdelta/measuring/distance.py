"""What two histograms per step say about how far their distributions are from each other.

Shapes: T steps; arrays of one row stand for every step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.histograms import BoolArray, FloatArray, IntArray
from tb_plugin_weightdelta.measuring.grid import (
    NO_WIDTH,
    Overlay,
    Side,
    framed,
    overlay,
    row_index,
    sides,
)

# Of values near the ends of float64 slopes and their inverses may be too large or too small for
# it: then they are infinity or 0, which is what they should count as.
extremes_allowed: Final = np.errstate(all="ignore")

Envelope = tuple[FloatArray, FloatArray]  # lowest and highest value of a CDF, (T, M-1) each

_FLOAT32: Final = 2.0**-24  # largest relative error of a number rounded to float32
_FLOAT32_WHOLE: Final = 2.0**24  # whole numbers are exact in float32 up to here
_FLOAT32_NORMAL: Final = 2.0**-126  # smaller numbers are rounded to a multiple of 2**-149
_FLOAT32_LEAST: Final = 2.0**-150
_LEGACY_LIMIT: Final = 0.9e20  # below the last limit of legacy buckets, 1e-12 · 1.1^k < 1e20
# Buckets of all rows that are compared in one go: enough to spread the cost of numpy's
# calls, few enough for the arrays to stay in the processor's cache.
CELLS: Final = 20_000

ARITHMETIC: Final = 2.0**-46  # float64 sums over thousands of buckets stay well below this

# Calibrated against exact weights of real networks: checks/study/README.md.
BLUR_FACTOR: Final = 2.5
SAMPLING_FACTOR: Final = 2.0
SPIKE_FACTOR: Final = 1.5


@dataclass(frozen=True)
class Comparison:
    """What two histograms per step say about each other, (T,) each, in the unit of the edges."""

    movement: FloatArray
    movement_lower: FloatArray
    movement_upper: FloatArray
    resolution: FloatArray


def blocks(rows: int, buckets: int, cells: int = CELLS) -> list[slice]:
    """All rows of so many buckets, those that are compared in one go together."""
    size = max(1, cells // buckets)
    return [slice(first, first + size) for first in range(0, rows, size)]


@extremes_allowed
def compare(
    edges_a: FloatArray, counts_a: FloatArray, edges_b: FloatArray, counts_b: FloatArray
) -> Comparison:
    """Movement, its bounds and its resolution for paired rows; shapes as in ``Overlay``."""
    both = overlay(edges_a, counts_a, edges_b, counts_b)
    a, b = sides(both)
    lower, upper = bounds(both)
    return Comparison(
        # The cubics do not know that the minimum and the maximum are attained.
        movement=np.clip(_distance(both, a, b), lower, upper),
        movement_lower=lower,
        movement_upper=upper,
        resolution=resolution(both, a, b),
    )


@extremes_allowed
def distance(
    edges_a: FloatArray,
    counts_a: FloatArray,
    edges_b: FloatArray,
    counts_b: FloatArray,
    *,
    rows_a: IntArray | None = None,
) -> FloatArray:
    """Movement alone, not clipped into its bounds: what it costs to know no more, (T,).

    rows_a: (T,) which row of a each row of b is compared with; by default its own, or the
        only one.
    """
    both = overlay(edges_a, counts_a, edges_b, counts_b, rows_a=rows_a)
    return _distance(both, *sides(both))


def _distance(both: Overlay, a: Side, b: Side) -> FloatArray:
    moved = wasserstein_1(both, a, b)
    # Identical histograms differ by what float64 sums leave over; say 0.
    moved[moved <= ARITHMETIC * (both.points[:, -1] - both.points[:, 0])] = 0.0
    return moved


def wasserstein_1(both: Overlay, a: Side, b: Side) -> FloatArray:
    """Wasserstein-1 distance of each pair, ∫ |F_a - F_b| dx, (T,), in the unit of the edges.

    Both CDFs are monotone cubics (see ``edge_slopes``). Between two neighbouring
    points their gap is a cubic, which Simpson's rule integrates exactly where it
    keeps its sign. Where it changes, the result is off by a few per cent of that
    interval's share (``_mean_distance``).
    """
    gap = a.value - b.value
    start, middle, end = gap[:, :-1], a.middle - b.middle, gap[:, 1:]
    curved = (2 * middle - start - end) / 12
    mean = (_mean_distance(start, middle, curved) + _mean_distance(middle, end, curved)) / 2
    return np.asarray(np.einsum("tm,tm->t", mean, both.width))


def _mean_distance(start: FloatArray, end: FloatArray, curved: FloatArray) -> FloatArray:
    """Mean of |f| for an f from start to end whose mean exceeds its chord's by ``curved``.

    With s = |start| + |end| and d = start + end, the mean of |chord| is (s + d²/s) / 4,
    a trapezoid or two triangles. Of the curved rest the part before the crossing
    counts to one side and the part after it to the other: d/s of it is left.
    """
    either = np.abs(start)
    either += np.abs(end)
    mean = start + end
    side = mean / np.where(either > 0, either, 1.0)
    mean *= side
    mean += either
    mean /= 4
    side *= curved
    mean += side
    return mean


def bounds(both: Overlay) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest W1 that any values counted in these buckets can have, (T,) each.

    Inside bucket k a CDF lies between the shares left and right of it, C[k-1] <= F <= C[k];
    since the minimum and the maximum are themselves elements, also 1/n <= F <= 1 - 1/n.

    lower = ∫ max(0, low_a - high_b, low_b - high_a) dx. It is reached: the monotone
        F_a = min(high_a, max(low_a, low_b)) and F_b = min(high_b, max(low_a, low_b))
        are as close as possible everywhere at once.
    upper: the gap is largest when the elements of each bucket sit at one place (a
        convex function of F is largest at an extreme point: per bucket, one jump), and
        that place is an edge of either histogram (between edges the area is linear in
        it). ``_farthest`` tries them all. ∫ max(high_a - low_b, high_b - low_a) dx would
        be simpler but up to half again as large.

    Both are widened by what rounding can have moved (see ``rounding``).
    """
    low_a, high_a = _envelope(both.bucket_a, both.counts_a)
    low_b, high_b = _envelope(both.bucket_b, both.counts_b)
    apart = np.maximum(low_a - high_b, low_b - high_a)
    np.maximum(apart, 0.0, out=apart)
    lower = np.einsum("tm,tm->t", apart, both.width)
    upper = _farthest(both, (low_a, high_a), (low_b, high_b))
    span = both.points[:, -1] - both.points[:, 0]
    slack = rounding(both.edges_a, both.counts_a) + rounding(both.edges_b, both.counts_b)
    slack = np.where(np.isinf(slack), span, slack + ARITHMETIC * span)
    return np.maximum(lower - slack, 0.0), upper + slack


def _envelope(bucket: IntArray, counts: FloatArray) -> Envelope:
    """The lowest and highest value that a CDF can have in each interval."""
    total = counts.sum(axis=1, keepdims=True)
    outside = np.zeros((len(counts), 1))
    cumulative = np.cumsum(counts, axis=1) / total
    cumulative[:, -1] = 1.0
    before = np.concatenate([outside, cumulative[:, :-1]], axis=1)
    # An empty first bucket, or counts below 1, would know nothing of the minimum.
    low = np.minimum(np.maximum(before, 1 / total), cumulative)
    high = np.maximum(np.minimum(cumulative, 1 - 1 / total), low)
    low = np.concatenate([outside, low, outside + 1], axis=1)
    high = np.concatenate([outside, high, outside + 1], axis=1)
    row = row_index(bucket[:, :-1], low.shape)
    return low.ravel().take(row), high.ravel().take(row)


def _farthest(both: Overlay, a: Envelope, b: Envelope) -> FloatArray:
    """The largest area between two staircases that jump once inside every bucket, (T,).

    Dynamic programming from left to right over the intervals. In each, either CDF is
    still low or already high; at an edge of its own it starts afresh, at the other's
    it may stay low, stay high or jump. So behind every edge two numbers say all: the
    largest area so far with the other CDF still low, and with it either way. An
    interval makes of them those behind its end:

        low' = max(low + P, any + Q)        any' = max(low + R, any + U)

    That is a product of matrices with max for sum and + for times. Such products may
    be grouped at will: neighbours are multiplied, all at once, until one is left.
    """
    own_a = both.from_a[:, :-1]
    stays = own_a == both.from_a[:, 1:]  # the interval ends at an edge of the same CDF
    gaps = [of_a - of_b for of_a in a for of_b in b]
    for gap in gaps:
        np.abs(gap, out=gap)
        np.multiply(gap, both.width, out=gap)
    low_low, low_high, high_low, high_high = gaps
    own_high = np.where(own_a, high_low, low_high)
    other_high = np.where(own_a, low_high, high_low)
    still_low = np.maximum(low_low, own_high)
    product = np.empty((2, 2, low_low.shape[1], low_low.shape[0]))  # (P, Q), (R, U)
    product[0, 0] = np.where(stays, still_low, low_low).T
    product[0, 1] = np.where(stays, -np.inf, other_high).T
    product[1, 0] = still_low.T
    product[1, 1] = np.maximum(other_high, high_high).T
    while product.shape[2] > 1:
        odd = product[:, :, product.shape[2] // 2 * 2 :]  # the last one, when there is no pair
        first, then = product[:, :, :-1:2], product[:, :, 1::2]
        pairs = np.maximum(then[:, :1] + first[:1], then[:, 1:] + first[1:])
        product = np.concatenate([pairs, odd], axis=2) if odd.size else pairs
    return np.asarray(product[1, :, 0].max(axis=0))


def rounding(edges: FloatArray, counts: FloatArray) -> FloatArray:
    """How far, in W1, rounding can have taken a histogram from its values, (T or 1,).

    The Python loader casts legacy histograms to float32: an edge may have moved by
    2⁻²⁴ of itself, or below 2⁻¹²⁶ by 2⁻¹⁵⁰, and a count by 2⁻²⁴ of itself, and with it that
    share of the elements, at most across the range. Edges that are not float32 numbers were
    never cast, and then only the writer's own float64 arithmetic is left. PyTorch does not
    count what lies beyond its last limit: how many such values there are, and so how far it is
    to them, nobody knows. That is infinity here.
    """
    span = edges[:, -1] - edges[:, 0]
    farther = np.maximum(np.abs(edges[:, :-1]), np.abs(edges[:, 1:]))
    with np.errstate(over="ignore", under="ignore"):
        cast = (edges.astype(np.float32) == edges).all(axis=1)
    share = counts / counts.sum(axis=1, keepdims=True)
    is_subnormal = (farther > 0) & (farther < _FLOAT32_NORMAL)
    edge_slack = (share * np.where(is_subnormal, _FLOAT32_LEAST, _FLOAT32 * farther)).sum(axis=1)
    count_slack = np.where(counts.max(axis=1) >= _FLOAT32_WHOLE, _FLOAT32 * span, 0.0)
    cast_slack = np.where(cast, edge_slack + count_slack, 0.0)
    largest = farther.max(axis=1)
    return np.where(largest < _LEGACY_LIMIT, cast_slack + ARITHMETIC * largest, np.inf)


def resolution(
    both: Overlay,
    a: Side,
    b: Side,
    blur_factor: float = BLUR_FACTOR,
    spike_factor: float = SPIKE_FACTOR,
) -> FloatArray:
    """The movement below which these buckets cannot tell movement from interpolation error, (T,).

    resolution² = (2.5 · max(blur_a, blur_b))² + (2 · sampling)² + (1.5 · (spikes_a + spikes_b))²

    blur_a: what would look like movement if nothing had moved: the distance between a
        and a itself, poured into b's buckets and spread evenly. One far outlier in b
        makes its buckets wide; then blur_a is all there is to see.
    sampling: n elements stand for a smooth distribution only up to chance. In a bucket of
        width w that holds the share p they are a Brownian bridge whose area has variance
        w² p / 12 n, independently of the other buckets; the sum over both histograms.
    spikes: how far equal values, as pruned zeros are, may sit from where the cubics put them.
    """
    blur = np.maximum(
        _blur(both, a, b, (both.edges_b, both.counts_b), ~both.from_a),
        _blur(both, b, a, (both.edges_a, both.counts_a), both.from_a),
    )
    sampling = np.hypot(
        _sampling_error(both.edges_a, both.counts_a), _sampling_error(both.edges_b, both.counts_b)
    )
    spikes = _spikes(both.edges_a, both.counts_a) + _spikes(both.edges_b, both.counts_b)
    smooth = np.hypot(blur_factor * blur, SAMPLING_FACTOR * sampling)
    return np.asarray(np.hypot(smooth, spike_factor * spikes))


def _blur(
    both: Overlay, side: Side, other: Side, buckets: tuple[FloatArray, FloatArray], own: BoolArray
) -> FloatArray:
    """∫ |F - its chords between the edges of ``buckets``| dx over the filled ones, (T,).

    side: that CDF; other: the other one, whose edges, (T or 1, B+1), and counts are
        ``buckets``; own: (T, M) which points those edges are. An empty bucket blurs
        nothing, however wide: if nothing had moved, it would be empty of both.
    """
    grid, counts = buckets
    at_edges = side.value[own].reshape(len(own), grid.shape[1])
    # A point mass on the grid's first or last edge belongs into its buckets.
    at_edges[:, 0] *= both.points[:, 0] < grid[:, 0]
    at_edges[:, -1] = np.where(both.points[:, -1] > grid[:, -1], at_edges[:, -1], 1.0)
    rise = framed(np.diff(at_edges, axis=1))
    base = np.concatenate([at_edges[:, :1], at_edges], axis=1)
    row = row_index(other.bucket, rise.shape)
    rise, base = rise.ravel().take(row), base.ravel().take(row)
    off_middle = rise[:, :-1] * other.half
    off_middle += base[:, :-1]
    off_middle -= side.middle
    rise *= other.part
    base += rise
    base -= side.value
    off, off_middle = np.abs(base, out=base), np.abs(off_middle, out=off_middle)
    counted = framed(counts)
    filled = counted.ravel()[row_index(other.bucket[:, :-1], counted.shape)] > 0
    off_middle *= 4
    off_middle += off[:, :-1]
    off_middle += off[:, 1:]  # Simpson's rule
    return np.asarray(np.einsum("tm,tm->t", off_middle, both.width * filled)) / 6


def _sampling_error(edges: FloatArray, counts: FloatArray) -> FloatArray:
    span = edges[:, -1] - edges[:, 0]
    unit = np.where(span > 0, span, 1.0)  # so that widths of 1e200 can be squared
    width = np.diff(edges, axis=1) / unit[:, np.newaxis]
    total = counts.sum(axis=1)
    return np.asarray(unit * np.sqrt(np.einsum("tk,tk->t", width**2, counts) / 12) / total)


def _spikes(edges: FloatArray, counts: FloatArray) -> FloatArray:
    """Σ w · the share of a bucket that must be a point mass, somewhere in its width w, (T or 1,).

    A smooth distribution hardly doubles its density from one bucket to the next. What a
    bucket holds beyond twice its denser neighbour's density, and beyond chance (√(p/n)), is
    taken to sit at one value.
    """
    total = counts.sum(axis=1, keepdims=True)
    share = counts / total
    width = np.diff(edges, axis=1)
    density = framed(share / np.where(width > NO_WIDTH, width, np.inf))
    beside = np.maximum(density[:, :-2], density[:, 2:])
    excess = share - 2 * beside * width - np.sqrt(share / total)
    return np.asarray(np.einsum("tk,tk->t", np.maximum(excess, 0.0), width))
