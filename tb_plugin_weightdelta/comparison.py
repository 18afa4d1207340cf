"""What two histograms per step say about how far their distributions are from each other.

Shapes: T steps; arrays of one row stand for every step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.bounds import ARITHMETIC, bounds
from tb_plugin_weightdelta.cubic import Side, sides
from tb_plugin_weightdelta.distance import wasserstein_1
from tb_plugin_weightdelta.histograms import FloatArray, IntArray
from tb_plugin_weightdelta.overlay import Overlay, overlay
from tb_plugin_weightdelta.resolution import resolution


@dataclass(frozen=True)
class Comparison:
    """What two histograms per step say about each other, (T,) each, in the unit of the edges."""

    movement: FloatArray
    movement_lower: FloatArray
    movement_upper: FloatArray
    resolution: FloatArray


# Of values near the ends of float64 slopes and their inverses may be too large or too small for
# it: then they are infinity or 0, which is what they should count as.
extremes_allowed: Final = np.errstate(all="ignore")


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
