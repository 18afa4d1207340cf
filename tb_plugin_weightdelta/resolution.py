"""The movement below which buckets cannot tell movement from interpolation error.

Calibrated against exact weights of real networks: study/README.md.

Shapes: T steps, M points of an ``Overlay``; arrays of one row stand for every step.
"""

from typing import Final

import numpy as np

from tb_plugin_weightdelta.cubic import Side, framed
from tb_plugin_weightdelta.histograms import BoolArray, FloatArray
from tb_plugin_weightdelta.overlay import Overlay, row_index

BLUR_FACTOR: Final = 2.5
SAMPLING_FACTOR: Final = 2.0


def resolution(both: Overlay, a: Side, b: Side, blur_factor: float = BLUR_FACTOR) -> FloatArray:
    """The movement below which these buckets cannot tell movement from interpolation error, (T,).

    resolution = √( (2.5 · max(blur_a, blur_b))² + (2 · sampling)² )

    blur_a: what would look like movement if nothing had moved: the distance between a
        and a itself, poured into b's buckets and spread evenly. One far outlier in b
        makes its buckets wide; then blur_a is all there is to see.
    sampling: n elements stand for a smooth distribution only up to chance. In a bucket of
        width w that holds the share p they are a Brownian bridge whose area has variance
        w² p / 12 n, independently of the other buckets; the sum over both histograms.
    """
    blur = np.maximum(
        _blur(both, a, b, (both.edges_b, both.counts_b), ~both.from_a),
        _blur(both, b, a, (both.edges_a, both.counts_a), both.from_a),
    )
    sampling = np.hypot(
        _sampling_error(both.edges_a, both.counts_a), _sampling_error(both.edges_b, both.counts_b)
    )
    return np.hypot(blur_factor * blur, SAMPLING_FACTOR * sampling)


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
    rise, base = rise.ravel()[row], base.ravel()[row]
    off = np.abs(base + rise * other.part - side.value)
    off_middle = np.abs(base[:, :-1] + rise[:, :-1] * other.half - side.middle)
    counted = framed(counts)
    filled = counted.ravel()[row_index(other.bucket[:, :-1], counted.shape)] > 0
    simpson = (off[:, :-1] + 4 * off_middle + off[:, 1:]) / 6
    return np.asarray(np.einsum("tm,tm->t", simpson, both.width * filled))


def _sampling_error(edges: FloatArray, counts: FloatArray) -> FloatArray:
    span = edges[:, -1] - edges[:, 0]
    unit = np.where(span > 0, span, 1.0)  # so that widths of 1e200 can be squared
    width = np.diff(edges, axis=1) / unit[:, np.newaxis]
    total = counts.sum(axis=1)
    return np.asarray(unit * np.sqrt(np.einsum("tk,tk->t", width**2, counts) / 12) / total)
