"""Compares the tensors of two checkpoints, streamed: bytes first, sums where they differ."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.checkpoints.precision import beyond_rounding, dtype_of, wide
from tb_plugin_weightdelta.checkpoints.stored import WIDTHS, CheckpointError, Stored
from tb_plugin_weightdelta.core.sums import (
    HOST,
    LEVELS,
    NOTHING,
    FloatArray,
    block_sums,
    figures,
    from_rows,
    positions,
    quantiles_of,
)

# What a thread reads of each file at once: enough to be fast, and little memory for all of them.
_PIECE: Final = 2**21  # bytes
_MOST_THREADS: Final = 16
# So long that other threads get on while one computes; shorter ones wait for each other.
_BLOCK: Final = 2**17  # elements
_ROW: Final = 2**13  # of so few, BLAS takes the dot product without threads of its own


def _product(left: FloatArray, right: FloatArray) -> float:
    if hasattr(np, "vecdot") and len(left) % _ROW == 0:  # numpy 2; einsum takes twice as long
        return float(np.vecdot(left.reshape(-1, _ROW), right.reshape(-1, _ROW)).sum())
    return float(np.einsum("i,i->", left, right))


_DEVICE: Final = replace(HOST, wide=wide, product=_product)
_SEED: Final = 0

Advance = Callable[[int], None]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Compared:
    """A tensor beside that of an earlier checkpoint, of the same shape.

    bit_identical: whether the same bytes are stored.
    beyond_rounding: of how many values rounding from one number format to the other does not
        explain that they differ; None where there is one format.
    figures: what a record has (``core.exact.FIELDS``).
    """

    first: Stored
    last: Stored
    bit_identical: bool
    beyond_rounding: int | None
    figures: dict[str, float]


@dataclass(frozen=True)
class _Part:
    """Some elements of a pair of tensors: first to end of them.

    files: where both are, and the offset of their first elements.
    """

    pair: tuple[Stored, Stored]
    files: tuple[tuple[Path, int], tuple[Path, int]]
    first: int
    end: int

    @property
    def nbytes(self) -> int:
        """Of both."""
        return (self.end - self.first) * sum(WIDTHS[each.precision] for each in self.pair)


@dataclass(frozen=True)
class _Told:
    """What was found of a part.

    rows: the sums of its blocks, (B, fields of Sums); None where its bytes are equal, and nothing
        else was looked at.
    moved: how far the elements moved whose quantiles are taken.
    """

    rows: FloatArray | None
    moved: FloatArray
    beyond_rounding: int


def compared(pairs: Sequence[tuple[Stored, Stored]], advance: Advance) -> Iterator[Compared]:
    """Each pair of tensors of one shape, in their order, by all processors together.

    advance: is told how many bytes were compared, again and again.

    Raises CheckpointError where a file cannot be read, or has become shorter.
    """
    with _Files() as files, ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        try:
            yield from _compared(pairs, files, pool, advance)
        finally:
            pool.shutdown(cancel_futures=True)


def _compared(
    pairs: Sequence[tuple[Stored, Stored]],
    files: "_Files",
    pool: ThreadPoolExecutor,
    advance: Advance,
) -> Iterator[Compared]:
    lie = [pair for pair in pairs if not any(each.unpack for each in pair)]
    parts = {id(pair): list(_parts(pair, _places(pair))) for pair in lie}
    # All at once, so that no thread waits for the last part of a tensor.
    found = pool.map(files.compare, [part for pair in lie for part in parts[id(pair)]])
    for pair in pairs:
        if id(pair) in parts:
            own = parts[id(pair)]
            yield _whole(pair, own, list(islice(found, len(own))), files, advance)
            continue
        with ExitStack() as unpacked:
            places = [unpacked.enter_context(each.in_one_piece()) for each in pair]
            own = list(_parts(pair, (places[0], places[1])))
            yield _whole(pair, own, list(map(files.compare, own)), files, advance)
            files.forget(*(path for path, _ in places))


def _places(pair: tuple[Stored, Stored]) -> tuple[tuple[Path, int], tuple[Path, int]]:
    first, last = pair
    return (first.path, first.offset), (last.path, last.offset)


def _parts(
    pair: tuple[Stored, Stored], places: tuple[tuple[Path, int], tuple[Path, int]]
) -> Iterator[_Part]:
    elements = pair[0].elements
    size = _PIECE // max(WIDTHS[each.precision] for each in pair)
    for first in range(0, elements, size):
        yield _Part(pair, places, first, min(first + size, elements))


def _whole(
    pair: tuple[Stored, Stored],
    parts: Sequence[_Part],
    found: list[_Told],
    files: "_Files",
    advance: Advance,
) -> Compared:
    first, last = pair
    advance(sum(part.nbytes for part in parts))
    identical = first.precision == last.precision and all(each.rows is None for each in found)
    if not identical:
        # Of a tensor that differs anywhere, all is measured.
        found = [
            files.measure(part) if told.rows is None else told
            for part, told in zip(parts, found, strict=True)
        ]
    return Compared(
        first,
        last,
        bit_identical=identical,
        beyond_rounding=(
            None
            if first.precision == last.precision
            else sum(each.beyond_rounding for each in found)
        ),
        figures=_figures(first, found, identical),
    )


def _figures(first: Stored, found: Sequence[_Told], identical: bool) -> dict[str, float]:
    """Of equal bytes nothing was computed: their norm is not known."""
    if identical or not first.elements:
        sums = replace(NOTHING, elements=float(first.elements), **dict.fromkeys(_ENDS, 0.0))
        told = figures(sums, np.zeros(len(LEVELS)), 0, 0) if first.elements else {}
        return {**told, "norm": np.nan, "initial_norm": np.nan, "relative": 0.0, "cosine": 1.0}
    sums = from_rows(np.concatenate([each.rows for each in found if each.rows is not None]))
    moved = np.concatenate([each.moved for each in found])
    sampled = 0 if len(moved) == first.elements else len(moved)
    with np.errstate(all="ignore"):
        return figures(sums, quantiles_of(moved), sampled, 0)


_ENDS: Final = ("fall", "rise", "depth", "height")


class _Files:
    """The files that are being read, by any thread at any place."""

    def __init__(self) -> None:
        self._open: dict[Path, Any] = {}
        self._lock = threading.Lock()
        self._of_thread = threading.local()

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        self.forget(*self._open)

    def forget(self, *paths: Path) -> None:
        """Close some of them."""
        with self._lock:
            for path in paths:
                if file := self._open.pop(path, None):
                    file.close()

    def compare(self, part: _Part) -> _Told:
        """Whether the bytes are equal; all else where they are not."""
        one, other = self._bytes_of(part)
        kinds = {each.precision for each in part.pair}
        if len(kinds) == 1 and _equal(one, other):
            return _Told(None, np.empty(0), 0)
        return _measured(part, one, other)

    def measure(self, part: _Part) -> _Told:
        """All of a part whose bytes are equal."""
        return _measured(part, *self._bytes_of(part))

    def _bytes_of(self, part: _Part) -> tuple[Bytes, Bytes]:
        """In memory of the thread, until it is asked for others."""
        if not hasattr(self._of_thread, "memory"):
            self._of_thread.memory = np.empty((2, _PIECE), np.uint8)
        memory: Bytes = self._of_thread.memory
        both = zip(part.pair, part.files, memory, strict=True)
        one, other = (self._read(part, *each) for each in both)
        return one, other

    def _read(self, part: _Part, stored: Stored, place: tuple[Path, int], memory: Bytes) -> Bytes:
        path, offset = place
        width = WIDTHS[stored.precision]
        wanted = memory[: (part.end - part.first) * width]
        if self._filled(path, wanted, offset + part.first * width) < len(wanted):
            raise CheckpointError(f"{stored.path.name} ends within {stored.name}.")
        return wanted

    def _filled(self, path: Path, memory: Bytes, offset: int) -> int:
        """How many bytes there were."""
        with self._lock:
            file = self._open.get(path) or path.open("rb", buffering=0)
            self._open[path] = file
            if not hasattr(os, "preadv"):  # as on Windows
                file.seek(offset)
                return int(file.readinto(memory.data))
        there = 0
        while there < len(memory):
            more = os.preadv(file.fileno(), [memory[there:].data], offset + there)
            if more == 0:
                break
            there += more
        return there


def _equal(one: Bytes, other: Bytes) -> bool:
    wide = np.uint64 if len(one) % 8 == 0 else np.uint8
    return bool((one.view(wide) == other.view(wide)).all())


def _measured(part: _Part, one: Bytes, other: Bytes) -> _Told:
    (first, last), elements = part.pair, part.end - part.first
    start, now = one.view(dtype_of(first.precision)), other.view(dtype_of(last.precision))
    rows, beyond = [], 0
    with np.errstate(all="ignore"):  # what is not finite is counted
        for begin in range(0, elements, _BLOCK):
            block = slice(begin, begin + _BLOCK)
            sums = block_sums(_DEVICE, start[block], now[block], None)
            rows.append([min(_BLOCK, elements - begin), *sums])
            if first.precision != last.precision:
                kinds = first.precision, last.precision
                beyond += beyond_rounding(start[block], now[block], kinds)
        chosen = _chosen(part)
        moved = wide(now[chosen]) - wide(start[chosen])
    return _Told(np.array(rows, dtype=np.float64), moved, beyond)


def _chosen(part: _Part) -> Any:
    """Which of its elements are of those whose quantiles are taken."""
    places = positions(part.pair[0].elements, _SEED)
    if places is None:
        return slice(None)
    first, end = np.searchsorted(places, [part.first, part.end])
    return places[first:end] - part.first
