"""However TensorBoard is started, the tab is there and says the same."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.servers.tensorboard_process import TensorBoard
from tests.support.servers.ways import WAYS, started


def answers(board: TensorBoard, run: str) -> dict[str, Any]:
    """What is told of a run, but for its name."""
    overview = board.table("overview", run=run)
    tag = overview["columns"]["tag"][0]
    series = board.table("series", run=run, tag=tag)
    return {
        "columns": overview["columns"],
        "headline": overview["headline"],
        "series": {key: value for key, value in series.items() if "run" not in key},
        "buckets": board.table("histogram", run=run, tag=tag, step=20)["counts"],
    }


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """What TensorBoard says when it is started as usual; filled by the first test."""
    return {}


@pytest.mark.parametrize("name", WAYS)
def test_the_tab_is_there_and_says_the_same(name: str, logdir: Path, tmp_path: Path, usual) -> None:
    way = WAYS[name]
    with started(way, logdir, tmp_path / "started") as board:
        run = f"{way.run_prefix}a"
        board.wait_for_series({run: 2})
        listed = board.fetch("data/plugins_listing").json()
        assert listed["weight_delta"]["enabled"]
        assert ("another" in listed) == way.has_other_plugin
        assert board.get("static/index.js").status == 200
        found = answers(board, run)
    assert usual.setdefault("answers", found) == found
