"""A server sees that a client has gone, and stops working for it."""

import inspect
import socket
import threading
from argparse import Namespace
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gunicorn.http.wsgi
import pytest
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.test import Client

from tb_plugin_weightdelta.answering.work import hung_up
from tests.support.patience import wait_until
from tests.support.providers import GrowingProvider

NAMES = ("werkzeug.socket", "gunicorn.socket")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    server, client = socket.socketpair()
    yield server, client
    server.close()
    client.close()


@pytest.mark.parametrize("name", NAMES)
class TestAConnection:
    def test_that_is_open_and_silent_is_still_there(self, ends, name):
        assert not hung_up({name: ends[0]})()

    def test_on_which_the_next_request_waits_is_still_there(self, ends, name):
        ends[1].send(b"GET")
        assert not hung_up({name: ends[0]})()
        assert ends[0].recv(3) == b"GET"  # which is not taken away

    def test_that_was_closed_is_gone(self, ends, name):
        ends[1].close()
        assert hung_up({name: ends[0]})()

    def test_that_the_server_closed_is_gone(self, ends, name):
        ends[0].close()
        assert hung_up({name: ends[0]})()

    def test_that_has_time_to_wait_is_not_waited_for(self, ends, name):
        ends[0].settimeout(3600)
        assert not hung_up({name: ends[0]})()

    def test_that_cannot_be_looked_into_counts_as_there(self, ends, name):
        def refuse(*_: Any) -> bytes:
            raise ValueError("flags are not allowed")

        ends[1].send(b"GET")
        assert not hung_up({name: SimpleNamespace(recv=refuse, fileno=ends[0].fileno)})()
        assert not hung_up({name: object()})()


def test_a_server_that_hides_its_connections_has_no_client_that_is_gone():
    assert not hung_up({})()


def test_gunicorn_gives_the_connection_by_the_name_that_is_looked_for():
    assert '"gunicorn.socket": sock' in inspect.getsource(gunicorn.http.wsgi.default_environ)


@pytest.fixture
def held() -> Iterator[tuple[GrowingProvider, BaseWSGIServer, Client]]:
    """A run of several batches whose reading is held, its overview served, and the status."""
    from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin  # noqa: PLC0415

    provider = GrowingProvider(a=[f"t{number:02}" for number in range(40)])
    provider.hold.clear()
    context = TBContext(data_provider=provider, flags=Namespace(), logdir="")
    apps = WeightDeltaPlugin(context).get_plugin_apps()
    server = make_server("127.0.0.1", 0, apps["/overview"], threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider, server, Client(apps["/status"])
    provider.hold.set()
    server.shutdown()
    server.server_close()
    thread.join()


def pieces(status: Client) -> int:
    return int(status.get("/").get_json()["work"]["pieces"])


@pytest.mark.filterwarnings("ignore:html5lib")  # TensorBoard's own, where it is imported
def test_a_request_whose_client_has_gone_stops_early(held):
    provider, server, status = held
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /?run=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: pieces(status) == 1)
    wait_until(lambda: nobody_waits(server))
    provider.hold.set()
    wait_until(lambda: pieces(status) == 0)
    assert len(provider.reads) == 8  # the batch that was being read


def nobody_waits(server: BaseWSGIServer) -> bool:
    """Whether every request was answered, and its thread has ended."""
    return not any("process_request_thread" in thread.name for thread in threading.enumerate())
