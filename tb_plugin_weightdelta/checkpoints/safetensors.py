"""Reads the header of a .safetensors file, which says where its tensors are."""

import json
from pathlib import Path
from typing import Any, Final

from tb_plugin_weightdelta.checkpoints.named import by_name
from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored
from tb_plugin_weightdelta.core.errors import told

# What safetensors itself allows.
_LARGEST_HEADER: Final = 100_000_000  # bytes
_PRECISIONS: Final = {
    **{"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"},
    **{"F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"},
    **{"F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz"},
    **{"I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8"},
    **{"U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool"},
    **{"C64": "complex64", "C128": "complex128"},
}


def tensors_in(path: Path) -> tuple[list[Stored], dict[str, str]]:
    """The tensors, in the order of the file, and why others are left out, by name.

    Raises CheckpointError for a file that is none, or is damaged.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(size - 8, _LARGEST_HEADER):
            raise CheckpointError(f"{path.name} is no safetensors file, or a damaged one.")
        header = _header(path, file.read(length))
    data = 8 + length
    found: list[tuple[str, Stored | str]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        precision, shape, first, end = _entry(path, name, entry)
        if precision not in _PRECISIONS:
            found.append((name, f"has the number format {told(precision)}, which is not read"))
            continue
        stored = Stored(name, _PRECISIONS[precision], shape, path, data + first)
        if stored.nbytes != end - first:
            raise CheckpointError(f"{path.name} gives {told(name)} more or less than its shape.")
        if data + end > size:
            raise CheckpointError(f"{path.name} is cut off: it ends before {told(name)} does.")
        found.append((name, stored))
    tensors, left_out = by_name(path, found)
    tensors.sort(key=lambda each: each.offset)
    _check_apart(path, tensors)
    return tensors, left_out


def _header(path: Path, text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise CheckpointError(f"{path.name} is no safetensors file: its header is no JSON object.")
    return header


def _entry(path: Path, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Precision, shape, first byte and end of one tensor."""
    try:
        precision, shape = entry["dtype"], tuple(entry["shape"])
        first, end = entry["data_offsets"]
        numbers = [*shape, first, end]
        if not all(type(each) is int and each >= 0 for each in numbers) or end < first:
            raise ValueError
        return str(precision), shape, first, end
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{path.name} says nothing sound of {told(name)}.") from None


def _check_apart(path: Path, found: list[Stored]) -> None:
    """No byte is of two tensors: nobody writes that, and such a file seems larger than it is."""
    end, before = 0, ""
    for each in found:
        if each.nbytes and each.offset < end:
            raise CheckpointError(f"{path.name} has {told(each.name)} within {told(before)}.")
        end, before = max(end, each.offset + each.nbytes), each.name
