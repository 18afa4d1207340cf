"""Which histogram a step is compared with."""

import numpy as np
import pytest

from tb_plugin_weightdelta.core.errors import BadParameter
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.reading.dialects import histogram_series

STEPS = (5, 10, 20)


def series(offset: float = 0.0) -> HistogramSeries:
    """Each step's histogram starts at its own step, so that edges tell which one was chosen."""
    rows = [np.array([[step + offset, step + offset + 2, 1.0]]) for step in STEPS]
    return histogram_series(STEPS, [0.0] * 3, rows)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("first", [5]),
        ("previous", [5, 5, 10]),
        ("step:10", [10]),
        ("step:19", [10]),
        ("step:100", [20]),
        ("step:0", [5]),
    ],
)
def test_the_chosen_step_and_its_histogram(text, steps):
    own = series()
    chosen = BaselineChoice.parse(text).choose(own, own, np.arange(3))
    assert chosen.steps.tolist() == steps
    assert chosen.edges[:, 0].tolist() == steps


def test_previous_is_asked_for_some_rows_alone():
    own = series()
    chosen = BaselineChoice.parse("previous").choose(own, own, np.array([0, 2]))
    assert chosen.steps.tolist() == [5, 10]


def test_another_run_gives_its_first_step():
    chosen = BaselineChoice.parse("run:b").choose(series(), series(offset=100.0), np.arange(3))
    assert chosen.edges[:, 0].tolist() == [105.0]


@pytest.mark.parametrize("text", ["first", "previous", "step:7", "run:a/b: c"])
def test_a_choice_reads_as_it_is_written(text):
    assert str(BaselineChoice.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "last", "step:", "step:-1", "step:1.5", "step:²", "step:" + "9" * 30]
)
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(BadParameter, match="is not one of first, previous"):
        BaselineChoice.parse(text)
