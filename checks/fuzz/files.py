"""Target: the bytes of an event file, as they are on the disk."""

import atexit
import tempfile
from pathlib import Path

from checks.fuzz.events import check_run

_LOGDIR = tempfile.TemporaryDirectory(prefix="weight_delta_fuzz_")
atexit.register(_LOGDIR.cleanup)


def check(data: bytes) -> None:
    """Reads the file from its head, and measures what is in it."""
    check_run(Path(_LOGDIR.name), data)


def seeds() -> list[bytes]:
    """The golden files: every dialect, in few kilobytes each."""
    folder = Path(__file__).parents[2] / "tests" / "data" / "dialects"
    return [path.read_bytes() for path in sorted(folder.glob("*/*tfevents*"))]
