"""A data server of its own, as ``deploy/gunicorn/data_server.py`` starts it, on loopback."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.tensorboard_process import value_of

SCRIPT: Final = Path(__file__).parent.parent / "deploy" / "gunicorn" / "data_server.py"
_START_SECONDS: Final = 30


class DataServer:
    """Reads a logdir as TensorBoard with these flags would; ended by its process id."""

    def __init__(self, logdir: Path, flags: Sequence[str], folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        samples = filter(None, ["weight_delta=1000", value_of("samples_per_plugin", flags)])
        self._command = [
            *(sys.executable, str(SCRIPT)),
            f"--logdir={logdir}",
            f"--reload={value_of('reload_interval', flags) or 1}",
            f"--samples-per-plugin={','.join(samples)}",
            f"--port-file={folder / 'port'}",
        ]
        self._port = 0
        self.start()

    @property
    def flag(self) -> str:
        """How a TensorBoard is told to read through it."""
        return f"--grpc_data_provider=localhost:{self._port}"

    def start(self) -> None:
        """Start it; again on the port that it had."""
        (self._folder / "port").unlink(missing_ok=True)
        with (self._folder / "log.txt").open("wb") as stderr:
            command = [*self._command, f"--port={self._port}"]
            self._process = subprocess.Popen(command, stderr=stderr)
        self._port = self._wait_for_port(self._folder / "port")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def _wait_for_port(self, file: Path) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if file.exists() and file.read_text().endswith("\n"):
                return int(file.read_text())
            time.sleep(0.05)
        log = (self._folder / "log.txt").read_text()
        raise AssertionError(f"The data server did not start:\n{log}")
