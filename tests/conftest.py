"""Logdirs and TensorBoards that several tests share."""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.event_logs import EventLog, drifting
from tests.support.places import DIALECTS, run_named
from tests.support.servers.front_doors import FRONT_DOORS, OpenBoard
from tests.support.servers.tensorboard_process import LOADERS, TensorBoard

# Property tests look at the same examples every time, and never at the clock; `make fuzz` lets
# them look for others.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("WEIGHT_DELTA_PROPERTIES", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--front-door",
        choices=sorted(FRONT_DOORS),
        help="what browser tests reach TensorBoard through (docs/deploy.md); default: nothing",
    )
    parser.addoption(
        "--approve", action="store_true", help="write the files anew that approved what was made"
    )


@pytest.fixture(scope="session")
def dialects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A logdir with one run per writer of histograms, and one with odd names."""
    logdir = tmp_path_factory.mktemp("dialects")
    for run in sorted(path for path in DIALECTS.iterdir() if path.is_dir()):
        shutil.copytree(run, logdir / run_named(run.name))
    return logdir


@pytest.fixture(scope="session", params=LOADERS)
def loader(request: pytest.FixtureRequest) -> str:
    """The flag that chooses one of TensorBoard's two loaders."""
    return str(request.param)


@pytest.fixture(scope="session")
def open_board(request: pytest.FixtureRequest) -> OpenBoard:
    """Starts a TensorBoard, behind the front door that was asked for."""
    door = request.config.getoption("--front-door")
    return FRONT_DOORS[door] if door else TensorBoard


@pytest.fixture(scope="session")
def dialects_board(
    dialects: Path, loader: str, open_board: OpenBoard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TensorBoard]:
    """A TensorBoard on the dialects, with each loader."""
    log = tmp_path_factory.mktemp("board") / "log.txt"
    with open_board(dialects, loader, log=log) as board:
        expected = json.loads((DIALECTS / "expected.json").read_text())
        board.wait_for_series({run_named(run): len(tags) for run, tags in expected.items()})
        yield board


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """A logdir with one small run ``a`` of two tags and three steps."""
    with EventLog(tmp_path / "logs" / "a") as log:
        for step, values in zip((0, 10, 20), drifting(0, range(3)), strict=True):
            log.values("dense/kernel", step, values)
            log.values("dense/bias", step, values[:20] * 0 + 0.1 + 0.001 * step)
    return tmp_path / "logs"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture):
    """The sentences that the recorder has logged as warnings."""
    return lambda: _logged(caplog, logging.WARNING)


@pytest.fixture
def mentioned(caplog: pytest.LogCaptureFixture):
    """What it has logged for whoever listens to INFO."""
    caplog.set_level(logging.INFO, "tb_plugin_weightdelta.recording")
    return lambda: _logged(caplog, logging.INFO)


def _logged(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [
        each.getMessage()
        for each in caplog.records
        if (each.name, each.levelno) == ("tb_plugin_weightdelta.recording", level)
    ]
