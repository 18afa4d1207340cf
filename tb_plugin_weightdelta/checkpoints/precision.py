"""Number formats: how their bytes are widened, and which of two is the coarser."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.checkpoints.stored import INSTALL, WIDTHS, CheckpointError

# How many values lie between a power of 2 and the next, as a power of 2.
_DIGITS: Final = {
    **{"float64": 52, "float32": 23, "float16": 10, "bfloat16": 7},
    **{"float8_e4m3fn": 3, "float8_e4m3fnuz": 3, "float8_e5m2": 2, "float8_e5m2fnuz": 2},
}


def is_measured(precision: str) -> bool:
    """Whether its numbers have a point, as weights have."""
    return precision in _DIGITS


def dtype_of(precision: str) -> np.dtype[Any]:
    """numpy's, or that of ml_dtypes; little-endian. Raises CheckpointError without ml_dtypes."""
    if precision == "bfloat16":
        return np.dtype("<u2")
    if precision.startswith("float8"):
        dtype: np.dtype[Any] = np.dtype(getattr(_ml_dtypes(precision), precision))
        return dtype
    return np.dtype(f"<f{WIDTHS[precision]}")


def wide(values: NDArray[Any]) -> NDArray[np.float64]:
    """As float64; 16 bits without a sign are bfloat16, the upper half of a float32."""
    if values.dtype == np.uint16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float64, copy=False)


def beyond_rounding(one: NDArray[Any], other: NDArray[Any], precisions: tuple[str, str]) -> int:
    """How many values are another than the finer is in the coarser format. NaN is like NaN."""
    (fine, coarse), kinds = (one, other), precisions
    if _DIGITS[kinds[0]] < _DIGITS[kinds[1]]:
        (fine, coarse), kinds = (other, one), kinds[::-1]
    with np.errstate(all="ignore"):
        rounded = wide(_rounded(wide(fine), kinds[1]))
    there = wide(coarse)
    return int(np.count_nonzero((rounded != there) & ~(np.isnan(rounded) & np.isnan(there))))


def _rounded(values: NDArray[np.float64], precision: str) -> NDArray[Any]:
    """To the nearest, and to the even one of two."""
    if precision != "bfloat16":
        return values.astype(dtype_of(precision))
    # What was float32 before stays what it is.
    bits = values.astype(np.float32).view(np.uint32)
    even = bits + 0x7FFF + ((bits >> 16) & 1)
    return np.where(np.isnan(values), np.uint16(0x7FC0), (even >> 16).astype(np.uint16))


def _ml_dtypes(precision: str) -> Any:
    try:
        import ml_dtypes  # noqa: PLC0415
    except ImportError:
        raise CheckpointError(f"{precision} needs ml_dtypes: {INSTALL}.") from None
    return ml_dtypes
