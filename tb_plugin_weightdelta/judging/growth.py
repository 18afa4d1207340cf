"""How much larger or smaller a tensor became, and whether that is learning or an explosion.

A ratio to the start is not enough: an output layer that starts small, a bias that leaves zero
and a temperature that learns its value grow a hundred times and are well. docs/how-it-measures.md
has the rule, what it was tried on, and what it misses.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import FloatArray, HistogramSeries, IntArray
from tb_plugin_weightdelta.measuring import LARGEST_RATIO, Movement

# In the second half of its steps a tensor that goes one way at a constant speed doubles, and one
# whose learning rate is warmed up all the way grows four times.
_ACCELERATES: Final = 4.0
# So many times the threshold is no learning either, unless it is on its way back.
_FAR_BEYOND: Final = 3.0
_ON_ITS_WAY_BACK: Final = 0.8
# The largest of some thousand normal values.
_LARGEST_OF_NORMAL: Final = 3.0


@dataclass(frozen=True)
class Growth:
    """What a measure of a tensor is at the last step, in times of other sizes of it.

    what: the measure in words.
    start: of the baseline's, NaN where that is 0.
    ordinary: of the baseline's, or of the least that such a tensor ordinarily starts with where
        that is larger: with n elements 1/√n, because layers start with a spread of about
        1/√inputs or more (LeCun 1998, Glorot 2010, He 2015).
    halfway: of the last kept step in the first half.
    peak: of its largest at any kept step.
    """

    what: str
    start: float
    ordinary: float
    halfway: float
    peak: float

    def exploded(self, threshold: float) -> bool:
        """Whether it grew so many times and went on ever faster, or far beyond that."""
        goes_on = self.ordinary >= threshold and self.halfway >= _ACCELERATES
        is_lost = self.ordinary >= _FAR_BEYOND * threshold and self.peak >= _ON_ITS_WAY_BACK
        return goes_on or is_lost


def growth_of_histograms(series: HistogramSeries, movement: Movement) -> tuple[Growth, ...]:
    """Of the spread and of the largest |x|; movement: its last row is the series' last."""
    sizes = np.abs(series.edges[:, [0, -1]]).max(axis=1)
    history = _history(sizes, series.steps, one_element=series.counts[-1].sum() == 1)
    root = math.sqrt(series.counts[-1].sum())
    start = float(np.abs(movement.baseline_bands[-1, [0, -1]]).max())
    spreads = float(movement.spread[-1]), float(movement.baseline_spread[-1])
    return (
        _growth("spread", *spreads, 1 / root, history),
        _growth(
            "largest absolute value", float(sizes[-1]), start, _LARGEST_OF_NORMAL / root, history
        ),
    )


def growth_of_records(exact: ExactSeries, row: int) -> tuple[Growth, ...]:
    """Of the norm, up to a record."""
    norms, initial = exact.figures["norm"][: row + 1], float(exact.figures["initial_norm"][row])
    history = _history(
        norms, exact.steps[: row + 1], one_element=exact.figures["elements"][row] == 1
    )
    return (_growth("norm", float(norms[-1]), initial, 1.0, history),)


def _growth(
    what: str, last: float, start: float, least: float, history: tuple[float, float]
) -> Growth:
    if not start > 0:
        return Growth(what, math.nan, math.nan, *history)
    return Growth(what, _times(last, start), _times(last, max(start, least)), *history)


def _history(sizes: FloatArray, steps: IntArray, *, one_element: bool) -> tuple[float, float]:
    """The last size in times of that halfway, and of the largest."""
    middle = (float(steps[0]) + float(steps[-1])) / 2
    half = max(0, int(np.searchsorted(steps, middle, side="right")) - 1)
    # One element between two steps may have learned a value of any size.
    is_known = half > 0 or not one_element
    halfway = _times(sizes[-1], sizes[half]) if is_known else 1.0
    return halfway, _times(sizes[-1], np.fmax.reduce(sizes))


def _times(size: float, of: float) -> float:
    """NaN where there is nothing to compare with."""
    with np.errstate(all="ignore"):
        return float(np.minimum(np.float64(size) / of, LARGEST_RATIO)) if of > 0 else math.nan
