"""How long the stages of answering take, for the person who runs the server."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, get_args

import numpy as np

# Asking the provider for lists and for tensors, reading the heads of event files, measuring,
# encoding; and how long work waits for its turn.
Stage = Literal["list", "read", "first_step", "measure", "encode", "queue"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

# So many times of each stage are remembered: enough for a percentile, little to keep.
_RECENT: Final = 500

Clock = Callable[[], float]


class Timings:
    """Counts how often each stage was gone through, and remembers how long the last times took."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._counts = dict.fromkeys(STAGES, 0)
        self._seconds: dict[Stage, deque[float]] = {
            stage: deque(maxlen=_RECENT) for stage in STAGES
        }
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, stage: Stage) -> Iterator[None]:
        """Takes the time of the block, also of one that raises."""
        start = self._clock()
        try:
            yield
        finally:
            self.note(stage, self._clock() - start)

    def note(self, stage: Stage, seconds: float) -> None:
        """Take a time into account."""
        with self._lock:
            self._counts[stage] += 1
            self._seconds[stage].append(seconds)

    def table(self) -> dict[str, dict[str, Any]]:
        """By stage: how many times, and of the last ones median, 99th percentile and maximum."""
        with self._lock:
            recent = {stage: np.array(times) for stage, times in self._seconds.items() if times}
            counts = dict(self._counts)
        return {
            stage: {
                "times": counts[stage],
                "median_seconds": float(np.median(seconds)),
                "p99_seconds": float(np.quantile(seconds, 0.99)),
                "max_seconds": float(seconds.max()),
            }
            for stage, seconds in recent.items()
        }
