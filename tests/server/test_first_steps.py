"""The baseline is the first step, however many TensorBoard drops."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.event_logs import START, EventLog, drifting, log_drifting
from tests.support.servers.tensorboard_process import PYTHON, TensorBoard


@pytest.fixture(scope="session")
def long_run(tmp_path_factory) -> Path:
    """20,000 logged steps; step 0 is far from all others, which are the same but for a nudge."""
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(0)
    start = rng.normal(0, 1, 50)
    with EventLog(folder / "a") as file:
        file.values("w", 0, start + 10)
        for step in range(1, 20_000):
            file.values("w", step, start + 1e-6 * step)
    return folder


class TestLongRuns:
    def test_the_baseline_is_step_0_although_the_loader_dropped_it(
        self, long_run, loader, tmp_path
    ):
        with TensorBoard(long_run, loader, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 19_999)
            columns = board.table("overview", run="a")["columns"]
            series = board.table("series", run="a", tag="w")
        assert columns["baseline_step"] == [0]
        assert columns["movement"][0] == pytest.approx(10.0, rel=0.01)
        assert series["steps"][0] == 0
        assert "baseline_sampled" not in columns["flags"][0]

    def test_the_baseline_is_step_0_with_a_logdir_spec(self, long_run, tmp_path):
        spec = f"--logdir_spec=mine:{long_run}"
        with TensorBoard(long_run, PYTHON, spec, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 19_999)
            (entry,) = board.table("runs")["runs"]
            columns = board.table("overview", run=entry["run"])["columns"]
        assert entry["run"] == "mine/a"
        assert columns["baseline_step"] == [0]

    def test_a_run_that_is_a_link_to_elsewhere_starts_at_step_0_as_well(
        self, long_run, loader, tmp_path
    ):
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "linked").symlink_to(long_run / "a")
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 19_999)
            columns = board.table("overview", run="linked")["columns"]
        assert (columns["baseline_step"], columns["flags"]) == ([0], [[]])

    def test_where_the_files_cannot_be_read_the_baseline_is_said_to_be_sampled(
        self, long_run, loader, tmp_path
    ):
        """A file that is a link out of its folder: loaders follow it, we must not."""
        (tmp_path / "logs" / "linked").mkdir(parents=True)
        (file,) = (long_run / "a").iterdir()
        (tmp_path / "logs" / "linked" / file.name).symlink_to(file)
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 19_999)
            columns = board.table("overview", run="linked")["columns"]
        assert columns["baseline_step"][0] > 0
        assert "baseline_sampled" in columns["flags"][0]

    def test_two_trainings_in_one_folder_start_at_the_seconds_first_step(self, loader, tmp_path):
        log_drifting(tmp_path / "logs" / "a", range(700))
        log_drifting(
            tmp_path / "logs" / "a",
            range(650),
            offset=5.0,
            name="events.out.tfevents.2000000000.test",
            start=START + 1e6,
        )
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda r: bool(r) and r[0]["last_wall_time"] == START + 1e6 + 649)
            series = board.table("series", run="a", tag="w")
        assert series["baseline_step"] == 0
        assert series["baseline_bands"][0] == pytest.approx(drifting(0, [0])[0].min() + 5.0)
        assert series["steps"] == sorted(series["steps"])
