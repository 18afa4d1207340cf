"""What the person who runs the server can ask: how the plugin fares, without reading a log."""

from importlib import metadata

import tb_plugin_weightdelta
from tests.support.servers.tensorboard_process import TensorBoard


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
    assert sum(cache["limit_bytes"] for cache in fresh["cache"].values()) == 10_000_000
    assert status["runs_known"] == 1
    # Two series; and the head of the event file, which tells more than the loader.
    series, rows = status["cache"]["series"], status["cache"]["rows"]
    assert (series["entries"], rows["entries"]) == (3, 2)
    assert (rows["hits"], rows["misses"]) == (2, 2)
    assert series["misses"] == 3
    assert status["work"] == {"pieces": 0, "waiting": 0}
    told = status["timings"]
    assert told.keys() >= {"list", "read", "measure", "encode", "queue"}
    assert "first_step" in told
    # However often it is asked, what is known is neither read nor measured again.
    assert (told["read"]["times"], told["measure"]["times"], told["queue"]["times"]) == (1, 1, 1)
    assert told["encode"]["times"] > fresh["timings"]["encode"]["times"]
    assert str(logdir) not in text
    assert "dense" not in text
