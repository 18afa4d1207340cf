"""What exact sums of the values add to what two histograms per step say of them.

With m₁ the mean and m₂ the mean square of the values at a step, and c what all of them started
as, mean (wₜ - c)² = m₂ - 2 c m₁ + c² exactly, and by Jensen's inequality
|m₁ - c| <= mean |wₜ - c| <= rms (wₜ - c). From any other start |Δm₁| <= W1 (Jensen again), and
rms (wₜ - w₀) >= √(Δm₁² + Δstd²) (Gelbrich 1990, "On a formula for the L² Wasserstein metric").

Shapes: T steps; arrays of one row stand for every step.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.histograms import BoolArray, FloatArray, HistogramSeries

_DOUBLE: Final = 2.0**-53  # half of the distance between neighbouring numbers, relative
_SINGLE: Final = 2.0**-24
# What cancels may leave so much of itself as error; beyond that nothing is claimed.
_CLAIMED: Final = 1e-3
_SPREAD_CLAIMED: Final = 1e-6
_SPLIT: Final = 2.0**27 + 1  # half of the digits of a float64 (Dekker 1971)


@dataclass(frozen=True)
class _Sums:
    """What was summed of some rows, and how far that can be off, (T or 1,) each.

    root: the root mean square. error: of the mean, in parts of root; of the mean square in parts
        of itself. What a sum of n terms is off, added in any order, is below n/2 roundings.
    """

    number: FloatArray
    total: FloatArray
    squares: FloatArray
    root: FloatArray
    error: FloatArray
    is_constant: BoolArray
    constant: FloatArray

    @classmethod
    def of(cls, series: HistogramSeries, sums: FloatArray) -> "_Sums":
        number, minimum, maximum, total, squares = sums.T
        # A writer that summed in float32 gives itself away by its digits.
        is_single = (total.astype(np.float32) == total) & (squares.astype(np.float32) == squares)
        rounding = np.where(is_single, _SINGLE, _DOUBLE)
        is_constant = (minimum == maximum) & (series.edges[:, 0] == series.edges[:, -1])
        root = np.sqrt(squares / number)
        error = (number / 2 + 2) * rounding
        return cls(number, total, squares, root, error, is_constant, minimum)

    @property
    def mean(self) -> FloatArray:
        return self.total / self.number

    @property
    def spread(self) -> FloatArray:
        """Standard deviations; NaN where cancellation leaves too little of them."""
        variance = self.root**2 - self.mean**2
        # And a rounding or two of ours.
        off = 3 * (self.error + 2 * _DOUBLE) * self.root**2
        known = off <= _SPREAD_CLAIMED * variance
        return np.where(self.is_constant, 0.0, np.sqrt(np.where(known, variance, np.nan)))


@dataclass(frozen=True)
class Moments:
    """What sums say of each step against its baseline, (T,) each; NaN where they say nothing.

    lower, upper: bounds on the mean of |wₜ - w₀| from a start at one value; from any other
        ``lower`` alone, on W1.
    rms: of wₜ - w₀, from a start at one value. rms_lower: a floor under it from any start.
    spread, baseline_spread: standard deviations.
    """

    lower: FloatArray
    upper: FloatArray
    rms: FloatArray
    rms_lower: FloatArray
    spread: FloatArray
    baseline_spread: FloatArray


def moments(
    series: HistogramSeries, baseline: HistogramSeries, bounds: tuple[FloatArray, FloatArray]
) -> Moments | None:
    """What the sums of a series and of its baseline say; None where there are none.

    baseline: one row that stands for all of the series' rows, or one for each.
    bounds: what the buckets allow of W1. Sums that contradict them are not believed.
    """
    if series.sums is None or baseline.sums is None or np.isnan(baseline.sums[:, 0]).all():
        return None
    now, then = _Sums.of(series, series.sums), _Sums.of(baseline, baseline.sums)
    total_shift, square = _about(now, then.constant)
    shift = np.where(then.is_constant, total_shift / now.number, now.mean - then.mean)
    off = now.error * now.root + np.where(then.is_constant, 0.0, then.error * then.root)
    off = off + 2 * _DOUBLE * now.root
    square_off = now.error * (now.root**2 + 2 * np.abs(then.constant) * now.root)
    is_claimed = then.is_constant & (square_off <= _CLAIMED * square)
    rms = np.sqrt(np.where(is_claimed, square, np.nan))
    is_there = then.is_constant & now.is_constant & (now.constant == then.constant)
    rms = np.where(is_there, 0.0, rms)
    upper = np.sqrt(np.maximum(square, 0.0) + square_off)
    spread, baseline_spread = now.spread, then.spread
    lower = np.maximum(np.abs(shift) - off, 0.0)
    upper = np.where(then.is_constant, upper, np.nan)
    wrong = (lower > bounds[1]) | (upper < bounds[0])
    floor = np.hypot(shift, spread - baseline_spread)
    floor = floor - off - _SPREAD_CLAIMED * (spread + baseline_spread)
    least = np.sqrt(np.maximum(square - square_off, 0.0))
    floor = np.where(then.is_constant, least, floor)
    found = {
        "lower": lower,
        "upper": upper,
        "rms": rms,
        "rms_lower": np.maximum(floor, 0.0),
        "spread": spread,
        "baseline_spread": baseline_spread,
    }
    return Moments(**{name: np.where(wrong, np.nan, each) for name, each in found.items()})


def _about(sums: _Sums, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Σ (w - c) and mean (w - c)², with no rounding of ours where they cancel.

    As Σ w² - n c² - 2 c Σ (w - c), each product with what it was rounded by.
    """
    product, rest = _product(sums.number, centre)
    shift = (sums.total - product) - rest
    centre_square, square_rest = _product(centre, centre)
    product, rest = _product(sums.number, centre_square)
    squares = ((sums.squares - product) - rest) - sums.number * square_rest
    return shift, (squares - 2 * centre * shift) / sums.number


def _product(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A product, and what it was rounded by (Dekker 1971, "A floating-point technique …")."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, rest


def _halves(value: FloatArray) -> tuple[FloatArray, FloatArray]:
    scaled = _SPLIT * value
    high = scaled - (scaled - value)
    return high, value - high
