"""What is told of exact records: sentences, tables, the terminal, JSON and CSV."""

import csv
import io
import json
import math
import re

import pytest

from tb_plugin_weightdelta.answering.export import (
    ESTIMATE_KEYS,
    EXACT_KEYS,
    KEYS,
    csv_text,
    json_text,
    records_of,
)
from tb_plugin_weightdelta.core.exact import ExactSeries, exact_series
from tb_plugin_weightdelta.judging import Series, answer_of
from tb_plugin_weightdelta.serving.http import encode
from tb_plugin_weightdelta.wording.headlines import headline
from tb_plugin_weightdelta.wording.movements import movement_words
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.cases import CONSTANT, NORMAL, SPREAD
from tests.support.cases import EXACT_CASES as CASES
from tests.support.exact_logs import (
    alone,
    datum,
    figures_of,
    layout,
    measured_with,
    recorded,
    told_exactly,
    value_in,
)
from tests.support.measured import steps_of, table_of
from tests.support.told_cases import BIAS, LITTLE, MUCH


def said(measured: Series) -> str:
    return series_sentence(measured.row)


class TestSentence:
    @pytest.mark.parametrize("values", [LITTLE, MUCH, BIAS, [NORMAL, NORMAL + 1], [NORMAL] * 2])
    def test_of_records_alone_never_speaks_of_histograms(self, values):
        words = said(alone(*values)) + headline(answer_of([alone(*values).row])).sentence
        assert "histogram" not in words
        assert "distribution" not in words

    def test_records_of_other_steps_than_the_histograms_are_not_held_against_them(self):
        exact = recorded(NORMAL, NORMAL + 0.01, NORMAL + 0.02, steps=[0, 10, 20])
        late = measured_with(exact, NORMAL + 0.01, NORMAL + 0.02, steps=[10, 20])
        early = measured_with(exact, NORMAL, NORMAL + 0.01, steps=[0, 10])
        assert math.isnan(late.row.seen_part)
        assert math.isnan(early.row.seen_part)
        assert "histograms" not in said(late) + said(early)

    @pytest.mark.parametrize("values", [values for values, _ in CASES.values()], ids=CASES)
    @pytest.mark.parametrize("series_of", [told_exactly, alone])
    @pytest.mark.parametrize("baseline", ["first", "previous"])
    def test_never_says_nan_or_infinite(self, series_of, values, baseline):
        measured = series_of(*values, baseline=baseline)
        words = said(measured) + headline(answer_of([measured.row])).sentence
        assert not re.search(r"\bnan\b|\binf\b", words), words


class TestHeadline:
    def test_says_once_why_histograms_hide_something(self):
        exact, seen = (
            told_exactly(*MUCH, tag="a_weight"),
            measured_with(None, *LITTLE, tag="b_weight"),
        )
        for rows in ([exact], [exact, seen]):
            detail = headline(answer_of([each.row for each in rows])).detail
            assert "Histograms show 9.2 % of what was recorded" in detail
            assert detail.count("cancel") == 1


class TestTables:
    def test_ranks_by_the_exact_movement_where_it_leads(self):
        table = table_of(
            measured_with(None, NORMAL, NORMAL + 0.01, tag="fc1.weight"),
            told_exactly(*MUCH, tag="fc2.weight"),
        )
        assert table["columns"]["tag"] == ["fc1.weight", "fc2.weight"]
        table = table_of(
            measured_with(None, NORMAL, NORMAL + 0.005, tag="fc1.weight"),
            told_exactly(*MUCH, tag="fc2.weight"),
        )
        assert table["columns"]["tag"] == ["fc2.weight", "fc1.weight"]

    def test_what_cannot_be_read_is_said_and_the_histograms_are_answered(self):
        measured = measured_with(ExactSeries.unreadable("Too new."), NORMAL, NORMAL + 0.01, tag="w")
        table = table_of(measured)
        assert table["left_out"] == [{"tag": "w", "step": None, "reason": "Too new."}]
        assert (table["columns"]["exact"], table["columns"]["verdict"]) == ([None], ["moved_far"])
        series = steps_of(measured)
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
            assert encode(steps_of(measured))

    def test_a_sample_is_said_to_be_one(self):
        told = figures_of(NORMAL, NORMAL + 1) | {"sampled_elements": 7.0}
        exact = exact_series([datum(step, told) for step in (0, 1)], "w", layout())
        assert steps_of(measured_with(exact))["exact"]["sampled_elements"] == 7


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
        flat = [k for k in KEYS if k not in ("estimate", "exact")]
        nested = [f"estimate_{k}" for k in ESTIMATE_KEYS] + [f"exact_{k}" for k in EXACT_KEYS]
        assert list(lines[0]) == flat + nested
        assert {each["tag"] for each in objects if each["exact"]} == {"both", "alone", "from zero"}
        for line, told in zip(lines, objects, strict=True):
            exact = told["exact"] or dict.fromkeys(EXACT_KEYS)
            assert list(exact) == list(EXACT_KEYS)
            for key, value in exact.items():
                cell = line[f"exact_{key}"]
                assert value_in(cell) == value

    def test_the_terminal_says_what_is_exact(self):
        exact = {each.row.tag for each in self.ROWS if "exact" in movement_words(each.row)}
        assert exact == {"both", "alone", "from zero"}

    def test_the_terminal_shows_the_histograms_where_records_ended_early(self):
        measured = measured_with(recorded(NORMAL, NORMAL), *[NORMAL + 0.05 * s for s in range(5)])
        assert measured.row.exact.leads is False
        assert movement_words(measured.row).startswith(">= 399 %")

    def test_with_another_baseline_the_terminal_shows_nothing_of_records_alone(self):
        row = alone(*MUCH, baseline="previous").row
        assert (row.exact, movement_words(row)) == (None, "–")
