"""What the person who runs the server can ask: how the plugin fares, without reading a log."""

from importlib import metadata

import numpy as np
import pytest

import tb_plugin_weightdelta
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.serving.status import Timings
from tests.tensorboard_process import RUST, TensorBoard


class TestTimings:
    def test_tell_how_many_answers_there_were_and_how_long_they_took(self):
        times = iter([0.0, 1.0, 10.0, 13.0])
        timings = Timings(lambda: next(times))
        with timings.taken("runs"):
            pass
        with pytest.raises(ValueError, match="on purpose"), timings.taken("runs"):
            raise ValueError("on purpose")
        told = timings.table()["runs"]
        assert (told["answers"], told["median_seconds"], told["max_seconds"]) == (2, 2.0, 3.0)
        assert told["p99_seconds"] == pytest.approx(np.quantile([1, 3], 0.99))

    def test_remember_no_more_than_the_last_ones(self):
        now = iter(np.repeat(np.arange(0, 2000.0), 2)[1:])
        timings = Timings(lambda: next(now))
        for _ in range(1200):
            with timings.taken("runs"):
                pass
        assert timings.table()["runs"]["answers"] == 1200
        assert len(timings._seconds["runs"]) == 500


def test_a_cache_counts_what_it_had_and_what_it_had_not():
    cache = Cache()
    cache.put("a", 1, "value", 8)
    assert [cache.get("a", 1), cache.get("a", 2), cache.get("b", 1)] == ["value", None, None]
    assert (cache.hits, cache.misses) == (1, 2)


def test_the_status_says_what_runs_and_how_it_fares(logdir, loader, tmp_path):
    with TensorBoard(
        logdir,
        loader,
        "--weightdelta_cache=10",
        "--samples_per_plugin=histograms=7",
        log=tmp_path / "log.txt",
    ) as board:
        board.wait_for_series({"a": 2})
        fresh = board.table("status")
        for _ in range(2):
            board.table("overview", run="a")
        status = board.table("status")
        text = board.get("status").body.decode()
    assert fresh["version"] == tb_plugin_weightdelta.__version__
    assert fresh["tensorboard"] == metadata.version("tensorboard")
    assert fresh["provider"].endswith("DataProvider")
    assert fresh["kept_steps"] == {"histograms": 7, "weight_delta": 1000}
    assert fresh["settings"]["cache"] == 10
    assert fresh["cache"]["limit_bytes"] == 10_000_000
    assert status["runs_known"] == 1
    assert "overview" not in fresh["timings"]
    assert status["timings"]["overview"]["answers"] == 2
    # Two series, two rows; and the head of the event file, which tells more than the data server.
    assert status["cache"]["entries"] == 4 + (loader == RUST)
    assert status["cache"]["hits"] >= fresh["cache"]["hits"] + 2
    assert str(logdir) not in text
    assert "dense" not in text
