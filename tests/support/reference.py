"""Slow, obvious twins of the fast maths: one histogram at a time, no vectors."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

Cdf = Callable[[float], float]
Edges = Sequence[float]
Counts = Sequence[float]

_FINE = 400  # midpoints per interval where an integral is simply summed


def linear_cdf(edges: Edges, counts: Counts) -> Cdf:
    """F(x): the share of elements at or below x, mass spread evenly inside a bucket."""

    def cdf(x: float) -> float:
        below = 0.0
        for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True):
            if x >= right:
                below += count
            elif x > left:
                below += count * (x - left) / (right - left)
        return below / sum(counts)

    return cdf


def cubic_cdf(edges: Edges, counts: Counts) -> Cdf:
    """The monotone cubic, bucket by bucket, from its definition."""
    total = sum(counts)
    width = np.diff(edges)
    density = [c / total / w if w > 0 else None for c, w in zip(counts, width, strict=True)]

    def slope(edge: int) -> float:
        left = density[edge - 1] if edge > 0 else None
        right = density[edge] if edge < len(density) else None
        if left is None or right is None:
            return left or right or 0.0
        if left == 0 or right == 0:
            return 0.0
        near, far = 2 * width[edge] + width[edge - 1], width[edge] + 2 * width[edge - 1]
        return (near + far) / (near / left + far / right)

    def cdf(x: float) -> float:
        below = 0.0
        for k, (left, right, count) in enumerate(zip(edges[:-1], edges[1:], counts, strict=True)):
            if x >= right:
                below += count / total
            elif x > left:
                w, t = right - left, (x - left) / (right - left)
                rise = count / total * (3 * t**2 - 2 * t**3)
                bend = slope(k) * t * (1 - t) ** 2 - slope(k + 1) * t**2 * (1 - t)
                return below + rise + w * bend
        return below

    return cdf


def area(first: Cdf, second: Cdf, knots: Sequence[float]) -> float:
    """∫ |first - second| dx, summed at midpoints between neighbouring knots."""
    total = 0.0
    for left, right in itertools.pairwise(sorted(set(knots))):
        step = (right - left) / _FINE
        middles = [left + (i + 0.5) * step for i in range(_FINE)]
        total += step * sum(abs(first(x) - second(x)) for x in middles)
    return total


def wasserstein_1(a: Sequence[float], b: Sequence[float]) -> float:
    """Exact W1 of two samples of any sizes: each repeated to one common size, sorted, paired."""
    size = np.lcm(len(a), len(b))
    more_a, more_b = np.repeat(np.sort(a), size // len(a)), np.repeat(np.sort(b), size // len(b))
    return float(np.abs(more_a - more_b).mean())


def upper_bound(edges_a: Edges, counts_a: Counts, edges_b: Edges, counts_b: Counts) -> float:
    """The largest W1 of all ways to put each bucket's elements at one edge of either histogram.

    One element stays at the minimum and one at the maximum.
    """
    knots = sorted({*edges_a, *edges_b})
    return max(
        wasserstein_1(a, b)
        for a in _placements(edges_a, counts_a, knots)
        for b in _placements(edges_b, counts_b, knots)
    )


def _placements(edges: Edges, counts: Counts, knots: Sequence[float]) -> list[list[float]]:
    free = [int(c) for c in counts]
    free[0] -= 1
    free[-1] -= 1
    places = [[x for x in knots if left <= x <= right] for left, right in itertools.pairwise(edges)]
    return [
        [edges[0], edges[-1], *(x for x, n in zip(at, free, strict=True) for _ in range(n))]
        for at in itertools.product(*places)
    ]


def lower_bound(edges_a: Edges, counts_a: Counts, edges_b: Edges, counts_b: Counts) -> float:
    """W1 of two CDFs inside both envelopes that are as close as possible everywhere.

    Asserts that they are CDFs inside their envelopes: the bound is reached.
    """
    result, before = 0.0, (0.0, 0.0)
    for left, right in itertools.pairwise(sorted({*edges_a, *edges_b})):
        low_a, high_a = _envelope(edges_a, counts_a, (left + right) / 2)
        low_b, high_b = _envelope(edges_b, counts_b, (left + right) / 2)
        now = (min(high_a, max(low_a, low_b)), min(high_b, max(low_a, low_b)))
        assert low_a <= now[0] <= high_a
        assert low_b <= now[1] <= high_b
        assert now[0] >= before[0]
        assert now[1] >= before[1]
        result, before = result + abs(now[0] - now[1]) * (right - left), now
    return result


def _envelope(edges: Edges, counts: Counts, x: float) -> tuple[float, float]:
    """The lowest and highest share of elements that can be below x, which is no edge."""
    total = sum(counts)
    low = sum(c for right, c in zip(edges[1:], counts, strict=True) if right <= x) / total
    high = sum(c for left, c in zip(edges[:-1], counts, strict=True) if left < x) / total
    if x > edges[0]:
        low = max(low, 1 / total)
    if x < edges[-1]:
        high = min(high, 1 - 1 / total)
    return low, high


def moments(edges: Edges, counts: Counts) -> tuple[float, float]:
    """Mean and standard deviation with mass spread evenly inside a bucket."""
    total = sum(counts)
    buckets = list(zip(edges[:-1], edges[1:], counts, strict=True))
    mean = sum(n * (a + b) / 2 for a, b, n in buckets) / total
    square = sum(n * (a * a + a * b + b * b) / 3 for a, b, n in buckets) / total
    return mean, max(0.0, square - mean * mean) ** 0.5
