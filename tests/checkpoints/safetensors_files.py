"""Writes .safetensors files, and damaged ones."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

NAMES = {
    **{"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"},
    **{"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2"},
    **{"int64": "I64", "int32": "I32", "int8": "I8", "uint8": "U8", "bool": "BOOL"},
}
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def entries(tensors: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The header of a file that holds these, one behind the other."""
    header, end = {}, 0
    for name, each in tensors.items():
        offsets = [end, end := end + each.nbytes]
        told = {"dtype": NAMES[each.dtype.name], "shape": list(each.shape)}
        header[name] = {**told, "data_offsets": offsets}
    return header


def write(path: Path, tensors: Mapping[str, np.ndarray]) -> Path:
    """A file as the library writes it."""
    data = b"".join(each.tobytes() for each in tensors.values())
    return write_raw(path, {"__metadata__": {"format": "np"}, **entries(tensors)}, data)


def write_raw(path: Path, header: Any, data: bytes) -> Path:
    """A file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path
