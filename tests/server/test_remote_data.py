"""A TensorBoard that reads a data server started separately: what works, and what is admitted."""

import os
import time
from pathlib import Path

import grpc
import pytest
from tensorboard.context import RequestContext

from tb_plugin_weightdelta.core.errors import SourceUnavailable
from tb_plugin_weightdelta.reading.first_step import may_have_dropped
from tb_plugin_weightdelta.reading.provider import Provider
from tests.support.event_logs import EventLog, drifting
from tests.support.servers.data_server import DataServer, children_of
from tests.support.servers.tensorboard_process import PYTHON, RUST, Reply, TensorBoard

KEPT = "--samples-per-plugin=histograms=5"
# What TensorBoard is told of sampling does not reach a server that it did not start.
CLAIMED = "--samples_per_plugin=histograms=1000"
RUNS = {"long": 2, "shared": 1, "short": 2}


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    """A run of fifty steps, one whose tensors share a tag, and one of three steps."""
    logdir = tmp_path_factory.mktemp("remote") / "logs"
    for run, steps in {"long": range(0, 500, 10), "short": range(3)}.items():
        with EventLog(logdir / run) as log:
            for step, values in zip(steps, drifting(0, steps), strict=True):
                log.values("dense/kernel", step, values)
                log.values("dense/bias", step, values[:20])
    with EventLog(logdir / "shared") as log:
        for step in range(3):
            for tensor in (1, 2):
                log.values("kernel", step, drifting(tensor, [0])[0])
    return logdir


@pytest.fixture(scope="module")
def server(logs, tmp_path_factory):
    with DataServer(logs, tmp_path_factory.mktemp("server"), KEPT) as server:
        yield server


@pytest.fixture(scope="module")
def remote(server, tmp_path_factory):
    log = tmp_path_factory.mktemp("tensorboard") / "log.txt"
    with TensorBoard(None, server.flag, CLAIMED, log=log) as board:
        board.wait_for_series(RUNS)
        yield board


class TestWithoutFiles:
    def test_the_last_step_is_compared_with_the_first_that_the_server_kept(self, remote):
        columns = remote.table("overview", run="long")["columns"]
        first = remote.table("series", run="long", tag="dense/kernel")["steps"][0]
        assert columns["last_step"] == [490, 490]
        assert columns["kept_steps"] == [5, 5]
        assert columns["baseline_step"] == [first, first]
        place = columns["tag"].index("dense/kernel")
        assert columns["movement"][place] == pytest.approx(0.0005 * (490 - first) / 10, rel=0.01)

    def test_a_first_step_that_may_be_missing_is_flagged_whatever_tensorboard_was_told(
        self, remote
    ):
        columns = remote.table("overview", run="long")["columns"]
        first = columns["baseline_step"][0]
        assert first > 0
        assert columns["flags"] == [["baseline_sampled"]] * 2
        reason = columns["evidence"][0]["flags"]["baseline_sampled"]
        assert f"the baseline is step {first}" in reason
        assert "event files are not at hand" in reason
        assert "--samples_per_plugin" not in reason  # it would change nothing

    def test_a_series_from_step_0_on_is_not_doubted(self, remote):
        assert remote.table("overview", run="short")["columns"]["flags"] == [[], []]

    def test_every_other_question_is_answered(self, remote):
        buckets = remote.table("histogram", run="short", tag="dense/kernel", step=2)
        assert buckets["baseline"]["step"] == 0
        assert remote.get("export", run="short").status == 200
        for more in ({"baseline": "previous"}, {"baseline": "run:long"}, {"until": 1}):
            assert remote.table("overview", run="short", **more)["columns"]["tag"]

    def test_the_list_of_runs_says_what_is_not_known_and_what_to_do(self, remote, server):
        table = remote.table("runs")
        said = table["without_files"]
        assert f"the data server at {server.address}" in said
        assert "was not given a --logdir" in said
        for lost in ("the first step of a tensor", "share a tag"):
            assert lost in said
        assert "--logdir beside --grpc_data_provider" in said

    def test_tensors_that_share_a_tag_are_not_noticed_as_it_says(self, remote):
        assert remote.table("overview", run="shared")["columns"]["flags"] == [[]]

    def test_status_and_log_claim_no_number_of_kept_steps(self, remote, server):
        status = remote.table("status")
        assert status["provider"] == "GrpcDataProvider"
        assert status["data_server"] == server.address
        assert status["kept_steps"] == {"histograms": None, "weight_delta": None}
        (line,) = [line for line in remote.log_text().splitlines() if "Weight Delta" in line]
        assert f"from the data server at {server.address}" in line
        assert "keeps a number of steps that is not known here" in line
        assert "1000" not in line


class TestWithALogdirBeside:
    def test_first_steps_and_shared_tags_are_known_again(self, logs, server, tmp_path):
        with TensorBoard(logs, server.flag, log=tmp_path / "log.txt") as board:
            board.wait_for_series(RUNS)
            assert board.table("runs")["without_files"] is None
            columns = board.table("overview", run="long")["columns"]
            assert columns["baseline_step"] == [0, 0]
            assert columns["flags"] == [[], []]
            assert board.table("overview", run="shared")["columns"]["flags"] == [["shared_tag"]]

    def test_one_that_holds_none_of_the_runs_is_said_to_hold_none(self, server, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        with TensorBoard(elsewhere, server.flag, log=tmp_path / "log.txt") as board:
            board.wait_for_series(RUNS)
            said = board.table("runs")["without_files"]
            assert "are not in the --logdir that it was given" in said
            flags = board.table("overview", run="long")["columns"]["flags"]
            assert flags == [["baseline_sampled"]] * 2


def test_a_host_name_is_told_as_it_was_given(logs, tmp_path):
    with DataServer(logs, tmp_path) as server:
        flag = server.flag.replace("127.0.0.1", "localhost")
        with TensorBoard(None, flag, log=tmp_path / "log.txt") as board:
            board.wait_for_series(RUNS)
            assert board.table("status")["data_server"] == flag.partition("=")[2]


@pytest.mark.parametrize(("flag", "kept"), [(RUST, 100), (PYTHON, 500)])
def test_where_tensorboard_reads_the_files_itself_nothing_is_unknown(flag, kept, logs, tmp_path):
    with TensorBoard(logs, flag, log=tmp_path / "log.txt") as board:
        board.wait_for_series(RUNS)
        assert board.table("runs")["without_files"] is None
        status = board.table("status")
        assert status["data_server"] is None
        assert status["kept_steps"] == {"histograms": kept, "weight_delta": 1000}


@pytest.mark.parametrize(
    ("steps", "samples", "may"),
    [
        ([0, 1], None, False),
        ([1, 2], None, True),
        ([], None, False),
        ([7, 8], 2, True),
        ([7, 8], 3, False),
        ([7, 8], 0, False),
    ],
)
def test_the_first_step_may_have_been_dropped_where_the_provider_keeps_few_or_nobody_knows(
    steps, samples, may
):
    assert may_have_dropped(steps, samples) is may


class TestLostDataServer:
    def test_the_error_names_it_until_it_is_there_again(self, logs, tmp_path):
        tensor = {"run": "long", "tag": "dense/kernel"}
        asked = {
            "runs": {},
            "overview": {"run": "long"},
            "series": tensor,
            "histogram": {**tensor, "step": 490},
            "export": {"run": "long"},
        }
        with (
            DataServer(logs, tmp_path, KEPT) as server,
            TensorBoard(None, server.flag, log=tmp_path / "log.txt") as board,
        ):
            board.wait_for_series(RUNS)
            before = board.table("overview", run="long")
            server.kill()
            for route, parameters in asked.items():
                said = wait_for_503(board, route, **parameters).json()["error"]
                assert said.startswith(f"The data server at {server.address} does not answer.")
                assert "finds it by itself" in said
                assert "RPC" not in said
            assert board.get("status").status == 200
            server.start()
            board.wait_for_series(RUNS)
            assert board.table("overview", run="long") == before

    def test_one_that_tensorboard_started_itself_does_not_come_back(self, logs, tmp_path):
        with TensorBoard(logs, RUST, log=tmp_path / "log.txt") as board:
            board.wait_for_series(RUNS)
            (child,) = children_of(board.pid)
            os.kill(child, 9)
            said = wait_for_503(board, "runs").json()["error"]
            assert said.startswith("TensorBoard's data server, a process that it starts itself,")
            assert said.endswith("restart TensorBoard.")
            assert children_of(board.pid) in ([], [child])

    def test_one_that_ends_while_it_is_read_leaves_no_series_out(self):
        class Ended(grpc.RpcError, grpc.Call):
            def code(self):
                return grpc.StatusCode.UNAVAILABLE

            def details(self):
                return "Socket closed"

        class Ending:
            def read_tensors(self, *_, **__):
                raise Ended

        source = Provider(Ending(), "The server is away.")
        with pytest.raises(SourceUnavailable, match="The server is away"):
            source.read(RequestContext(), "", "a", "histograms", ["only"])


def wait_for_503(board: TensorBoard, route: str, **parameters) -> Reply:
    """The list of a run's tags may be a second old."""
    deadline = time.monotonic() + 30
    while (reply := board.get(route, **parameters)).status != 503:
        assert time.monotonic() < deadline, reply.body
        time.sleep(0.1)
    return reply
