"""Two histograms per step, laid over each other on the grid of all edges of both.

What movement, its bounds and its resolution all read, so it is made once.

Shapes: T steps, K and B buckets, M = K + B + 2 edges of both; arrays of one row stand
for every step.
"""

from dataclasses import dataclass

import numpy as np

from tb_plugin_weightdelta.histograms import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Overlay:
    """Two histograms per step on the grid of all edges of both.

    edges_a: (T or 1, K+1), counts_a: (T or 1, K), edges_b: (T or 1, B+1), counts_b: (T or 1, B).
    rows_a: (T,) which row of a each step has, where steps share rows of a; then a has fewer
        rows than steps. Only ``distance`` is asked of such an overlay.
    points: (T, M) all edges in order; interval i lies between points i and i+1.
    order: (T, M) which edge each point is, those of a counted first.
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
    order: IntArray
    from_a: BoolArray
    bucket_a: IntArray
    bucket_b: IntArray

    @property
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
        order=order,
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
