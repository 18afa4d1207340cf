"""How long answers take, by route, for the person who runs the server."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

# So many answers of each route are remembered: enough for a percentile, little to keep.
_RECENT: Final = 500

Clock = Callable[[], float]


class Timings:
    """Counts the answers of each route, and remembers how long the last ones took."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._seconds: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, route: str) -> Iterator[None]:
        """Takes the time of the block, also of one that raises."""
        start = self._clock()
        try:
            yield
        finally:
            seconds = self._clock() - start
            with self._lock:
                self._counts[route] = self._counts.get(route, 0) + 1
                self._seconds.setdefault(route, deque(maxlen=_RECENT)).append(seconds)

    def table(self) -> dict[str, dict[str, Any]]:
        """By route: how many answers, and of the last ones median, 99th percentile and maximum."""
        with self._lock:
            recent = {route: np.array(seconds) for route, seconds in self._seconds.items()}
            counts = dict(self._counts)
        return {
            route: {
                "answers": counts[route],
                "median_seconds": float(np.median(seconds)),
                "p99_seconds": float(np.quantile(seconds, 0.99)),
                "max_seconds": float(seconds.max()),
            }
            for route, seconds in sorted(recent.items())
        }
