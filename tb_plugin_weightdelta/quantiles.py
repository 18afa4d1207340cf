"""Quantiles of histograms, vectorised over steps.

Shapes: T steps, K buckets, Q quantiles.
"""

from collections.abc import Sequence

import numpy as np

from tb_plugin_weightdelta.histograms import FloatArray

_WHOLE = 10_000  # basis points


def quantiles(edges: FloatArray, counts: FloatArray, basis_points: Sequence[float]) -> FloatArray:
    """Values below which the given share of each histogram's elements lies.

    edges: (T, K+1) and counts: (T, K) as in ``HistogramSeries``.
    basis_points: Q levels in 1/100 of a percent, 0 (minimum) to 10000 (maximum).

    Returns (T, Q) in the tensor's own unit. Mass is spread evenly inside a bucket,
    so Q(p) = inf{x : F(x) > p} for the piecewise linear F. That is what
    TensorBoard's ``compress_histogram`` computes, one histogram at a time.
    """
    levels = np.asarray(basis_points, dtype=np.float64)
    # Scaled before it is summed, as TensorBoard does it: ties at a bucket's edge
    # then fall on the same side.
    share = counts * _WHOLE / counts.sum(axis=1, keepdims=True)  # (T, K)
    cumulative = np.cumsum(share, axis=1)  # (T, K)
    result = np.empty((len(edges), len(levels)))
    rows = np.arange(len(edges))
    for column, level in enumerate(levels):
        above = cumulative > level  # (T, K)
        bucket = above.argmax(axis=1)
        # The maximum is exact, whatever the sum of the shares was rounded to.
        found = above[rows, bucket] & (level < _WHOLE)
        before = np.where(bucket > 0, cumulative[rows, bucket - 1], 0.0)
        mass = np.where(found, cumulative[rows, bucket] - before, 1.0)
        left, right = edges[rows, bucket], edges[rows, bucket + 1]
        value = np.clip(left + (level - before) / mass * (right - left), left, right)
        result[:, column] = np.where(found, value, edges[:, -1])
    return result
