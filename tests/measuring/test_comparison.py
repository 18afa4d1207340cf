"""Movement, its bounds and its resolution: against slow twins, against SciPy, by properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.measuring.distance import Comparison, compare
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support import networks, reference
from tests.support.event_logs import legacy_rows, tf2_rows
from tests.support.strategies import histograms

Histogram = tuple[np.ndarray, np.ndarray]


def compared(a: Histogram, b: Histogram) -> Comparison:
    return compare(*(array[np.newaxis] for array in (*a, *b)))


def distance(a: Histogram, b: Histogram) -> float:
    return float(compared(a, b).movement[0])


def reach(*histograms: Histogram) -> float:
    """The size of the numbers that a distance was rounded among."""
    return max(float(np.abs(edges).max()) for edges, _ in histograms)


class TestMovement:
    @settings(max_examples=60)
    @given(histograms(max_buckets=4), histograms(max_buckets=4))
    def test_equals_the_slow_twin_but_for_a_little_where_cdfs_cross(self, a, b):
        lists = [array.tolist() for array in (*a, *b)]
        cdfs = reference.cubic_cdf(*lists[:2]), reference.cubic_cdf(*lists[2:])
        slow = reference.area(*cdfs, [*lists[0], *lists[2]])
        result = compared(a, b)
        bounded = np.clip(slow, result.movement_lower[0], result.movement_upper[0])
        slack = 0.01 * max(float(np.ptp(a[0])), float(np.ptp(b[0]))) + 1e-9 * reach(a, b)
        assert result.movement[0] == pytest.approx(bounded, rel=0.1, abs=slack)

    @settings(max_examples=25)
    @given(st.integers(0, 2**32 - 1), st.floats(0.5, 2), st.floats(-2, 2))
    def test_equals_scipy_on_the_values_behind_fine_histograms(self, seed, stretch, shift):
        rng = np.random.default_rng(seed)
        before = rng.normal(size=5_000)
        after = before * stretch + shift
        rows = []
        for values in (before, after):
            counts, edges = np.histogram(values, bins=1_000)
            rows.append((edges, counts.astype(float)))
        scipys = stats.wasserstein_distance(before, after)
        assert distance(*rows) == pytest.approx(scipys, rel=0.02, abs=0.01)

    @given(histograms())
    def test_of_a_histogram_to_itself_is_exactly_zero(self, a):
        result = compared(a, a)
        assert result.movement[0] == 0.0
        assert result.movement_lower[0] == 0.0

    @given(histograms(), histograms())
    def test_is_symmetric(self, a, b):
        assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-9, abs=1e-11 * reach(a, b))

    @given(histograms(), histograms(), histograms())
    def test_obeys_the_triangle_inequality_but_for_a_little_where_cdfs_cross(self, a, b, c):
        # Of many elements: of few, the bounds know more about some pairs than about others.
        a, b, c = ((edges, 1000 * counts) for edges, counts in (a, b, c))
        way_round = distance(a, b) + distance(b, c)
        assert distance(a, c) <= 1.1 * way_round + 1e-9 * reach(a, b, c)

    @given(histograms(), st.floats(-50, 50))
    def test_of_a_shift_is_the_shift(self, a, fraction):
        edges, counts = a
        shift = fraction * reach(a)
        moved = edges + shift
        if (np.diff(moved) == 0).sum() != (np.diff(edges) == 0).sum():
            return  # a shift so large that it swallows buckets is no shift
        assert distance(a, (moved, counts)) == pytest.approx(
            abs(shift), rel=1e-6, abs=1e-6 * (reach(a) + abs(shift))
        )

    @given(histograms(), histograms(), st.sampled_from([2.0**-40, 0.5, 2.0**40]))
    def test_scales_with_the_unit(self, a, b, factor):
        scaled = distance((a[0] * factor, a[1]), (b[0] * factor, b[1]))
        expected = factor * distance(a, b)
        assert scaled == pytest.approx(expected, rel=1e-9, abs=1e-11 * factor * reach(a, b))

    @given(histograms(), histograms(), st.integers(1, 4))
    def test_padding_with_empty_buckets_changes_nothing(self, a, b, extra):
        edges, counts = b
        padded = np.pad(edges, (0, extra), mode="edge"), np.pad(counts, (0, extra))
        assert distance(a, padded) == pytest.approx(
            distance(a, b), rel=1e-9, abs=1e-12 * reach(a, b)
        )

    def test_rows_are_compared_in_pairs(self):
        edges = np.array([[0.0, 1.0], [0.0, 2.0], [5.0, 6.0]])
        counts = np.full((3, 1), 50.0)
        result = compare(edges[:1], counts[:1], edges, counts)
        assert result.movement == pytest.approx([0.0, 0.5, 5.0])
        assert result.resolution.shape == result.movement_upper.shape == (3,)


def of_values(writer, *values: np.ndarray) -> HistogramSeries:
    rows = [writer(array) for array in values]
    return histogram_series(range(len(rows)), [0.0] * len(rows), rows)


def compare_series(series: HistogramSeries) -> Comparison:
    return compare(series.edges[:1], series.counts[:1], series.edges, series.counts)


def float32_rows(values: np.ndarray) -> np.ndarray:
    """Legacy rows as the Python loader keeps them."""
    return legacy_rows(values).astype(np.float32)


WRITERS = {"tf2": tf2_rows, "legacy": legacy_rows, "legacy in float32": float32_rows}


@st.composite
def trainings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Values before and after: every kind of start, small and large moves, three units."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    elements = draw(st.integers(1, 400))
    starts = {
        "normal": rng.normal(size=elements),
        "uniform": rng.uniform(-1, 1, elements),
        "constant": np.full(elements, 0.1),
        "outlier": np.append(rng.normal(size=elements - 1), 300.0),
        "integers": rng.integers(-3, 4, elements).astype(float),
    }
    before = starts[draw(st.sampled_from(list(starts)))]
    noise, shift = (
        draw(st.sampled_from([0.0, 1e-3, 0.1, 10.0])),
        draw(st.sampled_from([0, 1e-3, 1])),
    )
    unit = draw(st.sampled_from([1e-42, 1e-6, 1.0, 1e6]))
    return unit * before, unit * (before + noise * rng.normal(size=elements) + shift)


class TestBounds:
    @pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
    @settings(max_examples=60)
    @given(values=trainings())
    def test_always_contain_the_exact_movement(self, writer, values):
        before, after = values
        result = compare_series(of_values(writer, before, after))
        exact = np.abs(np.sort(after) - np.sort(before)).mean()
        assert result.movement_lower[1] <= exact <= result.movement_upper[1]
        assert result.movement_lower[1] <= result.movement[1] <= result.movement_upper[1]
        # And with that the floor under what single values moved.
        assert result.movement_lower[1] <= np.abs(after - before).mean()

    @pytest.mark.parametrize("largest", [1e19, 1e20, 1e30])
    def test_hold_where_a_writer_does_not_count_its_largest_values(self, largest):
        """PyTorch's last limit is just below 1e20; minimum and maximum are of all values."""
        before = np.linspace(-1, 1, 100)
        after = np.append(before[:30], np.linspace(0.1, 1, 70) * largest)
        rows = legacy_rows(after[after < 9e19])
        rows[-1, 1] = after.max()
        series = histogram_series([0, 1], [0.0, 0.0], [legacy_rows(before), rows])
        result = compare_series(series)
        exact = np.abs(np.sort(after) - before).mean()
        assert result.movement_lower[1] <= exact <= result.movement_upper[1] < 10 * largest

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_are_reached_by_some_values(self, seed):
        rng = np.random.default_rng(seed)
        (edges_a, counts_a), (edges_b, counts_b) = few_buckets(rng), few_buckets(rng)
        result = compared((edges_a, counts_a), (edges_b, counts_b))
        lists = [array.tolist() for array in (edges_a, counts_a, edges_b, counts_b)]
        assert result.movement_lower[0] == pytest.approx(reference.lower_bound(*lists), abs=1e-6)
        assert result.movement_upper[0] == pytest.approx(reference.upper_bound(*lists), abs=1e-6)

    def test_of_constants_are_the_movement_itself(self):
        result = compare_series(of_values(tf2_rows, np.full(9, 0.1), np.full(9, 0.3)))
        for bound in (result.movement_lower[1], result.movement[1], result.movement_upper[1]):
            assert bound == pytest.approx(0.2)


def few_buckets(rng: np.random.Generator) -> Histogram:
    """Up to four equal or ragged buckets whose end buckets hold the extremes."""
    buckets = int(rng.integers(1, 5))
    counts = rng.integers(0, 3, buckets).astype(float)
    counts[0] += 1
    counts[-1] += 1
    return np.cumsum(rng.integers(1, 4, buckets + 1)) / 2 + rng.integers(-4, 2) / 2, counts


class TestResolution:
    @pytest.mark.parametrize("size", [1_000, 20_000])
    @pytest.mark.parametrize("far", [60, 600, 6_000])
    def test_one_far_outlier_leaves_small_movement_unresolved(self, size, far):
        rng = np.random.default_rng(size + far)
        before = np.append(rng.normal(size=size), float(far))
        after = before + 0.02
        after[-1] = far
        result = compare_series(of_values(tf2_rows, before, after))
        exact = np.abs(np.sort(after) - np.sort(before)).mean()
        right = abs(result.movement[1] / exact - 1) <= 0.25
        assert right or result.movement[1] < result.resolution[1]

    @pytest.mark.parametrize("writer", [tf2_rows, legacy_rows], ids=["tf2", "legacy"])
    @pytest.mark.parametrize("shared", [0.3, 0.5, 0.7])
    def test_what_many_elements_share_may_sit_anywhere_in_its_bucket(self, writer, shared):
        rng = np.random.default_rng(int(100 * shared))
        wrong = believed = 0
        for _ in range(30):
            is_pruned = rng.random(4_000) < shared
            before = np.where(is_pruned, 0.0, rng.normal(size=4_000))
            drift = 10 ** rng.uniform(-3, 1)
            after = np.where(is_pruned, 0.0, before + drift)
            result = compare_series(of_values(writer, before, after))
            exact = np.abs(np.sort(after) - np.sort(before)).mean()
            resolved = bool(result.movement[1] >= result.resolution[1])
            believed += resolved
            wrong += resolved and abs(result.movement[1] / exact - 1) > 0.25
        assert believed
        assert wrong <= 1

    def test_a_shift_of_a_spread_is_resolved(self):
        values = np.random.default_rng(0).normal(size=5_000)
        result = compare_series(of_values(tf2_rows, values, values + 1))
        assert result.movement[1] > 5 * result.resolution[1]

    @pytest.mark.parametrize("writer", [tf2_rows, legacy_rows], ids=["tf2", "legacy"])
    def test_holds_what_it_promises_on_networks_it_was_not_chosen_on(self, writer):
        """Real trainings with exact weights kept: see networks.py and checks/study/README.md."""
        errors, worth, worth_and_resolved = [], 0, 0
        for history in networks.histories():
            series = of_values(writer, *history)
            result = compare_series(series)
            for step in range(1, len(history)):
                exact = np.abs(np.sort(history[step]) - np.sort(history[0])).mean()
                moved = float(result.movement[step])
                resolved = 0 < result.resolution[step] <= moved
                if resolved:
                    errors.append(abs(moved / exact - 1))
                if exact >= 0.05 * mass_width(series, step):
                    worth += 1
                    worth_and_resolved += resolved
        assert len(errors) > 100
        assert np.quantile(errors, 0.9) <= 0.25
        assert np.median(errors) <= 0.07
        assert worth > 100
        assert worth_and_resolved / worth >= 0.9


def mass_width(series: HistogramSeries, step: int) -> float:
    """The width of the bucket that an element is in, on average; the wider of both histograms."""
    rows = [0, step]
    widths = np.diff(series.edges[rows], axis=1) * series.counts[rows]
    return float((widths.sum(axis=1) / series.counts[rows].sum(axis=1)).max())
