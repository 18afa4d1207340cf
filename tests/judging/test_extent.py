"""What exact records say of a series: facts, verdict, flags, and when they lead."""

import dataclasses
import math
import re

import numpy as np
import pytest

from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.judging.extent import exact_movement
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.cases import (
    CONSTANT,
    EVEN,
    EXACT_CASES,
    NAN,
    NOISE,
    NORMAL,
    PERMUTED,
    SPREAD,
    exact_after,
)
from tests.support.event_logs import tf2_rows
from tests.support.exact_logs import alone, measured_with, recorded, told_exactly
from tests.support.measured import flags_of, steps_of


class TestFacts:
    def test_are_those_of_the_last_step_of_finite_weights(self):
        facts = exact_movement(
            recorded(NORMAL, NORMAL + 0.01, NAN), told_exactly().histograms, None
        )
        assert (facts.step, facts.records, facts.baseline_step) == (1, 2, 0)
        assert facts.figures["mean_abs"] == pytest.approx(0.01)
        assert facts.figures["fraction_changed"] == 1

    def test_do_not_exist_where_no_step_has_finite_weights(self):
        nothing = told_exactly().histograms
        for exact in (None, recorded(NAN, NAN), recorded(NORMAL).until(-1)):
            assert exact_movement(exact, nothing, None) is None

    def test_their_scale_is_that_of_the_histograms(self):
        measured = told_exactly(NORMAL, NORMAL + 0.01)
        exact = measured.row.exact
        assert (exact.scale, exact.scale_kind) == (measured.movement.scale[-1], "std")
        assert exact.extent.relative == pytest.approx(0.01 / NORMAL.std(), rel=0.02)
        constant = told_exactly(CONSTANT, CONSTANT + 0.01 * SPREAD).row.exact
        assert (constant.scale, constant.scale_kind) == (pytest.approx(0.1), "constant")

    def test_alone_their_scale_is_the_initial_root_mean_square(self):
        exact = alone(NORMAL, NORMAL + 0.01).row.exact
        assert exact.scale_kind == "rms"
        assert exact.scale == pytest.approx(np.sqrt(np.mean(NORMAL**2)))

    @pytest.mark.parametrize("series_of", [told_exactly, alone])
    def test_from_zero_there_is_no_scale(self, series_of):
        exact = series_of(CONSTANT * 0, SPREAD).row.exact
        assert exact.scale_kind == "none"
        assert math.isnan(exact.scale)
        assert math.isnan(exact.extent.relative)

    def test_any_record_that_saw_a_change_counts(self):
        assert not told_exactly(NORMAL, NORMAL, NORMAL).row.exact.ever_changed
        assert told_exactly(NORMAL, PERMUTED, NORMAL).row.exact.ever_changed


class TestLeading:
    @staticmethod
    def leads(records: list[int], histograms: list[int], baseline_step: int = 0) -> bool:
        exact = recorded(
            *[NORMAL + step for step in records], steps=records, baseline_step=baseline_step
        )
        values = [NORMAL + step for step in histograms]
        return measured_with(exact, *values, steps=histograms).row.leads

    @pytest.mark.parametrize(
        ("records", "histograms"),
        [
            ([0, 10, 20], [0, 10, 20]),
            ([0, 10, 20], [0, 7, 19]),
            ([0, 10, 20], [0, 15, 29]),
            ([0, 10, 20], [0, 15, 30]),
            ([0, 10, 20], [10, 20]),
            ([0, 20], [0, 5, 10, 15, 20]),
            ([20], [0, 10, 20]),
            ([0, 10, 20], []),
        ],
    )
    def test_takes_records_from_the_first_histogram_to_the_last(self, records, histograms):
        assert self.leads(records, histograms)

    @pytest.mark.parametrize(
        ("records", "histograms"), [([0, 10, 20], [0, 15, 31]), ([0], [0, 10]), ([0, 10], [0, 40])]
    )
    def test_is_not_for_records_that_ended_early(self, records, histograms):
        assert not self.leads(records, histograms)

    def test_is_not_for_records_that_compare_with_a_later_step(self):
        assert self.leads([5, 10], [5, 10], baseline_step=5)
        assert not self.leads([5, 10], [0, 10], baseline_step=5)

    def test_is_not_for_records_that_ended_early_by_the_clock(self):
        """Of a run whose histograms count epochs and whose records count batches."""
        records = recorded(NORMAL, NORMAL + 1, steps=[0, 100])
        slow = dataclasses.replace(records, wall_times=np.array([0.0, 5.0]))
        epochs = [NORMAL] * 9
        assert not measured_with(slow, *epochs, steps=[100 * e for e in range(9)]).row.leads
        times = np.arange(9) * 100.0
        series = histogram_series(range(9), times, [tf2_rows(NORMAL)] * 9)
        assert not exact_movement(slow, series, None).leads
        late = dataclasses.replace(records, wall_times=np.array([0.0, 790.0]))
        assert exact_movement(late, series, None).leads

    def test_is_for_the_first_baseline_alone(self):
        for baseline in ("previous", "step:0"):
            measured = told_exactly(NORMAL, NORMAL + 1, baseline=baseline)
            assert (measured.row.leads, measured.exact) == (False, None)

    def test_draws_the_exact_movement_over_steps(self):
        values = [NORMAL + 0.01 * step for step in range(9)]
        measured = measured_with(recorded(*values), values[0], values[8], steps=[0, 8], points=3)
        assert measured.row.sparkline_steps.tolist() == [0, 4, 8]
        assert measured.row.sparkline == pytest.approx([0, 0.04, 0.08])
        assert measured.row.kept_steps == 2
        other = measured_with(
            recorded(*values), values[0], values[8], steps=[0, 8], points=3, baseline="step:8"
        )
        assert other.row.sparkline_steps.tolist() == [0, 8]

    def test_no_estimate_contradicts_what_is_exact(self):
        moves = 0.2 * np.random.default_rng(0).normal(size=EVEN.size)
        values, how = [EVEN, EVEN + moves / 2, EVEN + moves], {"measure": "estimate"}
        estimated = measured_with(None, *values, **how)
        assert estimated.row.estimate.method == "smear"
        assert steps_of(estimated)["estimate"]
        exact = [np.abs(each - EVEN).mean() for each in values]
        for measured in (told_exactly(*values, **how), alone(*values, **how)):
            assert measured.row.sparkline == pytest.approx(exact)
            assert measured.row.estimate is None
            assert steps_of(measured)["estimate"] is None
        early = measured_with(recorded(*values[:2]), *values, steps=[0, 1, 9], **how)
        assert not early.row.leads
        assert early.row.sparkline == pytest.approx(estimated.row.sparkline, nan_ok=True)

    def test_until_a_step_looks_at_records_up_to_it(self):
        values = [NORMAL, NORMAL + 0.01, NORMAL + 0.05]
        assert told_exactly(*values, until=1).row.exact.step == 1
        assert told_exactly(*values, until=-1).row.exact is None


@pytest.mark.parametrize(("values", "verdict"), EXACT_CASES.values(), ids=EXACT_CASES)
@pytest.mark.parametrize("series_of", [told_exactly, alone])
def test_verdict_on(series_of, values, verdict):
    measured = series_of(*values)
    assert measured.row.verdict.name == verdict
    assert measured.row.leads or verdict == "non_finite"


class TestVerdict:
    def test_unchanged_rests_on_every_weight_of_every_record(self):
        rule = told_exactly(NORMAL, NORMAL).row.verdict.rule
        assert "exact record" in rule
        assert "exact record" not in measured_with(None, NORMAL, NORMAL).row.verdict.rule

    def test_a_permutation_is_seen_though_histograms_are_identical(self):
        assert measured_with(None, NORMAL, PERMUTED).row.verdict.name == "unchanged"
        measured = told_exactly(NORMAL, PERMUTED)
        assert measured.movement.movement[-1] == 0
        assert measured.row.verdict.threshold == 0.1
        assert measured.row.verdict.value == measured.row.exact.extent.relative > 1

    @pytest.mark.parametrize(
        ("thresholds", "verdict"),
        [
            (Thresholds(), "moved"),
            (Thresholds(moved=0.06), "barely_moved"),
            (Thresholds(moved_far=0.04), "moved_far"),
        ],
    )
    @pytest.mark.parametrize("series_of", [told_exactly, alone])
    def test_thresholds_are_of_the_exact_movement(self, series_of, thresholds, verdict):
        values = [NORMAL, NORMAL + 0.0025 * np.sign(NOISE)]  # a twentieth, and hardly wider
        measured = series_of(*values, thresholds=thresholds)
        assert measured.row.verdict.name == verdict
        assert measured.row.verdict.value == pytest.approx(0.05, rel=0.03)
        if series_of is told_exactly:
            assert measured.movement.relative_movement[-1] < 0.01

    @pytest.mark.parametrize("baseline", ["first", "previous", "step:0"])
    @pytest.mark.parametrize("series_of", [told_exactly, alone])
    def test_nan_is_nan_whatever_it_is_compared_with(self, series_of, baseline):
        measured = series_of(NORMAL, NORMAL + 1, NAN, baseline=baseline)
        assert (measured.row.verdict.name, measured.row.verdict.value) == ("non_finite", 2.0)

    def test_the_first_nan_of_either_counts(self):
        late = recorded(NORMAL, NORMAL, NORMAL, NAN)
        assert measured_with(late, NORMAL, NAN, NORMAL).row.non_finite_step == 1
        early = recorded(NORMAL, NAN, NORMAL, NORMAL)
        assert measured_with(early, NORMAL, NORMAL, NORMAL).row.non_finite_step == 1

    @pytest.mark.parametrize(("factor", "name"), [(40, "exploding"), (0.01, "collapsed")])
    def test_where_records_lead_their_norm_tells_what_went_off(self, factor, name):
        """Whatever histograms stand beside them, from whatever step on."""
        verdict = alone(NORMAL, NORMAL * factor).row.verdict
        assert (verdict.name, verdict.subject) == (name, "norm")
        assert verdict.value == pytest.approx(factor)
        assert told_exactly(NORMAL, NORMAL * factor).row.verdict == verdict
        later = measured_with(
            recorded(NORMAL, NORMAL, NORMAL * factor), NORMAL, NORMAL * factor, steps=[1, 2]
        )
        assert (later.row.verdict.name, later.row.verdict.subject) == (name, "norm")
        relaxed = Thresholds(exploding=30, collapsed=0.001)
        assert alone(NORMAL, NORMAL * factor, thresholds=relaxed).row.verdict.name == "moved_far"

    def test_the_first_record_after_a_resumption_has_moved(self):
        exact = recorded(NORMAL, NORMAL + 0.01, steps=[0, 500])
        resumed = exact_after(exact, 1)
        assert measured_with(resumed).row.verdict.name == "moved_far"
        assert measured_with(resumed, NORMAL + 0.01, steps=[500]).row.verdict.name == "moved_far"

    def test_records_that_ended_early_leave_it_to_the_histograms(self):
        exact = recorded(NORMAL, NORMAL)
        measured = measured_with(exact, *[NORMAL + 0.01 * step for step in range(5)])
        assert measured.row.verdict.value == measured.movement.relative_movement[-1]
        assert measured.row.exact.figures["mean_abs"] == 0

    def test_records_alone_with_another_baseline_have_nothing_to_compare(self):
        measured = alone(NORMAL, NORMAL + 1, baseline="previous")
        assert measured.row.verdict.name == "no_data"
        assert (measured.row.first_step, measured.row.last_step) == (0, 1)
        assert measured.row.kept_steps == 2


class TestFirstMove:
    def test_is_the_first_step_whose_histogram_is_another_whatever_the_baseline(self):
        values = [NORMAL, NORMAL, NORMAL + 0.01, NORMAL]
        for baseline in ("first", "previous", "step:20"):
            measured = measured_with(None, *values, steps=[0, 10, 20, 30], baseline=baseline)
            assert measured.row.moved_step == 20
        assert measured_with(None, NORMAL, NORMAL).row.moved_step is None
        assert measured_with(None, NORMAL).row.moved_step is None

    def test_records_see_what_histograms_do_not(self):
        values = [NORMAL, PERMUTED, PERMUTED + 0.01]
        assert measured_with(None, *values).row.moved_step == 2
        assert told_exactly(*values).row.moved_step == 1
        assert alone(*values).row.moved_step == 1

    def test_records_that_ended_before_it_leave_it_to_the_histograms(self):
        exact = recorded(NORMAL, NORMAL)
        assert measured_with(exact, *[NORMAL] * 3, NORMAL + 1).row.moved_step == 3


class TestFlags:
    def test_an_ordinary_series_raises_none(self):
        assert flags_of(told_exactly(NORMAL, NORMAL + 0.01, NORMAL + 0.02)) == {}
        assert flags_of(alone(NORMAL, NORMAL + 0.01, NORMAL + 0.02)) == {}

    def test_stopped_is_by_the_records_where_they_lead(self):
        values = [NORMAL, PERMUTED, PERMUTED, PERMUTED]
        reason = flags_of(told_exactly(*values))["stopped"]
        assert re.findall(r"\d+", reason) == ["3", "1"]
        assert "records" in reason
        assert "stopped" in flags_of(alone(*values))
        assert "stopped" not in flags_of(measured_with(None, *values))

    def test_histograms_that_stand_still_over_moving_weights_have_not_stopped(self):
        rng = np.random.default_rng(3)
        values = [NORMAL, *(rng.permutation(NORMAL + 1) for _ in range(3))]
        assert "stopped" in flags_of(measured_with(None, *values))
        assert "stopped" not in flags_of(told_exactly(*values))

    def test_weights_that_are_nan_have_not_stopped(self):
        values = [NORMAL, NORMAL + 0.01, NAN, NAN, NAN, NAN]
        assert "stopped" not in flags_of(told_exactly(*values))

    def test_a_baseline_that_changes_was_lost(self):
        exact = recorded(NORMAL, NORMAL + 1, NORMAL + 2, steps=[0, 10, 20])
        exact.figures["baseline_step"][2] = 20
        measured = measured_with(exact, *[NORMAL] * 3, steps=[0, 10, 20])
        assert re.findall(r"\d+", flags_of(measured)["baseline_lost"]) == ["20", "0"]
        assert not measured.row.leads
        assert "baseline_lost" in flags_of(measured_with(exact))

    def test_records_that_begin_after_the_histograms_have_lost_theirs(self):
        exact = recorded(NORMAL, NORMAL + 1, steps=[10, 20], baseline_step=10)
        measured = measured_with(exact, *[NORMAL] * 3, steps=[0, 10, 20])
        assert re.findall(r"\d+", flags_of(measured)["baseline_lost"]) == ["10", "0"]

    def test_records_alone_that_begin_late_did_not_see_what_moved_before(self):
        exact = recorded(NORMAL, NORMAL + 1, steps=[10, 20], baseline_step=10)
        raised = flags_of(measured_with(exact))
        assert list(raised) == ["baseline_after_step_0"]
        assert "step 10" in raised["baseline_after_step_0"]

    def test_records_from_the_start_saw_what_moved_before_the_first_histogram(self):
        exact = recorded(NORMAL, NORMAL + 1, NORMAL + 2, steps=[0, 10, 20])
        late = [NORMAL + 1, NORMAL + 2]
        assert flags_of(measured_with(exact, *late, steps=[10, 20])) == {}
        assert "baseline_after_step_0" in flags_of(measured_with(None, *late, steps=[10, 20]))
        cut = exact.until(0)
        assert "baseline_after_step_0" in flags_of(measured_with(cut, *late, steps=[10, 20]))

    def test_initial_weights_that_were_found_again_saw_all(self):
        exact = recorded(NORMAL, NORMAL + 1, NORMAL + 2, steps=[5, 10, 20], baseline_step=5)
        exact.figures["baseline_step"][1:] = 0
        measured = measured_with(exact, *[NORMAL] * 3, steps=[0, 10, 20])
        assert measured.row.leads
        assert "baseline_after_step_0" not in flags_of(measured)

    def test_with_another_baseline_none_is_about_the_records(self):
        exact = recorded(NORMAL, NORMAL + 1, steps=[10, 20], baseline_step=10)
        assert flags_of(measured_with(exact, baseline="previous")) == {}


class TestScale:
    """Keras' own callback counts the state after its first epoch as step 0."""

    def facts(self, initial, after_epoch, now):
        exact = recorded(initial, after_epoch, now)
        return measured_with(exact, after_epoch, after_epoch, now).row

    def test_is_that_of_histograms_that_start_with_the_same_weights(self):
        facts = self.facts(NORMAL, NORMAL, NORMAL + 0.01)
        assert facts.exact.scale_kind == "std"
        assert facts.exact.scale == facts.histograms.scale

    def test_is_the_initial_size_where_the_first_histogram_came_later(self):
        facts = self.facts(NORMAL, NORMAL * 1.5, NORMAL * 2)
        size = np.sqrt(np.mean(NORMAL**2))
        assert facts.exact.scale_kind == "rms"
        assert facts.exact.scale == pytest.approx(size)
        assert np.isnan(facts.seen_part)

    def test_of_a_bias_that_started_at_zero_is_none_whatever_the_first_histogram_shows(self):
        facts = self.facts(NORMAL * 0, NORMAL, NORMAL * 3)
        assert (facts.exact.scale_kind, facts.histograms.scale_kind) == ("none", "std")
        assert "initial" not in series_sentence(facts)
