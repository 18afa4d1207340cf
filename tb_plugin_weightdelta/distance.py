"""The distance between two distributions: what "movement" is."""

import numpy as np

from tb_plugin_weightdelta.cubic import Side
from tb_plugin_weightdelta.histograms import FloatArray
from tb_plugin_weightdelta.overlay import Overlay


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
    either = np.abs(start) + np.abs(end)
    both = start + end
    side = both / np.where(either > 0, either, 1.0)
    return (either + both * side) / 4 + curved * side
