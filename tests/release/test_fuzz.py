"""A short run of each fuzzing target; `make fuzz` runs them for minutes."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest
from tensorboard.compat.proto.summary_pb2 import Summary

from checks.fuzz import events, exact, files
from tests.support.hostile_logs import HISTOGRAMS, event
from tests.support.places import ROOT

RUNS = {"files": 60, "events": 120, "exact": 2_000}

# What fuzzing has found; each was a crash of the target.
FOUND = {
    # A count of +inf and one of -inf in one histogram: numpy warned on every request.
    events: (event(5, Summary.Value(tag="w", tensor=HISTOGRAMS["infinite both ways"][0])),),
    files: (b"", b"\x00" * 12, b"\xff" * 40),
    exact: (b"{}\n", b"[" * 10_000, b'{"version": 1, "fields": [], "initial": [], "sampled": 1}\n'),
}


@pytest.mark.parametrize("target", FOUND, ids=lambda target: target.__name__)
def test_seeds_and_what_was_found_are_read(target):
    for data in (*target.seeds(), *FOUND[target]):
        target.check(data)


@pytest.mark.parametrize("target", RUNS)
def test_a_short_run_finds_nothing(target, tmp_path):
    if importlib.util.find_spec("atheris") is None:
        where = f"{sys.platform}, Python {sys.version_info.major}.{sys.version_info.minor}"
        why = f"atheris, which fuzzes, is not installed here ({where}): `pip install -e .[test]`."
        # There are wheels for these alone; anywhere they exist a missing one is an error.
        if sys.platform == "linux" and sys.version_info < (3, 14):
            pytest.fail(why)
        pytest.skip(why)
    done = subprocess.run(
        [sys.executable, "-m", "checks.fuzz", target, f"--runs={RUNS[target]}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert executed
    assert int(executed[1]) >= RUNS[target]
