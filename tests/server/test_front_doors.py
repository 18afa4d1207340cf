"""What nginx and gunicorn do to the plugin's answers, with the files of ``deploy``."""

import gzip
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.support.places import DEMO_LOGS, DEMO_SERIES
from tests.support.servers.front_doors import FRONT_DOORS, BehindGunicorn, BehindNginx
from tests.support.servers.nginx_process import PASSWORD, USER, Nginx
from tests.support.servers.tensorboard_process import PYTHON, RUST, TensorBoard, basic_authorization

SITES = ("prefix-kept.conf", "prefix-stripped.conf")
OVERVIEW = "data/plugin/weight_delta/overview?run=question"
INDEX = "data/plugin/weight_delta/static/index.js"

# What a careless site would do: keep whatever may be kept.
EAGER = {"location /tensorboard/ {": "location /tensorboard/ { proxy_cache tensorboard;"}


@pytest.fixture(scope="module", params=FRONT_DOORS)
def board(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TensorBoard]:
    """The demo logs behind each front door."""
    log = tmp_path_factory.mktemp("door") / "log.txt"
    with FRONT_DOORS[request.param](DEMO_LOGS, RUST, log=log) as board:
        board.wait_for_series(DEMO_SERIES)
        yield board


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asset_of(board: TensorBoard) -> str:
    """The path of one of the files that the page's entry loads."""
    entry = board.fetch(INDEX).body.decode()
    found = re.search(r"assets/[\w.-]+[.]js", entry)
    assert found
    return f"data/plugin/weight_delta/static/{found[0]}"


class TestEachDoor:
    def test_answers_arrive_compressed_where_that_is_accepted(self, board):
        packed = board.fetch(OVERVIEW, headers={"Accept-Encoding": "gzip"})
        plain = board.fetch(OVERVIEW)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Content-Type"] == "application/json"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.body) == plain.body
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_what_has_not_changed_is_not_sent_again(self, board, encoding):
        accepted = {"Accept-Encoding": encoding}
        tag = board.fetch(OVERVIEW, headers=accepted).headers["ETag"]
        again = board.fetch(OVERVIEW, headers={**accepted, "If-None-Match": tag})
        assert (again.status, again.body) == (304, b"")

    @pytest.mark.parametrize("path", [OVERVIEW, INDEX, "data/plugin/weight_delta/overview?run=no"])
    def test_answers_may_be_kept_by_the_browser_alone_which_asks_again(self, board, path):
        kept = board.fetch(path).headers
        assert kept["Cache-Control"] == "private, no-cache"
        assert kept["X-Content-Type-Options"] == "nosniff"

    def test_files_named_after_their_content_may_be_kept_by_everyone(self, board):
        reply = board.fetch(asset_of(board))
        assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply.body.startswith(b"import") or b"export" in reply.body

    def test_an_error_keeps_its_status_and_its_sentence(self, board):
        reply = board.get("overview", run="nobody's")
        assert reply.status == 404
        assert "nobody's" in reply.json()["error"]

    def test_a_file_to_keep_keeps_its_name(self, board):
        reply = board.get("export", run="torch_rates/lr-1")
        assert reply.headers["Content-Disposition"] == 'attachment; filename="torch_rates_lr-1.csv"'
        assert reply.body.startswith(b"run,tag,")

    def test_the_address_without_its_last_slash_leads_to_the_page(self, board):
        bare = board.url.rstrip("/")
        board.url, whole = bare, board.url
        try:
            reply = board.fetch("")
        finally:
            board.url = whole
        assert reply.status == 200
        assert b"tb-relative-root" in reply.body

    def test_where_a_password_is_asked_for_nothing_is_served_without_it(self, board):
        asset = asset_of(board)
        assert board.fetch(asset).status == 200  # and nginx has it in its cache now
        expected = 401 if board.credentials else 200
        for path in ("", OVERVIEW, INDEX, asset):
            for told in ("", "Basic bm9ib2R5Om5vdGhpbmc="):
                assert board.fetch(path, headers={"Authorization": told}).status == expected


class TestNginx:
    @pytest.mark.parametrize(
        ("changes", "unchanged"), [({}, 304), (EAGER, 200)], ids=["as it is", "keeping all it may"]
    )
    def test_only_files_named_after_their_content_are_kept(
        self, site, changes, unchanged, logdir, tmp_path
    ):
        log = tmp_path / "log.txt"
        with BehindNginx(logdir, RUST, site=site, changes=changes, log=log) as board:
            board.wait_for_series({"a": 2})
            asset = asset_of(board)
            paths = [*("", INDEX, asset, "index.js", "data/environment", "data/runs")]
            paths += [f"data/plugin/weight_delta/{route}?run=a" for route in ("overview", "export")]
            for path in paths * 2:
                assert board.fetch(path).status == 200, path
            tag = {"If-None-Match": board.get("overview", run="a").headers["ETag"]}
            again = board.fetch("data/plugin/weight_delta/overview?run=a", headers=tag)
            assert again.status == unchanged  # where nginx may cache it asks for all of it
            board.lose_server()
            after = {path: board.fetch(path).status for path in paths}
        assert after == {path: 200 if path == asset else 502 for path in paths}

    def test_tensorboard_never_sees_a_password(self, site, tmp_path):
        seen: list[str | None] = []

        class Upstream(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers["Authorization"])
                self.send_response(204)
                self.end_headers()

        with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
            threading.Thread(target=upstream.serve_forever, daemon=True).start()
            with closing(Nginx(site, upstream.server_port, tmp_path / "nginx")) as nginx:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{nginx.port}/tensorboard/data/runs",
                    headers=basic_authorization(USER, PASSWORD),
                )
                with urllib.request.urlopen(request) as reply:
                    assert reply.status == 204
            upstream.shutdown()
        assert seen == [None]


class TestGunicorn:
    def test_each_of_two_workers_has_its_own_plugin_on_the_one_data_server(self, tmp_path):
        with BehindGunicorn(DEMO_LOGS, RUST, log=tmp_path / "log.txt") as board:
            board.wait_for_series(DEMO_SERIES)
            board.wait_until(lambda _: board.log_text().count("reads through") == 2)
            assert board.log_text().count("Booting worker") == 2
            assert board.table("status")["provider"] == "GrpcDataProvider"
            board.data_server.kill()
            assert board.get("runs").status == 503
            board.data_server.start()
            board.wait_for_series(DEMO_SERIES)

    def test_the_app_is_found_at_its_mount_alone_through_nginx_too(self, tmp_path, logdir):
        with BehindGunicorn(logdir, PYTHON, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 2})
            own = urlsplit(board.url)
            with closing(Nginx("prefix-kept.conf", own.port, tmp_path / "nginx")) as nginx:
                board.credentials = (USER, PASSWORD)
                board.url = f"http://127.0.0.1:{nginx.port}/tensorboard/"
                assert board.table("overview", run="a")["run"] == "a"
            board.url = own.geturl()
            assert board.fetch("").status == 200
            board.url = board.url.removesuffix("tensorboard/")
            for path in ("", OVERVIEW, "tensorboardx/"):
                assert board.fetch(path).status == 404
