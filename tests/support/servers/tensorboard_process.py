"""A real TensorBoard in a process of its own, on loopback, ended by its process id."""

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

_START_SECONDS = 90
_LOAD_SECONDS = 60

RUST = "--load_fast=true"
PYTHON = "--load_fast=false"
LOADERS = (RUST, PYTHON)


class TensorBoard(AbstractContextManager["TensorBoard"]):
    """``with TensorBoard(logdir, RUST) as board: board.get("runs")``."""

    # User and password, where it asks for them.
    credentials: tuple[str, ...] = ()
    _started = re.compile(r"TensorBoard [\d.]+\S* at (http://\S+)")

    def __init__(
        self,
        logdir: Path | None,
        *flags: str,
        env: dict[str, str] | None = None,
        python: str = sys.executable,
        start: Sequence[str] = ("-m", "tensorboard.main"),
        log: Path,
    ) -> None:
        """Start it with flags; ``start`` says what else runs it than its own command."""
        self.log = log
        self._start = start
        is_told = logdir is None or value_of("logdir_spec", flags)
        where = [] if is_told else [f"--logdir={logdir}"]
        flags = (*where, "--reload_interval=1", *flags)
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                self.command(python, flags),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, **self.environment(flags), **(env or {})},
            )
        self.url = self._wait_for_address()

    def command(self, python: str, flags: Sequence[str]) -> list[str]:
        """What is started."""
        return [python, *self._start, "--host=127.0.0.1", "--port=0", *flags]

    def environment(self, flags: Sequence[str]) -> dict[str, str]:
        """What it is told besides its command line."""
        return {}

    def fetch(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> "Reply":
        """Ask for a path below TensorBoard's address."""
        given = {**basic_authorization(*self.credentials), **(headers or {})}
        request = urllib.request.Request(self.url + path, method=method, headers=given)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Reply(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def get(self, route: str, **parameters: Any) -> "Reply":
        """Ask one of the plugin's routes."""
        query = urllib.parse.urlencode(parameters)
        return self.fetch(f"data/plugin/weight_delta/{route}" + (f"?{query}" if query else ""))

    def table(self, route: str, **parameters: Any) -> dict[str, Any]:
        """The answer of one of the plugin's routes, which must be a good one."""
        reply = self.get(route, **parameters)
        assert reply.status == 200, reply.body.decode()
        table: dict[str, Any] = reply.json()
        return table

    def wait_for_series(self, expected: dict[str, int]) -> list[dict[str, Any]]:
        """Wait until the loader knows this many series of each run; return the list of runs."""
        return self.wait_until(
            lambda runs: {entry["run"]: entry["series"] for entry in runs} == expected
        )

    def wait_until(self, ready: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until the list of runs is as it should be, and return it."""
        deadline = time.monotonic() + _LOAD_SECONDS
        runs: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            reply = self.get("runs")
            if reply.status == 200:
                runs = reply.json()["runs"]
                if ready(runs):
                    return runs
            time.sleep(0.1)
        raise AssertionError(f"The logs were not loaded; there were {runs}\n{self.log_text()}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def memory(self, what: str) -> float:
        """Megabytes of the process by Linux' name: VmRSS is now, VmHWM the most there was."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found, f"{what} is not told"
        return int(found[1]) * 1024 / 1e6

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if found := self._started.search(self.log_text()):
                return found[1].rstrip("/") + "/"
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        self.close()
        raise AssertionError(f"TensorBoard did not start:\n{self.log_text()}")


class Reply:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)


def basic_authorization(*credentials: str) -> dict[str, str]:
    """The header that tells user and password; none without them."""
    told = base64.b64encode(":".join(credentials).encode()).decode()
    return {"Authorization": f"Basic {told}"} if credentials else {}


def value_of(name: str, flags: Sequence[str]) -> str:
    """What the last flag ``--name=value`` says; empty where there is none."""
    values = [flag.partition("=")[2] for flag in flags if flag.startswith(f"--{name}=")]
    return values[-1] if values else ""


def without(name: str, flags: Sequence[str]) -> tuple[str, ...]:
    """The flags, but for ``--name=value``."""
    return tuple(flag for flag in flags if not flag.startswith(f"--{name}="))
