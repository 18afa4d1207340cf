"""Histograms like those of a training: normal values that drift and widen, by two writers.

Shapes: T steps, K buckets.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FloatArray = NDArray[np.float64]

TF2_BUCKETS = 30
LEGACY_BUCKETS = 500

_ELEMENTS = 10_000
_SPREAD = 0.05
_LARGEST_LIMIT = 0.2  # of a legacy bucket inside the range


def tf2_rows(seed: int, steps: int) -> FloatArray:
    """Rows [left, right, count] of 30 equal buckets, (T, 30, 3)."""
    rng = np.random.default_rng(seed)
    centre, spread = _drift(steps)
    reach = spread * rng.uniform(3.5, 4.5, (2, steps, 1))
    part = np.linspace(0, 1, TF2_BUCKETS + 1)
    low, high = centre - reach[0], centre + reach[1]
    return _rows(rng, low + part * (high - low), centre, spread)


def legacy_rows(seed: int, steps: int) -> FloatArray:
    """Rows of 500 buckets, each 10 % wider than the last, away from zero, (T, 500, 3)."""
    rng = np.random.default_rng(seed)
    positive = _LARGEST_LIMIT * 1.1 ** -np.arange(LEGACY_BUCKETS / 2 - 1)
    inner = np.concatenate([-positive, [0.0], positive[::-1]])
    reach = _LARGEST_LIMIT * rng.uniform(1.01, 1.09, (2, steps, 1))
    inner = np.broadcast_to(inner, (steps, len(inner)))
    return _rows(rng, np.concatenate([-reach[0], inner, reach[1]], axis=1), *_drift(steps))


def _drift(steps: int) -> tuple[FloatArray, FloatArray]:
    """Centre and spread at every step, (T, 1) each."""
    time = np.arange(steps)[:, np.newaxis]
    return 1e-5 * time, _SPREAD * (1 + 2e-4 * time)


def _rows(
    rng: np.random.Generator, edges: FloatArray, centre: FloatArray, spread: FloatArray
) -> FloatArray:
    share = np.diff(ndtr((edges - centre) / spread), axis=1)
    counts = rng.poisson(_ELEMENTS * share).astype(np.float64)
    counts[:, [0, -1]] += 1  # the minimum and the maximum
    return np.stack([edges[:, :-1], edges[:, 1:], counts], axis=2)
