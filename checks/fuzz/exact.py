"""Target: exact records, their layout and their numbers."""

import json
from types import SimpleNamespace

import numpy as np

from tb_plugin_weightdelta.core.exact import FIELDS, exact_series
from tb_plugin_weightdelta.core.histograms import NO_HISTOGRAMS
from tests.support.invariants import check_measured

_BREAK = b"\n"


def check(data: bytes) -> None:
    """A layout, a line break, and the numbers of as many records as there is room for."""
    content, _, numbers = data.partition(_BREAK)
    array = np.frombuffer(numbers[: len(numbers) // 8 * 8], dtype=np.float64)
    size = _named(content)
    rows = array[: len(array) // size * size].reshape(-1, size) if size else array[np.newaxis]
    logged = [SimpleNamespace(step=i, wall_time=float(i), numpy=row) for i, row in enumerate(rows)]
    exact = exact_series(logged[:50], "weight_delta/t", content)
    assert exact.refused or len(exact) == min(len(rows), 50)
    check_measured({"t": NO_HISTOGRAMS}, {"t": exact}, "first", 40)
    check_measured({"t": NO_HISTOGRAMS}, {"t": exact}, "first", None)


def seeds() -> list[bytes]:
    """Layouts that are known, with sound numbers."""
    layouts = [
        {"version": 1, "fields": FIELDS, "initial": "kept", "sampled": None},
        {"version": 1, "fields": FIELDS, "initial": "restored", "sampled": 100},
        {"version": 2, "fields": ["x"], "initial": "missing", "sampled": None},
    ]
    numbers = np.linspace(0.1, 2.0, 3 * len(FIELDS)).tobytes()
    return [json.dumps(layout).encode() + _BREAK + numbers for layout in layouts]


def _named(content: bytes) -> int:
    """How many numbers a record has, if the layout says so in the way it should."""
    try:
        return len(json.loads(content)["fields"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
