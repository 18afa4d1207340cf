"""The number format that extremes tell, and what it may have to do with standing still."""

import numpy as np
import pytest

from tb_plugin_weightdelta.judging.precision import of_all, rounded_away, stored_as
from tb_plugin_weightdelta.judging.row import SeriesRow
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.wording import series_sentence
from tests.support.event_logs import legacy_rows, tf2_rows
from tests.support.measured import measured


def as_bfloat16(values: np.ndarray) -> np.ndarray:
    """Rounded to the nearest, ties to even."""
    bits = np.float32(values).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32).astype(np.float64)


FORMATS = {
    "float32": lambda values: np.float32(values).astype(np.float64),
    "bfloat16": as_bfloat16,
    "float16": lambda values: np.float16(values).astype(np.float64),
}


def weights(seed: int, steps: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 0.05, 300) * 1.01**step for step in range(steps)]


def history(values, write=tf2_rows):
    return histogram_series(range(len(values)), [0.0] * len(values), list(map(write, values)))


class TestTold:
    @pytest.mark.parametrize("write", [tf2_rows, legacy_rows])
    @pytest.mark.parametrize("name", FORMATS)
    def test_by_extremes(self, name, write):
        for seed in range(50):
            assert stored_as(history(list(map(FORMATS[name], weights(seed))), write)) == name

    def test_by_no_single_value(self):
        assert stored_as(history([np.ones(9)] * 5)) == "unknown"
        assert stored_as(history([np.array([-1.0, 0.5, 1.0])] * 5)) == "unknown"

    def test_of_several_where_they_agree(self):
        assert of_all(["unknown", "bfloat16", "bfloat16"]) == "bfloat16"
        assert of_all(["float32", "bfloat16"]) == "unknown"
        assert of_all([]) == "unknown"


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
@pytest.mark.parametrize("value", [1.0, 0.1, 1.5, 3.0, 1e-3])
def test_what_is_rounded_away(name, value):
    value = float(FORMATS[name](np.array([value]))[0])
    rise, fall = rounded_away(value, name)

    def kept(change):
        return FORMATS[name](np.array([value + change]))[0] == value

    assert kept(0.99 * rise)
    assert not kept(1.01 * rise)
    assert kept(-0.99 * fall)
    assert not kept(-1.01 * fall)


class TestSaid:
    @staticmethod
    def rows(store) -> list[SeriesRow]:
        series = {
            "fc.weight": history(list(map(store, weights(0)))),
            "norm.weight": history([np.ones(16)] * 3),
            "norm.bias": history([np.zeros(16)] * 3),
            "still.weight": history([store(weights(1)[0]), store(weights(1)[0])]),
        }
        rows = [measured(tag, each, each).row for tag, each in series.items()]
        return SeriesRow.beside_each_other(rows)

    def test_a_norm_at_1_is_stored_as_its_run_is(self):
        fc, norm, bias, still = self.rows(as_bfloat16)
        assert {row.stored_as for row in (fc, norm, bias, still)} == {"bfloat16"}
        away = "At 1 bfloat16 rounds away rises below 0.0039 and falls below 0.0020."
        assert series_sentence(norm).endswith(away)
        assert "rounds away" not in series_sentence(bias)
        assert series_sentence(still).endswith(
            "rounds away changes below 0.20 % to 0.39 % of a value."
        )

    def test_of_float32_nothing_is_said(self):
        for row in self.rows(FORMATS["float32"]):
            assert "rounds away" not in series_sentence(row)

    def test_of_what_stopped_the_same_is_said(self):
        values = [as_bfloat16(each) for each in weights(0, 6)]
        row = measured("fc.weight", *[history([*values, *values[-1:] * 4])] * 2).row
        assert row.stopped
        assert series_sentence(row).endswith("of a value.")
