"""The true first histogram of each tag, from the heads of the event files.

Both of TensorBoard's loaders keep a random sample of a long series, the last step
among it but not the first. What the training started from is at the head of the
event files, and only the heads are read here. ``recovered_series`` puts it back among those
that the data provider kept.
"""

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.reading.dialects import histogram_series, summary_rows
from tb_plugin_weightdelta.reading.event_files import (
    FRAME,
    FileState,
    LimitReached,
    RunFolders,
    TagKinds,
    decoded,
    file_state,
    framed,
    is_local,
    open_file,
)
from tb_plugin_weightdelta.reading.moments import Logged, RunSums, Sums, read_ends, sums_of

DEFAULT_READ_LIMIT: Final = 64 * 2**20  # bytes of one run's event files

# What a tag's first histogram takes beside its rows: the names and objects around them.
_OBJECT_BYTES: Final = 1_000


@dataclass(frozen=True)
class FirstHistogram:
    """The first histogram logged under a tag.

    rows: the summary's tensor, (K, 3) rows [left, right, count] unless malformed.
    file: the event file that it is in. sums: what its writer summed, None where it did not.
    """

    step: int
    wall_time: float
    rows: NDArray[np.generic]
    file: str
    sums: Sums | None = None


@dataclass(frozen=True)
class Repeats:
    """Several histograms of a tag at its first step, in one event file.

    count: how many. alike: whether all are of as many values.
    """

    count: int
    alike: bool


@dataclass
class RunHead:
    """What the heads of a run's event files say of some tags.

    tags: which were looked for. states: of the files when they were read.
    first: the first histogram of each tag that was found.
    repeats: of the tags that were logged more than once at their first step.
    replaced: tags that another file had begun with, at the same step or a later one.
    opened: when each file was begun, in seconds since the epoch, where it says so.
    files_unread: whether the read limit left files unread; any of them may hold a restart.
    uncertain: tags of which something earlier may be in a record that could not be decoded.
    others: the other tags of histograms, and of scalars, that the heads hold.
    settled: whether the same files can say nothing new, however they grow.
    """

    tags: frozenset[str] = frozenset()
    states: dict[str, FileState] = field(default_factory=dict)
    first: dict[str, FirstHistogram] = field(default_factory=dict)
    repeats: dict[str, Repeats] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    opened: dict[str, float] = field(default_factory=dict)
    files_unread: bool = False
    uncertain: set[str] = field(default_factory=set)
    others: TagKinds = field(default_factory=TagKinds)
    settled: bool = True

    @property
    def nbytes(self) -> int:
        """About what it takes in memory."""
        rows = sum(found.rows.nbytes for found in self.first.values())
        return rows + _OBJECT_BYTES * (len(self.first) + len(self.others))

    def note(self, tag: str, found: FirstHistogram) -> None:
        """Take a histogram into account; they come in the order of the files."""
        known = self.first.get(tag)
        if known is not None and found.step > known.step:
            return
        before = self.repeats.pop(tag, Repeats(1, alike=True))
        if known is not None and (found.step, found.file) == (known.step, known.file):
            alike = before.alike and _values(found) == _values(known)
            self.repeats[tag] = Repeats(before.count + 1, alike)
        elif known is not None and found.file != known.file:
            self.replaced.add(tag)
        self.first[tag] = found

    def opened_before(self, tag: str) -> float | None:
        """When the file of the tag's first histogram was begun, where that is known."""
        first = self.first.get(tag)
        return self.opened.get(first.file) if first else None

    def certain(self, tag: str) -> FirstHistogram | None:
        """The tag's first histogram, None when it was not found or a restart may replace it."""
        return None if self.files_unread or tag in self.uncertain else self.first.get(tag)

    def skip_record(self, file: str) -> None:
        """Take into account that there was one which nobody can read."""
        found = {tag for tag, first in self.first.items() if first.file == file}
        self.uncertain |= self.tags - found

    def is_past(self, step: int) -> bool:
        """Whether a file that has come to ``step`` can no longer change any tag's first."""
        return len(self.first) == len(self.tags) and step > max(f.step for f in self.first.values())

    def still_says_all(self, tags: frozenset[str], files: Sequence[str]) -> bool:
        """Whether reading the files now would tell no more of these tags."""
        return (
            tags <= self.tags
            and files == list(self.states)
            and all(self._says_all_of(file) for file in files)
        )

    def _says_all_of(self, file: str) -> bool:
        known = self.states[file]
        if self.settled and not is_local(file):
            return True
        now = file_state(file)
        if now.identity != known.identity:
            return False  # another file of the same name
        # One that was cut may go on with something else.
        return now.size >= known.size if self.settled else now.size == known.size


class FirstStepReader:
    """Reads the heads of runs' event files, each once as long as they do not change."""

    def __init__(
        self,
        folders: RunFolders,
        read_limit: int = DEFAULT_READ_LIMIT,
        cache: Cache | None = None,
        *,
        samples: int | None = None,
        migrates: bool = False,
        timings: Timings | None = None,
    ) -> None:
        """Remember what was read in ``cache``, by default one of its own.

        samples: how many steps of a series the provider keeps; 0 when it keeps all, None when
            that is not known.
        migrates: whether it is TensorBoard's Python loader, which makes other rows of legacy
            histograms than the data server.
        """
        self.folders = folders
        self._read_limit = read_limit
        self._cache = Cache() if cache is None else cache
        self.samples = samples
        self._migrates = migrates
        self._timings = timings or Timings()

    def head(self, run: str, tags: Collection[str]) -> RunHead | None:
        """What the run's event files say of the given tags; None when there are none here."""
        files = self.folders.event_files(run)
        if not files:
            return None
        wanted = frozenset(tags)
        known: RunHead | None = self._cache.get((FirstStepReader, run), None)
        if known and known.still_says_all(wanted, files):
            return known
        with self._timings.taken("first_step"):
            head = read_head(files, wanted, self._read_limit, migrates=self._migrates)
        self._cache.put((FirstStepReader, run), None, head, head.nbytes)
        return head

    def ends(self, run: str, wanted: Mapping[str, float]) -> dict[str, dict[Logged, Sums]]:
        """What was summed of the last histograms of some tags; see ``read_ends``."""
        with self._timings.taken("first_step"):
            return read_ends(self.folders.event_files(run), wanted)

    def every_sum(self, run: str) -> tuple[RunSums, list[str]]:
        """What was summed of every histogram of a run so far, and the files to read on in."""
        known: RunSums | None = self._cache.get((RunSums, run), None)
        return known or RunSums(), self.folders.event_files(run)

    def keep_sums(self, run: str, sums: RunSums) -> None:
        """Remember them for the next question."""
        self._cache.put((RunSums, run), None, sums, sums.nbytes)

    def forget_runs_except(self, runs: Collection[str]) -> None:
        """Release what is known of runs that are no longer there."""
        kinds = (FirstStepReader, RunSums)
        self._cache.forget(lambda key: key[0] in kinds and key[1] not in runs)


def read_head(
    files: Sequence[str], tags: Collection[str], read_limit: int, *, migrates: bool = False
) -> RunHead:
    """Find the first histogram of each tag, reading at most ``read_limit`` bytes.

    files: in TensorBoard's order. A later file that starts at or before a step that
        was found is a restart and replaces it, so the head of every file is read: until
        the file has passed the first step of every tag.
    """
    head = RunHead(frozenset(tags), {file: file_state(file) for file in files})
    left = read_limit
    for path in files:
        try:
            with open_file(path) as file:
                left = _read_file(file, path, head, left, migrates=migrates)
        except LimitReached:
            head.files_unread = path != files[-1]
            head.settled = True  # reading again would stop at the same place
            break
        except Exception:  # unreadable, vanished or no event file: as if it ended there
            head.settled = False
    return head


def _read_file(file: BinaryIO, path: str, head: RunHead, left: int, *, migrates: bool) -> int:
    """Take one file into account, reading at most ``left`` bytes; returns how many are left."""
    for record in framed(file, left):
        left -= len(record) + FRAME
        event = decoded(record)
        if event is None:
            head.skip_record(path)
            continue
        if event.file_version:
            head.opened.setdefault(path, event.wall_time)
        found = []
        for value in event.summary.value:
            if value.tag in head.tags:
                found.append(value)
            else:
                head.others.note(value)
        if found and head.is_past(event.step):
            return left
        for value in found:
            rows = summary_rows(value, migrates=migrates)
            if rows is not None:
                logged = event.step, event.wall_time
                head.note(value.tag, FirstHistogram(*logged, rows, path, sums_of(value)))
    head.settled = False  # read to its end, and it may still be growing
    return left


def recovered_series(
    data: Sequence[Any], tag: str, head: RunHead | None, samples: int | None
) -> HistogramSeries:
    """The series of a tag, from its first histogram on.

    data: what the provider kept, ``TensorDatum`` in the order of arrival.
    head: what the run's event files say, None when they were not or could not be read.
    samples: how many steps the provider keeps; 0 when it keeps all, None when that is not known.
    """
    steps = [datum.step for datum in data]
    wall_times = [datum.wall_time for datum in data]
    tensors = [datum.numpy for datum in data]
    first = head.certain(tag) if head else None
    repeats = head.repeats.get(tag) if head else None
    if first and steps and first.wall_time > wall_times[0] and not repeats:
        first = None  # by now the files hold another training than the provider has read
    # One of the same step belongs to a training that was begun anew in the same file.
    elif first and (not steps or first.step < steps[0]):
        steps.insert(0, first.step)
        wall_times.insert(0, first.wall_time)
        tensors.insert(0, first.rows)
    first_unknown = first is None and may_have_dropped([each.step for each in data], samples)
    series = histogram_series(steps, wall_times, tensors)
    return dataclasses.replace(
        series,
        repeats=repeats.count if repeats else series.repeats if head is None else 1,
        repeats_alike=repeats.alike if repeats else series.repeats_alike,
        opened=head.opened_before(tag) if head else None,
        replaced=head is not None and tag in head.replaced,
        first_unknown=first_unknown,
        sampled_elsewhere=first_unknown and samples is None,
        in_float32=any(tensor.dtype == np.float32 for tensor in tensors),
    )


def may_have_dropped(steps: Sequence[int], samples: int | None) -> bool:
    """Whether a provider that gave these steps may have dropped the first one.

    samples: how many it keeps. Where that is not known (None) any may have been dropped,
        but nothing is logged before step 0.
    """
    if samples is None:
        return len(steps) > 0 and steps[0] > 0
    return 0 < samples <= len(steps)


def _values(found: FirstHistogram) -> float:
    """How many values a histogram is of."""
    rows = found.rows
    return float(rows[:, 2].sum()) if rows.ndim == 2 and rows.shape[1] == 3 else math.nan
