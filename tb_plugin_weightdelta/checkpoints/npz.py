"""Arrays that numpy saved: .npz and .npy, also the recorder's own initial weights."""

import ast
import math
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tb_plugin_weightdelta.checkpoints.archive import Member, is_archive, members_of
from tb_plugin_weightdelta.checkpoints.named import by_name
from tb_plugin_weightdelta.checkpoints.order import MOST_DIMENSIONS, Layout, is_in_c, strides_in_c
from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored
from tb_plugin_weightdelta.core.errors import told

_PRECISIONS: Final = {
    **{"f8": "float64", "f4": "float32", "f2": "float16", "b1": "bool"},
    **{f"i{width}": f"int{8 * width}" for width in (1, 2, 4, 8)},
    **{f"u{width}": f"uint{8 * width}" for width in (1, 2, 4, 8)},
    **{"c8": "complex64", "c16": "complex128"},
}
_LARGEST: Final = 2**63
_MOST_HEADER: Final = 10_000  # bytes, as numpy itself reads
_MOST_NAMES: Final = 2**26  # bytes

# What the recorder keeps beside the weights (recording.initial).
_OF_RECORDER: Final = {"names", "steps", "origin", "still", "checksums", "still_steps"}


@dataclass(frozen=True)
class _Header:
    """What a .npy file says of its array; size: of the header itself, in bytes."""

    descr: Any
    by_columns: bool
    shape: tuple[int, ...]
    size: int


def tensors_in(path: Path) -> tuple[list[Stored], dict[str, str]]:
    """The arrays in a file of numpy, and why others are left out.

    Raises CheckpointError.
    """
    try:
        if not is_archive(path):
            member = Member(path, path.stem, False, 0, (size := path.stat().st_size), size)
            return by_name(path, [(path.stem, _placed(path.stem, member))])
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}.") from error
    members = members_of(path)
    arrays = {name.removesuffix(".npy"): each for name, each in members.items()}
    others = [name for name in members if not name.endswith(".npy")]
    if others:
        raise CheckpointError(f"{path.name} is no file of numpy: it holds {told(others[0])}.")
    if {"names", "steps", "origin"} <= arrays.keys():
        arrays = _of_recorder(path, arrays)
    return by_name(path, ((name, _placed(name, member)) for name, member in arrays.items()))


def _of_recorder(path: Path, arrays: dict[str, Member]) -> dict[str, Member]:
    """The initial weights by the names that the recorder kept beside them."""
    member = arrays["names"]
    data = member.whole(_MOST_NAMES)
    header = _header(member)
    text = header.descr if isinstance(header.descr, str) else ""
    weights = {name: each for name, each in arrays.items() if name not in _OF_RECORDER}
    try:
        if not text.startswith(("<U", ">U")) or header.shape != (len(weights),):
            raise ValueError
        names = np.frombuffer(data[header.size :], np.dtype(text), len(weights)).tolist()
        found = {name: weights[str(place)] for place, name in enumerate(names)}
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"{path.name} is damaged: its names are not those of {len(weights)} tensors."
        ) from error
    if len(found) != len(weights):
        raise CheckpointError(f"{path.name} holds two tensors of one name.")
    return found


def _placed(name: str, member: Member) -> Stored | str:
    """Where an array lies, or why it is not read."""
    header = _header(member)
    if why := _unread(header):
        return why
    dtype = np.dtype(header.descr)
    held = member.size - header.size
    nbytes = math.prod(header.shape) * dtype.itemsize
    if nbytes > held:
        raise CheckpointError(
            f"{member.path.name} is damaged: {told(name)} should take {nbytes:,} bytes, and "
            f"{held:,} are there."
        )
    strides = strides_in_c(header.shape)
    if header.by_columns:
        strides = strides_in_c(header.shape[::-1])[::-1]
    in_order = is_in_c(header.shape, strides) and header.descr[0] != ">"
    precision = _PRECISIONS[header.descr[1:]]
    at = member.offset + header.size
    stored = Stored(name, precision, header.shape, member.path, at)
    layout = Layout(member.path, at, dtype, header.shape, strides)
    if member.packed:
        unpack = partial(_unpack, member, header.size, nbytes, None if in_order else layout)
        return replace(stored, unpack=unpack)
    return stored if in_order else replace(stored, unpack=layout.write_in_c)


def _unread(header: _Header) -> str | None:
    """Why an array is no tensor that can be compared."""
    descr = header.descr
    if not isinstance(descr, str):
        return "has fields of several types, which are not read"
    if descr[1:] == "O":
        return "holds Python objects, which are not read"
    if descr[1:2] == "V":
        return (
            f"holds raw bytes ({told(descr)}), as numpy writes bfloat16 and float8: save it as "
            "float32, or as safetensors"
        )
    if descr[:1] not in ("<", ">", "|") or descr[1:] not in _PRECISIONS:
        return f"is stored as {told(descr)}, which is not read"
    if len(header.shape) > MOST_DIMENSIONS:
        return f"has more than {MOST_DIMENSIONS} dimensions"
    return None


def _header(member: Member) -> _Header:
    """What numpy.lib.format writes before an array."""
    damaged = CheckpointError(
        f"{member.path.name} is damaged: {told(member.name)} does not begin as an array of numpy."
    )
    start = b""
    for piece in member.pieces():
        start += piece
        if len(start) >= _MOST_HEADER + 12:
            break
    if start[:6] != b"\x93NUMPY" or len(start) < 12:
        raise damaged
    at = 10 if start[6] == 1 else 12  # the length in two bytes, and in four since version 2
    count = int.from_bytes(start[8:at], "little")
    size = at + count
    if count > _MOST_HEADER or len(start) < size:
        raise damaged
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd text in the header
            told_by = ast.literal_eval(start[at:size].decode("latin-1").strip())
        header = _Header(told_by["descr"], told_by["fortran_order"], told_by["shape"], size)
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise damaged from error
    shape = header.shape
    if not isinstance(shape, tuple) or not all(type(s) is int and 0 <= s < _LARGEST for s in shape):
        raise damaged
    return header


def _unpack(
    member: Member, skipped: int, nbytes: int, layout: Layout | None, out: IO[bytes]
) -> None:
    """Write an array that is compressed; layout: where its elements are in another order."""
    if layout is None:
        _copy(member.pieces(), skipped, nbytes, out)
        return
    with tempfile.NamedTemporaryFile(prefix="weightdelta-") as file:
        _copy(member.pieces(), skipped, nbytes, file)
        file.flush()
        replace(layout, path=Path(file.name), offset=0).write_in_c(out)


def _copy(pieces: Iterator[bytes], skipped: int, nbytes: int, out: Any) -> None:
    """Write so many bytes, without those before them."""
    for piece in pieces:
        wanted = piece[skipped : skipped + nbytes]
        out.write(wanted)
        skipped -= min(skipped, len(piece))
        nbytes -= len(wanted)
