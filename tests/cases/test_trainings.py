"""Whether "exploding" and "collapsed" are said where a training diverged, and nowhere else."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tb_plugin_weightdelta.judging import SeriesRow
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.measured import measured

TRAININGS = np.load(Path(__file__).with_name("trainings.npz"))
NAMES = sorted({name.partition("/")[0] for name in TRAININGS})
GOOD = [name for name in NAMES if name.startswith("good")]
BAD = [name for name in NAMES if name.startswith("bad")]

ALARMS = {"exploding", "collapsed", "non_finite"}


def rows_of(training: str) -> list[SeriesRow]:
    steps = TRAININGS[f"{training}/steps"]
    rows = []
    for name in TRAININGS:
        run, _, tag = name.partition("/")
        if run != training or tag == "steps":
            continue
        edges, counts = np.split(TRAININGS[name].astype(np.float64), [9], axis=1)
        tensors = np.stack([edges[:, :-1], edges[:, 1:], counts], axis=2)
        series = histogram_series(steps, [0.0] * len(steps), list(tensors))
        rows.append(measured(tag, series, series).row)
    return rows


def test_there_are_ten_that_went_well_and_five_that_did_not():
    assert (len(GOOD), len(BAD)) == (10, 5)


@pytest.mark.parametrize("training", GOOD)
def test_one_that_went_well_raises_no_alarm(training):
    assert not [row.tag for row in rows_of(training) if row.verdict.name in ALARMS]


@pytest.mark.parametrize("training", BAD)
def test_one_that_diverged_does(training):
    verdicts = Counter(row.verdict.name for row in rows_of(training))
    assert sum(verdicts[name] for name in ALARMS) >= min(4, len(rows_of(training)))


def test_what_grows_a_hundred_times_and_settles_has_moved_far():
    grown = {
        (training, row.tag): row
        for training in GOOD
        for row in rows_of(training)
        if any(growth.start > 100 for growth in row.growths)
    }
    assert ("good_small_output_layer", "3.weight") in grown
    assert ("good_biases_near_zero", "3.bias") in grown
    assert {row.verdict.name for row in grown.values()} == {"moved_far"}
