"""Numbers in words, and what is said of one series and of a whole run."""

import re

import numpy as np
import pytest

from tb_plugin_weightdelta.figures import number, percent
from tb_plugin_weightdelta.headline import headline, so_far
from tb_plugin_weightdelta.sentences import FLOOR, series_sentence
from tests.test_verdicts import CASES, CONSTANT, EVEN, NORMAL, SPREAD, judged


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00066, "0.00066"),
        (0.0, "0"),
        (12.3, "12"),
        (9.99, "10"),
        (-0.5, "-0.50"),
        (279.4, "279"),
        (3.2e-7, "3.2e-7"),
        (1e30, "1.0e30"),
        (123456.7, "123457"),
        (0.0000999, "0.00010"),
    ],
)
def test_number_keeps_two_significant_digits(value, text):
    assert number(value) == text


def test_percent_has_a_space_before_its_sign():
    assert percent(0.011) == "1.1 %"


def sentence(*values: np.ndarray, tag: str = "layer/kernel") -> str:
    return series_sentence(judged(*values, tag=tag).facts)


class TestSeriesSentence:
    def test_says_how_far_of_what_between_which_steps_and_that_it_is_a_floor(self):
        said = sentence(NORMAL, NORMAL + 0.0025)
        assert said.startswith("The distribution of layer/kernel moved 5.0 % of its initial spread")
        assert "(0.0025 of 0.0" in said
        assert "between step 0 and step 1." in said
        assert "That is a floor (its values moved at least" in said

    def test_of_a_constant_speaks_of_its_initial_value(self):
        said = sentence(CONSTANT, CONSTANT + 0.001)
        assert "1.0 % of its initial value (0.0010 of 0.1)" in said
        assert FLOOR not in said

    @pytest.mark.parametrize("values", [values for values, _ in CASES.values()], ids=CASES)
    def test_never_says_nan_or_infinite_percent(self, values):
        said = sentence(*values)
        assert not re.search(r"\bnan\b|\binf\b", said), said

    def test_from_zero_never_shows_a_percentage(self):
        said = sentence(CONSTANT * 0, SPREAD)
        assert "%" not in said
        assert "started with every value at 0" in said

    def test_from_zero_to_zero_stayed(self):
        facts = judged(CONSTANT * 0, SPREAD, CONSTANT * 0).facts
        assert "stayed at 0" in series_sentence(facts)

    def test_many_times_the_spread_is_no_percentage_of_four_digits(self):
        assert "moved 50 times its initial spread" in sentence(NORMAL, NORMAL + 50 * NORMAL.std())

    def test_identical_histograms_may_be_a_permutation(self):
        assert "Only a permutation" in sentence(NORMAL, NORMAL)

    def test_activations_have_no_floor(self):
        assert FLOOR not in sentence(NORMAL, NORMAL + 0.0025, tag="conv1/output")

    def test_nan_is_named_with_its_step(self):
        values = [NORMAL, NORMAL + 0.01, np.array([[np.nan, np.nan, 0.0]])]
        said = sentence(*values)
        assert said.startswith("layer/kernel holds NaN or infinity at step 2.")
        assert "moved" in said


def headline_of(**series: list[np.ndarray]):
    return headline([judged(*values, tag=tag).facts for tag, values in series.items()])


class TestHeadline:
    def test_of_a_part_of_a_run_it_says_that_it_is_one(self):
        said = headline_of(a_weight=[NORMAL] * 2)
        part = so_far(said, 1, 9)
        assert part.sentence == f"1 of 9 series so far: {said.sentence}"
        assert part.detail == said.detail
        assert so_far(headline([]), 0, 9).sentence == "None of 9 series is measured yet."

    def test_answers_for_the_weights_and_compares_the_biases(self):
        said = headline_of(
            a_weight=[NORMAL, NORMAL + 0.001],
            b_weight=[NORMAL, NORMAL + 0.0005],
            a_bias=[CONSTANT, CONSTANT + 0.002 * SPREAD],
        )
        assert said.sentence == (
            "Yes, the weights moved: the distributions of both weight tensors changed by 1.0 % to "
            "2.0 % of their initial spread (median 1.5 %) between step 0 and step 1."
        )
        assert "flat stripes" in said.detail
        assert FLOOR in said.detail

    def test_says_no_only_when_everything_is_identical(self):
        assert headline_of(a_weight=[NORMAL] * 2).sentence.startswith("No, nothing moved")

    def test_says_barely_below_one_percent(self):
        said = headline_of(a_weight=[EVEN, EVEN + 0.005])
        assert said.sentence.startswith("Barely")

    def test_counts_those_that_did_not_change(self):
        said = headline_of(
            a_weight=[NORMAL] * 2, b_weight=[NORMAL, NORMAL + 0.01], c_weight=[NORMAL] * 2
        )
        assert "1 of 3 weight tensors" in said.sentence
        assert said.sentence.endswith("The other 2 did not change.")

    def test_points_at_what_exploded(self):
        said = headline_of(a_weight=[NORMAL, NORMAL * 100], b_weight=[NORMAL, NORMAL + 0.01])
        assert said.sentence.endswith("Look at these first: 1 exploded.")

    def test_without_weights_speaks_of_all_series(self):
        assert "series" in headline_of(mystery=[NORMAL, NORMAL + 0.01]).sentence

    def test_one_step_cannot_answer(self):
        assert "no second step" in headline_of(a_weight=[NORMAL]).sentence

    def test_of_no_rows_says_so(self):
        assert headline([]).sentence == "This run has no histograms."

    def test_does_not_explain_flat_stripes_where_weights_moved_far(self):
        said = headline_of(
            a_weight=[NORMAL, NORMAL + 0.05], a_bias=[CONSTANT, CONSTANT + 0.002 * SPREAD]
        )
        assert "flat stripes" not in said.detail
