"""Two histograms per step, laid over each other on the grid of all edges of both.

What movement, its bounds and its resolution all read, so it is made once. On it stand the
CDFs of both, as monotone cubics through what the buckets count. Straight lines between the
edges say that mass is spread evenly inside a bucket; cubics that agree with the neighbouring
buckets are closer to the truth: docs/how-it-measures.md has the comparison with exact weights.

Shapes: T steps, K and B buckets, M = K + B + 2 edges of both; arrays of one row stand
for every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.histograms import BoolArray, FloatArray, IntArray

NO_WIDTH: Final = 1e-300  # 1 / width would overflow


@dataclass(frozen=True)
class Overlay:
    """Two histograms per step on the grid of all edges of both.

    edges_a: (T or 1, K+1), counts_a: (T or 1, K), edges_b: (T or 1, B+1), counts_b: (T or 1, B).
    rows_a: (T,) which row of a each step has, where steps share rows of a; then a has fewer
        rows than steps. Only ``distance`` is asked of such an overlay.
    points: (T, M) all edges in order; interval i lies between points i and i+1.
    from_a: (T, M) which points are edges of a.
    bucket_a, bucket_b: (T, M) the bucket right of each point; 0 is left of the first
        edge, K+1 right of the last. Of coinciding points only the last starts an
        interval of any width, and by then all their edges are counted.
    """

    edges_a: FloatArray
    counts_a: FloatArray
    edges_b: FloatArray
    counts_b: FloatArray
    rows_a: IntArray | None
    points: FloatArray
    from_a: BoolArray
    bucket_a: IntArray
    bucket_b: IntArray

    @cached_property
    def width(self) -> FloatArray:
        return np.diff(self.points, axis=1)


def overlay(
    edges_a: FloatArray,
    counts_a: FloatArray,
    edges_b: FloatArray,
    counts_b: FloatArray,
    *,
    rows_a: IntArray | None = None,
) -> Overlay:
    """Lay paired rows over each other; shapes as in ``Overlay``."""
    own_edges = edges_a if rows_a is None else edges_a[rows_a]
    steps = max(len(own_edges), len(edges_b))
    shape_a, shape_b = (steps, edges_a.shape[1]), (steps, edges_b.shape[1])
    points = np.concatenate(
        [np.broadcast_to(own_edges, shape_a), np.broadcast_to(edges_b, shape_b)], axis=1
    )
    order = np.argsort(points, axis=1, kind="stable")
    counting = np.arange(points.shape[1])
    from_a = order < edges_a.shape[1]
    # Of an edge of a, its own number says how many of a's edges there are so far; of
    # an edge of b, its place less its number.
    bucket_a = np.where(from_a, order + 1, counting - (order - edges_a.shape[1]))
    return Overlay(
        edges_a=edges_a,
        counts_a=counts_a,
        edges_b=edges_b,
        counts_b=counts_b,
        rows_a=rows_a,
        points=points.ravel()[row_index(order, points.shape)],
        from_a=from_a,
        bucket_a=bucket_a,
        bucket_b=counting + 1 - bucket_a,
    )


def row_index(column: IntArray, shape: tuple[int, ...], rows: IntArray | None = None) -> IntArray:
    """Where each step's columns are in a flattened table of this shape.

    rows: (T,) which row of the table each step has; by default its own, or the only one.
    """
    if rows is not None:
        return column + rows[:, np.newaxis] * shape[1]
    if shape[0] == 1:
        return column
    return column + np.arange(shape[0])[:, np.newaxis] * shape[1]


@dataclass(frozen=True)
class Side:
    """One CDF on the grid of an overlay.

    value: (T, M) at the points, middle: (T, M-1) halfway to the next one. Of coinciding
    points the first has the value left of a jump, the last the value right of it.
    bucket: (T, M) the bucket right of each point, as in the overlay.
    part, half: (T, M) and (T, M-1) how far through their bucket those places are, from
        0 to 1; 0 outside of all.
    """

    value: FloatArray
    middle: FloatArray
    bucket: IntArray
    part: FloatArray
    half: FloatArray


def sides(both: Overlay) -> tuple[Side, Side]:
    """The monotone cubic CDFs of both histograms on their common grid."""
    a = _side(both, both.bucket_a, (both.edges_a, both.counts_a), both.rows_a)
    b = _side(both, both.bucket_b, (both.edges_b, both.counts_b))
    return a, b


def _side(
    both: Overlay,
    bucket: IntArray,
    histogram: tuple[FloatArray, FloatArray],
    rows: IntArray | None = None,
) -> Side:
    anchor, inverse, *coefficients = _cubic(*histogram)
    row = row_index(bucket, anchor.shape, rows)
    inverse = inverse.ravel().take(row)
    part = both.points - anchor.ravel().take(row)
    part *= inverse  # of the way through its bucket
    half = both.width * inverse[:, :-1]
    half /= 2
    half += part[:, :-1]
    cubic = [each.ravel().take(row) for each in coefficients]
    value, middle = _at(part, cubic), _at(half, [each[:, :-1] for each in cubic])
    return Side(value, middle, bucket, part, half)


def _at(place: FloatArray, cubic: Sequence[FloatArray]) -> FloatArray:
    """Start + first t + second t² + third t³, in place: half of what new arrays would take."""
    start, first, second, third = cubic
    value = third * place
    for coefficient in (second, first):
        value += coefficient
        value *= place
    value += start
    return value


def _cubic(edges: FloatArray, counts: FloatArray) -> tuple[FloatArray, ...]:
    """The left edge of each bucket, 1 / its width, and its cubic, (T or 1, K+2) each.

    With t from 0 to 1 through the bucket, F = start + first t + second t² + third t³.
    Before the first bucket and after the last one, the constants 0 and 1.
    """
    share = counts / counts.sum(axis=1, keepdims=True)
    width = np.diff(edges, axis=1)
    slope = edge_slopes(width, share)
    left, right = slope[:, :-1] * width, slope[:, 1:] * width
    rest = left + right
    rest -= 2 * share
    start = np.zeros((len(edges), edges.shape[1] + 1))
    np.cumsum(share, axis=1, out=start[:, 2:])
    start[:, -1] = 1.0
    anchor = np.concatenate([edges[:, :1], edges], axis=1)
    inverse = 1 / np.where(width > NO_WIDTH, width, np.inf)
    return anchor, framed(inverse), start, framed(left), framed(share - left - rest), framed(rest)


def framed(inner: FloatArray) -> FloatArray:
    """A column of zeros before and after."""
    framed = np.zeros((inner.shape[0], inner.shape[1] + 2))
    framed[:, 1:-1] = inner
    return framed


def edge_slopes(width: FloatArray, share: FloatArray) -> FloatArray:
    """Density at every edge, (T, K+1), that makes the cubic CDF smooth and monotone.

    Inside, the weighted harmonic mean of both neighbours' densities (Fritsch and
    Butland 1984, "A method for constructing local monotone piecewise cubic
    interpolants"; PCHIP), 0 beside an empty bucket. At the minimum, the maximum and
    beside a point mass, the density of the one bucket that has a width.
    """
    has_width = width > NO_WIDTH
    density = share / np.where(has_width, width, np.inf)
    slope = np.zeros((width.shape[0], width.shape[1] + 1))
    slope[:, :-1] = density
    slope[:, 1:] = np.where(has_width, density, slope[:, 1:])
    w0, w1, d0, d1 = width[:, :-1], width[:, 1:], density[:, :-1], density[:, 1:]
    # (w0 + 2 w1) / 3 (w0 + w1) is the weight of 1 / d0, the rest that of 1 / d1.
    weight = (1 + w1 / (w0 + w1)) / 3
    mean = 1 / (weight / d0 + (1 - weight) / d1)
    mean[~((d0 > 0) & (d1 > 0))] = 0.0
    inner = has_width[:, :-1] & has_width[:, 1:]
    slope[:, 1:-1] = np.where(inner, mean, slope[:, 1:-1])
    return slope
