"""The ladder: each verdict on the histograms that deserve it."""

import numpy as np
import pytest

from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.judging.verdicts import LADDER
from tests.support.cases import CASES, CONSTANT, NORMAL, SPREAD, judged
from tests.support.event_logs import legacy_rows


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
        (Thresholds(collapsed=1.1), "collapsed"),
    ],
)
def test_thresholds_decide(thresholds, verdict):
    assert judged(NORMAL, NORMAL + 0.0025, thresholds=thresholds).row.verdict.name == verdict


@pytest.mark.parametrize(("times", "verdict"), [(10, "exploding"), (20, "moved_far")])
def test_the_threshold_decides_how_much_growth_is_too_much(times, verdict):
    """Three times as much is, wherever the growth was: with two steps nobody knows."""
    thresholds = Thresholds(exploding=times)
    assert judged(NORMAL, NORMAL * 40, thresholds=thresholds).row.verdict.name == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        # A linear regression of prices, and a mean filter: a few values learn any size, or one.
        (np.array([[0.1, -0.2, 0.3, 0.1], [40.0, 80.0, -60.0, 10.0]]), "moved_far"),
        (np.array([[0.1, -0.2, 0.3, 0.1], [0.1111, 0.1112, 0.1111, 0.111]]), "moved_far"),
        (np.array([[0.1, -0.2, 0.3, 0.1], [4e12, 8e12, -6e12, 1e12]]), "exploding"),
        (np.linspace(-1, 1, 80).reshape(1, 80) * np.array([[0.1], [0.001]]), "collapsed"),
    ],
)
def test_a_few_values_may_learn_what_many_may_not(values, verdict):
    assert judged(*values).row.verdict.name == verdict


def test_many_values_may_learn_to_be_alike_or_mostly_0():
    """A mean filter, and L1: their size is still there."""
    start = 0.1 * np.linspace(-1, 1, 64)
    alike = np.full(64, 1 / 64) + 1e-6 * np.linspace(-1, 1, 64)
    sparse = np.append(np.zeros(63), 0.05)
    for values in (alike, sparse):
        assert judged(start, values).row.verdict.name == "moved_far"


def test_from_0_only_ever_faster_growth_is_an_explosion():
    start, ones = np.zeros(64), np.linspace(-1, 1, 64)
    warmed_up = [0.5 * (step / 8) ** 2 * ones for step in range(1, 9)]
    diverges = [1e-3 * 3.0**step * ones for step in range(1, 9)]
    assert judged(start, *warmed_up).row.verdict.name == "moved"
    row = judged(start, *diverges).row
    assert row.verdict.name == "exploding"
    assert (row.onset.step, row.onset.last_good_step) == (7, 6)


def test_growth_that_ended_is_learning():
    """A head that grows twelve times in the middle of a training, and stays there."""
    sizes = np.interp(np.arange(21), [0, 11, 14, 20], [1, 1, 12, 12])
    assert judged(*(0.7 * size * NORMAL for size in sizes)).row.verdict.name == "moved_far"
    grows = 1.15 ** np.arange(21)
    assert judged(*(size * NORMAL for size in grows)).row.verdict.name == "exploding"


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
