"""Whether "exploding" and "collapsed" are said where a training diverged, and nowhere else."""

from collections.abc import Sequence
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


# The steps that are kept, of nine: the answer must not depend on how often somebody logs.
THINNED = {"all": range(9), "first and last": [0, 8], "ever rarer": [0, 1, 8]}
thinned = pytest.mark.parametrize("kept", THINNED.values(), ids=THINNED)


def rows_of(training: str, kept: Sequence[int] = range(9)) -> list[SeriesRow]:
    steps = TRAININGS[f"{training}/steps"][kept]
    rows = []
    for name in TRAININGS:
        run, _, tag = name.partition("/")
        if run != training or tag == "steps":
            continue
        edges, counts = np.split(TRAININGS[name][kept].astype(np.float64), [9], axis=1)
        tensors = np.stack([edges[:, :-1], edges[:, 1:], counts], axis=2)
        series = histogram_series(steps, [0.0] * len(steps), list(tensors))
        rows.append(measured(tag, series, series).row)
    return rows


def test_there_are_eleven_that_went_well_and_six_that_did_not():
    assert (len(GOOD), len(BAD)) == (11, 6)


@thinned
@pytest.mark.parametrize("training", GOOD)
def test_one_that_went_well_raises_no_alarm(training, kept):
    assert not [row.tag for row in rows_of(training, kept) if row.verdict.name in ALARMS]


@thinned
@pytest.mark.parametrize("training", BAD)
def test_one_that_diverged_does(training, kept):
    alarms = [row.tag for row in rows_of(training, kept) if row.verdict.name in ALARMS]
    assert len(alarms) >= min(4, len(rows_of(training)) / 2)


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
