"""Number formats: how their bytes are widened, and which of two is the coarser."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.checkpoints.stored import INSTALL, WIDTHS, CheckpointError

_MEASURED: Final = (
    *("float64", "float32", "float16", "bfloat16"),
    *("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"),
)


def is_measured(precision: str) -> bool:
    """Whether its numbers have a point, as weights have."""
    return precision in _MEASURED


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
    """How many pairs of values are neither the other when it is rounded to their own format.

    Of two formats one mostly holds all values of the other; of bfloat16 and float16 neither does.
    NaN is like NaN.
    """
    first, last = wide(one), wide(other)
    with np.errstate(all="ignore"):
        alike = _same(wide(_rounded(first, precisions[1])), last)
        alike |= _same(wide(_rounded(last, precisions[0])), first)
    return int(np.count_nonzero(~alike))


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (one == other) | (np.isnan(one) & np.isnan(other))
    return same


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
