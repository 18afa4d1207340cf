"""The number format that weights are stored in, from the smallest and largest values of histograms.

Those two are exact. Weights in bfloat16 or float16 can only be what the format can represent; of
float32 numbers one in 65,536 is a bfloat16 number, and one in 8,192 a float16 number.
"""

from collections.abc import Iterable
from typing import Final, Literal

import numpy as np

from tb_plugin_weightdelta.core.histograms import BoolArray, FloatArray, HistogramSeries

Precision = Literal["float32", "bfloat16", "float16", "unknown"]

# Different values from which a format is told. One in 4,096 sets of so many float16 numbers holds
# bfloat16 numbers alone.
_ENOUGH: Final = 4
# Explicit bits of the significand, and the least exponent of a normal number.
_FORMATS: Final[dict[Precision, tuple[int, int]]] = {"bfloat16": (7, -126), "float16": (10, -14)}
_LARGEST_FLOAT16: Final = 65504.0


def stored_as(series: HistogramSeries) -> Precision:
    """The format of a tensor's values, ``float32`` standing for any finer than the other two.

    Of tensors that stay at one value nothing is known: it may be any format's.
    """
    ends = series.edges[:, [0, -1]]
    values = np.unique(np.abs(ends[ends[:, 0] < ends[:, 1]]))
    values = values[(values > 0) & np.isfinite(values)]
    for name in _FORMATS:
        if _fits(values, name).all():
            return name if len(values) >= _ENOUGH else "unknown"
    return "float32"


def _fits(values: FloatArray, name: Precision) -> BoolArray:
    bits, least = _FORMATS[name]
    exponent = np.maximum(np.frexp(values)[1] - 1, least)
    whole = np.ldexp(values, bits - exponent)
    fits = whole == np.rint(whole)
    return np.asarray(fits & (values <= _LARGEST_FLOAT16) if name == "float16" else fits)


def rounded_away(value: float, name: Precision) -> tuple[float, float] | None:
    """Up to which rise and fall of a positive value a format rounds away; None of float32.

    Half of the distance to its neighbours: below a power of two they are half as far.
    """
    if name not in _FORMATS:
        return None
    bits, least = _FORMATS[name]
    fraction, exponent = np.frexp(value)
    distance = float(np.ldexp(1.0, max(int(exponent) - 1, least) - bits))
    is_power = fraction == 0.5
    return distance / 2, distance / (4 if is_power else 2)


def of_all(names: Iterable[Precision]) -> Precision:
    """The format of several tensors, where those of which it is known have one."""
    known = set(names) - {"unknown"}
    return known.pop() if len(known) == 1 else "unknown"
