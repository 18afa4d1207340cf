"""Seconds of two or more sides, taken in turn, so that a busy machine slows all of them."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Sides = Mapping[str, Callable[[], object]]


def seconds(run: Callable[[], object]) -> float:
    """What one call takes, without the garbage of those before it."""
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def medians(sides: Sides, rounds: int) -> dict[str, float]:
    """The median seconds of each side over so many rounds, each side once in every round."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            taken[name].append(seconds(run))
    return {name: statistics.median(times) for name, times in taken.items()}
