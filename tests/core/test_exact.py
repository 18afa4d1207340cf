"""From what a provider holds to the exact records of one tensor."""

import json
import math

import numpy as np
import pytest

from tb_plugin_weightdelta.core.exact import FIELDS, FIGURES, QUANTILES, ExactSeries, exact_series
from tests.support.cases import NORMAL
from tests.support.exact_logs import datum, figures_of, layout, recorded

NAN = NORMAL * math.nan
TOLD = figures_of(NORMAL, NORMAL + 0.01)


def series_of(*data, content: bytes | None = None) -> ExactSeries:
    return exact_series(data, "weight_delta/w", layout() if content is None else content)


class TestReading:
    def test_figures_and_quantiles_are_those_that_were_written(self):
        series = series_of(datum(0, figures_of(NORMAL, NORMAL)), datum(10, TOLD))
        assert series.steps.tolist() == [0, 10]
        assert series.wall_times.tolist() == [0.0, 10.0]
        for name in FIGURES:
            np.testing.assert_equal(series.figures[name][1], TOLD[name])
        assert series.changes[1].tolist() == [TOLD[name] for name in QUANTILES]
        assert series.changes.shape == (2, 9)

    def test_records_are_in_the_order_of_their_steps_and_of_a_repeated_one_the_last(self):
        values = {step: figures_of(NORMAL, NORMAL + 0.01 * step) for step in (1, 2, 3)}
        series = series_of(datum(2, values[1]), datum(1, values[1]), datum(2, values[3]))
        assert series.steps.tolist() == [1, 2]
        assert series.figures["mean_abs"] == pytest.approx([0.01, 0.03])

    def test_a_layout_is_read_by_the_names_of_its_fields(self):
        turned = FIELDS[::-1]
        record = datum(5, {name: TOLD[name] for name in turned})
        series = series_of(record, content=layout(fields=turned))
        assert series.figures["mean_abs"].tolist() == [TOLD["mean_abs"]]

    def test_what_an_older_layout_lacks_does_not_exist(self):
        fields = [name for name in FIELDS if name not in ("non_finite", "cosine", "q5000")]
        record = datum(5, {name: TOLD[name] for name in fields})
        series = series_of(record, content=layout(version=0, fields=fields))
        assert np.isnan(series.figures["cosine"]).all()
        assert np.isnan(series.changes[0]).tolist() == [name == "q5000" for name in QUANTILES]
        assert series.figures["mean_abs"].tolist() == [TOLD["mean_abs"]]
        assert (series.last, series.non_finite_step, series.unchanged_from) == (0, None, 0)

    def test_figures_of_huge_weights_are_no_damage(self):
        huge = NORMAL * 1e200
        with np.errstate(over="ignore"):
            series = series_of(datum(0, figures_of(huge, huge * 2)))
        assert (series.refused, math.isinf(series.figures["rms"][0])) == ("", True)


class TestRefusing:
    def test_a_newer_layout_in_a_sentence(self):
        series = series_of(datum(0, TOLD), content=layout(version=99))
        assert len(series) == 0
        assert series.refused == (
            "The exact records of weight_delta/w have layout 99, and this version of Weight Delta "
            "knows layouts up to 1: a newer one reads them."
        )

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe",
            b"[]",
            b"{}",
            b"[" * 100_000,
            layout(version=None),
            layout(version=math.inf),
            layout(version=math.nan),
            layout(fields=None),
            layout(fields=[]),
            layout(fields=[1, 2]),
            layout(initial="forgotten"),
            layout(initial=[]),
            json.dumps({"version": 1, "fields": FIELDS}).encode(),
        ],
        ids=lambda content: content[:40].decode(errors="replace"),
    )
    @pytest.mark.parametrize(
        "record", [datum(0, TOLD), datum(0, np.empty(0))], ids=["whole", "empty"]
    )
    def test_a_damaged_layout(self, content, record):
        series = series_of(record, content=content)
        assert (len(series), "is damaged" in series.refused) == (0, True)

    @pytest.mark.parametrize(
        "numbers",
        [[], [1.0], [TOLD["mean_abs"]] * (len(FIELDS) + 1), [[1.0] * 22], 7.0],
        ids=["none", "one", "one more", "two-dimensional", "a scalar"],
    )
    def test_a_record_of_another_shape(self, numbers):
        assert "has shape" in series_of(datum(0, TOLD), datum(1, numbers)).refused

    @pytest.mark.parametrize("text", [b"", b"moved", "weit"])
    def test_a_record_of_text(self, text):
        told = np.array([text] * len(FIELDS), dtype=object)
        assert "are not numbers" in series_of(datum(0, told)).refused

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("elements", value) for value in (0, -1, 1e300, math.inf, math.nan)),
            *(("baseline_step", value) for value in (1e300, -1e300, math.inf, math.nan)),
            *(("sampled_elements", value) for value in (-1, 1e300, math.inf, 4001)),
            *((name, -1e-9) for name in ("mean_abs", "rms", "max_abs", "norm", "initial_norm")),
            ("fraction_changed", -math.inf),
        ],
    )
    def test_a_figure_that_cannot_be(self, name, value):
        refused = series_of(datum(0, TOLD), datum(1, {**TOLD, name: value})).refused
        assert refused.startswith("The exact records of weight_delta/w are damaged: ")
        assert refused.endswith(".")

    def test_nothing_of_it_is_kept(self):
        series = ExactSeries.unreadable("why")
        assert (len(series), series.last, series.non_finite_step) == (0, None, None)
        assert series.until(5) is series
        assert series.nbytes == 0


class TestSeries:
    def test_until_a_step_is_the_series_that_ended_there(self):
        values = [NORMAL + 0.01 * step for step in range(5)]
        whole = recorded(*values, steps=[0, 10, 20, 30, 40])
        cut, ended = whole.until(25), recorded(*values[:3], steps=[0, 10, 20])
        assert cut.steps.tolist() == ended.steps.tolist()
        assert cut.wall_times.tolist() == ended.wall_times.tolist()
        assert cut.changes.tolist() == ended.changes.tolist()
        for name, array in ended.figures.items():
            np.testing.assert_equal(cut.figures[name], array)
        assert whole.until(40) is whole
        assert len(whole.until(-1)) == 0
        assert (whole.until(-1).last, whole.until(-1).non_finite_step) == (None, None)

    def test_the_last_row_is_the_last_of_finite_weights(self):
        assert recorded(NORMAL, NORMAL + 1).last == 1
        assert recorded(NORMAL, NORMAL + 1, NAN).last == 1
        assert recorded(NORMAL, NAN, NORMAL + 1).last == 2
        assert recorded(NAN, NAN).last is None

    def test_the_first_step_with_nan_or_infinity_is_known(self):
        infinite = np.append(NORMAL[1:], math.inf)
        assert recorded(NORMAL, infinite, NORMAL, NAN, steps=[0, 7, 8, 9]).non_finite_step == 7
        assert recorded(NORMAL, NORMAL).non_finite_step is None

    def test_the_first_step_with_another_weight_is_known(self):
        moved = [NORMAL, NORMAL, NORMAL[::-1], NORMAL]
        assert recorded(*moved, steps=[0, 10, 20, 30]).changed_step == 20
        assert recorded(NORMAL, NAN, NORMAL, steps=[0, 10, 20]).changed_step == 10
        assert recorded(NORMAL, NORMAL).changed_step is None

    def test_unchanged_from_is_the_first_row_of_a_standstill(self):
        moved = [NORMAL + shift for shift in (0, 0.01, 0.02, 0.02, 0.02)]
        assert recorded(*moved).unchanged_from == 2
        assert recorded(NORMAL, NORMAL, NORMAL).unchanged_from == 0
        assert recorded(NORMAL, NORMAL + 1).unchanged_from == 1

    def test_a_permutation_is_no_standstill(self):
        assert recorded(NORMAL, NORMAL, NORMAL[::-1]).unchanged_from == 2

    def test_from_zero_a_cosine_that_does_not_exist_does_not_hide_a_standstill(self):
        assert recorded(NORMAL * 0, NORMAL, NORMAL, NORMAL).unchanged_from == 1

    def test_weights_that_are_not_finite_do_not_stand_still(self):
        assert recorded(NORMAL, NORMAL + 1, NAN, NAN, NAN).unchanged_from == 4
        assert recorded(NAN, NAN, NAN).unchanged_from == 2

    def test_takes_as_much_memory_as_its_arrays(self):
        one, two = recorded(NORMAL, NORMAL), recorded(NORMAL, NORMAL, NORMAL, NORMAL)
        assert 2 * one.nbytes == two.nbytes > 4 * 8 * 20


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fields": ["x" * 20_000]}, "longer than 16384 bytes"),
        ({"fields": [str(number) for number in range(257)]}, "damaged"),
        ({"fields": []}, "damaged"),
        ({"initial": []}, "damaged"),
        ({"sampled": {}}, "damaged"),
        ({"sampled": "5"}, "damaged"),
    ],
)
def test_a_layout_that_no_recorder_writes_is_refused(changes, why):
    assert why in series_of(datum(0, TOLD), content=layout(**changes)).refused


@pytest.mark.parametrize("kind", ["S3", "U3", "F", "?"])
def test_records_of_another_kind_than_numbers_are_refused(kind):
    record = datum(0, np.ones(len(FIELDS)).astype(kind))
    assert "are not numbers" in series_of(record).refused
