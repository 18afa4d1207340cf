"""How far single weights moved, estimated from the histograms of a start and of a later step.

A histogram hides moves that cancel. With wₜ = m + a w₀ + e, where e is normal with spread s and
does not depend on w₀, they leave a trace: a start with sharp ends is smeared (``smear``), any
other start is widened (``widening``, with a = 1). Fitted m, a and s give the mean of |wₜ - w₀|,
and its root mean square. From a start at one value nothing needs to be fitted (``moments``).

docs/how-it-measures.md derives it, and says where it fails; checks/study compares it with exact
weights. Shapes: T steps, X points, Z edges, U candidates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from tb_plugin_weightdelta.core.histograms import FloatArray, HistogramSeries
from tb_plugin_weightdelta.measuring.distance import extremes_allowed
from tb_plugin_weightdelta.measuring.movement import Movement

Method = Literal["moments", "smear", "widening"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
_MOMENTS, _SMEAR, _WIDENING = range(len(METHODS))

# 90 % of the tensors of networks that were held out lay within this factor (checks/study).
_FACTOR: Final = 1.4

# Of so few elements chance hides the trace.
_FEWEST: Final = 128
# Below this kurtosis a start has ends sharp enough to be smeared: 1.8 is uniform, 3 normal.
_SHARP: Final = 2.4
# A smear is told from this part of a bucket on, and from this many times 1/√n.
_OF_BUCKET: Final = 0.5
_OF_CHANCE: Final = 3.0
# Of what kept so little of its start nothing of it is seen any more.
_LOST: Final = 0.9
# A widening is told from so many times 1/√n on, which chance gives with a covariance of w₀ and e,
# and from this part of the spread on: weights that grow or shrink by 1 % widen as well.
_WIDENED_CHANCE: Final = 20.0
_WIDENED: Final = 0.15

# Candidates for s over the step's spread, between which a parabola finds the best.
_CANDIDATES: Final = np.geomspace(0.015, 0.97, 20)
_POINTS: Final = 16
_BLOCK: Final = 64  # steps at once, which bounds memory

# The integral of the normal distribution, Ψ(z) = z Φ(z) + φ(z), and Φ, for numpy has neither.
_GRID: Final = np.linspace(-8.0, 8.0, 1601)
_PHI: Final = np.array([math.erfc(-z / math.sqrt(2)) / 2 for z in _GRID])
_DENSITY: Final = np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi)
_PSI: Final = _GRID * _PHI + _DENSITY


@dataclass(frozen=True)
class Estimate:
    """How far single weights moved at each step, (T,) each; NaN where that cannot be told.

    mean_abs: of |wₜ - w₀|, within ``lower`` and ``upper``: bounds where the method is
        ``moments``, else an interval that held for 90 % of the tensors of networks held out.
    rms: of wₜ - w₀. methods: None where there is none.
    """

    mean_abs: FloatArray
    lower: FloatArray
    upper: FloatArray
    rms: FloatArray
    methods: Sequence[Method | None]


@extremes_allowed
def estimate(series: HistogramSeries, baseline: HistogramSeries, movement: Movement) -> Estimate:
    """What single weights of one tensor moved.

    baseline: the one earlier histogram that all steps of the series are compared with.
    movement: of the same steps.
    """
    steps = len(series)
    now, then = movement.spread, movement.baseline_spread[0]
    elements = series.counts.sum(axis=1)
    means, start = _means(series), float(_means(baseline)[0])
    shift = means - start
    method = np.full(steps, -1)
    slope, noise = np.ones(steps), np.zeros(steps)
    if then == 0:
        method[movement.rms > 0] = _MOMENTS
        noise = np.sqrt(np.maximum(movement.rms**2 - shift**2, 0.0))
    else:
        share = np.sqrt(np.maximum(1 - (then / np.maximum(now, then)) ** 2, 0.0))
        noise = now * share
        widened = noise / then
        is_wide = widened >= np.maximum(_WIDENED_CHANCE / np.sqrt(elements), _WIDENED)
        method[is_wide] = _WIDENING
        if _kurtosis(baseline, start, then) < _SHARP:
            kept = np.where(now > 0, now, 1.0)
            smeared = _smears(series, baseline, (means, kept), (start, then))
            width = np.maximum(_bucket(series) / kept, _bucket(baseline)[0] / then)
            least = np.maximum(_OF_BUCKET * width, _OF_CHANCE / np.sqrt(elements))
            is_seen = (smeared >= least) & (smeared < _LOST) & (now > 0)
            method = np.where(is_seen, _SMEAR, np.where(smeared < _LOST, -1, method))
            slope = np.where(is_seen, np.sqrt(1 - smeared**2) * now / then, slope)
            noise = np.where(is_seen, smeared * now, noise)
        method[(elements < _FEWEST) | (movement.movement == 0)] = -1
    told = _mean_abs(shift, slope, noise, _middles(baseline) - start)
    rms = np.sqrt(shift**2 + ((slope - 1) * then) ** 2 + noise**2)
    is_exact = method == _MOMENTS
    # The distribution's movement is a floor under that of its values.
    least = movement.movement_lower
    told = np.where(is_exact, np.clip(told, least, movement.movement_upper), np.fmax(told, least))
    lower = np.where(is_exact, least, np.fmax(told / _FACTOR, least))
    upper = np.where(is_exact, movement.movement_upper, told * _FACTOR)
    rms = np.where(is_exact, movement.rms, rms)
    told, lower, upper, rms = np.where(method < 0, np.nan, [told, lower, upper, rms])
    methods = [METHODS[each] if each >= 0 else None for each in method]
    return Estimate(told, lower, upper, rms, methods)


def _shares(series: HistogramSeries) -> FloatArray:
    return np.asarray(series.counts / series.counts.sum(axis=1, keepdims=True))


def _means(series: HistogramSeries) -> FloatArray:
    centres = series.edges[:, :-1] / 2 + series.edges[:, 1:] / 2
    return np.asarray((_shares(series) * centres).sum(axis=1))


def _bucket(series: HistogramSeries) -> FloatArray:
    """The mean width of the buckets, as the mass sees it."""
    return np.asarray((_shares(series) * np.diff(series.edges, axis=1)).sum(axis=1))


def _kurtosis(baseline: HistogramSeries, mean: float, spread: float) -> float:
    """The fourth moment over the square of the variance, mass spread evenly in its bucket."""
    scaled = (baseline.edges[0] - mean) / spread
    a, b = scaled[:-1], scaled[1:]
    fourth = (a**4 + a**3 * b + a**2 * b**2 + a * b**3 + b**4) / 5
    return float((_shares(baseline)[0] * fourth).sum())


def _middles(baseline: HistogramSeries) -> FloatArray:
    """Some values evenly chosen from a histogram."""
    below = np.concatenate([[0.0], np.cumsum(_shares(baseline)[0])])
    levels = (np.arange(2 * _POINTS) + 0.5) / (2 * _POINTS)
    return np.asarray(np.interp(levels, below, baseline.edges[0]))


def _mean_abs(
    shift: FloatArray, slope: FloatArray, noise: FloatArray, values: FloatArray
) -> FloatArray:
    """The mean of |shift + (slope - 1) w + e| over values w and normal e (T,): a folded normal."""
    middle = shift[:, np.newaxis] + (slope[:, np.newaxis] - 1) * values
    spread = noise[:, np.newaxis]
    is_noisy = spread > 0
    z = middle / np.where(is_noisy, spread, 1.0)
    folded = spread * (2 * np.interp(z, _GRID, _DENSITY, 0.0, 0.0)) + middle * (
        2 * np.interp(z, _GRID, _PHI) - 1
    )
    return np.asarray(np.where(is_noisy, folded, np.abs(middle)).mean(axis=1))


def _smears(
    series: HistogramSeries,
    baseline: HistogramSeries,
    now: tuple[FloatArray, FloatArray],
    then: tuple[float, float],
) -> FloatArray:
    """What part of each step's spread s is, (T,), where the smeared start fits its CDF best.

    With mean and spread as they are, one unknown is left: standardised, the start is a part
    √(1 - u²) of the step, and a normal distribution a part u.
    now, then: means and spreads.
    """
    edges, mass = _thinned(baseline)
    edges = (edges - then[0]) / then[1]
    width = np.diff(edges[0])
    density = np.where(width > 0, mass[0], 0.0) / np.where(width > 0, width, 1.0)
    jumps = np.diff(density, prepend=0.0, append=0.0)
    points, shares = _thinned(series)
    points = (points - now[0][:, np.newaxis]) / now[1][:, np.newaxis]
    below = np.concatenate([np.zeros((len(points), 1)), np.cumsum(shares, axis=1)], axis=1)
    parts = [slice(begin, begin + _BLOCK) for begin in range(0, len(points), _BLOCK)]
    return np.concatenate([_best(points[part], below[part], edges[0], jumps) for part in parts])


def _best(
    points: FloatArray, below: FloatArray, edges: FloatArray, jumps: FloatArray
) -> FloatArray:
    """The candidate whose smeared start has the least squared difference, refined, (T,)."""
    noise = _CANDIDATES[:, np.newaxis, np.newaxis]
    kept = np.sqrt(1 - noise**2)
    z = (points[:, np.newaxis, :, np.newaxis] - kept * edges) / noise  # (T, U, X, Z)
    integral = np.interp(z, _GRID, _PSI) + np.maximum(z - _GRID[-1], 0.0)
    model = (integral @ jumps) * (noise / kept)[..., 0]
    misfit = ((model - below[:, np.newaxis]) ** 2).mean(axis=2)  # (T, U)
    best = misfit.argmin(axis=1)
    inner = np.clip(best, 1, len(_CANDIDATES) - 2)
    rows = np.arange(len(points))
    left, middle, right = (misfit[rows, inner + k] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    place = np.where(bend > 0, (left - right) / np.where(bend > 0, 2 * bend, 1.0), 0.0)
    place = np.where(best == inner, np.clip(place, -1.0, 1.0), 0.0)
    step = math.log(_CANDIDATES[1] / _CANDIDATES[0])
    return np.asarray(_CANDIDATES[best] * np.exp(place * step))


def _thinned(series: HistogramSeries) -> tuple[FloatArray, FloatArray]:
    """Edges (T, X) chosen evenly by mass, and the shares between them, which they know exactly."""
    below = np.cumsum(_shares(series), axis=1)
    below = np.concatenate([np.zeros((len(below), 1)), below], axis=1)
    levels = np.linspace(0.0, below[:, -1], _POINTS + 1, axis=1)
    last = below.shape[1] - 1
    chosen = np.array([row.searchsorted(wanted) for row, wanted in zip(below, levels, strict=True)])
    chosen = np.clip(chosen, 0, last)
    edges = np.take_along_axis(series.edges, chosen, axis=1)
    shares = np.diff(np.take_along_axis(below, chosen, axis=1), axis=1)
    return edges, shares
