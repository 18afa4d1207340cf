"""What is said of exact records: sentences, headlines, the terminal, JSON and CSV."""

import csv
import io
import json
import re

import numpy as np
import pytest

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.detail import series_table
from tb_plugin_weightdelta.exact_records import exact_series
from tb_plugin_weightdelta.exact_series import ExactSeries
from tb_plugin_weightdelta.headline import Headline, headline
from tb_plugin_weightdelta.measured import MeasuredSeries
from tb_plugin_weightdelta.overview import overview_row, run_table
from tb_plugin_weightdelta.records import EXACT_KEYS, KEYS, csv_text, json_text, records_of
from tb_plugin_weightdelta.replies import encode
from tb_plugin_weightdelta.sentences import FLOOR, series_sentence
from tb_plugin_weightdelta.terminal import movement_words
from tests.exact_logs import (
    alone,
    datum,
    figures_of,
    layout,
    measured_with,
    recorded,
    told_exactly,
    value_in,
)
from tests.test_recorded import CASES, NOISE, PERMUTED, exact_after
from tests.test_verdicts import CONSTANT, EVEN, NORMAL, SPREAD

# A twentieth and a fifth of the spread, up and down: histograms hardly widen.
LITTLE = [NORMAL, NORMAL + 0.0025 * np.sign(NOISE)]
MUCH = [NORMAL, NORMAL + 0.01 * np.sign(NOISE)]
BIAS = [CONSTANT, CONSTANT + 0.002 * SPREAD]


def said(measured: MeasuredSeries) -> str:
    return series_sentence(measured.facts)


class TestSentence:
    def test_says_how_far_the_values_moved_and_what_the_histograms_show_of_it(self):
        assert said(told_exactly(*MUCH)) == (
            "The values of layer/kernel moved 20 % of their initial spread (0.010 of 0.0501) on "
            "average between step 0 and step 1, recorded value by value. Their histograms show "
            "9.2 % of that: moves up and down cancel."
        )

    def test_a_shift_is_shown_nearly_whole(self):
        assert said(told_exactly(EVEN, EVEN + 0.1)).endswith(
            "Their histograms show nearly all of that."
        )

    @pytest.mark.parametrize("values", [LITTLE, MUCH, BIAS, [NORMAL, NORMAL + 1], [NORMAL] * 2])
    def test_of_records_alone_never_speaks_of_histograms(self, values):
        words = said(alone(*values))
        assert "histogram" not in words
        assert "distribution" not in words

    def test_records_of_other_steps_than_the_histograms_are_not_held_against_them(self):
        exact = recorded(NORMAL, NORMAL + 0.01, NORMAL + 0.02, steps=[0, 10, 20])
        late = measured_with(exact, NORMAL + 0.01, NORMAL + 0.02, steps=[10, 20])
        assert "between step 0 and step 20" in said(late)
        early = measured_with(exact, NORMAL, NORMAL + 0.01, steps=[0, 10])
        assert "histograms show" not in said(late) + said(early)

    def test_says_which_part_did_not_change(self):
        half = np.where(np.median(NORMAL) < NORMAL, NORMAL + 0.01, NORMAL)
        assert "50 % of the values did not change." in said(told_exactly(NORMAL, half))
        assert "did not change" not in said(told_exactly(*MUCH))

    def test_frozen_is_certain(self):
        words = said(told_exactly(NORMAL, NORMAL, NORMAL))
        assert words.startswith(
            "No value of layer/kernel changed between step 0 and step 2: 3 exact"
        )
        assert "permutation" not in words

    def test_a_permutation_moved_all_that_its_histograms_do_not_show(self):
        assert "Their histograms show 0 % of that" in said(told_exactly(NORMAL, PERMUTED))

    def test_with_another_baseline_speaks_of_distributions(self):
        assert said(told_exactly(*MUCH, baseline="previous")).startswith("The distribution of")

    def test_records_alone_ask_for_the_first_step_as_the_baseline(self):
        assert said(alone(*MUCH, baseline="previous")).endswith(
            "choose the first step as the baseline."
        )

    def test_records_without_a_movement_say_nothing_of_the_baseline(self):
        fields = ["elements", "baseline_step"]
        exact = exact_series([datum(0, [4.0, 0.0])] * 2, "w", layout(fields=fields))
        assert said(measured_with(exact)) == "layer/kernel has no usable exact record to compare."

    def test_after_a_resumption_one_record_is_enough(self):
        resumed = exact_after(recorded(*MUCH, steps=[0, 500]), 1)
        assert "between step 0 and step 500" in said(measured_with(resumed))

    @pytest.mark.parametrize("values", [values for values, _ in CASES.values()], ids=CASES)
    @pytest.mark.parametrize("series_of", [told_exactly, alone])
    @pytest.mark.parametrize("baseline", ["first", "previous"])
    def test_never_says_nan_or_infinite(self, series_of, values, baseline):
        measured = series_of(*values, baseline=baseline)
        words = said(measured) + headline([measured.facts]).sentence
        assert not re.search(r"\bnan\b|\binf\b", words), words


def headline_of(*measured: MeasuredSeries) -> Headline:
    return headline([each.facts for each in measured])


class TestHeadline:
    def test_says_how_much_the_histograms_had_hidden(self):
        words = headline_of(
            told_exactly(*LITTLE, tag="a_weight"),
            told_exactly(*MUCH, tag="b_weight"),
            told_exactly(*BIAS, tag="a_bias"),
        )
        assert words.sentence == (
            "Yes, the weights moved: the values of both weight tensors moved by 5.0 % to 20 % of "
            "their initial spread (median 12 %) on average between step 0 and step 1, recorded "
            "value by value. Their histograms show 9.2 % of that: moves up and down cancel."
        )
        assert words.detail.startswith("For comparison, the values of the biases moved by 1.0 %")
        assert FLOOR not in words.detail

    def test_counts_those_that_did_not_change(self):
        words = headline_of(
            told_exactly(*LITTLE, tag="a_weight"), told_exactly(NORMAL, NORMAL, tag="b_weight")
        )
        assert "the values of 1 of 2 weight tensors moved by 5.0 % of its" in words.sentence
        assert words.sentence.endswith("One did not change.")

    def test_of_some_recorded_speaks_of_distributions_and_then_of_those(self):
        words = headline_of(
            told_exactly(*LITTLE, tag="a_weight"),
            measured_with(None, *MUCH, tag="b_weight"),
            told_exactly(*BIAS, tag="a_bias"),
            measured_with(None, *BIAS, tag="b_bias"),
        )
        assert "the distributions of both weight tensors changed" in words.sentence
        assert words.sentence.endswith(
            "Of 1 there are exact records: its values moved by 5.0 % of its initial spread on "
            "average."
        )
        assert "For comparison, the distributions of the biases moved" in words.detail
        assert FLOOR in words.detail

    @pytest.mark.parametrize("first", [LITTLE, [NORMAL, NORMAL + 1]])
    def test_records_alone_among_histograms_are_no_series_that_started_at_0(self, first):
        words = headline_of(
            alone(*first, tag="a_weight"), measured_with(None, *MUCH, tag="b_weight")
        ).sentence
        assert "between step 0 and step 1" in words
        assert "started at 0" not in words
        assert "Of 1 there are exact records: its values moved" in words
        assert "Its histograms" not in words

    def test_of_records_alone_says_how_far_the_values_moved(self):
        words = headline_of(alone(*LITTLE, tag="a_weight"), alone(*MUCH, tag="b_weight")).sentence
        assert (
            "the values of both weight tensors moved by 5.0 % to 20 % of their initial size"
            in words
        )
        assert "histogram" not in words

    def test_says_no_only_when_every_record_is_the_same(self):
        assert headline_of(
            told_exactly(NORMAL, NORMAL, tag="a_weight"), alone(NORMAL, NORMAL, tag="b_weight")
        ).sentence == (
            "No, nothing moved: the values of both weight tensors are the same in every exact "
            "record."
        )
        there_and_back = told_exactly(NORMAL, PERMUTED, NORMAL, tag="a_weight")
        assert "are back at the baseline" in headline_of(there_and_back).sentence

    def test_records_alone_ask_for_the_first_step_as_the_baseline(self):
        words = headline_of(alone(*LITTLE, tag="a_weight", baseline="step:0")).sentence
        assert words.endswith("choose the first step as the baseline.")
        assert "no second step" in headline_of(alone(NORMAL, tag="a_weight")).sentence


def table_of(*measured: MeasuredSeries) -> dict:
    return run_table("r", BaselineChoice(), [overview_row(each) for each in measured], {})


class TestTables:
    def test_ranks_by_the_exact_movement_where_it_leads(self):
        table = table_of(
            measured_with(None, NORMAL, NORMAL + 0.01, tag="shown"),
            told_exactly(*MUCH, tag="hidden"),
        )
        assert table["columns"]["tag"] == ["shown", "hidden"]
        table = table_of(
            measured_with(None, NORMAL, NORMAL + 0.005, tag="shown"),
            told_exactly(*MUCH, tag="hidden"),
        )
        assert table["columns"]["tag"] == ["hidden", "shown"]

    def test_what_cannot_be_read_is_said_and_the_histograms_are_answered(self):
        measured = measured_with(ExactSeries.unreadable("Too new."), NORMAL, NORMAL + 0.01, tag="w")
        table = table_of(measured)
        assert table["left_out"] == [{"tag": "w", "step": None, "reason": "Too new."}]
        assert (table["columns"]["exact"], table["columns"]["verdict"]) == ([None], ["moved_far"])
        series = series_table("r", measured, BaselineChoice(), "")
        assert series["left_out"] == [{"step": None, "reason": "Too new."}]
        assert series["exact"] is None

    @pytest.mark.parametrize("baseline", ["previous", "step:0"])
    def test_records_alone_know_their_steps_whatever_the_baseline(self, baseline):
        columns = table_of(
            alone(NORMAL, NORMAL, NORMAL, tag="a", baseline=baseline),
            measured_with(None, *[NORMAL] * 4, tag="b", baseline=baseline),
        )["columns"]
        a = columns["tag"].index("a")
        assert (columns["first_step"][a], columns["last_step"][a]) == (0, 2)
        assert (columns["kept_steps"][a], columns["flags"][a]) == (3, [])

    @pytest.mark.parametrize(
        "missing",
        [
            "non_finite",
            "rms",
            "fraction_changed",
            "initial_norm",
            "sampled_elements",
            "norm",
            "mean_abs",
            "q5000",
        ],
    )
    @pytest.mark.parametrize("until", [None, 0, -1])
    def test_a_figure_that_a_layout_lacks_costs_no_answer(self, missing, until):
        told = [figures_of(NORMAL, NORMAL + shift) for shift in (0, 0.01, 0.02)]
        fields = [name for name in told[0] if name != missing]
        data = [datum(step, [one[name] for name in fields]) for step, one in enumerate(told)]
        exact = exact_series(data, "w", layout(fields=fields))
        assert exact.refused == ""
        for measured in (
            measured_with(exact, until=until),
            measured_with(exact, *LITTLE, until=until, points=2),
        ):
            assert "nan" not in said(measured)
            assert encode(table_of(measured))
            assert encode(series_table("r", measured, BaselineChoice(), ""))

    def test_a_sample_is_said_to_be_one(self):
        told = figures_of(NORMAL, NORMAL + 1) | {"sampled_elements": 7.0}
        exact = exact_series([datum(step, told) for step in (0, 1)], "w", layout())
        assert (
            series_table("r", measured_with(exact), BaselineChoice(), "")["exact"][
                "sampled_elements"
            ]
            == 7
        )


class TestRecords:
    ROWS = (
        told_exactly(*MUCH, tag="both"),
        alone(*BIAS, tag="alone"),
        alone(CONSTANT * 0, SPREAD, tag="from zero"),
        measured_with(None, *LITTLE, tag="histograms"),
    )

    def test_csv_has_a_column_for_all_that_json_has(self):
        records = records_of(table_of(*self.ROWS))
        objects = json.loads(json_text(records))
        lines = list(csv.DictReader(io.StringIO(csv_text(records))))
        assert list(lines[0]) == [k for k in KEYS if k != "exact"] + [
            f"exact_{k}" for k in EXACT_KEYS
        ]
        assert {each["tag"] for each in objects if each["exact"]} == {"both", "alone", "from zero"}
        for line, told in zip(lines, objects, strict=True):
            exact = told["exact"] or dict.fromkeys(EXACT_KEYS)
            assert list(exact) == list(EXACT_KEYS)
            for key, value in exact.items():
                cell = line[f"exact_{key}"]
                assert value_in(cell) == value

    def test_the_terminal_says_that_it_is_exact(self):
        words = {r["tag"]: movement_words(r) for r in records_of(table_of(*self.ROWS))}
        assert words["both"] == "20 % of spread, exact"
        assert words["alone"] == "1.0 % of initial RMS, exact"
        assert words["from zero"] == "0.52, exact"
        assert "exact" not in words["histograms"]

    def test_the_terminal_shows_the_histograms_where_records_ended_early(self):
        measured = measured_with(recorded(NORMAL, NORMAL), *[NORMAL + 0.05 * s for s in range(5)])
        (record,) = records_of(table_of(measured))
        assert record["exact"]["leads"] is False
        assert movement_words(record) == "399 % of spread"

    def test_with_another_baseline_the_terminal_shows_nothing_of_records_alone(self):
        (record,) = records_of(table_of(alone(*MUCH, baseline="previous")))
        assert (record["exact"], movement_words(record)) == (None, "")
