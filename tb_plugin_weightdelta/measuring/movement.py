"""How far the steps of a series are from their baseline, vectorised over steps.

Shapes: T steps, K and B buckets, Q quantiles; an array of one row stands for every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tb_plugin_weightdelta.core.histograms import (
    LARGEST_RATIO,
    FloatArray,
    HistogramSeries,
    IntArray,
)
from tb_plugin_weightdelta.core.names import BASIS_POINTS, ScaleKind
from tb_plugin_weightdelta.measuring.distance import (
    Comparison,
    compare,
    distance,
    extremes_allowed,
)
from tb_plugin_weightdelta.measuring.moments import Moments, moments

_QUARTILES = (2500, 7500)
_MEDIAN = BASIS_POINTS.index(5000)

_WHOLE = 10_000  # basis points


@dataclass(frozen=True)
class Movement:
    """Every measure of one series against its baseline.

    Arrays are (T,) unless said otherwise; all but ratios are in the tensor's own unit.
    NaN stands for "does not exist".

    movement: Wasserstein-1 distance from the baseline.
    movement_lower, movement_upper: bounds on it, wherever the mass sits in its buckets.
    resolution: the movement below which the buckets cannot tell it from their own error.
    scale: what movement is divided by.
    relative_movement: movement / scale, a fraction.
    median_shift, min_shift, max_shift: the step's minus the baseline's.
    spread_ratio: the step's standard deviation over the baseline's.
    shape_change: movement left after matching median and spread.
    implied_drift: √max(0, var_t - var_0): the rms movement of single values IF they moved
        independently of where they were.
    rms: the root mean square of wₜ - w₀, exact, where the start is one value and the values were
        summed; rms_lower: a floor under it, where they were summed.
    spread, baseline_spread: standard deviations.
    bands, delta_bands: (T, Q) quantiles at ``BASIS_POINTS``, and those minus the baseline's.
    baseline_bands: (T, Q).
    """

    movement: FloatArray
    movement_lower: FloatArray
    movement_upper: FloatArray
    resolution: FloatArray
    scale: FloatArray
    relative_movement: FloatArray
    median_shift: FloatArray
    spread_ratio: FloatArray
    min_shift: FloatArray
    max_shift: FloatArray
    shape_change: FloatArray
    implied_drift: FloatArray
    rms: FloatArray
    rms_lower: FloatArray
    spread: FloatArray
    baseline_spread: FloatArray
    bands: FloatArray
    delta_bands: FloatArray
    baseline_bands: FloatArray

    @property
    def scale_kind(self) -> ScaleKind:
        """What ``scale`` is at the last step."""
        if np.isnan(self.scale[-1]):
            return "none"
        return "std" if self.baseline_spread[-1] > 0 else "constant"

    def part(self, rows: slice) -> Self:
        """The measures of some of the rows alone."""
        return type(self)(**{name: array[rows] for name, array in vars(self).items()})


def joined(parts: Sequence[Movement]) -> Movement:
    """The measures of the rows of all parts, one below the other."""
    names = vars(parts[0])
    return Movement(**{name: np.concatenate([vars(p)[name] for p in parts]) for name in names})


@extremes_allowed
def measure(series: HistogramSeries, baseline: HistogramSeries) -> Movement:
    """All measures of a series with at least one kept step against its baseline.

    baseline: one row that stands for all of the series' rows, or one for each.
    """
    steps = (len(series),)
    compared = compare(baseline.edges, baseline.counts, series.edges, series.counts)
    levels = BASIS_POINTS + _QUARTILES
    own = quantiles(series.edges, series.counts, levels)  # (T, Q+2)
    theirs = quantiles(baseline.edges, baseline.counts, levels)  # (T or 1, Q+2)
    bands, baseline_bands = own[:, :-2], theirs[:, :-2]
    delta_bands = bands - baseline_bands
    own_std = standard_deviation(series.edges, series.counts)
    their_std = standard_deviation(baseline.edges, baseline.counts)
    spreads = _spreads(own, theirs, own_std, their_std)
    medians = (bands[:, _MEDIAN], baseline_bands[:, _MEDIAN])
    scale = _scale(baseline, their_std)
    exact = moments(series, baseline, (compared.movement_lower, compared.movement_upper))
    if exact is not None:
        compared = _narrowed(compared, exact)
        scale = np.where(exact.baseline_spread > 0, exact.baseline_spread, scale)
        # Both or none: what buckets make of a spread they make of the other as well.
        known = np.isfinite(exact.spread) & np.isfinite(exact.baseline_spread)
        own_std = np.where(known, exact.spread, own_std)
        their_std = np.where(known, exact.baseline_spread, their_std)
    nothing = np.full(steps, np.nan)
    return Movement(
        **vars(compared),
        scale=np.broadcast_to(scale, steps),
        relative_movement=np.minimum(compared.movement / scale, LARGEST_RATIO),
        median_shift=delta_bands[:, _MEDIAN],
        spread_ratio=_ratio(own_std, their_std),
        min_shift=delta_bands[:, 0],
        max_shift=delta_bands[:, -1],
        shape_change=_shape_change(series, baseline, medians, spreads),
        implied_drift=_implied_drift(own_std, their_std),
        rms=nothing if exact is None else exact.rms,
        rms_lower=nothing if exact is None else exact.rms_lower,
        spread=own_std,
        baseline_spread=np.broadcast_to(their_std, steps),
        bands=bands,
        delta_bands=delta_bands,
        baseline_bands=np.broadcast_to(baseline_bands, bands.shape),
    )


def _narrowed(compared: Comparison, exact: Moments) -> Comparison:
    """Bounds that sums have narrowed, and the movement within them."""
    lower = np.fmax(compared.movement_lower, exact.lower)
    upper = np.fmin(compared.movement_upper, exact.upper)
    return Comparison(np.clip(compared.movement, lower, upper), lower, upper, compared.resolution)


def norm(series: HistogramSeries) -> FloatArray:
    """√Σw², the Euclidean norm of the tensor at each step, (T,): of sums where all have them.

    Else of buckets, with mass spread evenly in each: what they add varies little over steps.
    """
    if series.sums is not None and np.isfinite(series.sums[:, 4]).all():
        return np.asarray(np.sqrt(np.maximum(series.sums[:, 4], 0.0)))
    reach = np.maximum(np.abs(series.edges[:, 0]), np.abs(series.edges[:, -1]))
    unit = np.where(reach > 0, reach, 1.0)[:, np.newaxis]  # so that no square overflows
    left, right = series.edges[:, :-1] / unit, series.edges[:, 1:] / unit
    squares = (series.counts * (left * left + left * right + right * right)).sum(axis=1) / 3
    return np.asarray(unit[:, 0] * np.sqrt(squares))


def standard_deviation(edges: FloatArray, counts: FloatArray) -> FloatArray:
    """Standard deviation of each histogram, (T,), with mass spread evenly in its bucket.

    A uniform bucket of width w contributes w²/12 beside its centre's distance.
    """
    # In units of the widest reach, so that values around 1e200 do not overflow.
    reach = np.maximum(np.abs(edges[:, 0]), np.abs(edges[:, -1]))
    unit = np.where(reach > 0, reach, 1.0)[:, np.newaxis]
    scaled = edges / unit
    share = counts / counts.sum(axis=1, keepdims=True)
    width = np.diff(scaled, axis=1)
    centre = (scaled[:, :-1] + scaled[:, 1:]) / 2
    mean = (share * centre).sum(axis=1, keepdims=True)
    variance = (share * ((centre - mean) ** 2 + width**2 / 12)).sum(axis=1)
    constant = edges[:, 0] == edges[:, -1]  # exactly, whatever rounding left over
    return np.where(constant, 0.0, np.sqrt(variance) * unit[:, 0])


def _scale(baseline: HistogramSeries, std: FloatArray) -> FloatArray:
    """What movement is divided by: the std, else |c| of a constant c, NaN where both are 0."""
    value = np.abs(baseline.edges[:, 0])  # of a constant, every edge is its value
    return np.where(std > 0, std, np.where(value > 0, value, np.nan))


def _spreads(
    own: FloatArray, theirs: FloatArray, own_std: FloatArray, their_std: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The spreads to compare, (T,) and (T,): interquartile ranges, where one is 0 both stds.

    own, theirs: quantiles whose last two columns are the quartiles.
    """
    own_iqr, their_iqr = own[:, -1] - own[:, -2], theirs[:, -1] - theirs[:, -2]
    use_iqr = (own_iqr > 0) & (their_iqr > 0)
    return np.where(use_iqr, own_iqr, own_std), np.where(use_iqr, their_iqr, their_std)


def _ratio(value: FloatArray, reference: FloatArray) -> FloatArray:
    """The ratio of two spreads; one to 0 does not exist."""
    exists = reference > 0
    ratio = np.where(exists, value, np.nan) / np.where(exists, reference, 1.0)
    return np.minimum(ratio, LARGEST_RATIO)


def _shape_change(
    series: HistogramSeries,
    baseline: HistogramSeries,
    medians: tuple[FloatArray, FloatArray],
    spreads: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Movement from the baseline of each step moved to its median and stretched to its spread.

    medians, spreads: the steps' and the baseline's, (T,) or (1,) each. Does not exist
        where only one of the two has a spread.
    """
    (own_median, their_median), (own_spread, their_spread) = medians, spreads
    stretch = np.where(own_spread == their_spread, 1.0, _ratio(their_spread, own_spread))
    exists = np.isfinite(stretch) & ((own_spread > 0) == (their_spread > 0))
    stretch = np.where(exists, stretch, 1.0)[:, np.newaxis]
    centred = series.edges - own_median[:, np.newaxis]
    edges = their_median[:, np.newaxis] + centred * stretch
    left = distance(baseline.edges, baseline.counts, edges, series.counts)
    return np.where(exists, left, np.nan)


def _implied_drift(own_std: FloatArray, their_std: FloatArray) -> FloatArray:
    """√max(0, own² - their²), without squaring numbers too large or too small for it."""
    larger = np.maximum(own_std, their_std)
    unit = np.where(larger > 0, larger, 1.0)
    rest = (own_std / unit) ** 2 - (their_std / unit) ** 2
    return unit * np.sqrt(np.maximum(rest, 0.0))


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
    last = counts.shape[1] - 1
    above = np.array([row.searchsorted(levels, side="right") for row in cumulative])
    bucket = np.minimum(above, last)  # (T, Q)
    before = np.where(bucket > 0, _at(cumulative, bucket - 1), 0.0)
    # The maximum is exact, whatever the sum of the shares was rounded to.
    found = (above <= last) & (levels < _WHOLE)
    mass = np.where(found, _at(cumulative, bucket) - before, 1.0)
    left, right = _at(edges, bucket), _at(edges, bucket + 1)
    value = np.clip(left + (levels - before) / mass * (right - left), left, right)
    return np.where(found, value, edges[:, -1:])


def _at(table: FloatArray, columns: IntArray) -> FloatArray:
    return np.take_along_axis(table, columns, axis=1)
