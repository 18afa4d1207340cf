"""How far single values moved, beside values of which it is known."""

import numpy as np
import pytest

from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.judging import Series
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import with_sums
from tests.support.event_logs import legacy_rows, tf2_rows
from tests.support.measured import measured

WRITERS = {"30 buckets": tf2_rows, "legacy": legacy_rows}
written = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)

SIZE = 4000


def series_of(write, *values: np.ndarray, tag="fc.weight", choice=None) -> Series:
    """A tensor at steps 0, 1, …, as float32."""
    tensors = [write(np.float32(each).astype(np.float64)) for each in values]
    series = histogram_series(range(len(values)), [0.0] * len(values), tensors)
    return measured(tag, series, series, choice or BaselineChoice())


def moved(start: np.ndarray, *, shift=0.0, slope=1.0, noise=0.0, seed=1) -> np.ndarray:
    return shift + slope * start + noise * np.random.default_rng(seed).normal(size=len(start))


def uniform(size: int = SIZE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.1, 0.1, size)


def normal(size: int = SIZE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, size)


CHANGES = {
    "noise": {"noise": 0.02},
    "little noise": {"noise": 0.006},
    "much noise": {"noise": 0.2},
    "noise and a shift": {"noise": 0.02, "shift": 0.03},
    "noise and decay": {"noise": 0.02, "slope": 0.9},
    "noise and growth": {"noise": 0.03, "slope": 1.2},
}


class TestAStartWithSharpEnds:
    @written
    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_is_smeared(self, write, change):
        start = uniform()
        end = moved(start, **change)
        row = series_of(write, start, end).row
        found = row.estimate
        assert found is not None
        assert found.method == ("widening" if change["noise"] > 0.1 else "smear")
        assert found.mean_abs == pytest.approx(np.abs(end - start).mean(), rel=0.3)
        assert found.rms == pytest.approx(np.sqrt(((end - start) ** 2).mean()), rel=0.3)
        assert found.lower < np.abs(end - start).mean() < found.upper
        assert found.lower == pytest.approx(max(found.mean_abs / 1.4, row.shown.lower))

    @written
    def test_of_a_smear_finer_than_its_buckets_nothing_is_told(self, write):
        start = uniform()
        assert series_of(write, start, moved(start, noise=0.001)).row.estimate is None

    @written
    def test_each_step_is_told_by_itself(self, write):
        start = uniform()
        steps = [moved(start, noise=0.02 * k, seed=k) for k in range(1, 4)]
        found = series_of(write, start, *steps).estimate
        true = [np.abs(step - start).mean() for step in steps]
        assert found.methods[0] is None
        assert set(found.methods[1:]) == {"smear"}
        assert np.isnan(found.mean_abs[0])
        assert found.mean_abs[1:] == pytest.approx(true, rel=0.2)


class TestAnyOtherStart:
    @written
    @pytest.mark.parametrize("noise", [0.02, 0.05, 0.5])
    def test_is_widened(self, write, noise):
        start = normal()
        end = moved(start, noise=noise, shift=0.01)
        found = series_of(write, start, end).row.estimate
        assert found.method == "widening"
        assert found.mean_abs == pytest.approx(np.abs(end - start).mean(), rel=0.15)
        assert found.lower < np.abs(end - start).mean() < found.upper

    @written
    @pytest.mark.parametrize("change", [{"noise": 0.005}, {"slope": 0.98, "noise": 0.005}, {}])
    def test_of_what_hardly_widened_nothing_is_told(self, write, change):
        start = normal()
        end = moved(start, **change)
        end[0] += 1e-3
        assert series_of(write, start, end).row.estimate is None


class TestOneValue:
    def test_of_what_is_known_for_certain_nothing_is_guessed(self):
        start, rng = np.full(64, 0.1), np.random.default_rng(0)
        ends = [np.float32(v).astype(float) for v in (start, start + rng.normal(0.002, 0.01, 64))]
        bare = histogram_series([0, 1], [0.0, 0.0], [legacy_rows(each) for each in ends])
        sums = {
            (step, 0.0): (64, v.min(), v.max(), v.sum(), (v**2).sum())
            for step, v in enumerate(ends)
        }
        series = with_sums(bare, sums)
        row = measured("fc.bias", series, series).row
        change = np.abs(ends[1] - ends[0])
        assert row.estimate.method == "moments"
        assert row.estimate.rms == pytest.approx(np.sqrt((change**2).mean()))
        assert row.estimate.lower <= change.mean() <= row.estimate.upper
        assert row.estimate.lower <= row.estimate.mean_abs <= row.estimate.upper
        assert row.about is None


class TestNothingIsTold:
    START = uniform()
    END = moved(START, noise=0.02)

    @pytest.mark.parametrize("tag", ["fc.weight.grad", "relu/activations", "bn.running_mean", "x"])
    def test_of_what_is_no_parameter(self, tag):
        assert series_of(tf2_rows, self.START, self.END, tag=tag).row.estimate is None

    def test_of_few_values(self):
        start = uniform(100)
        assert series_of(tf2_rows, start, moved(start, noise=0.05)).row.estimate is None

    @pytest.mark.parametrize("kind", ["previous", "run:b"])
    def test_against_another_run_or_the_step_before(self, kind):
        choice = BaselineChoice.parse(kind)
        assert series_of(tf2_rows, self.START, self.END, choice=choice).row.estimate is None

    def test_of_values_in_a_coarse_format(self):
        coarse = [np.float16(each).astype(float) for each in (self.START, self.END)]
        row = series_of(tf2_rows, *coarse).row
        assert (row.stored_as, row.estimate) == ("float16", None)

    def test_where_nothing_moved(self):
        assert series_of(tf2_rows, self.START, self.START).row.estimate is None


class TestVerdict:
    def test_is_raised_where_the_lower_end_reaches_it(self):
        """Moves that cancel: the distribution hardly moved, its values did."""
        start = uniform(100_000)
        end = np.clip(moved(start, noise=0.012), -0.12, 0.12)
        row = series_of(tf2_rows, start, end).row
        assert row.shown.relative < 0.1 < row.estimate.lower / row.shown.scale
        assert row.verdict.name == "moved_far"
        assert row.verdict.rule.startswith("movement of single values, estimated")
        assert row.verdict.value == pytest.approx(row.estimate.lower / row.shown.scale)

    def test_is_never_lowered(self):
        start = normal()
        row = series_of(tf2_rows, start, start + 0.1).row
        assert row.estimate is None
        assert row.verdict.name == "moved_far"


def test_the_interval_never_falls_below_the_movement_of_the_distribution():
    rng = np.random.default_rng(0)
    for _ in range(60):
        start = rng.choice([uniform, normal])(int(rng.integers(128, 3000)), int(rng.integers(99)))
        change = rng.uniform(0, 0.1, 2)
        row = series_of(
            rng.choice(list(WRITERS.values())),
            start,
            moved(start, shift=change[0], noise=change[1], slope=rng.uniform(0.5, 1.5)),
        ).row
        if row.estimate is not None:
            assert row.shown.lower <= row.estimate.lower <= row.estimate.mean_abs
            assert row.estimate.mean_abs <= row.estimate.upper
