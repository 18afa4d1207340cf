"""Tensors over steps, by what happens to them, and the verdict that each deserves."""

import math

import numpy as np

from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Thresholds
from tb_plugin_weightdelta.judging import Series
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.event_logs import legacy_rows, tf2_rows
from tests.support.measured import measured, table_of

NORMAL = np.random.default_rng(0).normal(0, 0.05, 4000)
EVEN = np.linspace(-1, 1, 100_000)
OUTLIER = np.append(NORMAL, 30.0)
CONSTANT = np.full(32, 0.1)
SPREAD = np.linspace(-1, 1, 32)
NAN = NORMAL * math.nan
PERMUTED = np.random.default_rng(1).permutation(NORMAL)
NOISE = np.random.default_rng(2).normal(0, 1, NORMAL.shape)


def judged(
    *values: np.ndarray,
    tag: str = "layer/kernel",
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    points: int | None = None,
) -> Series:
    """The series of these values at steps 0, 1, …; a two-dimensional array is taken as rows."""
    rows = [tf2_rows(array) if array.ndim == 1 else array for array in values]
    series = histogram_series(range(len(rows)), [0.0] * len(rows), rows)
    return measured(tag, series, series, thresholds=thresholds, points=points)


def overview(points=60, unread=None, how=None, **series):
    rows = [judged(*values, tag=tag, points=points) for tag, values in series.items()]
    return table_of(*rows, unread=unread, **(how or {}))


def exact_after(exact, row):
    """The records from a row on, as a training that is resumed writes them elsewhere."""
    return type(exact)(
        exact.steps[row:],
        exact.wall_times[row:],
        {name: values[row:] for name, values in exact.figures.items()},
        exact.changes[row:],
    )


# As histograms show them.
CASES = {
    "no step at all": ([], "no_data"),
    "only empty steps": ([np.zeros((0, 3))] * 2, "no_data"),
    "NaN at a later step": ([NORMAL, np.array([[np.nan, np.nan, 0.0]])], "non_finite"),
    "infinite edges at a later step": (
        [NORMAL, np.array([[-np.inf, 0.0, 5.0], [0.0, np.inf, 5.0]])],
        "non_finite",
    ),
    "all counts zero": ([np.zeros((30, 3))] * 2, "no_data"),
    "empty, then data": ([np.zeros((0, 3)), NORMAL, NORMAL + 0.0025], "moved"),
    "one far outlier from the start": ([OUTLIER, OUTLIER + 0.0025], "unresolved"),
    "an old constant, then spread": (
        [np.array([[-0.4, 0.6, 32.0]]), CONSTANT + 0.002 * SPREAD],
        "moved",
    ),
    "legacy, identical": ([legacy_rows(NORMAL)] * 2, "unchanged"),
    "legacy, a twentieth of the spread": (
        [legacy_rows(NORMAL), legacy_rows(NORMAL + 0.0025)],
        "moved",
    ),
    "legacy, constant and then less than a bucket": (
        [legacy_rows(CONSTANT), legacy_rows(CONSTANT + 0.02 * NORMAL[:32])],
        "unresolved",
    ),
    "legacy, constant and then certainly less than 1 %": (
        [legacy_rows(CONSTANT), legacy_rows(CONSTANT + 0.0004 * SPREAD)],
        "barely_moved",
    ),
    "one step": ([NORMAL], "single_step"),
    "identical": ([NORMAL] * 3, "unchanged"),
    "constant forever": ([CONSTANT] * 3, "unchanged"),
    "zeros forever": ([CONSTANT * 0] * 3, "unchanged"),
    "there and back": ([NORMAL, NORMAL + 0.05, NORMAL], "barely_moved"),
    "a hundredth of a bucket": ([NORMAL, NORMAL + 0.0001], "unresolved"),
    "less than a hundredth of the spread": ([EVEN, EVEN + 0.005], "barely_moved"),
    "a twentieth of the spread": ([NORMAL, NORMAL + 0.0025], "moved"),
    "half a spread": ([NORMAL, NORMAL + 0.025], "moved_far"),
    "twenty-fold spread": ([NORMAL, NORMAL * 20], "moved_far"),
    "forty-fold spread": ([NORMAL, NORMAL * 40], "exploding"),
    "an outlier fifty times the maximum": ([NORMAL, np.append(NORMAL, 10.0)], "exploding"),
    "a constant grown tenfold": ([CONSTANT, CONSTANT * 10], "moved_far"),
    "a constant grown a thousandfold": ([CONSTANT, CONSTANT * 1000], "exploding"),
    "collapse to 0.5 %": ([NORMAL, NORMAL * 0.005], "collapsed"),
    "collapse to one value": ([NORMAL, NORMAL * 0], "collapsed"),
    "constant then spread": ([CONSTANT, CONSTANT + 0.002 * SPREAD], "moved"),
    "zero then spread": ([CONSTANT * 0, 1e6 * SPREAD], "moved"),
    "from zero tenfold at each step": (
        [NORMAL * size for size in (0, 0, 1, 10, 100, 1000)],
        "exploding",
    ),
    "one element": ([np.array([1.0]), np.array([1.05])], "moved"),
    "tiny values": ([NORMAL * 1e-30, (NORMAL + 0.0025) * 1e-30], "moved"),
    "huge values": ([NORMAL * 1e30, (NORMAL + 0.0025) * 1e30], "moved"),
}

# As exact records tell them.
EXACT_CASES = {
    "frozen": ([NORMAL] * 3, "unchanged"),
    "zeros forever": ([CONSTANT * 0] * 3, "unchanged"),
    "permuted": ([NORMAL, PERMUTED], "moved_far"),
    "permuted and back": ([NORMAL, PERMUTED, NORMAL], "barely_moved"),
    "a hundredth of a bucket": ([NORMAL, NORMAL + 0.0001], "barely_moved"),
    "a twentieth of the spread": ([NORMAL, NORMAL + 0.0025 * np.sign(NOISE)], "moved"),
    "a fifth of the spread": ([NORMAL, NORMAL + 0.01 * np.sign(NOISE)], "moved_far"),
    "from zero": ([CONSTANT * 0, SPREAD], "moved"),
    "from zero and back": ([CONSTANT * 0, SPREAD, CONSTANT * 0], "barely_moved"),
    "forty times": ([NORMAL, NORMAL * 40], "exploding"),
    "a hundredth": ([NORMAL, NORMAL * 0.01], "collapsed"),
    "to nothing": ([NORMAL, NORMAL * 0], "collapsed"),
    "one step": ([NORMAL], "single_step"),
    "NaN in between": ([NORMAL, NAN, NORMAL], "non_finite"),
    "NaN from the start": ([NAN, NAN], "non_finite"),
    "huge values": ([NORMAL * 1e100, NORMAL * 1.05e100], "moved"),
    "tiny values": ([NORMAL * 1e-30, NORMAL * 1.05e-30], "moved"),
}
