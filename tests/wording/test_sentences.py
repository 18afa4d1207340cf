"""Numbers in words, and what is true of every sentence; test_told.py holds the sentences."""

import dataclasses
import re

import numpy as np
import pytest

from tb_plugin_weightdelta.judging import Series, answer_of
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import with_sums
from tb_plugin_weightdelta.wording.headlines import FLOOR, LONGEST, headline, so_far
from tb_plugin_weightdelta.wording.numbers import number, percent
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.event_logs import legacy_rows
from tests.support.measured import measured
from tests.support.told_cases import run_cases, series_cases


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
        (123456.7, "123,457"),
        (0.0000999, "0.00010"),
    ],
)
def test_number_keeps_two_significant_digits(value, text):
    assert number(value) == text


def test_percent_has_a_space_before_its_sign():
    assert percent(0.011) == "1.1 %"


SERIES = series_cases()
RUNS = run_cases()


@pytest.mark.parametrize("measured", SERIES.values(), ids=SERIES)
class TestSeriesSentence:
    def test_is_about_this_series_and_whole(self, measured: Series):
        said = series_sentence(measured.row)
        assert measured.row.tag in said
        assert said.endswith(".")
        assert "  " not in said

    def test_never_says_nan_or_infinite(self, measured: Series):
        said = series_sentence(measured.row)
        assert not re.search(r"\bnan\b|\binf\b", said), said

    def test_has_no_percentage_of_what_does_not_exist_and_none_of_four_digits(
        self, measured: Series
    ):
        said = series_sentence(measured.row)
        assert not re.search(r"(?<![\d.])\d{4,} %", said), said
        if measured.row.shown and measured.row.shown.scale_kind == "none":
            assert "%" not in said.partition("Histograms show")[0]

    def test_has_one_format_of_numbers(self, measured: Series):
        said = series_sentence(measured.row)
        assert not re.search(r"step \d{4,}", said), said
        assert not re.search(r"(?<![\d.,])0(\.\d+)? times|×|times (less|smaller)", said), said

    def test_leaves_the_floor_to_the_answer_of_the_run(self, measured: Series):
        assert "cancel" not in series_sentence(measured.row)

    def test_calls_only_what_lasts_a_floor(self, measured: Series):
        said = series_sentence(measured.row)
        if measured.row.role == "activation" or measured.row.leads:
            assert "floor" not in said


@pytest.mark.parametrize("rows", RUNS.values(), ids=RUNS)
class TestHeadline:
    def test_is_whole_and_never_says_nan_or_infinite(self, rows: list[Series]):
        answer = headline(answer_of([each.row for each in rows]))
        assert answer.sentence.endswith(".")
        assert len(answer.sentence) <= LONGEST
        for said in (answer.sentence, answer.detail):
            assert "  " not in said
            assert not re.search(r"\bnan\b|\binf\b", said), said

    def test_of_a_part_of_a_run_says_that_it_is_one(self, rows: list[Series]):
        answer = headline(answer_of([each.row for each in rows]))
        part = so_far(answer, len(rows), 99)
        assert part.state == "measuring"
        assert part.sentence.startswith(f"{len(rows)} of 99 ")
        assert part.detail == answer.detail

    def test_gives_the_floor_as_a_reason_once_and_only_of_histograms(self, rows: list[Series]):
        answer = headline(answer_of([each.row for each in rows]))
        of_histograms = any(
            each.row.histograms and each.row.histograms.movement > 0 and not each.row.leads
            for each in rows
        )
        assert answer.detail.count(FLOOR) <= int(of_histograms)

    @pytest.mark.parametrize("name", ["x" * 500, "a/" * 300, "权重.\n", "h.7.", "", "a" * 80 + "/"])
    def test_fits_on_a_line_whatever_tensors_are_called(self, rows: list[Series], name: str):
        named = [
            dataclasses.replace(each.row, tag=f"{name}{place}.{each.row.tag}")
            for place, each in enumerate(rows)
        ]
        answer = headline(answer_of(named))
        assert len(answer.sentence) <= LONGEST
        assert len(so_far(answer, 3, 12_345).sentence) <= LONGEST
        assert answer.sentence.endswith(".")


def test_from_one_value_the_bounds_of_the_mean_are_in_one_unit():
    """Of what moved many times its value neither bound is a percentage."""
    start, end = np.full(16, 0.01), np.linspace(6.0, 10.0, 16)
    steps = [legacy_rows(start), legacy_rows(end)]
    known = {
        (i, 0.0): (16, v.min(), v.max(), v.sum(), (v**2).sum()) for i, v in enumerate((start, end))
    }
    series = with_sums(histogram_series([0, 1], [0.0, 0.0], steps), known)
    told = series_sentence(measured("fc.bias", series, series).row)
    assert "(root mean square, exact; 799 to 808 times on average)" in told
