"""How much memory a process takes while it is asked, from its own account (Linux)."""

import os
import threading
from pathlib import Path

import numpy as np


class Memory:
    """Looks at a process once a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._looks: list[int] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def tenths(self) -> list[float]:
        """The median in bytes over each tenth of the time."""
        looks = np.array_split(self._looks, 10)
        return [float(np.median(tenth)) for tenth in looks if len(tenth)]

    def _look_on(self) -> None:
        while not self._over.wait(1.0):
            pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
            self._looks.append(pages * os.sysconf("SC_PAGE_SIZE"))
