"""How far one distribution is from another, vectorised over steps.

Everything here is exact for a piecewise linear cumulative distribution function
(CDF): mass is spread evenly inside a bucket, a bucket of zero width is a jump.

Shapes: T steps, K and B buckets; an array of one row stands for every step.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tb_plugin_weightdelta.baseline import Baseline
from tb_plugin_weightdelta.histograms import FloatArray, HistogramSeries
from tb_plugin_weightdelta.metadata import BASIS_POINTS
from tb_plugin_weightdelta.quantiles import quantiles

ScaleKind = Literal["std", "constant", "none"]

_QUARTILES = (2500, 7500)
_MEDIAN = BASIS_POINTS.index(5000)


@dataclass(frozen=True)
class Movement:
    """Every measure of one series against its baseline.

    Arrays are (T,) unless said otherwise; movement, shifts, scale and bands are in the
    tensor's own unit. NaN stands for "does not exist".

    movement: Wasserstein-1 distance from the baseline.
    scale: what movement is divided by, (T,).
    scale_kind: what ``scale`` is; that of the last step.
    relative_movement: movement / scale, a fraction.
    median_shift, min_shift, max_shift: the step's minus the baseline's.
    spread_ratio: the step's spread over the baseline's.
    spread: (T,) standard deviations, and baseline_spread: (T,) the baseline's.
    speed: movement from the kept step before over the training steps between; the first is NaN.
    bands, delta_bands: (T, Q) quantiles at ``BASIS_POINTS``, and those minus the baseline's.
    baseline_bands: (T, Q).
    """

    movement: FloatArray
    scale: FloatArray
    scale_kind: ScaleKind
    relative_movement: FloatArray
    median_shift: FloatArray
    spread_ratio: FloatArray
    min_shift: FloatArray
    max_shift: FloatArray
    spread: FloatArray
    baseline_spread: FloatArray
    speed: FloatArray
    bands: FloatArray
    delta_bands: FloatArray
    baseline_bands: FloatArray


def measure(series: HistogramSeries, baseline: Baseline) -> Movement:
    """All measures of a series with at least one kept step against its baseline."""
    steps = len(series)
    distance = wasserstein_1(baseline.edges, baseline.counts, series.edges, series.counts)
    levels = BASIS_POINTS + _QUARTILES
    own = quantiles(series.edges, series.counts, levels)  # (T, Q+2)
    theirs = quantiles(baseline.edges, baseline.counts, levels)  # (T or 1, Q+2)
    bands, baseline_bands = own[:, :-2], theirs[:, :-2]
    delta_bands = bands - baseline_bands
    own_std = standard_deviation(series.edges, series.counts)
    their_std = standard_deviation(baseline.edges, baseline.counts)
    scale, kinds = _scale(baseline, their_std)
    return Movement(
        movement=distance,
        scale=np.broadcast_to(scale, (steps,)),
        scale_kind=kinds[-1],
        relative_movement=distance / scale,
        median_shift=delta_bands[:, _MEDIAN],
        spread_ratio=_spread_ratio(own, theirs, own_std, their_std),
        min_shift=delta_bands[:, 0],
        max_shift=delta_bands[:, -1],
        spread=own_std,
        baseline_spread=np.broadcast_to(their_std, (steps,)),
        speed=speed(series),
        bands=bands,
        delta_bands=delta_bands,
        baseline_bands=np.broadcast_to(baseline_bands, bands.shape),
    )


def wasserstein_1(
    edges_a: FloatArray, counts_a: FloatArray, edges_b: FloatArray, counts_b: FloatArray
) -> FloatArray:
    """Wasserstein-1 distance of paired rows: the area between their CDFs, ∫ |F_a - F_b| dx.

    edges_a: (T or 1, K+1), counts_a: (T or 1, K); edges_b: (T or 1, B+1), counts_b: (T or 1, B).

    Returns (T,) in the unit of the edges. The area between two CDFs is the cost of
    the cheapest way to move one distribution onto the other (Vallender 1974,
    "Calculation of the Wasserstein distance between probability distributions on
    the line"), so it never exceeds the mean distance that single values moved.
    """
    steps = max(len(edges_a), len(edges_b))
    shape_a, shape_b = (steps, edges_a.shape[1]), (steps, edges_b.shape[1])
    points = np.concatenate(
        [np.broadcast_to(edges_a, shape_a), np.broadcast_to(edges_b, shape_b)], axis=1
    )
    order = np.argsort(points, axis=1, kind="stable")
    points = np.take_along_axis(points, order, axis=1)  # (T, K+B+2), all edges in order
    width = np.diff(points, axis=1)  # (T, K+B+1)
    from_a = order[:, :-1] < edges_a.shape[1]
    start_a, slope_a = _cdf_right_of(points[:, :-1], from_a, edges_a, counts_a)
    start_b, slope_b = _cdf_right_of(points[:, :-1], ~from_a, edges_b, counts_b)
    # Between two neighbouring points both CDFs are straight lines, so their gap is
    # a trapezoid, or two triangles where the lines cross.
    start = start_a - start_b
    end = start + (slope_a - slope_b) * width
    either = np.abs(start) + np.abs(end)
    crossing = start * end < 0
    triangles = (start**2 + end**2) / np.where(crossing, either, 1.0)
    return np.asarray((np.where(crossing, triangles, either) * width).sum(axis=1) / 2)


def _cdf_right_of(
    points: FloatArray, own: np.ndarray, edges: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A CDF's value just right of each point, and its slope from there to the next point.

    own: which of the points are this histogram's own edges, so that counting them
        tells in which bucket a point lies. Where several points coincide only the
        last one starts an interval of any width, and by then all are counted.
    """
    outside = np.zeros((len(edges), 1))
    share = counts / counts.sum(axis=1, keepdims=True)
    width = np.diff(edges, axis=1)
    density = np.divide(share, width, out=np.zeros_like(share), where=width > 0)
    density = np.concatenate([outside, density, outside], axis=1)
    cumulative = np.minimum(np.cumsum(share, axis=1), 1.0)
    cumulative[:, -1] = 1.0
    cumulative = np.concatenate([outside, outside, cumulative], axis=1)
    anchor = np.concatenate([edges[:, :1], edges], axis=1)
    bucket = np.cumsum(own, axis=1)  # 0: left of the first edge
    rows = np.arange(len(edges))[:, np.newaxis]  # one row is broadcast to all
    slope = density[rows, bucket]
    return cumulative[rows, bucket] + slope * (points - anchor[rows, bucket]), slope


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


def speed(series: HistogramSeries) -> FloatArray:
    """Movement between neighbouring kept steps over the training steps between them, (T,)."""
    result = np.full(len(series), np.nan)
    if len(series) > 1:
        edges, counts = series.edges, series.counts
        between = wasserstein_1(edges[:-1], counts[:-1], edges[1:], counts[1:])
        result[1:] = between / np.diff(series.steps)
    return result


def _scale(baseline: Baseline, std: FloatArray) -> tuple[FloatArray, list[ScaleKind]]:
    """What movement is divided by, (B,), and what that is; NaN where there is nothing."""
    value = np.abs(baseline.edges[:, 0])  # of a constant, every edge is its value
    scale = np.where(std > 0, std, np.where(value > 0, value, np.nan))
    kinds: list[ScaleKind] = [
        "std" if s > 0 else "constant" if c > 0 else "none" for s, c in zip(std, value, strict=True)
    ]
    return scale, kinds


def _spread_ratio(
    own: FloatArray, theirs: FloatArray, own_std: FloatArray, their_std: FloatArray
) -> FloatArray:
    """Ratio of interquartile ranges, or of standard deviations where one of those is 0.

    own, theirs: quantiles whose last two columns are the quartiles. A ratio to a
    baseline without spread does not exist.
    """
    own_iqr, their_iqr = own[:, -1] - own[:, -2], theirs[:, -1] - theirs[:, -2]
    use_iqr = (own_iqr > 0) & (their_iqr > 0)
    spread = np.where(use_iqr, own_iqr, own_std)
    reference = np.where(use_iqr, their_iqr, their_std)
    exists = reference > 0
    return np.where(exists, spread, np.nan) / np.where(exists, reference, 1.0)
