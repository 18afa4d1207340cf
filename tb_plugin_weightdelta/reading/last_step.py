"""How far the event files go: the step of the last histogram that was written.

TensorBoard says how far it has read, not how far there is to read. Only the ends of event
files on this machine are read here, and again only when they grew; where they do not tell,
nothing is said.
"""

import contextlib
import io
import math
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tb_plugin_weightdelta.reading.dialects import is_histogram
from tb_plugin_weightdelta.reading.event_files import (
    LimitReached,
    RunFolders,
    decoded,
    first_record,
    framed,
    open_file,
)

# How much of a file's end is read: at first, and when that holds no histogram.
_TAILS: Final = (256 * 2**10, 2**20)  # bytes
_MOST_BYTES: Final = 12 * 2**20  # of all ends, for one answer

# How far histograms are looked for where TensorBoard has listed none yet.
_MOST_FOLDERS: Final = 1_000
_MOST_HEADS: Final = 50
_HEAD_RECORDS: Final = 2_000
_HEAD_BYTES: Final = 4 * 2**20


@dataclass(frozen=True)
class _Tail:
    """The end of an event file.

    step: the last histogram's; None when none was found.
    is_whole: whether the file was read from its beginning on.
    """

    step: int | None
    is_whole: bool
    bytes_read: int


@dataclass(frozen=True)
class _File:
    path: str
    size: int
    changed: int  # nanoseconds since the epoch


class LastStepReader:
    """Reads the ends of runs' event files, each once as long as it does not change."""

    def __init__(self, folders: RunFolders) -> None:
        self._folders = folders
        self._tails: dict[_File, _Tail] = {}
        self._without: dict[str, float] = {}

    def last_steps(self, runs: Collection[str]) -> dict[str, int | None]:
        """The step of the last histogram written for each run, None where it cannot be told.

        Those written last come first; what is beyond the limit is told by a later call.
        """
        files = {run: _stats(self._folders.local_event_files(run)) for run in runs}
        newest_first = sorted(
            runs,
            key=lambda run: max((file.changed for file in files[run]), default=0),
            reverse=True,
        )
        left, steps = _MOST_BYTES, {}
        for run in newest_first:
            steps[run], left = self._last_step(files[run], left)
        there = {file for of_run in files.values() for file in of_run}
        self._tails = {file: tail for file, tail in list(self._tails.items()) if file in there}
        return steps

    def are_reached(self, runs: Collection[str]) -> bool:
        """Whether event files of any of the runs are there to be read."""
        return not runs or self._folders.reach_any(runs)

    def has_histograms(self) -> bool:
        """Whether a histogram was found at the head of any event file, listed or not."""
        heads, there = 0, set()
        for path in self._folders.all_local_event_files(_MOST_FOLDERS):
            there.add(path)
            for file in _stats([path]):
                if file.size <= self._without.get(path, -1):
                    continue
                heads += 1
                if heads > _MOST_HEADS:
                    return False
                if self._has_histogram(file):
                    return True
        self._without = {path: size for path, size in list(self._without.items()) if path in there}
        return False

    def _last_step(self, files: Sequence[_File], left: int) -> tuple[int | None, int]:
        """The last step in a run's files, and how many bytes are left to read.

        files: in TensorBoard's order. The last one with histograms counts, whatever an
            earlier one holds: after a restart that can be a later step.
        """
        newer = math.inf
        for file in reversed(files):
            tail = self._tails.get(file)
            # An earlier file that still grows is not one that TensorBoard reads for certain.
            if file.changed > newer or (tail is None and left <= 0):
                return None, left
            if tail is None:
                tail = _read_tail(file)
                left -= tail.bytes_read
                self._tails[file] = tail
            if tail.step is not None or not tail.is_whole:
                return tail.step, left
            newer = file.changed
        return None, left

    def _has_histogram(self, file: _File) -> bool:
        settled = False
        try:
            with open_file(file.path) as opened:
                events = islice(framed(opened, _HEAD_BYTES), _HEAD_RECORDS)
                for number, record in enumerate(events, start=1):
                    if _has_histogram(record):
                        return True
                    settled = number == _HEAD_RECORDS
        except LimitReached:
            settled = True
        except Exception:  # unreadable, vanished or no event file: none is found in it
            settled = False
        self._without[file.path] = math.inf if settled else file.size
        return False


def _stats(paths: Sequence[str]) -> list[_File]:
    return list(_existing(paths))


def _existing(paths: Sequence[str]) -> Iterator[_File]:
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:  # vanished
            continue
        yield _File(path, found.st_size, found.st_mtime_ns)


def _read_tail(file: _File) -> _Tail:
    """The end of a file as it was when its size was taken."""
    tail = _Tail(None, False, 0)
    try:
        for length in _TAILS:
            start = max(0, file.size - length)
            with open_file(file.path) as opened:
                opened.seek(start)
                data = opened.read(file.size - start)
            first = 0 if start == 0 else first_record(data)
            step = None if first is None else _last_histogram(data[first:])
            tail = _Tail(step, start == 0, tail.bytes_read + len(data))
            if step is not None or start == 0:
                break
    except Exception:  # unreadable, vanished, or not what an event file holds
        return _Tail(None, False, tail.bytes_read)
    return tail


def _last_histogram(data: bytes) -> int | None:
    """The largest of the steps that the histograms of each tag end with.

    A tag may go back, after a restart; then TensorBoard discards what was logged before.
    """
    last: dict[str, int] = {}
    with contextlib.suppress(LimitReached):  # the last record is still being written
        for record in framed(io.BytesIO(data), len(data)):
            event = decoded(record)
            values = event.summary.value if event else ()
            last |= {value.tag: event.step for value in values if event and is_histogram(value)}
    return max(last.values(), default=None)


def _has_histogram(record: bytes) -> bool:
    event = decoded(record)
    return event is not None and any(map(is_histogram, event.summary.value))
