"""Histograms for property tests: the shapes that real writers make, and odd ones."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st


@st.composite
def histograms(draw: st.DrawFn, max_buckets: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Normalised edges (K+1,) and counts (K,), with empty buckets and point masses among them."""
    buckets = draw(st.integers(1, max_buckets))
    unit = draw(st.sampled_from([1e-30, 1e-3, 1.0, 1e30]))
    start = draw(st.floats(-100, 100))
    widths = draw(
        st.lists(st.one_of(st.just(0.0), st.floats(0.01, 10)), min_size=buckets, max_size=buckets)
    )
    counts = draw(st.lists(st.integers(0, 50), min_size=buckets, max_size=buckets))
    assume(sum(counts) > 0)
    edges = unit * (start + np.concatenate([[0.0], np.cumsum(widths)]))
    occupied = np.flatnonzero(counts)
    # As normalised: the outer edges are the exact minimum and maximum.
    edges = np.clip(edges, edges[occupied[0]], edges[occupied[-1] + 1])
    return edges, np.asarray(counts, dtype=np.float64)


def rows_of(edges: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The [left, right, count] rows of a summary, (K, 3)."""
    return np.stack([edges[:-1], edges[1:], counts], axis=1)
