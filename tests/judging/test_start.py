"""Whether the first histograms are of initial weights."""

import numpy as np
import pytest

from tb_plugin_weightdelta.judging import Start
from tests.support.cases import judged

ONES, SPREAD = np.ones(9), np.linspace(0.5, 1.5, 9)
EQUAL = judged(ONES, ONES + 0.1 * SPREAD).histograms
UNLIKE = judged(SPREAD, SPREAD + 0.1).histograms


def test_the_reason_is_the_same_whatever_order_the_loader_gives_them_in():
    found = {"b.norm": UNLIKE, "a.norm": UNLIKE}
    assert Start.trained_before(found) == Start.trained_before(dict(reversed(found.items())))


@pytest.mark.parametrize(
    ("found", "trained"),
    [
        ({"a": UNLIKE}, True),
        ({"a": EQUAL}, False),
        ({"a": UNLIKE, "b": EQUAL}, False),
        ({**dict.fromkeys("abc", UNLIKE), "d": EQUAL}, True),
        ({}, False),
    ],
)
def test_nearly_all_that_start_as_one_value_must_differ(found, trained):
    assert bool(Start.trained_before(found)) == trained
