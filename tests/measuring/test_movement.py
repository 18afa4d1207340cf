"""The measures against slow twins, against SciPy, and by the properties that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.measuring.batches import speeds_of
from tb_plugin_weightdelta.measuring.movement import Movement, measure, norm, standard_deviation
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import with_sums
from tests.support import reference
from tests.support.event_logs import tf2_rows
from tests.support.strategies import histograms


def series_of(*steps_values: np.ndarray) -> HistogramSeries:
    rows = [tf2_rows(values) for values in steps_values]
    return histogram_series(range(len(rows)), [float(i) for i in range(len(rows))], rows)


def measured(*steps_values: np.ndarray, baseline: str = "first") -> Movement:
    series = series_of(*steps_values)
    return measure(
        series, BaselineChoice.parse(baseline).choose(series, series, np.arange(len(series)))
    )


class TestFloor:
    @settings(max_examples=50)
    @given(st.integers(0, 2**32 - 1), st.floats(0.1, 3))
    def test_movement_is_at_most_the_mean_move_of_single_values_but_for_the_bucket_width(
        self, seed, noise
    ):
        rng = np.random.default_rng(seed)
        before = rng.normal(size=2000)
        after = before + noise * rng.normal(size=2000)
        series = series_of(before, after)
        widths = np.diff(series.edges, axis=1).max(axis=1)
        movement = measured(before, after).movement[1]
        assert movement <= np.abs(after - before).mean() + widths.sum()


class TestScale:
    def test_is_the_spread_of_a_baseline_that_has_one(self):
        values = np.random.default_rng(0).normal(0, 0.05, 5000)
        result = measured(values, values + 0.005)
        assert result.scale_kind == "std"
        assert result.scale[0] == pytest.approx(values.std(), rel=0.02)
        assert result.relative_movement[1] == pytest.approx(0.005 / values.std(), rel=0.02)

    def test_of_a_constant_is_the_size_of_its_value(self):
        result = measured(np.full(32, -0.1), np.full(32, -0.1) + np.linspace(-0.002, 0.002, 32))
        assert result.scale_kind == "constant"
        assert result.scale[0] == 0.1
        assert result.relative_movement[1] == pytest.approx(0.01, rel=0.1)

    def test_does_not_exist_for_a_baseline_of_zeros(self):
        result = measured(np.zeros(32), np.linspace(-1, 1, 32))
        assert result.scale_kind == "none"
        assert np.isnan(result.relative_movement).all()
        assert result.movement[1] == pytest.approx(0.5, rel=0.1)

    def test_of_the_previous_step_is_that_steps(self):
        values = np.random.default_rng(1).normal(size=1000)
        result = measured(values, 2 * values, 4 * values, baseline="previous")
        assert result.scale == pytest.approx([values.std()] * 2 + [2 * values.std()], rel=0.02)


class TestMeasures:
    def test_a_shift_moves_median_minimum_and_maximum_and_keeps_the_spread(self):
        values = np.random.default_rng(2).normal(size=1000)
        result = measured(values, values + 0.25)
        for name in ("movement", "median_shift", "min_shift", "max_shift"):
            assert getattr(result, name)[1] == pytest.approx(0.25), name
        assert result.spread_ratio[1] == pytest.approx(1.0)

    def test_a_wider_distribution_has_a_larger_spread_ratio(self):
        values = np.random.default_rng(3).normal(size=1000)
        assert measured(values, 3 * values).spread_ratio[1] == pytest.approx(3.0)

    def test_the_spread_ratio_falls_back_to_standard_deviations(self):
        # Nine in ten values are equal: no interquartile range, but a spread.
        values = np.concatenate([np.zeros(90), np.linspace(0, 1, 10)])
        rows = [
            np.array([[0.0, 0.0, 90.0], [0.0, 1.0, 10.0]]),
            np.array([[0.0, 0.0, 90.0], [0.0, 2.0, 10.0]]),
        ]
        series = histogram_series([0, 1], [0.0, 1.0], rows)
        result = measure(series, series.at(np.array([0])))
        assert values.std() > 0
        assert result.spread_ratio == pytest.approx([1.0, 2.0])

    def test_the_spread_ratio_to_a_constant_does_not_exist(self):
        assert np.isnan(measured(np.full(9, 0.1), np.linspace(0, 1, 9)).spread_ratio).all()

    def test_speed_is_divided_by_the_step_gap(self):
        values = np.random.default_rng(4).normal(size=1000)
        rows = [tf2_rows(values), tf2_rows(values + 1.0), tf2_rows(values + 2.0)]
        series = histogram_series([0, 10, 110], [0.0, 1.0, 2.0], rows)
        (speeds,) = speeds_of({"a": series}, {"a": np.arange(3)}).values()
        assert np.isnan(speeds[0])
        assert speeds[1:] == pytest.approx([0.1, 0.01])

    def test_speed_between_identical_steps_is_exactly_zero(self):
        values = np.random.default_rng(4).normal(size=1000)
        series = series_of(values, values, values + 1)
        assert speeds_of({"a": series}, {"a": np.array([1])})["a"].tolist() == [0.0]

    @pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
    def test_a_norm_is_near_that_of_the_values(self, size):
        values = np.random.default_rng(4).normal(size=2000)
        found = norm(series_of(values * size, np.zeros(9), np.full(9, size)))
        expected = [np.linalg.norm(values) * size, 0.0, 3 * size]
        assert found == pytest.approx(expected, rel=0.01)

    def test_a_norm_is_exact_where_the_values_were_summed(self):
        values = np.random.default_rng(4).normal(size=50)
        square = float((values**2).sum())
        sums = {(0, 0.0): (50, values.min(), values.max(), values.sum(), square)}
        series = with_sums(series_of(values), sums)
        assert norm(series)[0] == pytest.approx(np.sqrt(square), rel=1e-12)
        partly = with_sums(series_of(values, values), sums)
        assert norm(partly)[0] == norm(partly)[1]

    def test_shape_change_is_what_is_left_after_matching_median_and_spread(self):
        rng = np.random.default_rng(7)
        values = rng.normal(size=20_000)
        result = measured(values, 3 * values + 5, rng.exponential(size=20_000))
        assert result.shape_change[0] == 0.0
        assert result.shape_change[1] < 0.01
        assert result.shape_change[2] > 0.1

    def test_shape_change_between_constants_is_zero_and_from_one_to_a_spread_does_not_exist(self):
        result = measured(np.full(9, 0.1), np.full(9, 0.3), np.linspace(0, 1, 9))
        assert result.shape_change[1] == 0.0
        assert np.isnan(result.shape_change[2])

    def test_implied_drift_finds_independent_noise_and_is_zero_when_a_spread_shrinks(self):
        rng = np.random.default_rng(8)
        values = rng.normal(size=100_000)
        result = measured(values, values + 0.5 * rng.normal(size=100_000), 0.5 * values)
        assert result.implied_drift[1] == pytest.approx(0.5, rel=0.05)
        assert result.implied_drift[2] == 0.0

    def test_delta_bands_are_bands_minus_the_baselines(self):
        values = np.random.default_rng(5).normal(size=1000)
        result = measured(values, values * 1.5, values + 3)
        assert (result.delta_bands == result.bands - result.bands[0]).all()
        assert result.delta_bands[2] == pytest.approx([3.0] * 9)

    @given(histograms())
    def test_standard_deviation_equals_the_slow_twin(self, histogram):
        edges, counts = histogram
        _, slow = reference.moments(edges.tolist(), counts.tolist())
        fast = standard_deviation(edges[np.newaxis], counts[np.newaxis])[0]
        # The twin subtracts squares, which costs it half of its digits.
        assert fast == pytest.approx(slow, rel=1e-6, abs=1e-6 * np.abs(edges).max())

    @pytest.mark.parametrize("size", [1e-200, 1e-30, 1e30, 1e200])
    def test_values_of_any_size_keep_their_relative_movement(self, size):
        values = np.random.default_rng(6).normal(size=1000)
        result = measured(values * size, (values + 0.5) * size)
        assert result.relative_movement[1] == pytest.approx(0.5 / values.std(), rel=0.02)

    def test_a_ratio_that_no_number_can_hold_is_the_largest_there_is(self):  # found by fuzzing
        values = np.linspace(1, 2, 100)
        result = measured(values * 1e-200, values * 1e200)
        largest = np.finfo(np.float64).max
        assert result.spread_ratio[1] == result.relative_movement[1] == largest
