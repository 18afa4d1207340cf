"""Check what would be released: build it, install it as a user does, and look at the tab.

``make release-check`` runs it. Builds sdist and wheel from what is committed, installs each
into a clean environment that has no Node, starts TensorBoard there on the demo logs and fetches
the page and its data.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

from tests.tensorboard_process import RUST, TensorBoard

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
                check(package, version, folder)
                print(f"{package.name}: the tab is served, version {version}")
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


def check(package: Path, version: str, folder: Path) -> None:
    """Install one package into an environment of its own, and use it; raises ReleaseError."""
    place = folder / f"env{package.suffix}"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", str(package), cwd=folder)
    installed = run(str(python), "-m", "pip", "list", "--format=freeze", cwd=folder)
    if "nodejs" in installed:
        raise ReleaseError(f"installing {package.name} brings Node.")
    told = run(str(place / "bin" / "weightdelta"), "--version", cwd=folder).strip()
    if told != version:
        raise ReleaseError(f"{package.name} is version {told}, and the changelog's is {version}.")
    with TensorBoard(LOGS, RUST, python=str(python), log=folder / "log.txt") as board:
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


def run(*command: str, cwd: Path) -> str:
    """What a command prints; raises ReleaseError with what it complained about."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:4])} failed: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
