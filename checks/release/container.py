"""Do what the Containerfile does, without a container, and look at the tab.

``make container-check`` runs it. Copies into an empty folder what the Containerfile copies,
runs its pip lines in clean environments, and starts its command on the demo logs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from checks.release.check import LOGS, ROOT, ReleaseError, changelog_version, run, served
from tests.support.places import DEMO_SERIES
from tests.support.servers.tensorboard_process import TensorBoard

CONTAINERFILE = ROOT / "deploy" / "container" / "Containerfile"

# An instruction and what it says.
Step = tuple[str, str]


def main() -> None:
    """Check everything; exits with 1 and a sentence at the first thing that is wrong."""
    build, image = stages(CONTAINERFILE.read_text(encoding="utf-8"))
    try:
        with tempfile.TemporaryDirectory(prefix="container_") as name:
            folder = Path(name)
            copy_into(folder / "source", build)
            pip(build, folder, folder / "source")
            pip(image, folder, folder)
            version = changelog_version((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
            with Contained(command(image), folder) as board:
                board.wait_for_series(DEMO_SERIES)
                served(board, version, "the Containerfile")
                print(f"The Containerfile's command serves the tab at {board.url}")
    except ReleaseError as error:
        sys.exit(f"The Containerfile does not work: {error}")


def stages(text: str) -> list[list[Step]]:
    """The instructions of each stage of a Containerfile."""
    found: list[list[Step]] = []
    for line in text.splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            found.append([])
        if instruction and not instruction.startswith("#"):
            found[-1].append((instruction, rest))
    return found


def copied(stage: list[Step]) -> list[tuple[str, str]]:
    """What a stage copies from the clone, and where to."""
    pairs = []
    for instruction, rest in stage:
        if instruction == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            pairs += [(source, target) for source in sources]
    return pairs


def command(stage: list[Step]) -> list[str]:
    """What a container of the stage starts."""
    said = dict(stage)
    return [*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])]


def copy_into(folder: Path, stage: list[Step]) -> None:
    """Copy what the stage copies, of what is committed; raises ReleaseError."""
    committed = run("git", "ls-files", cwd=ROOT).splitlines()
    for source, target in copied(stage):
        files = [name for name in committed if name == source or name.startswith(f"{source}/")]
        if not files:
            raise ReleaseError(f"it copies {source}, which is not there.")
        for name in files:
            below = Path(name).relative_to(source) if name != source else Path(Path(name).name)
            place = folder / target / below
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place)


def pip(stage: list[Step], folder: Path, cwd: Path) -> None:
    """Run the stage's lines in a clean environment, with ``/wheels`` in the folder."""
    venv.create(folder / "env", with_pip=True, clear=True)
    path = f"{folder / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for instruction, rest in stage:
        if instruction == "RUN":
            line = rest.replace("/wheels", str(folder / "wheels"))
            done = subprocess.run(
                ["sh", "-c", line],
                cwd=cwd,
                env={**os.environ, "PATH": path, "PIP_QUIET": "1"},
                check=False,
            )
            if done.returncode != 0:
                raise ReleaseError(f"{rest!r} fails.")


class Contained(TensorBoard):
    """The container's command on the demo logs, on loopback."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = command
        super().__init__(LOGS, python=str(folder / "env" / "bin"), log=folder / "log.txt")

    def command(self, python: str, flags: Sequence[str]) -> list[str]:
        program, *rest = self._command
        return [str(Path(python) / program), *rest, "--host=127.0.0.1", "--port=0", *flags]


if __name__ == "__main__":
    main()
