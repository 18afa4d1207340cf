"""How long the stages of answering take."""

import numpy as np
import pytest

from tb_plugin_weightdelta.core.timings import Timings


class TestTimings:
    def test_tell_how_many_answers_there_were_and_how_long_they_took(self):
        times = iter([0.0, 1.0, 10.0, 13.0])
        timings = Timings(lambda: next(times))
        with timings.taken("read"):
            pass
        with pytest.raises(ValueError, match="on purpose"), timings.taken("read"):
            raise ValueError("on purpose")
        told = timings.table()["read"]
        assert (told["times"], told["median_seconds"], told["max_seconds"]) == (2, 2.0, 3.0)
        assert told["p99_seconds"] == pytest.approx(np.quantile([1, 3], 0.99))

    def test_remember_no_more_than_the_last_ones(self):
        timings = Timings()
        for seconds in [100.0] * 700 + [1.0] * 500:
            timings.note("read", seconds)
        told = timings.table()["read"]
        assert (told["times"], told["max_seconds"]) == (1200, 1.0)
