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
from typing import ClassVar, Final, Literal, get_args

import numpy as np

from tb_plugin_weightdelta.core.histograms import (
    BoolArray,
    FloatArray,
    HistogramSeries,
    IntArray,
)
from tb_plugin_weightdelta.measuring.distance import blocks, extremes_allowed
from tb_plugin_weightdelta.measuring.movement import Movement

Method = Literal["moments", "smear", "widening"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
_MOMENTS, _SMEAR, _WIDENING = range(len(METHODS))

# Counts are exact but for a writer's rounding: what has another number of values has other ones.
_SAME_COUNT: Final = 1e-3
# Of so few elements chance hides the trace.
_FEWEST: Final = 128
# Below this kurtosis a start has ends sharp enough to be smeared: 1.8 is uniform, 3 normal.
_SHARP: Final = 2.4
# A smear is told from this part of a bucket on, and from this many times 1/√n.
_OF_BUCKET: Final = 0.5
_OF_CHANCE: Final = 3.0
# From here on nothing of the start is seen any more: then what it was widened by must be as large
# a part of the step's spread, or the two contradict each other.
_LOST: Final = 0.9
_AS_WIDE: Final = 0.8
# A widening is told from so many times 1/√n on, which chance gives with a covariance of w₀ and e,
# and from this part of the spread on: where weights grew or shrank by 2 % on their way, the
# variance that they gained tells a smaller one by more than the factor wrong.
_WIDENED_CHANCE: Final = 20.0
_WIDENED: Final = 0.3

# Candidates for s over the step's spread, between which a parabola finds the best.
_CANDIDATES: Final = np.geomspace(0.015, 0.97, 16)
_STEP: Final = _CANDIDATES[1] / _CANDIDATES[0]
_NOISE: Final = _CANDIDATES[:, np.newaxis, np.newaxis]
_KEPT_PER_NOISE: Final = np.sqrt(1 - _NOISE**2) / _NOISE
_LEVELS: Final = np.linspace(0.0, 1.0, 17)
_MIDDLES: Final = (np.arange(32) + 0.5) / 32
_BLOCK: Final = 8  # steps at once, which the cache of a processor holds

# The normal distribution's density and Φ, for numpy has neither, and the integral of Φ below 0:
# Ψ(z) = z Φ(z) + φ(z) is max(z, 0) + Ψ(-|z|). On grids of equal steps.
_FAR: Final = 8.0
_GRID: Final = np.linspace(-_FAR, _FAR, 1601)
_PHI: Final = np.array([math.erfc(-z / math.sqrt(2)) / 2 for z in _GRID])
_DENSITY: Final = np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi)
_BELOW: Final = (_GRID * _PHI + _DENSITY)[800::-1]
_RISE: Final = np.append(np.diff(_BELOW), 0.0)
_PER_STEP: Final = (len(_BELOW) - 1) / _FAR


@dataclass(frozen=True)
class Estimate:
    """How far single weights moved at each step, (T,) each; NaN where that cannot be told.

    mean_abs: of |wₜ - w₀|, within ``lower`` and ``upper``: bounds where the method is
        ``moments``, else an interval that held for 90 % of the tensors of networks held out.
    rms: of wₜ - w₀. methods: None where there is none.
    FACTOR: by which the ends of that interval are apart from mean_abs.
    """

    FACTOR: ClassVar[float] = 1.4

    mean_abs: FloatArray
    lower: FloatArray
    upper: FloatArray
    rms: FloatArray
    methods: Sequence[Method | None]

    def part(self, rows: slice) -> "Estimate":
        """Of some of the steps alone."""
        return Estimate(**{name: each[rows] for name, each in vars(self).items()})


@extremes_allowed
def estimate(series: HistogramSeries, baseline: HistogramSeries, movement: Movement) -> Estimate:
    """What single weights of tensors moved; each row is told by itself.

    baseline: the earlier histogram that each row is compared with, or one row for all of them.
    movement: of the same rows.
    """
    now, then = _Mass.of(series), _Mass.of(baseline)
    start, spread, shift = movement.baseline_spread, movement.spread, now.mean - then.mean
    is_other = np.abs(now.elements - then.elements) > _SAME_COUNT * then.elements
    may_tell = (now.elements >= _FEWEST) & (movement.movement > 0) & ~is_other
    method, slope, noise = _trace(now, then, start, spread, may_tell)
    # From one value sums tell the root mean square, and bounds on the mean.
    is_one = start == 0
    method[is_one] = np.where(movement.rms > 0, _MOMENTS, -1)[is_one]
    noise[is_one] = np.sqrt(np.maximum(movement.rms**2 - shift**2, 0.0))[is_one]
    if (method < 0).all():
        unknown = np.full(len(series), np.nan)
        return Estimate(unknown, unknown, unknown, unknown, [None] * len(series))
    told = _mean_abs(shift, slope, noise, then.some_values() - then.mean[:, np.newaxis])
    lower, upper = movement.movement_lower, movement.movement_upper
    # The distribution's movement is a floor under that of its values.
    is_resolved = ~is_one & (movement.movement >= movement.resolution)
    told = np.maximum(told, np.where(is_resolved, movement.movement, lower))
    told = np.where(is_one, np.minimum(told, upper), told)
    rms = np.sqrt(shift**2 + ((slope - 1) * start) ** 2 + noise**2)
    found = {
        "mean_abs": told,
        "lower": np.where(is_one, lower, np.maximum(told / Estimate.FACTOR, lower)),
        "upper": np.where(is_one, upper, told * Estimate.FACTOR),
        "rms": np.where(is_one, movement.rms, np.maximum(rms, told)),
    }
    return Estimate(
        **{name: np.where(method < 0, np.nan, each) for name, each in found.items()},
        methods=[METHODS[each] if each >= 0 else None for each in method.tolist()],
    )


def _trace(
    now: "_Mass", then: "_Mass", start: FloatArray, spread: FloatArray, may_tell: BoolArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """By which method a trace is seen, -1 for none, and what it tells of a and s, (T,) each.

    start, spread: the standard deviations of baselines and steps. may_tell: where to look.
    """
    wider = np.maximum(spread, start)
    noise = wider * np.sqrt(1 - (start / wider) ** 2)
    chance = 1 / np.sqrt(now.elements)
    is_wide = noise >= start * np.maximum(_WIDENED_CHANCE * chance, _WIDENED)
    method, slope = np.where(is_wide & may_tell, _WIDENING, -1), np.ones(len(start))
    is_sharp = then.kurtosis(start) < _SHARP
    rows = np.flatnonzero(is_sharp & (spread > 0) & may_tell)
    if len(rows) == 0:
        return method, slope, noise
    now, then, start, spread = now.at(rows), then.at(rows), start[rows], spread[rows]
    part = _smeared_part(now, then, spread, start)
    width = np.maximum(now.bucket / spread, then.bucket / start)
    least = np.maximum(_OF_BUCKET * width, _OF_CHANCE * chance[rows])
    is_seen = (part >= least) & (part < _LOST)
    is_lost = (part >= _LOST) & (noise >= _AS_WIDE * wider)[rows]
    method[rows] = np.where(is_seen, _SMEAR, np.where(is_lost, method[rows], -1))
    slope[rows] = np.where(is_seen, np.sqrt(1 - part**2) * spread / start, 1.0)
    noise[rows] = np.where(is_seen, part * spread, noise[rows])
    return method, slope, noise


@dataclass(frozen=True)
class _Mass:
    """Histograms as shares of all values; mass is spread evenly in its bucket.

    edges: (T, K+1). shares: (T, K). below: (T, K+1) the share below each edge.
    elements, mean, bucket: (T,) how many values, their mean, and the mean width of their buckets.
    """

    edges: FloatArray
    shares: FloatArray
    below: FloatArray
    elements: FloatArray
    mean: FloatArray
    bucket: FloatArray

    @classmethod
    def of(cls, series: HistogramSeries) -> "_Mass":
        edges, counts = series.edges, series.counts
        elements = counts.sum(axis=1)
        shares = counts / elements[:, np.newaxis]
        below = np.zeros_like(edges)
        np.cumsum(shares, axis=1, out=below[:, 1:])
        left, right = edges[:, :-1], edges[:, 1:]
        mean = (shares * (left / 2 + right / 2)).sum(axis=1)
        bucket = (shares * (right - left)).sum(axis=1)
        return cls(edges, shares, below, elements, mean, bucket)

    def at(self, rows: IntArray) -> "_Mass":
        """Some rows alone; one row that stands for all as it is."""
        return _Mass(*(v[rows] for v in vars(self).values())) if len(self.mean) > 1 else self

    def kurtosis(self, spread: FloatArray) -> FloatArray:
        """The fourth moment over the square of the variance, (T,)."""
        scaled = (self.edges - self.mean[:, np.newaxis]) / spread[:, np.newaxis]
        a, b = scaled[:, :-1], scaled[:, 1:]
        both, left, right = a * b, a * a, b * b
        fourth = left * (left + both) + both * (both + right) + right * right
        return np.asarray((self.shares * fourth).sum(axis=1)) / 5

    def some_values(self) -> FloatArray:
        """Values of each row evenly chosen, (T, 32)."""
        rows = zip(self.below, self.edges, strict=True)
        return np.array([np.interp(_MIDDLES, below, edges) for below, edges in rows])

    def thinned(self) -> tuple[FloatArray, FloatArray]:
        """Edges (T, X) chosen evenly by mass, and the share below each, which is known there."""
        levels = _LEVELS * self.below[:, -1:]
        last = self.edges.shape[1] - 1
        rows = zip(self.below, levels, strict=True)
        chosen = np.minimum([row.searchsorted(wanted) for row, wanted in rows], last)
        place = np.arange(len(chosen))[:, np.newaxis]
        return self.edges[place, chosen], self.below[place, chosen]


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


def _smeared_part(now: _Mass, then: _Mass, spread: FloatArray, start: FloatArray) -> FloatArray:
    """What part of each step's spread s is, (T,), where the smeared start fits its CDF best.

    With mean and spread as they are, one unknown is left: standardised, the start is a part
    √(1 - u²) of the step, and a normal distribution a part u.
    spread, start: the standard deviations of steps and baselines.
    """
    edges, shares = then.thinned()
    edges = (edges - then.mean[:, np.newaxis]) / start[:, np.newaxis]
    width = edges[:, 1:] - edges[:, :-1]
    is_wide = width > 0
    density = np.where(is_wide, shares[:, 1:] - shares[:, :-1], 0.0) / np.where(is_wide, width, 1.0)
    jumps = np.zeros_like(edges)
    jumps[:, :-1] = density
    jumps[:, 1:] -= density
    points, below = now.thinned()
    points = (points - now.mean[:, np.newaxis]) / spread[:, np.newaxis]
    found = np.empty(len(points))
    for rows in blocks(len(points), 1, _BLOCK):
        theirs = rows if len(edges) > 1 else slice(None)
        found[rows] = _best(points[rows], below[rows], edges[theirs], jumps[theirs])
    return found


def _best(
    points: FloatArray, below: FloatArray, edges: FloatArray, jumps: FloatArray
) -> FloatArray:
    """The candidate whose smeared start has the least squared difference, refined, (T,)."""
    kept = _KEPT_PER_NOISE * edges[:, np.newaxis, np.newaxis, :]
    z = points[:, np.newaxis, :, np.newaxis] / _NOISE - kept  # (T, U, X, Z)
    # As np.interp, which searches: a grid of equal steps knows the place.
    above = np.maximum(z, 0.0)
    place = np.minimum(np.abs(z, out=z) * _PER_STEP, len(_BELOW) - 1.0, out=z)
    whole = place.astype(np.int64)
    place -= whole
    place *= _RISE[whole]
    place += _BELOW[whole]
    place += above
    smeared = (place @ jumps[:, np.newaxis, :, np.newaxis])[..., 0]
    off = smeared / _KEPT_PER_NOISE[..., 0] - below[:, np.newaxis]
    misfit = (off * off).sum(axis=2)  # (T, U)
    best = misfit.argmin(axis=1)
    inner = np.minimum(np.maximum(best, 1), len(_CANDIDATES) - 2)
    rows = np.arange(len(points))
    left, middle, right = (misfit[rows, inner + k] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    place = np.where(bend > 0, (left - right) / np.where(bend > 0, 2 * bend, 1.0), 0.0)
    place = np.where(best == inner, np.minimum(np.maximum(place, -1.0), 1.0), 0.0)
    return np.asarray(_CANDIDATES[best] * _STEP**place)
