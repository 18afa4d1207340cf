"""Two processes, or two devices, record what one would."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tb_plugin_weightdelta.core.sums import SAMPLE
from tests.frameworks import two_processes
from tests.support.places import ROOT
from tests.support.records import histograms, layouts, records


def start(module: str, *arguments: object, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.frameworks.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", **env},
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(*processes: subprocess.Popen[str]) -> list[str]:
    """What each wrote to stderr; a process that waits for ever is ended."""
    try:
        errors = [process.communicate(timeout=100)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, error in zip(processes, errors, strict=True):
        assert process.returncode == 0, error
    return errors


# The last two break what measures, and the count of meetings.
RUNS = (*("ddp", "fsdp", "columns", "replicated", "resumed", "unwritable", "failing", "one_rank"),)


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> tuple[Path, list[str]]:
    """The folder of all runs of two processes, and what each wrote to stderr."""
    folder = tmp_path_factory.mktemp("together")
    meeting = folder / "meeting"
    both = [start("two_processes", rank, meeting, folder, *RUNS) for rank in (0, 1)]
    return folder, ends(*both)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    torch.set_num_threads(1)
    two_processes.alone(folder)
    assert layouts(folder)["0.weight"].sampled == SAMPLE
    return folder


def assert_same(folder: Path, alone: Path, tolerance: float = 1e-6) -> None:
    """Every figure of every record; sharded trainings round gradients in another order."""
    found, wanted = records(folder), records(alone)
    assert found.keys() == wanted.keys()
    for name, series in wanted.items():
        assert found[name].keys() == series.keys()
        for step, figures in series.items():
            scale = max(figures["max_abs"], 1e-30)
            for field, value in figures.items():
                near = pytest.approx(value, rel=tolerance, abs=tolerance * scale, nan_ok=True)
                assert found[name][step][field] == near, (name, step, field)
    rows, wanted_rows = histograms(folder), histograms(alone)
    for name, series in wanted_rows.items():
        assert rows[name].keys() == series.keys()
        for step, each in series.items():
            assert rows[name][step][:, 2].sum() == each[:, 2].sum()
            # A weight that rounds differently may lie in the next bucket.
            assert abs(rows[name][step][:, 2] - each[:, 2]).sum() <= 4
    assert len(list(folder.glob("events*"))) == 1


@pytest.mark.parametrize("run", ["ddp", "fsdp", "columns", "replicated"])
def test_two_processes_record_what_one_does(together, alone, run):
    assert_same(together[0] / run, alone)


def test_the_first_of_two_processes_keeps_the_initial_weights(together):
    with np.load(together[0] / "ddp" / "initial.npz") as file:
        assert file["names"].tolist() == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_shards_say_once_that_their_reference_is_not_on_the_host(together):
    for errors in together[1]:
        assert errors.count("reference='host' does not hold") == 1


def test_shards_are_resumed_with_their_baseline(together, alone):
    found = records(together[0] / "resumed")
    for name, series in records(alone).items():
        assert list(found[name]) == [0, 2, 4]
        assert found[name][4]["rms"] == pytest.approx(series[4]["rms"], rel=1e-6)
        assert found[name][4]["baseline_step"] == 0


def test_a_rank_that_records_alone_says_so_and_waits_for_nobody(together):
    folder, errors = together
    assert errors[0].count("Nothing is recorded: other processes hold parts of the weights") == 1
    assert not (folder / "one_rank").exists()


def test_a_rank_that_cannot_write_keeps_nobody_waiting(together):
    assert together[1][0].count("it cannot be written") == 1


def test_a_rank_that_cannot_measure_keeps_nobody_waiting(together):
    folder, errors = together
    assert "no memory left" in errors[1]
    found = records(folder / "failing")["0.weight"]
    assert list(found) == [0, 2, 4]
    assert math.isnan(found[4]["rms"])
