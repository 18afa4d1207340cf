"""A data server of its own, as for logs that outgrow one machine: on loopback, ended by its id."""

import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from tests.support.places import ROOT

SCRIPT: Final = ROOT / "deploy" / "gunicorn" / "data_server.py"
_START_SECONDS: Final = 30


class DataServer(AbstractContextManager["DataServer"]):
    """``with DataServer(logdir, folder, "--samples-per-plugin=histograms=5") as server: …``."""

    def __init__(self, logdir: Path, folder: Path, *flags: str) -> None:
        """Serve ``logdir``; ``folder`` is for its port file and its log."""
        folder.mkdir(parents=True, exist_ok=True)
        self._port_file = folder / "data_server_port"
        self._log = folder / "data_server_log"
        reload = () if any(flag.startswith("--reload=") for flag in flags) else ("--reload=1",)
        self._flags = (
            *(f"--logdir={logdir}", "--host=127.0.0.1", f"--port-file={self._port_file}"),
            *("--die-after-stdin", *reload, *flags),
        )
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
        command = [sys.executable, str(SCRIPT), *self._flags, f"--port={self._port}"]
        with self._log.open("wb") as stderr:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=stderr)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._port_file.exists() and (told := self._port_file.read_text()).endswith("\n"):
                self._port = int(told)
                return
            time.sleep(0.02)
        raise AssertionError(f"The data server did not start:\n{self._log.read_text()}")

    def kill(self) -> None:
        """As if its machine went away."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def __exit__(self, *_: object) -> None:
        self.kill()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [
        int(child)
        for children in Path(f"/proc/{pid}/task").glob("*/children")
        for child in children.read_text().split()
    ]
