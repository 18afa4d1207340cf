"""Which of TensorBoard's loaders reads a logdir in this process."""

import pytest
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.data import server_ingester


def read_by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that TensorBoard has no data server for."""

    def no_binary() -> None:
        raise server_ingester.NoDataServerError("none here")

    monkeypatch.setattr(server_ingester, "get_server_binary", no_binary)


def read_by_data_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python loader must not be asked."""

    def unwanted(*_: object) -> None:
        raise AssertionError("the data server should have read this")

    monkeypatch.setattr(EventMultiplexer, "AddRunsFromDirectory", unwanted)
