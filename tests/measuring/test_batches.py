"""Series that are measured together get the answer that each gets alone, to the last bit."""

import dataclasses

import numpy as np
import pytest

from tb_plugin_weightdelta.measuring.batches import (
    estimates_of,
    movements_of,
    sparklines_of,
    speeds_of,
)
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import with_sums
from tests.support.event_logs import legacy_rows, tf2_rows


def a_series(rng: np.random.Generator):
    """Of some steps, with few or many buckets."""
    count = int(rng.integers(1, 3_000))
    start = [rng.normal(0, 0.05, count), rng.uniform(-0.1, 0.1, count), np.full(count, 0.1)]
    values = start[rng.integers(len(start))]
    writer = tf2_rows if rng.random() < 0.3 else legacy_rows
    steps = int(rng.integers(1, 8))
    noise = 0.04 * rng.random()
    made = [values + noise * step * rng.normal(size=count) for step in range(steps)]
    series = histogram_series(range(steps), [0.0] * steps, [writer(each) for each in made])
    # Of the ends alone it is known what was summed, as in a table.
    ends = {step: made[step] for step in {0, steps - 1}}
    sums = {
        (step, 0.0): (count, v.min(), v.max(), v.sum(), (v**2).sum()) for step, v in ends.items()
    }
    return dataclasses.replace(series, sums=with_sums(series, sums).sums)


def rows_of(series):
    """Some rows of each, the first among them."""
    return {tag: np.arange(0, len(each), 2) for tag, each in series.items()}


@pytest.mark.parametrize("seed", range(5))
def test_company_changes_no_bit(seed):
    rng = np.random.default_rng(seed)
    series = {f"t{number}": a_series(rng) for number in range(30)}
    pairs = {tag: (each, each.at(slice(0, 1))) for tag, each in series.items()}
    movements = movements_of(pairs)
    estimates = estimates_of(pairs, movements)
    methods = [method for each in estimates.values() for method in each.methods]
    assert {"smear", "widening", None} <= set(methods)
    sparklines, speeds = sparklines_of(pairs, movements), speeds_of(series, rows_of(series))
    for tag, pair in pairs.items():
        alone = movements_of({tag: pair})
        for name, values in vars(alone[tag]).items():
            assert values.tobytes() == getattr(movements[tag], name).tobytes(), name
        for name, values in vars(estimates_of({tag: pair}, alone)[tag]).items():
            together = getattr(estimates[tag], name)
            assert np.asarray(values).tobytes() == np.asarray(together).tobytes(), name
        assert sparklines_of({tag: pair}, alone)[tag].tobytes() == sparklines[tag].tobytes()
        only = {tag: series[tag]}
        assert speeds_of(only, rows_of(only))[tag].tobytes() == speeds[tag].tobytes()
