"""A short soak of each loader, and that a soak notices what is wrong."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from checks.soak.clients import Answers
from checks.soak.crowding import crowd
from checks.soak.run import soak
from checks.soak.trainings import Training
from checks.soak.truth import untrue
from tests.support.servers.tensorboard_process import LOADERS

SECONDS = float(os.environ.get("SOAK_SECONDS", "8"))
ROUTES = {"runs", "overview", "series", "histogram", "export", "status", "page"}


@pytest.mark.parametrize("loader", LOADERS)
def test_nothing_is_wrong_while_runs_are_written_cut_deleted_and_replaced(loader, tmp_path):
    found = soak(loader, SECONDS, tmp_path)
    assert found.wrong == []
    assert set(found.answers.seconds) == ROUTES
    assert set(found.answers.statuses) <= {200, 304, 404}


@pytest.mark.parametrize("loader", LOADERS)
def test_one_client_that_asks_on_and_on_has_nobody_else_refused(loader, tmp_path):
    found = crowd(loader, 2, tmp_path)
    assert found.statuses.keys() == {200}
    assert found.asked > 0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"error": "It failed."}'),
        (503, b'{"error": "It does not answer."}'),
        (404, b"Not found"),
        (200, b'{"left_out": "the data provider cannot read it: KeyError"}'),
    ],
)
def test_a_soak_notices_a_bad_answer(status, body):
    answers = Answers()
    answers.note("runs", 0.1, 200, "runs", b"{}")
    answers.note("runs", 0.1, 404, "runs", b'{"error":"The run is not there."}')
    assert answers.faults == []
    answers.note("overview", 0.1, status, "overview?run=a", body)
    assert len(answers.faults) == 1


def test_a_soak_notices_a_number_that_is_not_true(tmp_path):
    training = Training(tmp_path / "a", 1)
    training.start()
    training.go_on(5)
    training.close()
    command = [sys.executable, "-m", "tb_plugin_weightdelta.cli", "report", str(tmp_path)]
    said = subprocess.run([*command, "--format=json"], check=True, capture_output=True)
    records = json.loads(said.stdout)
    board = SimpleNamespace(get=lambda *_, **__: SimpleNamespace(json=lambda: records))
    assert untrue(board, tmp_path) == []
    records[0]["movement"] *= 1 + 1e-6
    tag = records.pop()["tag"]
    missing, changed = untrue(board, tmp_path)
    assert missing == f"('a', '{tag}') is told by one alone"
    assert f"('a', '{records[0]['tag']}'): movement is" in changed
