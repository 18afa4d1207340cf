"""Where a demo run's event file lives, and the name it is committed under."""

from __future__ import annotations

import shutil
from pathlib import Path

LOGS = Path(__file__).resolve().parent / "logs"

# TensorBoard reads any file with "tfevents" in its name. Writers add the host name and
# the process id, which would make every re-run a new file and tell where it was trained.
STABLE_NAME = "events.out.tfevents.0.demo"


def empty_run(run: str) -> Path:
    """Return the folder of a run, without what an earlier training left in it."""
    folder = LOGS / run
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def give_stable_name(folder: Path) -> None:
    """Rename the one event file of a folder; a second one would be a bug in the training."""
    (event_file,) = folder.glob("*tfevents*")
    event_file.rename(folder / STABLE_NAME)
