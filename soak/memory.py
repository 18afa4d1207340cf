"""How much memory a process takes while it is asked, from its own account (Linux)."""

import os
import threading
import time
from pathlib import Path

import numpy as np


class Memory:
    """Looks at a process once a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._looks: list[tuple[float, int]] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def between(self, start: float, end: float) -> float:
        """The median in bytes over a part of the time: 0 is its beginning, 1 its end."""
        first, last = self._looks[0][0], self._looks[-1][0]
        share = [((when - first) / (last - first), size) for when, size in self._looks]
        return float(np.median([size for when, size in share if start <= when <= end]))

    def _look_on(self) -> None:
        while not self._over.wait(1.0):
            pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
            self._looks.append((time.monotonic(), pages * os.sysconf("SC_PAGE_SIZE")))
