"""A team's server: other people's logs, and anybody's requests (docs/safety.md)."""

import csv
import http.client
import io
import json
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client

from tb_plugin_weightdelta.cli import commands as cli
from tb_plugin_weightdelta.serving.http import LONGEST_QUERY, LONGEST_VALUE
from tests.support.event_logs import EventLog, drifting
from tests.support.hostile_logs import DAMAGED_METADATA, HISTOGRAMS, LONG_TAG, RUNS, write_run
from tests.support.places import DIALECTS
from tests.support.providers import GrowingProvider
from tests.support.servers.tensorboard_process import PYTHON, RUST, TensorBoard

ROUTES = ("runs", "overview", "series", "histogram", "status", "export")
NO_UNICODE = b"not-utf8-\xff"


NO_RUNS = (
    *("..", "../outside", "../../outside", "/etc", "hostile/../../outside", "a\0b", "\ud7ff"),
    *("%2e%2e/outside", "..\\outside", "file:///etc", "gs://bucket/x", "x" * LONGEST_VALUE),
)
NO_FILES = (
    *("../plugin.py", "..%2fplugin.py", "%2e%2e%2fplugin.py", "..\\plugin.py", "/etc/passwd"),
    *("assets/../../plugin.py", "assets%00.js", "index.js%00", "..;/plugin.py", "a" * 5000),
)
NO_NUMBERS = (
    *("1_000", " 10", "10 ", "+10", "١٢", "²", "0x10", "nan", "inf", "-inf", "1e400", "1e", ""),
    *("9" * 4000, "1" + "0" * 4000, "-", "1e-400", "1,5", "10\n", "\0"),
)


@pytest.fixture(scope="session")
def hostile_logs(loader, tmp_path_factory):
    logdir = tmp_path_factory.mktemp("hostile") / "logs"
    write_logs(logdir, no_unicode=loader == RUST)  # where the Python loader stops reading
    shutil.copytree(DIALECTS / "tf1", logdir.parent / "outside")
    return logdir


def write_logs(logdir: Path, no_unicode: bool) -> None:
    """A run of hostile series, and runs with hostile names."""
    write_run(logdir / "hostile")
    for run in RUNS:
        shutil.copytree(DIALECTS / "tf2", logdir / run)
    if no_unicode:
        with EventLog(Path(os.fsdecode(os.fsencode(logdir) + b"/" + NO_UNICODE))) as log:
            for step, values in enumerate(drifting(0, range(2))):
                log.values("w", step, values)


@pytest.fixture(scope="module")
def board(hostile_logs, loader, tmp_path_factory):
    log = tmp_path_factory.mktemp("board") / "log.txt"
    with TensorBoard(hostile_logs, loader, log=log) as board:
        board.wait_until(lambda runs: {*RUNS, "hostile"} <= {entry["run"] for entry in runs})
        board.wait_until(
            lambda runs: {entry["run"]: entry["last_step"] for entry in runs}["hostile"] == 20
        )
        yield board


@pytest.fixture(scope="module")
def apps():
    from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin  # noqa: PLC0415

    return WeightDeltaPlugin(TBContext(data_provider=GrowingProvider(a=["w"]))).get_plugin_apps()


def asked(board: TensorBoard, method: str, path: str, body: bytes = b""):
    """Status, headers and body of a request as it is, whatever a client library thinks of it."""
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Everything in a folder, and when it was last changed."""
    stats = {str(path): path.lstat() for path in (folder, *folder.rglob("*"))}
    return {path: (s.st_size, s.st_mtime_ns, s.st_ctime_ns) for path, s in stats.items()}


class TestRequests:
    def test_no_request_writes_anything_into_the_logdir(self, board, hostile_logs):
        before = tree(hostile_logs)
        for run in ("hostile", *RUNS[:4]):
            for route in ROUTES:
                parameters = {} if route in ("runs", "status") else {"run": run}
                if route in ("series", "histogram"):
                    parameters |= {"tag": "good"}
                if route == "histogram":
                    parameters |= {"step": "0"}
                assert board.get(route, **parameters).status in (200, 404)
        for method in ("POST", "PUT", "DELETE", "PATCH", "MKCOL", "MOVE"):
            assert asked(board, method, "/data/plugin/weight_delta/runs", b"x" * 100)[0] == 405
        assert tree(hostile_logs) == before

    @pytest.mark.parametrize(
        "method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "X" * 300]
    )
    def test_every_route_answers_get_alone(self, board, method):
        for route in (*ROUTES, "static/index.js", "static/nothing"):
            status, headers, body = asked(board, method, f"/data/plugin/weight_delta/{route}")
            assert status == 405
            assert headers["Allow"] == "GET, HEAD"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert len(json.loads(body)["error"]) < 100

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("runs", 200),
            ("export?run=hostile", 200),
            ("static/index.js", 200),
            ("overview", 400),
            ("overview?run=%FF%00", 404),
            ("series?run=hostile&tag=nope", 404),
            ("static/nope", 404),
            (f"runs?{'a=1&' * LONGEST_QUERY}"[: LONGEST_QUERY + 6], 414),
        ],
    )
    def test_every_answer_says_nosniff(self, board, path, status):
        address = f"/data/plugin/weight_delta/{path}"
        for method in ("GET", "HEAD"):
            told, headers, body = asked(board, method, address)
            assert told == status
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Type"]
        assert body == b""

    def test_a_body_is_not_read(self, board):
        path = "/data/plugin/weight_delta/status"
        assert asked(board, "GET", path, b"x" * 100_000)[0] == 200

    def test_a_run_is_a_name_in_the_logdir_and_no_path(self, board):
        for run in NO_RUNS:
            for route in ("overview", "export"):
                assert board.get(route, run=run).status == 404
            for route, more in (("series", {}), ("histogram", {"step": "0"})):
                assert board.get(route, run=run, tag="w", **more).status == 404
            other = board.get("overview", run="hostile", baseline=f"run:{run}"[:LONGEST_VALUE])
            assert other.status == 404

    @pytest.mark.parametrize("experiment", ["..", "%2e%2e", "a%00b", "x" * 1000, "%2Fetc"])
    def test_the_experiments_name_is_no_path(self, board, experiment):
        path = f"experiment/{experiment}/data/plugin/weight_delta/overview?run=hostile"
        reply = board.fetch(path)
        if reply.status == 200:  # TensorBoard serves one logdir under every name
            assert reply.json()["columns"]["tag"]
        assert reply.status in (200, 404)

    def test_the_page_is_the_only_file_that_is_served(self, board):
        for name in NO_FILES:
            status, _, body = asked(board, "GET", f"/data/plugin/weight_delta/static/{name}")
            assert status in (400, 404)
            assert b"import" not in body
            assert len(body) < 5000


@pytest.mark.filterwarnings("ignore:html5lib")  # TensorBoard's own, where it is imported
class TestParameters:
    @pytest.mark.parametrize("name", ["points", "until", "step", "moved", "exploding"])
    @pytest.mark.parametrize("value", NO_NUMBERS)
    def test_what_is_no_number_in_plain_digits_is_refused(self, apps, name, value):
        route = "histogram" if name == "step" else "overview"
        given = {"run": "a", name: value} | ({"tag": "w"} if name == "step" else {})
        reply = Client(apps[f"/{route}"]).get(query_string=given)
        assert reply.status_code == 400
        assert f"'{name}'" in reply.json["error"]
        assert len(reply.data) < 500

    @pytest.mark.parametrize("value", ["0.5", ".5", "5.", "1e-3", "1E+3", "10", "0000.1"])
    def test_what_is_one_is_taken(self, apps, value):
        reply = Client(apps["/overview"]).get(query_string={"run": "a", "moved": value})
        assert reply.json["thresholds"]["moved"] == float(value)

    @pytest.mark.parametrize("name", ["run", "tag", "baseline"])
    def test_a_name_that_is_too_long_is_refused(self, apps, name):
        given = {"run": "a", "tag": "w", name: "x" * (LONGEST_VALUE + 1)}
        reply = Client(apps["/series"]).get(query_string=given)
        assert reply.status_code == 400
        assert reply.json == {"error": f"The parameter '{name}' is longer than 4096 characters."}

    def test_a_question_of_thousands_of_parameters_is_refused(self, apps):
        client = Client(apps["/runs"])
        assert client.get(query_string="a&" * 20_000).status_code == 414
        assert client.get(query_string="a&" * 10_000).status_code == 400


class TestNames:
    def test_a_run_of_any_name_is_listed_and_told(self, board):
        for run in RUNS:
            table = board.table("overview", run=run)
            assert table["run"] == run
            assert table["columns"]["tag"]

    def test_a_folder_whose_name_is_no_unicode_takes_nothing_from_the_others(self, board, loader):
        listed = [entry["run"] for entry in board.table("runs")["runs"]]
        assert sum(run.startswith("not-utf8-") for run in listed) == (loader == RUST)

    def test_a_download_of_any_name_has_a_plain_one(self, board):
        for run in (*RUNS, "hostile"):
            told = board.get("export", run=run).headers["Content-Disposition"]
            name = told.removeprefix('attachment; filename="').removesuffix('"')
            assert set(name) <= set(map(chr, range(33, 127))) - set('"\\/:*?<>|;')
            assert not name.startswith(".")
            assert len(name) <= 120

    def test_no_name_is_a_formula_in_a_csv(self, board):
        for run in ("=cmd()", "a;=b"):
            lines = csv.DictReader(io.StringIO(board.get("export", run=run).body.decode()))
            assert {line["run"] for line in lines} == {run.replace("=", "'=")}

    def test_no_name_reaches_the_servers_log_as_it_is(self, board):
        assert "\x1b" not in board.log_text()


def test_no_name_reaches_a_terminal_as_it_is(tmp_path, capsys):
    hostile_logs = tmp_path / "logs"
    write_logs(hostile_logs, no_unicode=True)
    assert cli.main(["report", str(hostile_logs)]) == 0
    out, err = capsys.readouterr()
    assert "\\x1b[31mred" in out
    assert all(line.isprintable() for line in (out + err).splitlines())
    for kind in ("json", "csv"):
        assert cli.main(["report", str(hostile_logs), "--format", kind]) == 0
        assert "not-utf8-" in capsys.readouterr().out


class TestEventFiles:
    def test_every_hostile_series_costs_itself_alone_and_says_why(self, board):
        table = board.table("overview", run="hostile")
        columns = table["columns"]
        verdicts = dict(zip(columns["tag"], columns["verdict"], strict=True))
        assert verdicts["good"] == verdicts["last"] == "moved"
        reasons = {each["tag"]: each["reason"] for each in table["left_out"]}
        for tag, (_, why) in HISTOGRAMS.items():
            assert why in reasons[tag], tag
        assert verdicts.get(LONG_TAG) == "unchanged"
        assert DAMAGED_METADATA in {*verdicts, *reasons}

    def test_a_tag_too_long_to_ask_for_is_in_the_table_and_refused_by_itself(self, board):
        assert LONG_TAG in board.table("overview", run="hostile")["columns"]["tag"]
        assert board.get("series", run="hostile", tag=LONG_TAG).status in (400, 414)

    def test_each_hostile_series_has_an_answer_of_its_own(self, board):
        for tag in HISTOGRAMS:
            reply = board.get("series", run="hostile", tag=tag)
            assert reply.status in (200, 503)
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert reply.json()


def test_the_log_of_a_server_is_not_written_by_its_clients(tmp_path):
    (tmp_path / "logs").mkdir()
    with TensorBoard(tmp_path / "logs", PYTHON, log=tmp_path / "log.txt") as board:
        before = board.log_text()
        for text in ("\x1b[31m", "a\nTensorBoard was hacked", "%0aforged"):
            board.get("overview", run=text)
            board.get("overview", **{text: "1"})
        assert board.log_text() == before
