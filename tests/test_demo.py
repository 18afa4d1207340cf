"""The README's first command, as a newcomer runs it, and the logs it shows."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.conftest import DEMO_LOGS
from tests.test_package import LEFT_BEHIND, ROOT

_ADDRESS = re.compile(r"Weight Delta: (http://\S+)/#weight_delta")


def test_the_demo_logs_are_small():
    assert sum(file.stat().st_size for file in DEMO_LOGS.rglob("*") if file.is_file()) <= 3_000_000


def test_make_demo_serves_the_tab_from_a_fresh_copy_though_its_port_is_taken(tmp_path):
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    with socket.socket() as occupied, (tmp_path / "out.txt").open("w") as out:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        make = subprocess.Popen(
            ["make", "demo", f"PORT={port}"],
            cwd=checkout,
            env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that make and TensorBoard can be ended together
        )
        try:
            address = wait_for_address(make, tmp_path / "out.txt")
            assert address != f"http://127.0.0.1:{port}"
            assert served_runs(address) >= {"question", "keras_frozen/train"}
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            make.wait(timeout=30)


def wait_for_address(make: "subprocess.Popen[bytes]", output: Path) -> str:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and make.poll() is None:
        if found := _ADDRESS.search(output.read_text()):
            return found[1]
        time.sleep(0.2)
    raise AssertionError(output.read_text())


def served_runs(address: str) -> set[str]:
    """The runs that the plugin lists once TensorBoard answers and has read its logs."""
    deadline = time.monotonic() + 60
    runs: set[str] = set()
    while time.monotonic() < deadline and not {"question", "keras_frozen/train"} <= runs:
        try:
            with urllib.request.urlopen(f"{address}/data/plugin/weight_delta/runs") as reply:
                runs = {entry["run"] for entry in json.load(reply)["runs"]}
        except OSError:  # not listening yet
            pass
        time.sleep(0.2)
    return runs
