"""The measures against slow twins, against SciPy, and by the properties that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tb_plugin_weightdelta.baseline import BaselineChoice, choose
from tb_plugin_weightdelta.histograms import HistogramSeries, histogram_series
from tb_plugin_weightdelta.movement import Movement, measure, standard_deviation, wasserstein_1
from tests import reference
from tests.event_logs import tf2_rows
from tests.strategies import histograms

Histogram = tuple[np.ndarray, np.ndarray]


def distance(a: Histogram, b: Histogram) -> float:
    rows = [array[np.newaxis] for array in (*a, *b)]
    return float(wasserstein_1(*rows)[0])


def reach(*histograms: Histogram) -> float:
    """The size of the numbers that a distance was rounded among."""
    return max(float(np.abs(edges).max()) for edges, _ in histograms)


def series_of(*steps_values: np.ndarray) -> HistogramSeries:
    rows = [tf2_rows(values) for values in steps_values]
    return histogram_series(range(len(rows)), [float(i) for i in range(len(rows))], rows)


def measured(*steps_values: np.ndarray, baseline: str = "first") -> Movement:
    series = series_of(*steps_values)
    return measure(series, choose(BaselineChoice.parse(baseline), series, series))


class TestWasserstein1:
    @given(histograms(), histograms())
    def test_equals_the_slow_twin(self, a, b):
        slow = reference.wasserstein_1(*(array.tolist() for array in (*a, *b)))
        assert distance(a, b) == pytest.approx(slow, rel=1e-9, abs=1e-9 * reach(a, b))

    @settings(max_examples=25)
    @given(histograms(max_buckets=5), histograms(max_buckets=5))
    def test_equals_scipy_on_fine_samples(self, a, b):
        def samples(edges, counts):
            """1,000 evenly spaced values and their weights for each bucket."""
            inside = (np.arange(1000) + 0.5) / 1000
            values = edges[:-1, None] + np.diff(edges)[:, None] * inside
            return values.ravel(), np.repeat(counts / 1000, 1000)

        (values_a, weights_a), (values_b, weights_b) = samples(*a), samples(*b)
        scipys = stats.wasserstein_distance(values_a, values_b, weights_a, weights_b)
        widest = max(np.diff(a[0]).max(), np.diff(b[0]).max())
        assert distance(a, b) == pytest.approx(
            scipys, rel=1e-9, abs=widest / 1000 + 1e-9 * reach(a, b)
        )

    @given(histograms())
    def test_of_a_histogram_to_itself_is_exactly_zero(self, a):
        assert distance(a, a) == 0.0

    @given(histograms(), histograms())
    def test_is_symmetric(self, a, b):
        assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-9, abs=1e-12 * reach(a, b))

    @given(histograms(), histograms(), histograms())
    def test_obeys_the_triangle_inequality(self, a, b, c):
        slack = 1e-9 * reach(a, b, c)
        assert distance(a, c) <= distance(a, b) + distance(b, c) + slack

    @given(histograms(), st.floats(-50, 50))
    def test_of_a_shift_is_the_shift(self, a, fraction):
        edges, counts = a
        shift = fraction * reach(a)
        assert distance(a, (edges + shift, counts)) == pytest.approx(
            abs(shift), rel=1e-9, abs=1e-9 * (reach(a) + abs(shift))
        )

    @given(histograms(), histograms(), st.floats(0.001, 1000))
    def test_scales_with_the_unit(self, a, b, factor):
        scaled = distance((a[0] * factor, a[1]), (b[0] * factor, b[1]))
        assert scaled == pytest.approx(
            factor * distance(a, b), rel=1e-9, abs=1e-9 * factor * reach(a, b)
        )

    @given(histograms(), histograms(), st.integers(1, 4))
    def test_padding_with_empty_buckets_changes_nothing(self, a, b, extra):
        edges, counts = b
        padded = np.pad(edges, (0, extra), mode="edge"), np.pad(counts, (0, extra))
        assert distance(a, padded) == pytest.approx(distance(a, b), rel=1e-12, abs=0)

    @given(histograms(), histograms(), st.integers(2, 1000))
    def test_the_number_of_elements_does_not_matter(self, a, b, times):
        assert distance(a, (b[0], b[1] * times)) == pytest.approx(
            distance(a, b), rel=1e-9, abs=1e-12 * reach(a, b)
        )

    def test_crossing_cdfs_count_both_sides(self):
        # Mass spread over [0, 4] against a point mass in its middle: a mean distance of 1.
        spread = np.array([0.0, 4.0]), np.array([1.0])
        point = np.array([2.0, 2.0]), np.array([1.0])
        assert distance(spread, point) == pytest.approx(1.0)

    def test_rows_are_compared_in_pairs(self):
        edges = np.array([[0.0, 1.0], [0.0, 2.0], [5.0, 6.0]])
        counts = np.ones((3, 1))
        against_first = wasserstein_1(edges[:1], counts[:1], edges, counts)
        assert against_first == pytest.approx([0.0, 0.5, 5.0])


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
        result = measure(series, choose(BaselineChoice(), series, series))
        assert values.std() > 0
        assert result.spread_ratio == pytest.approx([1.0, 2.0])

    def test_the_spread_ratio_to_a_constant_does_not_exist(self):
        assert np.isnan(measured(np.full(9, 0.1), np.linspace(0, 1, 9)).spread_ratio).all()

    def test_speed_is_divided_by_the_step_gap(self):
        values = np.random.default_rng(4).normal(size=1000)
        rows = [tf2_rows(values), tf2_rows(values + 1.0), tf2_rows(values + 2.0)]
        series = histogram_series([0, 10, 110], [0.0, 1.0, 2.0], rows)
        result = measure(series, choose(BaselineChoice(), series, series))
        assert np.isnan(result.speed[0])
        assert result.speed[1:] == pytest.approx([0.1, 0.01])

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
