"""A real TensorBoard in a process of its own, on loopback, ended by its process id."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

_STARTED = re.compile(r"TensorBoard [\d.]+\S* at (http://\S+)")
_START_SECONDS = 90
_LOAD_SECONDS = 60

RUST = "--load_fast=true"
PYTHON = "--load_fast=false"
LOADERS = (RUST, PYTHON)


class TensorBoard:
    """``with TensorBoard(logdir, RUST) as board: board.get("runs")``."""

    def __init__(
        self,
        logdir: Path | None,
        *flags: str,
        env: dict[str, str] | None = None,
        python: str = sys.executable,
        log: Path,
    ) -> None:
        self.log = log
        command = [python, "-m", "tensorboard.main"]
        where = (
            []
            if logdir is None or any(flag.startswith("--logdir_spec") for flag in flags)
            else [f"--logdir={logdir}"]
        )
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*command, *where, "--host=127.0.0.1", "--port=0", "--reload_interval=1", *flags],
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, **(env or {})},
            )
        self.url = self._wait_for_address()

    def fetch(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> "Reply":
        """Ask for a path below TensorBoard's address."""
        request = urllib.request.Request(self.url + path, method=method, headers=headers or {})
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

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if found := _STARTED.search(self.log_text()):
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
