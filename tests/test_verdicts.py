"""The ladder: each verdict on the histograms that deserve it."""

import numpy as np
import pytest

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.histograms import histogram_series
from tb_plugin_weightdelta.overview import MeasuredSeries, measure_series
from tb_plugin_weightdelta.verdicts import LADDER
from tests.event_logs import tf2_rows

NORMAL = np.random.default_rng(0).normal(0, 0.05, 4000)
CONSTANT = np.full(32, 0.1)
SPREAD = np.linspace(-1, 1, 32)


def judged(*values: np.ndarray, tag: str = "layer/kernel") -> MeasuredSeries:
    rows = [tf2_rows(array) if array.ndim == 1 else array for array in values]
    series = histogram_series(range(len(rows)), [0.0] * len(rows), rows)
    return measure_series(tag, series, BaselineChoice(), series)


CASES = {
    "no step at all": ([], "no_data"),
    "only empty steps": ([np.zeros((0, 3))] * 2, "no_data"),
    "NaN at a later step": ([NORMAL, np.array([[np.nan, np.nan, 0.0]])], "non_finite"),
    "one step": ([NORMAL], "single_step"),
    "identical": ([NORMAL] * 3, "unchanged"),
    "constant forever": ([CONSTANT] * 3, "unchanged"),
    "zeros forever": ([CONSTANT * 0] * 3, "unchanged"),
    "there and back": ([NORMAL, NORMAL + 0.05, NORMAL], "barely_moved"),
    "a thousandth of the spread": ([NORMAL, NORMAL + 0.00005], "barely_moved"),
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
    assert judged(*values).verdict.name == verdict


def test_every_verdict_is_shown_by_an_example():
    assert {verdict for _, verdict in CASES.values()} == set(LADDER)


def test_the_verdict_carries_its_threshold_and_value():
    verdict = judged(NORMAL, NORMAL + 0.0025).verdict
    assert verdict.threshold == 0.01
    assert verdict.value == pytest.approx(0.0025 / NORMAL.std(), rel=0.02)
    assert "1 %" in verdict.rule
