"""What each part of the comparison costs."""

import time
from collections.abc import Callable

import numpy as np

from tb_plugin_weightdelta.measuring.distance import bounds, compare, resolution, wasserstein_1
from tb_plugin_weightdelta.measuring.grid import overlay, sides


def print_speed(steps: int = 500) -> None:
    """Microseconds per histogram: the fastest of seven runs, against one baseline."""
    rng = np.random.default_rng(1)
    print("| buckets | overlay | cubics | movement | bounds | resolution | all |")
    print("|---|---|---|---|---|---|---|")
    for buckets in (30, 500):
        edges = np.linspace(-1, 1, buckets + 1) * rng.uniform(0.9, 1.1, (steps, 1))
        counts = rng.poisson(1e4 * np.exp(-(edges[:, 1:] ** 2) * 4)).astype(float) + 1
        rows = edges[:1], counts[:1], edges, counts
        both = overlay(*rows)
        a, b = sides(both)
        cost = [
            _fastest(lambda rows=rows: overlay(*rows)),
            _fastest(lambda both=both: sides(both)),
            _fastest(lambda both=both, a=a, b=b: wasserstein_1(both, a, b)),
            _fastest(lambda both=both: bounds(both)),
            _fastest(lambda both=both, a=a, b=b: resolution(both, a, b)),
            _fastest(lambda rows=rows: compare(*rows)),
        ]
        print(f"| {buckets} | " + " | ".join(f"{1e6 * c / steps:.1f}" for c in cost) + " |")


def _fastest(run: Callable[[], object], runs: int = 7) -> float:
    best = np.inf
    for _ in range(runs):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return float(best)
