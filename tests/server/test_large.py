"""Runs larger than the cache: all of it is answered, and memory stays within what docs say."""

from concurrent.futures import ThreadPoolExecutor

from checks.benchmarks.logdirs import write_run
from tests.support.places import ROOT
from tests.support.servers.tensorboard_process import RUST, TensorBoard

SCALING = ROOT / "docs" / "scaling.md"
RUNS, TENSORS, STEPS = 3, 400, 50
CACHE = 5  # MB; the series of one run take twice as much
BESIDE = 450  # MB, as docs/scaling.md states


def test_memory_stays_under_the_cache_and_a_constant_however_many_ask(tmp_path):
    names = [f"run{number}" for number in range(RUNS)]
    for name in names:
        write_run(tmp_path / "logs" / name, TENSORS, 0, STEPS)
    flags = (RUST, f"--weightdelta_cache={CACHE}")
    with TensorBoard(tmp_path / "logs", *flags, log=tmp_path / "log.txt") as board:
        board.wait_until(lambda runs: {run["last_step"] for run in runs} == {STEPS - 1})
        board.wait_for_series(dict.fromkeys(names, TENSORS))
        at_rest = board.memory("VmRSS")
        with ThreadPoolExecutor(12) as clients:
            asked = [
                {"run": run, "baseline": f"step:{number}"} for number in range(4) for run in names
            ]
            tables = list(clients.map(lambda query: board.table("overview", **query), asked))
        assert {(table["measured"], table["complete"]) for table in tables} == {(TENSORS, True)}
        caches = board.table("status")["cache"].values()
        assert all(cache["bytes"] <= cache["limit_bytes"] for cache in caches)
        assert sum(cache["limit_bytes"] for cache in caches) == CACHE * 1e6
        beside = board.memory("VmHWM") - at_rest
    assert beside <= CACHE + BESIDE
    assert f"`--weightdelta_cache` + {BESIDE} MB" in SCALING.read_text()
