"""The ladder: each verdict on the histograms that deserve it."""

import numpy as np
import pytest

from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Thresholds
from tb_plugin_weightdelta.judging import Series
from tb_plugin_weightdelta.judging.verdicts import LADDER
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.event_logs import legacy_rows, tf2_rows
from tests.measured import measured

NORMAL = np.random.default_rng(0).normal(0, 0.05, 4000)
EVEN = np.linspace(-1, 1, 100_000)
OUTLIER = np.append(NORMAL, 30.0)
CONSTANT = np.full(32, 0.1)
SPREAD = np.linspace(-1, 1, 32)


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
    "twenty-fold spread": ([NORMAL, NORMAL * 20], "exploding"),
    "an outlier ten times the maximum": ([NORMAL, np.append(NORMAL, 5.0)], "exploding"),
    "a constant grown tenfold": ([CONSTANT, CONSTANT * 10], "exploding"),
    "collapse to 0.5 %": ([NORMAL, NORMAL * 0.005], "collapsed"),
    "collapse to one value": ([NORMAL, NORMAL * 0], "collapsed"),
    "constant then spread": ([CONSTANT, CONSTANT + 0.002 * SPREAD], "moved"),
    "zero then spread": ([CONSTANT * 0, 1e6 * SPREAD], "moved"),
    "one element": ([np.array([1.0]), np.array([1.05])], "moved"),
    "tiny values": ([NORMAL * 1e-30, (NORMAL + 0.0025) * 1e-30], "moved"),
    "huge values": ([NORMAL * 1e30, (NORMAL + 0.0025) * 1e30], "moved"),
}


@pytest.mark.parametrize(("values", "verdict"), CASES.values(), ids=CASES)
def test_verdict_on(values, verdict):
    assert judged(*values).row.verdict.name == verdict


def test_every_verdict_is_shown_by_an_example():
    assert {verdict for _, verdict in CASES.values()} == set(LADDER)


def test_a_series_that_was_empty_at_first_starts_where_it_has_values():
    row = judged(np.zeros((0, 3)), NORMAL, NORMAL + 0.0025).row
    assert row.first_step == 1
    assert [flag.name for flag in row.flags] == ["baseline_after_step_0", "invalid_rows"]


@pytest.mark.parametrize(
    ("thresholds", "verdict"),
    [
        (Thresholds(moved=0.06), "barely_moved"),
        (Thresholds(moved_far=0.04), "moved_far"),
        (Thresholds(exploding=1.0), "exploding"),
        (Thresholds(collapsed=1.1), "collapsed"),
    ],
)
def test_thresholds_decide(thresholds, verdict):
    assert judged(NORMAL, NORMAL + 0.0025, thresholds=thresholds).row.verdict.name == verdict


def test_what_is_not_resolved_still_gets_the_verdict_that_both_bounds_deserve():
    movement = judged(legacy_rows(CONSTANT), legacy_rows(CONSTANT + 0.0004 * SPREAD)).movement
    assert 0 < movement.movement[1] < movement.resolution[1]
    assert movement.movement_upper[1] < 0.01 * movement.scale[1]


def test_the_verdict_looks_at_all_rows_whichever_are_measured():
    assert judged(*[NORMAL] * 9, NORMAL + 0.05, NORMAL, points=2).row.verdict.name != "unchanged"


def test_the_verdict_carries_its_threshold_and_value():
    verdict = judged(NORMAL, NORMAL + 0.0025).row.verdict
    assert verdict.threshold == 0.01
    assert verdict.value == pytest.approx(0.0025 / NORMAL.std(), rel=0.02)
    assert "0.01" in verdict.rule
