"""Slow, obvious twins of the fast maths: one histogram at a time, no vectors."""

import itertools
from collections.abc import Sequence


def cdf(edges: Sequence[float], counts: Sequence[float], x: float) -> float:
    """F(x): the share of elements at or below x, mass spread evenly inside a bucket."""
    total = sum(counts)
    below = 0.0
    for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True):
        if x >= right:
            below += count
        elif x > left:
            below += count * (x - left) / (right - left)
    return below / total


def wasserstein_1(
    edges_a: Sequence[float],
    counts_a: Sequence[float],
    edges_b: Sequence[float],
    counts_b: Sequence[float],
) -> float:
    """∫ |F_a - F_b| dx, interval by interval between all edges of both."""
    area = 0.0
    for left, right in itertools.pairwise(sorted({*edges_a, *edges_b})):
        # Inside an open interval both CDFs are straight, so two inner points give both lines.
        third = (right - left) / 3
        inner = [
            cdf(edges_a, counts_a, x) - cdf(edges_b, counts_b, x)
            for x in (left + third, right - third)
        ]
        start, end = 2 * inner[0] - inner[1], 2 * inner[1] - inner[0]
        if start * end >= 0:
            area += abs(start + end) / 2 * (right - left)
        else:
            zero = left + (right - left) * start / (start - end)
            area += abs(start) * (zero - left) / 2 + abs(end) * (right - zero) / 2
    return area


def moments(edges: Sequence[float], counts: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation with mass spread evenly inside a bucket."""
    total = sum(counts)
    buckets = list(zip(edges[:-1], edges[1:], counts, strict=True))
    mean = sum(n * (a + b) / 2 for a, b, n in buckets) / total
    square = sum(n * (a * a + a * b + b * b) / 3 for a, b, n in buckets) / total
    return mean, max(0.0, square - mean * mean) ** 0.5
