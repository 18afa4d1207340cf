"""Each flag on the series that deserve it, and on no other."""

import dataclasses
import re

import numpy as np
import pytest

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.judging.flags import (
    FlagName,
    flags_of,
    span_flags,
    step_gap,
    steps_logged,
)
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.cases import NORMAL
from tests.support.event_logs import tf2_rows
from tests.support.measured import flags_of as told
from tests.support.measured import measured, table_of

CHOICE = BaselineChoice()


def series_at(steps, values=None) -> HistogramSeries:
    values = values or [NORMAL + 0.001 * index for index in range(len(steps))]
    rows = [tf2_rows(array) for array in values]
    return histogram_series(steps, [float(step) for step in steps], rows)


def raised(series: HistogramSeries, choice: BaselineChoice = CHOICE) -> dict[FlagName, str]:
    return told(measured("w", series, series, choice))


def test_an_ordinary_series_raises_none():
    assert raised(series_at([0, 1, 2])) == {}


class TestStopped:
    def test_names_the_step_since_which_nothing_changes(self):
        values = [NORMAL, NORMAL + 0.01, NORMAL + 0.02, NORMAL + 0.02, NORMAL + 0.02]
        reason = raised(series_at([0, 10, 20, 30, 40], values))["stopped"]
        assert re.findall(r"\d+", reason) == ["3", "20"]

    @pytest.mark.parametrize(
        "values",
        [[NORMAL] * 4, [NORMAL, NORMAL + 1, NORMAL + 1], [NORMAL, NORMAL + 1, NORMAL, NORMAL + 1]],
        ids=["never moved", "only two alike", "still moving"],
    )
    def test_is_not_raised_for(self, values):
        assert "stopped" not in raised(series_at(range(len(values)), values))


class TestBaseline:
    def test_after_step_0_names_the_step(self):
        assert "step 500" in raised(series_at([500, 501]))["baseline_after_step_0"]

    def test_after_step_0_is_about_the_first_logged_alone(self):
        assert raised(series_at([500, 501]), BaselineChoice.parse("previous")) == {}

    def test_sampled_says_how_to_keep_all_steps(self):
        rows = [tf2_rows(NORMAL + step) for step in (3, 4, 100)]
        series = histogram_series([30, 40, 20_000], [0.0] * 3, rows)
        unknown = dataclasses.replace(series, first_unknown=True)
        reason = raised(unknown)["baseline_sampled"]
        assert "step 30" in reason
        assert "baseline_after_step_0" not in raised(unknown)
        assert "--samples_per_plugin=histograms=2100" in reason

    @pytest.mark.parametrize(
        ("steps", "logged"),
        [([0], 1), ([0, 10, 20], 3), ([5, 6, 104], 110), ([63, 64, 99_999], 100_000)],
    )
    def test_the_number_of_logged_steps_is_told_from_the_smallest_gap(self, steps, logged):
        assert steps_logged(series_at(steps, [NORMAL] * len(steps))) == logged


def test_shared_tag_is_raised_for_a_repeated_step():
    assert "shared_tag" in raised(series_at([0, 0, 1]))


def test_invalid_rows_name_the_first_and_count_the_rest():
    rows = [tf2_rows(NORMAL), np.array([[0.0, 1.0, -1.0]]), np.zeros((0, 3))]
    series = histogram_series([0, 5, 6], [0.0] * 3, rows)
    reason = raised(series)["invalid_rows"]
    assert "step 5" in reason
    assert series.left_out[0].reason in reason
    assert reason.startswith("2 histograms are left out, the first that of step 5")


class TestBesideTheRun:
    def test_late_start_and_early_end_compare_with_the_runs_other_series(self):
        tags = {"whole": range(0, 100, 10), "late": range(50, 100, 10), "early": range(0, 40, 10)}
        rows = []
        for tag, steps in tags.items():
            series = series_at(list(steps))
            rows.append(measured(tag, series, series))
        columns = table_of(*rows)["columns"]
        found = {
            tag: {"late_start", "ended_early"} & set(flags)
            for tag, flags in zip(columns["tag"], columns["flags"], strict=True)
        }
        assert found == {"whole": set(), "late": {"late_start"}, "early": {"ended_early"}}
        late = columns["evidence"][columns["tag"].index("late")]
        assert re.findall(r"\d+", late["flags"]["late_start"]) == ["50", "0"]

    def test_a_series_logged_less_often_neither_starts_late_nor_ends_early(self):
        series = series_at([10, 60, 90])
        assert step_gap(series.steps) == 40
        assert span_flags((10, 90), step_gap(series.steps), (0, 100)) == ()


def test_every_flag_is_a_sentence_about_something_else():
    series = series_at([500, 500, 510, 520, 530], [NORMAL] + [NORMAL + 1] * 4)
    reasons = [flag.reason for flag in flags_of(series, CHOICE, None)]
    assert len(set(reasons)) == len(reasons) >= 1
    assert all(reason.endswith(".") for reason in reasons)
