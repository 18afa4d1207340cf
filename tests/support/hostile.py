"""Tensors, records and questions that nobody sane would log or ask, for property tests."""

import json
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tb_plugin_weightdelta.core.exact import FIELDS
from tests.support.strategies import histograms, rows_of

STEPS = st.one_of(
    st.integers(0, 20), st.integers(-(2**63), 2**63 - 1), st.sampled_from([-(2**63), 2**63 - 1])
)
_ODD = (0.0, -0.0, 5e-324, 1e-300, 1e-6, 0.1, 1.0, 2.0**24, 2.0**53, 1e300, 1e301, 1.7e308)
NUMBERS = st.one_of(
    st.sampled_from([*_ODD, *(-number for number in _ODD), np.nan, np.inf, -np.inf]),
    st.floats(),
)
WALL_TIMES = st.one_of(st.floats(1e9, 2e9), NUMBERS)

_DTYPES = st.sampled_from([*"?bBhHiIlLefdFD", np.dtype("S3"), np.dtype("U3"), np.dtype("M8[s]")])


@st.composite
def _rows(draw: st.DrawFn) -> np.ndarray:
    """Rows of a histogram, sound but for some cells."""
    rows = rows_of(*draw(histograms()))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, rows.size - 1))
        rows.flat[place] = draw(NUMBERS)
    with np.errstate(over="ignore"):
        return rows.astype(draw(st.sampled_from(["f8", "f8", "f8", "f4"])), copy=False)


@st.composite
def _monotone(draw: st.DrawFn) -> np.ndarray:
    """Rows whose edges are any numbers in order."""
    edges = sorted(draw(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=8)))
    count = st.one_of(st.integers(0, 9).map(float), st.floats(0, 2.0**53))
    counts = draw(st.lists(count, min_size=len(edges) - 1, max_size=len(edges) - 1))
    return rows_of(np.array(edges), np.array(counts))


def tensors() -> st.SearchStrategy[np.ndarray]:
    """Whatever a data provider might give for a histogram."""
    anything = st_numpy.arrays(_DTYPES, st_numpy.array_shapes(min_dims=0, max_dims=3, max_side=4))
    objects = st.just(np.array([[b"a", b"b", b"c"]], dtype=object))
    return st.one_of(_rows(), _rows(), _monotone(), _monotone(), anything, objects)


_CONTENT = st.fixed_dictionaries(
    {
        "version": st.sampled_from([1, 1, 1, 0, 2, "1", None, 1e400, [], 10**30]),
        "fields": st.one_of(st.just(list(FIELDS)), st.just(list(FIELDS)[:4]), st.text(max_size=3)),
        "initial": st.sampled_from(["kept", "restored", "missing", "no", [], {}]),
        "sampled": st.sampled_from([None, 5, -1, "5", {}, True]),
    }
).map(lambda told: json.dumps(told).encode())

LAYOUTS = st.one_of(_CONTENT, _CONTENT, st.binary(max_size=20), st.just(b"[" * 100_000))


@st.composite
def record_series(draw: st.DrawFn) -> list[SimpleNamespace]:
    """Exact records as a data provider gives them, most with as many numbers as there should be."""
    size = draw(st.sampled_from([len(FIELDS)] * 4 + [4, 0]))
    numbers = st_numpy.arrays(draw(st.sampled_from(["f8", "f4", "i8", "S2", "F", "?"])), size)
    sound = st.lists(
        st.one_of(st.floats(0, 1e300), st.floats(0, 1), NUMBERS), min_size=size, max_size=size
    ).map(np.array)
    arrays = st.one_of(sound, sound, numbers)
    return [
        SimpleNamespace(step=draw(STEPS), wall_time=draw(WALL_TIMES), numpy=draw(arrays))
        for _ in range(draw(st.integers(1, 4)))
    ]
