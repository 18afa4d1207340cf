"""What legacy writers summed over the values themselves, from the event files.

A ``HistogramProto`` (TF1, PyTorch, tensorboardX) carries the number of values, their sum and the
sum of their squares in float64; no data provider passes them on. The first histograms are at
the heads of the files, which are read anyway; the last ones at their ends, and only those are
read here for a table. For every step of a series the files are read from end to end.
"""

import dataclasses
import io
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from tb_plugin_weightdelta.core.histograms import BoolArray, FloatArray, HistogramSeries
from tb_plugin_weightdelta.reading.event_files import (
    FRAME,
    LENGTH_BYTES,
    FileState,
    decoded,
    file_state,
    framed,
    is_local,
    length_at,
    open_file,
)

# ``HistogramSeries.sums`` has one column for each: number, minimum, maximum, sum, sum of squares.
Sums = tuple[float, float, float, float, float]
# By what a data provider and an event file know a histogram: its step and wall time.
Logged = tuple[int, float]

# Bytes at the end of a run's files that may be read: the last step of a thousand tensors.
_MOST_BYTES: Final = 16 * 2**20
_FIRST_WINDOW: Final = 2**19
# Bytes of a run's files that may be read for every one of its histograms, and in one turn.
_MOST_OF_A_RUN: Final = 2**30
_TURN_BYTES: Final = 2**20
_MOST_HISTOGRAMS: Final = 10**6  # seven numbers each

_NO_LIMIT: Final = 2**62  # what is read is in memory already

# What the Python loader's float32 may have done to edges and counts.
_FLOAT32: Final = 2.0**-22
# Records that may begin a window are no larger: five of the eight bytes of their length are 0.
_ZEROS: Final = 5


def sums_of(value: Summary.Value) -> Sums | None:
    """What a writer summed; None of a summary that has no such sums."""
    if value.WhichOneof("value") != "histo":
        return None
    histo = value.histo
    return histo.num, histo.min, histo.max, histo.sum, histo.sum_squares


def read_ends(
    files: Sequence[str], wanted: Mapping[str, float], most_bytes: int = _MOST_BYTES
) -> dict[str, dict[Logged, Sums]]:
    """The sums of the last histograms of some tags, and of others on the way to them.

    files: in TensorBoard's order. wanted: of each tag the wall time of the last histogram that
        its provider holds; the file may have gone on since.
    """
    found: dict[str, dict[Logged, Sums]] = {tag: {} for tag in wanted}
    missing, left = dict(wanted), most_bytes
    for path in reversed(files):
        if not missing or left <= 0:
            break
        if not is_local(path):
            continue
        try:
            with open_file(path) as file:
                left -= _read_back(file, found, missing, left)
        except OSError:  # unreadable or vanished: nothing is lost but precision
            continue
    return found


def _read_back(
    file: BinaryIO,
    found: dict[str, dict[Logged, Sums]],
    missing: dict[str, float],
    most_bytes: int,
) -> int:
    """Read a file from its end on, until nothing is missing; returns how many bytes were read."""
    end = os.fstat(file.fileno()).st_size
    read, window, is_last = 0, _FIRST_WINDOW, True
    while missing and end > 0 and read < most_bytes:
        size = min(window, end, most_bytes - read)
        file.seek(end - size)
        data = file.read(size)
        read += size
        window *= 2
        start = _first_record(data, may_be_cut=is_last)
        if start is None and size == end:  # no event file, or damaged at its end
            break
        if start is None:  # one record fills the window
            continue
        for record in framed(io.BytesIO(data[start:]), _NO_LIMIT):
            event = decoded(record)
            for value in event.summary.value if event else ():
                sums = sums_of(value) if value.tag in found else None
                if event and sums:
                    found[value.tag][event.step, event.wall_time] = sums
                    if event.wall_time <= missing.get(value.tag, -np.inf):
                        del missing[value.tag]
        end, is_last = end - size + start, False
    return read


def _first_record(data: bytes, *, may_be_cut: bool) -> int | None:
    """Where the first record begins from which on record follows record to the end of the data.

    may_be_cut: whether the last one may be incomplete, as at the end of a file that grows.
    """
    starts = (place for place in _candidates(data) if _leads_to_the_end(data, place, may_be_cut))
    return next(starts, None)


def _leads_to_the_end(data: bytes, place: int, may_be_cut: bool) -> bool:
    while place < len(data):
        length = length_at(data, place)
        if length is None:
            return may_be_cut and len(data) - place < FRAME
        place += length + FRAME
    return place == len(data) or may_be_cut


def _candidates(data: bytes) -> Sequence[int]:
    """Where the header of a record may be: a length that is not 0, and small."""
    octets = np.frombuffer(data, dtype=np.uint8)
    places = len(octets) - FRAME + 1
    if places <= 0:
        return ()
    high = LENGTH_BYTES - _ZEROS
    is_zero = octets == 0
    small = np.logical_and.reduce([is_zero[k : k + places] for k in range(high, LENGTH_BYTES)])
    some = ~np.logical_and.reduce([is_zero[k : k + places] for k in range(high)])
    found: list[int] = np.flatnonzero(small & some).tolist()
    return found


class RunSums:
    """What was summed of every histogram of a run, as far as its files have been read.

    Read once from the beginning, and on from there when they grow.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._read: dict[str, tuple[FileState, int]] = {}  # and how far
        self._found: dict[str, array[float]] = {}
        self._left = _MOST_OF_A_RUN
        self._number = 0

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return 7 * 8 * self._number

    @property
    def _is_full(self) -> bool:
        return self._left <= 0 or self._number >= _MOST_HISTOGRAMS

    def is_current(self, files: Sequence[str]) -> bool:
        """Whether to read on would tell no more."""
        known = {path: state for path, (state, _) in self._read.items()}
        return self._is_full or known == {path: file_state(path) for path in files}

    def read_on(self, files: Sequence[str]) -> Iterator[None]:
        """Read what is new in the files, a part at a time."""
        gone = [path for path in self._read if path not in files]
        for path, (before, _) in self._read.items():
            now = file_state(path)
            if now.identity != before.identity or now.size < before.size:
                gone.append(path)
        if gone:  # what they held is not told from the rest
            self._begin()
        for path in filter(is_local, files):
            state = file_state(path)
            known, place = self._read.get(path, (None, 0))
            if state != known and not self._is_full:
                yield from self._read_file(path, state, place)

    def _read_file(self, path: str, state: FileState, place: int) -> Iterator[None]:
        try:
            with open_file(path) as file:
                file.seek(place)
                for record in framed(file, _NO_LIMIT):
                    self._note(record)
                    before, place = place, place + len(record) + FRAME
                    self._left -= len(record) + FRAME
                    if self._is_full:
                        break
                    if before // _TURN_BYTES != place // _TURN_BYTES:
                        yield
        except OSError:  # unreadable or vanished: nothing is lost but precision
            pass
        self._read[path] = state, place

    def _note(self, record: bytes) -> None:
        event = decoded(record)
        for value in event.summary.value if event else ():
            sums = sums_of(value)
            if event and sums:
                found = self._found.setdefault(value.tag, array("d"))
                found.extend((event.step, event.wall_time, *sums))
                self._number += 1

    def added(self, tag: str, series: HistogramSeries) -> HistogramSeries:
        """The series of a tag with what was summed of its steps."""
        found = self._found.get(tag, array("d"))
        rows = np.frombuffer(found.tobytes(), dtype=np.float64).reshape(-1, 7).tolist()
        known = {(int(step), wall_time): _as_sums(sums) for step, wall_time, *sums in rows}
        return with_sums(series, known)


def _as_sums(numbers: list[float]) -> Sums:
    number, minimum, maximum, total, squares = numbers
    return number, minimum, maximum, total, squares


def with_sums(series: HistogramSeries, known: Mapping[Logged, Sums]) -> HistogramSeries:
    """The series with what was summed of its rows, where that agrees with their buckets."""
    sums = np.full((len(series), 5), np.nan)
    places: Iterable[int] = range(len(series))
    if len(known) < len(series):  # the first and the last, as a rule
        places = {int(np.searchsorted(series.steps, step)) for step, _ in known}
    for place in places:
        if place < len(series):
            logged = int(series.steps[place]), float(series.wall_times[place])
            sums[place] = known.get(logged, np.nan)
    rows = np.flatnonzero(np.isfinite(sums).all(axis=1))
    if len(rows) == 0:
        return series
    believed = _agrees(series.at(rows), sums[rows])
    sums[np.setdiff1d(np.arange(len(series)), rows[believed])] = np.nan
    return dataclasses.replace(series, sums=sums)


@np.errstate(all="ignore")  # what overflows agrees with nothing
def _agrees(series: HistogramSeries, sums: FloatArray) -> BoolArray:
    """Whether what was summed can be of values that are in these buckets, (T,).

    Some writers of raw histograms put anything there: the number of buckets for that of the
    values, or nothing at all.
    """
    edges, counts = series.edges, series.counts
    left, right = edges[:, :-1], edges[:, 1:]
    number, minimum, maximum, total, squares = sums.T
    elements = counts.sum(axis=1)
    share = counts / elements[:, np.newaxis]
    reach = np.abs(edges).max(axis=1)
    slack = _FLOAT32 * reach
    apart = np.where((left <= 0) & (right >= 0), 0.0, np.minimum(left**2, right**2))
    far = np.maximum(left**2, right**2)
    mean, square = total / number, squares / number
    return np.asarray(
        (np.abs(number - elements) <= _FLOAT32 * elements)
        & (np.abs(minimum - edges[:, 0]) <= slack)
        & (np.abs(maximum - edges[:, -1]) <= slack)
        & ((share * left).sum(axis=1) - slack <= mean)
        & (mean <= (share * right).sum(axis=1) + slack)
        & ((share * apart).sum(axis=1) - slack * reach <= square)
        & (square <= (share * far).sum(axis=1) + slack * reach)
    )
