"""Check what would be released: build it, install it as a user does, and look at the tab.

``make release-check`` runs it. Builds sdist and wheel from what is committed, installs each
into a clean environment that has no Node, starts TensorBoard there on the demo logs and fetches
the page and its data. Then a fresh clone answers the README's first command.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

from tests.support.servers.tensorboard_process import RUST, TensorBoard

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "demo" / "logs"


class ReleaseError(Exception):
    """Something that must not be released, in a sentence."""


def main() -> None:
    """Check everything; exits with 1 and a sentence at the first thing that is wrong."""
    try:
        version = changelog_version((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory(prefix="release_") as name:
            folder = Path(name)
            for package in built(folder):
                check(package, version, environment(folder / f"env{package.suffix}"))
                print(f"{package.name}: the tab is served, version {version}")
            run("git", "clone", "--quiet", str(ROOT), str(folder / "clone"), cwd=folder)
            demo(folder / "clone")
            print("make demo: the tab is served from a fresh clone")
    except ReleaseError as error:
        sys.exit(f"Not to be released: {error}")


def changelog_version(text: str) -> str:
    """The newest version that a changelog tells of."""
    found = re.search(r"^## \[(\d+\.\d+\.\d+)\]", text, re.MULTILINE)
    if not found:
        raise ReleaseError("the changelog names no version.")
    return found[1]


def built(folder: Path) -> list[Path]:
    """The sdist and the wheel of the last commit."""
    checkout = folder / "checkout"
    archive = folder / "checkout.tar"
    run("git", "archive", "--output", str(archive), "HEAD", cwd=ROOT)
    with tarfile.open(archive) as packed:
        packed.extractall(checkout, filter="data")
    run(sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(checkout), cwd=folder)
    packages = sorted((folder / "dist").iterdir(), key=lambda package: package.suffix)
    if [package.suffix for package in packages] != [".gz", ".whl"]:
        raise ReleaseError(f"not an sdist and a wheel were built, but {packages}.")
    return packages


def environment(place: Path) -> Path:
    """An environment with nothing in it."""
    venv.create(place, with_pip=True)
    return place


def check(package: Path, version: str, place: Path) -> None:
    """Install one package into an environment, and use it; raises ReleaseError."""
    python = place / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", str(package), cwd=place)
    installed = run(str(python), "-m", "pip", "list", "--format=freeze", cwd=place)
    if "nodejs" in installed:
        raise ReleaseError(f"installing {package.name} brings Node.")
    told = run(str(place / "bin" / "weightdelta"), "--version", cwd=place).strip()
    if told != version:
        raise ReleaseError(f"{package.name} is version {told}, and the changelog's is {version}.")
    with TensorBoard(LOGS, RUST, python=str(python), log=place / "log.txt") as board:
        served(board, version, package.name)


def served(board: TensorBoard, version: str, name: str) -> None:
    """Fetch the tab as a browser does; raises ReleaseError."""
    listed = board.fetch("data/plugins_listing").json()
    if "weight_delta" not in listed:
        raise ReleaseError(f"with {name} TensorBoard lists no tab: {board.log_text()}")
    page = board.fetch("data/plugin_entry.html?name=weight_delta")
    entry = board.get("static/index.js")
    if page.status != 200 or entry.status != 200 or not entry.body:
        raise ReleaseError(f"with {name} the page is answered with {page.status}, {entry.status}.")
    for script in re.findall(r"""["']\./(assets/[^"']+)["']""", entry.body.decode()):
        if board.get(f"static/{script}").status != 200:
            raise ReleaseError(f"with {name} the page lacks {script}.")
    if board.table("runs")["version"] != version:
        raise ReleaseError(f"with {name} the server does not say that it is version {version}.")


def demo(clone: Path) -> None:
    """``make demo``, as a newcomer runs it, though its port is taken; raises ReleaseError."""
    output = clone.parent / "demo.txt"
    with socket.socket() as occupied, output.open("w") as out:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        taken = f"http://127.0.0.1:{occupied.getsockname()[1]}"
        make = subprocess.Popen(
            ["make", "demo", f"PORT={occupied.getsockname()[1]}"],
            cwd=clone,
            env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that make and TensorBoard can be ended together
        )
        try:
            address = demo_address(make, output)
            if address == taken or not {"question", "keras_frozen/train"} <= demo_runs(address):
                raise ReleaseError(f"make demo serves {address}: {output.read_text()}")
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            make.wait(timeout=30)


def demo_address(make: subprocess.Popen[bytes], output: Path) -> str:
    """What it says in a while."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and make.poll() is None:
        if found := re.search(r"Weight Delta: (http://\S+)/#weight_delta", output.read_text()):
            return found[1]
        time.sleep(0.2)
    raise ReleaseError(f"make demo names no address: {output.read_text()}")


def demo_runs(address: str) -> set[str]:
    """The runs that the plugin lists once TensorBoard answers and has read its logs."""
    deadline = time.monotonic() + 60
    runs: set[str] = set()
    while time.monotonic() < deadline and not {"question", "keras_frozen/train"} <= runs:
        listed = f"{address}/data/plugin/weight_delta/runs"
        with contextlib.suppress(OSError), urllib.request.urlopen(listed) as reply:
            runs = {entry["run"] for entry in json.load(reply)["runs"]}
        time.sleep(0.2)
    return runs


def run(*command: str, cwd: Path) -> str:
    """What a command prints; raises ReleaseError with what it complained about."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:4])} failed: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
