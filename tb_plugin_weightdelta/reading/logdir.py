"""Opens a logdir without TensorBoard's web server.

TensorBoard's Rust data server reads event files some fifty times faster than its Python
loader, so it is used where it can be, by the rules of TensorBoard itself. With either of
them nothing is answered before all event files have been read.
"""

import contextlib
import logging
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # ships no type hints
from tensorboard.backend.event_processing.data_ingester import DEFAULT_SIZE_GUIDANCE
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.data import grpc_provider, server_ingester
from tensorboard.data.provider import DataProvider

from tb_plugin_weightdelta.core.errors import WeightDeltaError
from tb_plugin_weightdelta.core.names import HISTOGRAMS_PLUGIN_NAME, KEPT_RECORDS, PLUGIN_NAME
from tb_plugin_weightdelta.core.text import sentence_line
from tb_plugin_weightdelta.reading.event_files import RunFolders, RunPaths, is_local
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader

logger = logging.getLogger(__name__)

# How many steps of a series either loader keeps: what the Python one does by default.
SAMPLES: Final = 500

_GOOGLE_CLOUD: Final = "gs://"  # the only scheme that the data server can open
_MESSAGE_BYTES: Final = 256 * 2**20  # the largest reply, as TensorBoard itself allows it

_POLL_SECONDS: Final = 0.01
# A server that has not begun to read by then is not one that we know.
_START_SECONDS: Final = 20.0
_END_SECONDS: Final = 5.0

# Lines of the server's log, written by env_logger: "[time LEVEL module] message".
_STARTED: Final = re.compile(r"^\[\S+ INFO +\S+\] Starting load cycle", re.MULTILINE)
_FINISHED: Final = re.compile(r"^\[\S+ INFO +\S+\] Finished load cycle", re.MULTILINE)
_WARNING: Final = re.compile(r"^\[\S+ (?:WARN|ERROR) +\S+\] (.*)", re.MULTILINE)


class LogdirError(WeightDeltaError):
    """There is no such logdir, or it cannot be read."""


# Where histograms are read, and run to folder, known to the Python loader alone.
_Source = tuple[DataProvider, RunPaths | None]


@contextlib.contextmanager
def open_logdir(
    logdir: str, start_seconds: float = _START_SECONDS, *, kept_records: int | None = KEPT_RECORDS
) -> Iterator[LogReader]:
    """Read all event files below ``logdir``, then give what they hold.

    logdir: a folder, or an address that TensorBoard's file layer can open.
    start_seconds: how long a data server may take to begin.
    kept_records: of each tensor, None for all.
    Raises LogdirError when there is no such folder or it cannot be read.
    """
    path = os.path.expanduser(logdir)
    if is_local(path):
        _check_folder(path)
    with contextlib.ExitStack() as stack:
        source = _read_by_data_server(path, stack, start_seconds, kept_records)
        source = source or _read_by_python(path, kept_records)
        provider, run_paths = source
        first_steps = FirstStepReader(
            RunFolders([path], run_paths), samples=SAMPLES, migrates=run_paths is not None
        )
        yield LogReader(Provider(provider), first_steps)


def _check_folder(path: str) -> None:
    if not os.path.exists(path):
        raise LogdirError(f"There is no folder {path!r}.")
    if not os.path.isdir(path):
        raise LogdirError(f"{path!r} is a file: give the folder that holds the event files.")
    try:
        os.listdir(path)
    except OSError as error:
        raise LogdirError(f"The folder {path!r} cannot be read: {error.strerror}.") from error


def _read_by_python(path: str, kept_records: int | None) -> _Source:
    multiplexer = EventMultiplexer(
        size_guidance=DEFAULT_SIZE_GUIDANCE,
        tensor_size_guidance={HISTOGRAMS_PLUGIN_NAME: SAMPLES, PLUGIN_NAME: kept_records or 0},
    )
    try:
        multiplexer.AddRunsFromDirectory(path)
        multiplexer.Reload()
    except Exception as error:  # each file system has errors of its own
        why = " ".join(str(error).split()) or type(error).__name__
        raise LogdirError(f"The logdir {path!r} cannot be read: {why.rstrip('.')}.") from error
    return MultiplexerDataProvider(multiplexer, path), multiplexer.RunPaths


def _read_by_data_server(
    path: str, stack: contextlib.ExitStack, start_seconds: float, kept_records: int | None
) -> _Source | None:
    """None when there is no data server for this machine or this logdir.

    The server ends with ``stack``.
    """
    if not is_local(path) and not path.startswith(_GOOGLE_CLOUD):
        return None
    try:
        binary = server_ingester.get_server_binary()
        server = _data_server(binary.path, path, start_seconds, kept_records)
        return stack.enter_context(server), None
    except (
        server_ingester.NoDataServerError,
        server_ingester.DataServerStartupError,
        OSError,  # a binary for another machine
    ) as error:
        why = sentence_line(str(error))
        logger.info("Reading with TensorBoard's Python loader: %s", why)
        return None


@contextlib.contextmanager
def _data_server(
    binary: str, logdir: str, start_seconds: float, kept_records: int | None
) -> Iterator[DataProvider]:
    """A data server that has read the logdir once; raises DataServerStartupError."""
    with tempfile.TemporaryDirectory(prefix="weightdelta_") as name:
        folder = Path(name)
        with _process(binary, logdir, folder, kept_records) as process:
            _wait_until_read(process, folder, start_seconds)
            port = int(_text(folder / "port"))
            with _channel(f"localhost:{port}") as channel:
                stub = grpc_provider.make_stub(channel)
                yield grpc_provider.GrpcDataProvider(f"localhost:{port}", stub)


@contextlib.contextmanager
def _process(
    binary: str, logdir: str, folder: Path, kept_records: int | None
) -> Iterator[subprocess.Popen[bytes]]:
    """The server's process; its log, port and startup error are files in ``folder``."""
    records = "all" if kept_records is None else kept_records
    command = [
        binary,
        f"--logdir={logdir}",
        "--reload=once",
        f"--samples-per-plugin={HISTOGRAMS_PLUGIN_NAME}={SAMPLES},{PLUGIN_NAME}={records}",
        "--port=0",
        f"--port-file={folder / 'port'}",
        f"--error-file={folder / 'error'}",
        "--die-after-stdin",
        "--verbose",
    ]
    # RUST_LOG would win over --verbose, and hide what is waited for.
    env = {**os.environ, "RUST_LOG": "info", "RUST_LOG_STYLE": "never"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, env=env
        )
    try:
        yield process
    finally:
        _end(process)


def _wait_until_read(process: subprocess.Popen[bytes], folder: Path, start_seconds: float) -> None:
    """Return when the server has read every event file, and pass on its warnings.

    Raises DataServerStartupError when it ends before, or does not begin in time.
    """
    deadline = time.monotonic() + start_seconds
    while not _FINISHED.search(said := _text(folder / "log")):
        if process.poll() is not None:
            why = _text(folder / "error").strip() or f"it ended with {process.returncode}"
            raise server_ingester.DataServerStartupError(why)
        if time.monotonic() > deadline and not _STARTED.search(said):
            raise server_ingester.DataServerStartupError("it does not begin to read")
        time.sleep(_POLL_SECONDS)
    for warning in _WARNING.findall(said):
        logger.warning("%s", sentence_line(warning))


def _text(path: Path) -> str:
    """What a file of the server says by now."""
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _channel(address: str) -> Any:
    # TensorBoard's own ingester would go through a proxy that the environment names for
    # the outside world, as that of a CI machine often does.
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.enable_http_proxy", 0)]
    return grpc.secure_channel(address, grpc.local_channel_credentials(), options=options)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server, which dies with its standard input."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
