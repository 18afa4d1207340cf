"""A data server of its own, as for logs that outgrow one machine: on loopback, ended by its id."""

import subprocess
import time
from pathlib import Path
from types import TracebackType

import tensorboard_data_server

_START_SECONDS = 20


class DataServer:
    """``with DataServer(logdir, folder, "--samples-per-plugin=histograms=5") as server: …``."""

    def __init__(self, logdir: Path, folder: Path, *flags: str) -> None:
        """Serve ``logdir``; ``folder`` is for its port file."""
        self._logdir = logdir
        self._port_file = folder / "data_server_port"
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def flag(self) -> str:
        """What to start TensorBoard with."""
        return f"--grpc_data_provider={self.address}"

    def start(self) -> None:
        """Start it, a second time at the same address."""
        self._port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                str(tensorboard_data_server.server_binary()),
                f"--logdir={self._logdir}",
                "--host=127.0.0.1",
                f"--port={self._port}",
                f"--port-file={self._port_file}",
                "--reload=1",
                "--die-after-stdin",
                *self._flags,
            ],
            stdin=subprocess.PIPE,
        )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._port_file.exists() and (told := self._port_file.read_text()).endswith("\n"):
                self._port = int(told)
                return
            time.sleep(0.02)
        raise AssertionError("The data server did not start.")

    def kill(self) -> None:
        """As if its machine went away."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def __enter__(self) -> "DataServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [
        int(child)
        for children in Path(f"/proc/{pid}/task").glob("*/children")
        for child in children.read_text().split()
    ]
