"""How much larger or smaller a tensor became, and whether that is learning or an explosion.

A ratio to the start is not enough: an output layer that starts small, a bias that leaves zero
and a temperature that learns its value grow a hundred times and are well. docs/how-it-measures.md
has the rule, what it was tried on, and what it misses.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import (
    LARGEST_RATIO,
    BoolArray,
    FloatArray,
    HistogramSeries,
    IntArray,
)
from tb_plugin_weightdelta.judging.roles import Role
from tb_plugin_weightdelta.measuring import Movement, standard_deviation

# So many times the threshold is no learning either, unless it is on its way back.
_FAR_BEYOND: Final = 3.0
_ON_ITS_WAY_BACK: Final = 0.8
_BEYOND_ALL: Final = 1e9
# What grew less in the last quarter of its steps has settled.
_GOES_ON: Final = 1.25
# So few elements may learn any size, or to be alike.
_MANY: Final = 32
_SPREAD: Final = "spread"
# From here on its way there is remembered.
_GROWN: Final = 1.5
_SHRUNK: Final = 0.5
# The largest of some thousand normal values.
_LARGEST_OF_NORMAL: Final = 3.0


@dataclass(frozen=True)
class Growth:
    """What a measure of a tensor is at the last step, in times of other sizes of it.

    what: the measure in words.
    start: of the baseline's, NaN where that is 0.
    ordinary: of the baseline's, or of the least that such a tensor ordinarily starts with where
        that is larger: with n elements 1/√n, because layers start with a spread of about
        1/√inputs or more (LeCun 1998, Glorot 2010, He 2015). One row at a time is looked up in an
        embedding: its one input makes that 1.
    largest: of what a layer of one input starts with, than which none starts larger.
    pace: growth since the last kept step of the first half, in times of what grows with the
        square of the steps: 1 is a constant speed whose learning rate was warmed up all the
        way. 0 where it ended in the last quarter, and where that step is the first, since when
        anything may have happened.
    peak: of its largest at any kept step; NaN of a few elements, which may learn any size, and
        from a start of 0, far from which is no sign of anything.
    steps, sizes: at each kept step its size in times of the last one, where it may have
        exploded or collapsed; else empty.
    """

    what: str
    start: float
    ordinary: float
    largest: float
    pace: float
    peak: float
    steps: IntArray = field(compare=False)
    sizes: FloatArray = field(compare=False)

    @property
    def nbytes(self) -> int:
        """What it takes in memory beside its numbers."""
        return int(self.steps.nbytes + self.sizes.nbytes)

    def grown_from(self, threshold: float) -> tuple[int, int | None] | None:
        """The first kept step of ``threshold`` times an ordinary start, and the one before it."""
        return self._first(self.sizes * self.ordinary >= threshold)

    def shrunk_from(self, threshold: float) -> tuple[int, int | None] | None:
        """The first kept step of at most ``threshold`` times the start, and the one before it."""
        return self._first(self.sizes * self.start <= threshold)

    def _first(self, reached: BoolArray) -> tuple[int, int | None] | None:
        if not reached.any():
            return None
        row = int(reached.argmax())
        return int(self.steps[row]), int(self.steps[row - 1]) if row else None

    def collapsed(self, threshold: float) -> bool:
        """Whether so little of it is left, of many elements."""
        return self.start <= threshold and not math.isnan(self.peak)

    def exploded(self, threshold: float) -> bool:
        """Whether it grew so much and went on ever faster, or far beyond what starts large."""
        goes_on = self.ordinary >= threshold and self.pace >= 1
        is_far = self.ordinary >= _FAR_BEYOND * threshold and self.largest >= 1
        is_lost = is_far and self.peak >= _ON_ITS_WAY_BACK
        return goes_on or is_lost or self.ordinary >= _BEYOND_ALL


def growth_of_histograms(
    series: HistogramSeries, movement: Movement, role: Role
) -> tuple[Growth, ...]:
    """Of the spread and of the largest |x|; movement: its last row is the series' last."""
    sizes = np.abs(series.edges[:, [0, -1]]).max(axis=1)
    elements = float(series.counts[-1].sum())
    inputs = _inputs(role, elements)
    largest = float(np.abs(movement.baseline_bands[-1, [0, -1]]).max())
    spread, start = float(movement.spread[-1]), float(movement.baseline_spread[-1])

    def growth(what: str, last: float, first: float, of_one: float) -> Growth:
        ratios = _ratios(last, first, of_one, inputs)
        over = sizes[:0]
        if _is_suspicious(*ratios):
            is_spread = what == _SPREAD
            over = standard_deviation(series.edges, series.counts) if is_spread else sizes
        history = _history(sizes, series.steps, elements, first)
        return Growth(what, *ratios, *history, series.steps[: len(over)], _over(over, last))

    return (
        growth(_SPREAD, spread, start, 1.0),
        growth("largest absolute value", float(sizes[-1]), largest, _LARGEST_OF_NORMAL),
    )


def growth_of_records(exact: ExactSeries, row: int, role: Role) -> tuple[Growth, ...]:
    """Of the norm, up to a record."""
    norms, initial = exact.figures["norm"][: row + 1], float(exact.figures["initial_norm"][row])
    steps, elements = exact.steps[: row + 1], float(exact.figures["elements"][row])
    history = _history(norms, steps, elements, initial)
    last = float(norms[-1])
    ratios = _ratios(last, initial, math.sqrt(elements), _inputs(role, elements))
    return (Growth("norm", *ratios, *history, steps, _over(norms, last)),)


def _inputs(role: Role, elements: float) -> float:
    """The most that a layer with such a tensor can have."""
    return 1.0 if role == "embedding" else elements


def _ratios(last: float, start: float, of_one: float, inputs: float) -> tuple[float, float, float]:
    """The last size in times of the start, of an ordinary one, and of that of one input.

    The first is NaN from a start of 0.
    """
    ordinary = max(start, of_one / math.sqrt(inputs))
    return _times(last, start), _times(last, ordinary), _times(last, of_one)


def _is_suspicious(start: float, ordinary: float, _: float) -> bool:
    return start <= _SHRUNK or ordinary >= _GROWN


def _history(
    sizes: FloatArray, steps: IntArray, elements: float, first: float
) -> tuple[float, float]:
    """The pace of growth, and the last size in times of the largest.

    first: the size at the start. From 0 on the square of the steps is the whole size, where
    others are on top of their start: there the pace must be four times as high.
    """
    start, end = float(steps[0]), float(steps[-1])
    half, late = (
        max(0, int(np.searchsorted(steps, start + part * (end - start), side="right")) - 1)
        for part in (0.5, 0.75)
    )
    pace, last = 0.0, float(sizes[-1])
    goes_on = _times(last, float(sizes[late])) >= _GOES_ON
    if goes_on and half > 0 and end > start:  # steps beyond 2**53 may be one float
        at_half = (float(steps[half]) - start) / (end - start)
        pace = _times(last, float(sizes[half])) * at_half**2 / (1 if first > 0 else 4)
    peak = _times(last, float(np.fmax.reduce(sizes)))
    return pace, peak if elements >= _MANY and first > 0 else math.nan


def _over(sizes: FloatArray, last: float) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.minimum(sizes / last, LARGEST_RATIO) if last > 0 else np.zeros(len(sizes))


def _times(size: float, of: float) -> float:
    """NaN where there is nothing to compare with."""
    return min(size / of, LARGEST_RATIO) if of > 0 else math.nan
