"""Make all demo logs again, check that they are small and tell nothing of this machine."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from event_file import LOGS

SCRIPTS = ("train_question.py", "train_keras_frozen.py", "train_torch_rates.py")
MOST_BYTES = 2_800_000


def train_all() -> None:
    """Run each script in its own process, so that no framework's settings reach another."""
    for script in SCRIPTS:
        print(f"== {script}", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).with_name(script))], check=True)


def traces_of_this_machine(event_file: Path) -> list[str]:
    """The host name and the paths of this machine among an event file's readable strings."""
    readable = b"\n".join(re.findall(rb"[ -~]{5,}", event_file.read_bytes()))
    traces = (socket.gethostname(), str(Path.home()), str(LOGS.parent.parent))
    return [t for t in traces if re.search(rb"(?<!\w)%b(?!\w)" % re.escape(t.encode()), readable)]


def main() -> int:
    """Train, then list every event file with its size; 1 when one of them must not be kept."""
    shutil.rmtree(LOGS, ignore_errors=True)
    train_all()
    event_files = sorted(LOGS.rglob("*tfevents*"))
    total = 0
    leaks = 0
    for event_file in event_files:
        size = event_file.stat().st_size
        total += size
        print(f"{size:>9,} bytes  {event_file.relative_to(LOGS)}")
        for trace in traces_of_this_machine(event_file):
            leaks += 1
            print(f"{event_file} contains {trace!r}", file=sys.stderr)
    print(f"{total:>9,} bytes in all, at most {MOST_BYTES:,} wanted")
    return int(total > MOST_BYTES or leaks > 0)


if __name__ == "__main__":
    sys.exit(main())
