"""Series that are measured together get the answer that each gets alone, to the last bit."""

import numpy as np
import pytest

from tb_plugin_weightdelta.measuring.batches import (
    last_speeds_of,
    movements_of,
    sparklines_of,
)
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.event_logs import legacy_rows, tf2_rows


def a_series(rng: np.random.Generator):
    """Of some steps, with few or many buckets."""
    values = rng.normal(0, 0.05, int(rng.integers(1, 3_000)))
    writer = tf2_rows if rng.random() < 0.3 else legacy_rows
    steps = int(rng.integers(1, 8))
    rows = [writer(values * (1 + 0.02 * rng.normal(size=values.shape))) for _ in range(steps)]
    return histogram_series(range(steps), [0.0] * steps, rows)


@pytest.mark.parametrize("seed", range(5))
def test_company_changes_no_bit(seed):
    rng = np.random.default_rng(seed)
    series = {f"t{number}": a_series(rng) for number in range(30)}
    pairs = {tag: (each, each.at(slice(0, 1))) for tag, each in series.items()}
    movements = movements_of(pairs)
    sparklines, speeds = sparklines_of(pairs, movements), last_speeds_of(series)
    for tag, pair in pairs.items():
        alone = movements_of({tag: pair})
        for name, values in vars(alone[tag]).items():
            assert values.tobytes() == getattr(movements[tag], name).tobytes(), name
        assert sparklines_of({tag: pair}, alone)[tag].tobytes() == sparklines[tag].tobytes()
        assert last_speeds_of({tag: series[tag]}) == {t: v for t, v in speeds.items() if t == tag}
