"""The TensorBoard that is asked where a module has no logs of its own."""

import pytest

from tests.support.places import DEMO_LOGS, DEMO_SERIES
from tests.support.servers.tensorboard_process import TensorBoard


@pytest.fixture(scope="module")
def board(loader, tmp_path_factory):
    with TensorBoard(DEMO_LOGS, loader, log=tmp_path_factory.mktemp("demo") / "log.txt") as board:
        board.wait_for_series(DEMO_SERIES)
        yield board
