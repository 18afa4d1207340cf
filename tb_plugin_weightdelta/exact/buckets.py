"""Histograms as ``tf.summary.histogram`` bins them: thirty buckets of one width."""

from typing import Final

import numpy as np

from tb_plugin_weightdelta.exact.statistics import FloatArray, Sums

BUCKETS: Final = 30


def width_of(sums: Sums) -> float:
    """Of one bucket; 1 where there is no range to divide: all values then lie in one."""
    width = (sums.height + sums.depth) / BUCKETS
    return width if 0 < width < np.inf else 1.0


def rows_of(sums: Sums, counts: FloatArray) -> FloatArray:
    """[left, right, count] for each bucket, (BUCKETS, 3).

    Of constant weights, the last bucket holds all. NaN edges say that weights are not finite.
    """
    low, high = -sums.depth, sums.height
    if sums.non_finite:
        low = high = np.nan
    edges = np.linspace(low, high, BUCKETS + 1)
    if not low < high:
        counts = np.zeros(BUCKETS)
        counts[-1] = sums.elements
    return np.stack([edges[:-1], edges[1:], counts], axis=1)
