"""What sums of the values add to their buckets, against the values themselves."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.measuring import Movement, movements_of
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import with_sums
from tests.support.event_logs import legacy_proto, legacy_rows

# How sums are made: as TF1 adds them, as numpy does, and as writers do that sum in float32.
ADDED = {
    "one by one": lambda values: np.add.accumulate(values)[-1],
    "pairwise": np.sum,
    "in float32": lambda values: float(np.sum(values, dtype=np.float32)),
}


def summed(*arrays: np.ndarray, add=np.sum) -> HistogramSeries:
    """The series of values at steps 0, 1, …, with what a writer sums of them."""
    steps = range(len(arrays))
    series = histogram_series(steps, [0.0] * len(arrays), [legacy_rows(each) for each in arrays])
    return with_sums(
        series,
        {
            (step, 0.0): (len(each), each.min(), each.max(), add(each), add(each**2))
            for step, each in zip(steps, arrays, strict=True)
        },
    )


def moved(series: HistogramSeries) -> Movement:
    return movements_of({"": (series, series.at(slice(0, 1)))})[""]


def as_float32(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(np.float64)


@st.composite
def trainings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Values before and after, as float32 keeps them: from one value, and from many."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    elements = draw(st.integers(1, 2_000))
    start = draw(st.sampled_from([0.0, 1.0, 0.1, -3.0, None]))
    before = rng.normal(size=elements) if start is None else np.full(elements, start)
    drift = 10 ** draw(st.floats(-9, 1))
    after = before + drift * rng.normal(size=elements) + draw(st.sampled_from([0, drift]))
    return as_float32(before), as_float32(after)


class TestWhatIsClaimed:
    @pytest.mark.parametrize("add", ADDED.values(), ids=ADDED)
    @settings(max_examples=150)
    @given(values=trainings())
    def test_is_true_of_the_values(self, add, values):
        before, after = values
        found = moved(summed(before, after, add=add))
        change = after - before
        mean, rms = np.abs(change).mean(), np.sqrt((change**2).mean())
        distance = np.abs(np.sort(after) - np.sort(before)).mean()
        assert found.movement_lower[1] <= distance <= found.movement_upper[1]
        assert found.movement_lower[1] <= mean
        assert not found.rms[1] > rms * (1 + 1e-3)
        assert not found.rms[1] < rms * (1 - 1e-3)
        assert not found.rms_lower[1] > rms * (1 + 1e-12)

    @pytest.mark.parametrize("start", [1.0, 0.1, -3.0])
    @pytest.mark.parametrize("elements", [1, 16, 64, 256])
    def test_is_the_rms_from_one_value(self, start, elements):
        """To six digits; below 2e-4 of it to as many as a running sum of float64 leaves."""
        before = as_float32(np.full(elements, start))
        noise = np.random.default_rng(elements).normal(size=elements)
        for drift in (1e-1, 1e-3, 1e-5):
            after = as_float32(before * (1 + 2 * drift * noise / np.sqrt((noise**2).mean())))
            found = moved(summed(before, after, add=ADDED["one by one"]))
            exact = np.sqrt(((after - before) ** 2).mean())
            assert found.rms[1] == pytest.approx(exact, rel=1e-6 if drift > 1e-4 else 1e-5)
            mean = np.abs(after - before).mean()
            assert found.movement_lower[1] <= mean <= found.movement_upper[1]
            assert found.movement_upper[1] <= found.rms[1] * (1 + 1e-3)

    def test_is_nothing_where_all_of_it_cancels(self):
        before = as_float32(np.full(512, 0.1))
        after = np.append(before[1:], np.nextafter(np.float32(before[0]), np.float32(1)))
        found = moved(summed(before, after))
        assert np.isnan(found.rms[1])
        assert found.movement_upper[1] < 1e-7

    def test_are_exact_spreads_and_a_floor_under_the_rms(self):
        rng = np.random.default_rng(0)
        before = rng.normal(size=4_000)
        after = 1.1 * before + 0.3 + 0.2 * rng.normal(size=4_000)
        found = moved(summed(before, after))
        assert found.spread_ratio[1] == pytest.approx(after.std() / before.std(), rel=1e-9)
        assert found.scale[1] == pytest.approx(before.std(), rel=1e-9)
        drift = np.sqrt(after.var() - before.var())
        assert found.implied_drift[1] == pytest.approx(drift, rel=1e-9)
        assert np.isnan(found.rms[1])
        rms = np.sqrt(((after - before) ** 2).mean())
        assert 0.3 < found.rms_lower[1] <= rms


class TestWhatIsNotBelieved:
    SERIES = summed(np.full(64, 0.1), np.linspace(0.05, 0.2, 64))

    @pytest.mark.parametrize(
        "wrong",
        [
            (7, 0.05, 0.2, 8.0, 1.1),  # the number of buckets
            (64, 0.0, 0.0, 0.0, 0.0),
            (64, 0.05, 0.2, 80.0, 1.1),
            (64, 0.05, 0.2, 8.0, 100.0),
            (64, 0.0, 0.2, 8.0, 1.1),
            (64, 0.05, 0.2, np.nan, 1.1),
            (0, 0.05, 0.2, 8.0, 1.1),
            (64, 0.05, 0.2, np.inf, np.inf),
        ],
    )
    def test_is_what_the_buckets_contradict(self, wrong):
        known = with_sums(dataclasses.replace(self.SERIES, sums=None), {(1, 0.0): wrong})
        assert known.sums is None or np.isnan(known.sums[1]).all()

    def test_is_what_was_logged_at_another_time(self):
        bare = dataclasses.replace(self.SERIES, sums=None)
        assert self.SERIES.sums is not None
        right = tuple(self.SERIES.sums[1])
        assert with_sums(bare, {(1, 5.0): right, (7, 0.0): right}).sums is None
        assert with_sums(bare, {(1, 0.0): right}).sums is not None


def test_the_sums_of_a_writer_are_those_of_its_values():
    values = as_float32(np.random.default_rng(3).normal(size=100))
    proto = legacy_proto(values)
    assert (proto.num, proto.sum) == (100, values.sum())
