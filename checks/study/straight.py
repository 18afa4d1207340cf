"""W1 with mass spread evenly inside each bucket: what the cubics are compared with."""

import numpy as np

from tb_plugin_weightdelta.core.histograms import FloatArray, IntArray
from tb_plugin_weightdelta.measuring.distance import wasserstein_1
from tb_plugin_weightdelta.measuring.grid import Overlay, Side


def straight_lines(both: Overlay) -> FloatArray:
    """The distance of each pair, (T,), when straight lines join the CDFs' known points."""
    a = _side(both, both.bucket_a, both.edges_a, both.counts_a)
    b = _side(both, both.bucket_b, both.edges_b, both.counts_b)
    return wasserstein_1(both, a, b)


def _side(both: Overlay, bucket: IntArray, edges: FloatArray, counts: FloatArray) -> Side:
    share = counts / counts.sum(axis=1, keepdims=True)
    start = np.pad(np.cumsum(share, axis=1), ((0, 0), (2, 0)))
    anchor = np.concatenate([edges[:, :1], edges], axis=1)
    rows = np.broadcast_to(np.arange(len(edges))[:, np.newaxis], bucket.shape)
    width = np.pad(np.diff(edges, axis=1), ((0, 0), (1, 1)))[rows, bucket]
    slope = np.pad(share, ((0, 0), (1, 1)))[rows, bucket]
    slope = np.divide(slope, width, out=np.zeros_like(slope), where=width > 0)
    value = start[rows, bucket] + slope * (both.points - anchor[rows, bucket])
    middle = value[:, :-1] + slope[:, :-1] * both.width / 2
    return Side(value, middle, bucket, part=value, half=middle)  # the last two: not read
