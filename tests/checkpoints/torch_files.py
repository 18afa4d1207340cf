"""Writes files laid out as torch.save lays them out, where PyTorch is not installed."""

import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

STORAGES = {
    **{"float64": "Double", "float32": "Float", "float16": "Half", "bfloat16": "BFloat16"},
    **{"int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte"},
    **{"bool": "Bool", "complex64": "ComplexFloat", "complex128": "ComplexDouble"},
}


@dataclass(frozen=True)
class Global:
    """A name in a pickle, with the module before a blank."""

    name: str


@dataclass(frozen=True)
class Call:
    """What a pickle makes by calling a function."""

    function: Global
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Kept:
    """What a pickle finds outside itself."""

    key: tuple[Any, ...]


def ordered(items: Mapping[str, Any]) -> "Built":
    """An OrderedDict."""
    return Built(Call(Global("collections OrderedDict"), ()), items)


@dataclass(frozen=True)
class Built:
    """An object with items."""

    made: Call
    items: Mapping[Any, Any]


def storage(key: str, precision: str, count: int) -> Kept:
    known = STORAGES.get(precision)
    name = f"torch {known}Storage" if known else "torch.storage UntypedStorage"
    return Kept(("storage", Global(name), key, "cpu", count))


def tensor(
    key: str,
    precision: str,
    shape: tuple[Any, ...],
    strides: tuple[Any, ...],
    first: Any = 0,
    *,
    count: int = 0,
) -> Call:
    """A tensor in the storage of that key; first: its offset there, in elements."""
    hooks = Call(Global("collections OrderedDict"), ())
    version = "v2" if precision in STORAGES else "v3"
    dtype = () if precision in STORAGES else (Global(f"torch {precision}"),)
    return Call(
        Global(f"torch._utils _rebuild_tensor_{version}"),
        (storage(key, precision, count), first, shape, strides, False, hooks, *dtype),
    )


def of(array: np.ndarray, key: str) -> Call:
    """A tensor that lies as the array does."""
    strides = tuple(stride // array.itemsize for stride in array.strides)
    return tensor(key, array.dtype.name, array.shape, strides, count=array.size)


def pickled(value: Any) -> bytes:
    """As torch.save pickles it, by hand: what it names need not be there."""
    return b"\x80\x02" + _operations(value) + b"."


def _operations(value: Any) -> bytes:  # noqa: C901, PLR0912
    match value:
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int() if -(2**31) <= value < 2**31:
            return b"J" + struct.pack("<i", value)
        case int():
            size = value.bit_length() // 8 + 1
            return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            text = value.encode(errors="surrogatepass")
            return b"X" + struct.pack("<I", len(text)) + text
        case Global():
            module, name = value.name.split(" ")
            return f"c{module}\n{name}\n".encode()
        case Call():
            return _operations(value.function) + _operations(value.arguments) + b"R"
        case Kept():
            return _operations(value.key) + b"Q"
        case Built():
            return _operations(value.made) + _items(value.items)
        case tuple():
            return b"(" + b"".join(map(_operations, value)) + b"t"
        case list():
            return b"](" + b"".join(map(_operations, value)) + b"e"
        case dict():
            return b"}" + _items(value)
    raise TypeError(value)


def _items(items: Mapping[Any, Any]) -> bytes:
    pairs = b"".join(_operations(key) + _operations(each) for key, each in items.items())
    return b"(" + pairs + b"u"


def write(
    path: Path,
    data: bytes,
    storages: Mapping[str, bytes],
    *,
    packed: bool = False,
    **others: bytes,
) -> Path:
    """A zip file of a pickle and its storages; others: more members."""
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("archive/data.pkl", data)
        for name, content in ({"byteorder": b"little", "version": b"3\n"} | others).items():
            file.writestr(f"archive/{name}", content)
        for key, content in storages.items():
            file.writestr(f"archive/data/{key}", content)
    return path


def save(path: Path, arrays: Mapping[str, np.ndarray], **kept: Any) -> Path:
    """A checkpoint of these weights; kept: under which key, and what else."""
    weights = ordered({name: of(array, name) for name, array in arrays.items()})
    held = {key: weights if value is ... else value for key, value in kept.items()} or weights
    storages = {
        # The bytes as they lie in memory, also of a transposed view.
        name: array.ravel(order="K").tobytes()
        for name, array in arrays.items()
    }
    return write(path, pickled(held), storages)
