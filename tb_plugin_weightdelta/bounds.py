"""Bounds on movement that hold wherever the mass sits inside each bucket.

Shapes: T steps, M points of an ``Overlay``; arrays of one row stand for every step.
"""

from typing import Final

import numpy as np

from tb_plugin_weightdelta.histograms import FloatArray, IntArray
from tb_plugin_weightdelta.overlay import Overlay, row_index

Envelope = tuple[FloatArray, FloatArray]  # lowest and highest value of a CDF, (T, M-1) each

_FLOAT32: Final = 2.0**-24  # largest relative error of a number rounded to float32
_FLOAT32_WHOLE: Final = 2.0**24  # whole numbers are exact in float32 up to here
ARITHMETIC: Final = 2.0**-46  # float64 sums over thousands of buckets stay well below this


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
    apart = np.maximum(low_a - high_b, low_b - high_a).clip(0)
    lower = np.einsum("tm,tm->t", apart, both.width)
    upper = _farthest(both, (low_a, high_a), (low_b, high_b))
    span = both.points[:, -1] - both.points[:, 0]
    slack = rounding(both.edges_a, both.counts_a) + rounding(both.edges_b, both.counts_b)
    slack = slack + ARITHMETIC * span
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
    return low.ravel()[row], high.ravel()[row]


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
    low_low, low_high, high_low, high_high = (
        np.abs(of_a - of_b) * both.width for of_a in a for of_b in b
    )
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
    2⁻²⁴ of itself and a count by 2⁻²⁴ of itself, and with it that share of the
    elements, at most across the range. Edges that are not float32 numbers were
    never cast, and then only the writer's own float64 arithmetic is left.
    """
    span = edges[:, -1] - edges[:, 0]
    farther = np.maximum(np.abs(edges[:, :-1]), np.abs(edges[:, 1:]))
    with np.errstate(over="ignore", under="ignore"):
        cast = (edges.astype(np.float32) == edges).all(axis=1)
    share = counts / counts.sum(axis=1, keepdims=True)
    edge_slack = _FLOAT32 * (share * farther).sum(axis=1)
    count_slack = np.where(counts.max(axis=1) >= _FLOAT32_WHOLE, _FLOAT32 * span, 0.0)
    cast_slack = np.where(cast, edge_slack + count_slack, 0.0)
    return np.asarray(cast_slack + ARITHMETIC * farther.max(axis=1))
