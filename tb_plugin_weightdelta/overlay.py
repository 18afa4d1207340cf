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
    points: FloatArray
    order: IntArray
    from_a: BoolArray
    bucket_a: IntArray
    bucket_b: IntArray

    @property
    def width(self) -> FloatArray:
        return np.diff(self.points, axis=1)


def overlay(
    edges_a: FloatArray, counts_a: FloatArray, edges_b: FloatArray, counts_b: FloatArray
) -> Overlay:
    """Lay paired rows over each other; shapes as in ``Overlay``."""
    steps = max(len(edges_a), len(edges_b))
    shape_a, shape_b = (steps, edges_a.shape[1]), (steps, edges_b.shape[1])
    points = np.concatenate(
        [np.broadcast_to(edges_a, shape_a), np.broadcast_to(edges_b, shape_b)], axis=1
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
        points=points.ravel()[row_index(order, points.shape)],
        order=order,
        from_a=from_a,
        bucket_a=bucket_a,
        bucket_b=counting + 1 - bucket_a,
    )


def row_index(column: IntArray, shape: tuple[int, ...]) -> IntArray:
    """Where each row's columns are in a flattened table of this shape; one row serves all."""
    if shape[0] == 1:
        return column
    return column + np.arange(shape[0])[:, np.newaxis] * shape[1]
