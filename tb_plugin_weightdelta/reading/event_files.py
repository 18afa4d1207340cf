"""Where the event files of a run are, and how they are laid out; nothing outside the logdir.

An event file is records, each with its length and two checksums.

A run's name comes from the data provider, and provider and logdir may belong to
different machines or people: a name that leads out of the logdir is treated like a run whose
files cannot be reached. A run's folder may be a link to elsewhere, as people collect runs; a
file in it that leads out of that folder is not opened.
"""

import itertools
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no type hints
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from tb_plugin_weightdelta.core.errors import told
from tb_plugin_weightdelta.core.names import HISTOGRAMS_PLUGIN_NAME

# A TFRecord: length and its checksum, the bytes, their checksum.
_HEADER: Final = struct.Struct("<QI")
LENGTH_BYTES: Final = 8
_CHECKSUM_BYTES: Final = 4
FRAME: Final = _HEADER.size + _CHECKSUM_BYTES

# What protobuf, and so every writer, can put in one record.
_MOST_IN_A_RECORD: Final = 2**31 - 1  # bytes

# A record of two-byte entries takes forty times its size when it is decoded. This is a thousand
# histograms of 300 buckets in one; writers of today make a record of each.
LARGEST_DECODED: Final = 8 * 2**20  # bytes

RunPaths = Callable[[], Mapping[str, str]]

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_EVENT_FILE_MARK: Final = "tfevents"
# Written beside a profile so that its run is listed; holds no summaries.
_PROFILE_SUFFIX: Final = ".profile-empty"
_SCALARS_PLUGIN_NAME: Final = "scalars"
# The first record of an event file says when it was begun, to a microsecond.
_BEGINNING: Final = 64  # bytes


class LimitReached(Exception):
    """Reading on would take more bytes than allowed."""


def framed(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Whole records, up to the first that is cut off or whose length is not to be trusted.

    Like TensorBoard's data server this does not checksum the records themselves: in pure
    Python that costs ten times as much as reading them. Raises LimitReached instead of
    reading more than ``limit`` bytes.
    """
    while (length := length_at(file.read(_HEADER.size), 0)) is not None:
        limit -= length + FRAME
        if limit < 0:
            raise LimitReached
        data = file.read(length)
        if len(file.read(_CHECKSUM_BYTES)) < _CHECKSUM_BYTES:
            return
        yield data


def length_at(data: bytes, place: int) -> int | None:
    """The length of the record whose header is at a place; None where there is none."""
    header = data[place : place + _HEADER.size]
    if len(header) < _HEADER.size:
        return None
    length, checksum = _HEADER.unpack(header)
    is_one = length <= _MOST_IN_A_RECORD and masked_crc32c(header[:LENGTH_BYTES]) == checksum
    return int(length) if is_one else None


def decoded(record: bytes) -> Event | None:
    """The event in a record; None for one that is damaged or larger than is decoded here."""
    if len(record) > LARGEST_DECODED:
        return None
    try:
        event: Event = Event.FromString(record)
    except DecodeError:
        return None
    return event


@dataclass
class TagKinds:
    """The tags of histograms, and those of scalars, that were seen in event files."""

    histograms: set[str] = field(default_factory=set)
    scalars: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.histograms) + len(self.scalars)

    def note(self, value: Summary.Value) -> None:
        """Take a summary into account; of a later one of TensorFlow 2 the kind is not known."""
        kind = value.WhichOneof("value")
        plugin = value.metadata.plugin_data.plugin_name
        if kind == "histo" or plugin == HISTOGRAMS_PLUGIN_NAME:
            self.histograms.add(value.tag)
        elif kind == "simple_value" or plugin == _SCALARS_PLUGIN_NAME:
            self.scalars.add(value.tag)

    def of_both(self) -> str:
        """Which are both, in words, and what becomes of them; "" where none is."""
        tags = sorted(self.histograms & self.scalars)
        if not tags:
            return ""
        more = f" and {len(tags) - 1:,} more are scalars and histograms"
        what = more if len(tags) > 1 else " is a scalar and a histogram"
        kept = "and TensorBoard keeps one of the two at most: log them under different names"
        return f"the tag {told(tags[0])}{what}, {kept}"


class RunFolders:
    """Finds event files for runs of one TensorBoard."""

    def __init__(self, roots: Sequence[str], run_paths: RunPaths | None = None) -> None:
        """Look below ``roots``, as given to TensorBoard.

        run_paths: run to folder, which the Python loader knows: ``--logdir_spec`` gives runs
            names of their own. Without it a run's name is its path below the only root.
        """
        self._roots = [os.path.expanduser(root) for root in roots if root]
        self._run_paths = run_paths

    def event_files(self, run: str) -> list[str]:
        """Paths of a run's event files in the order in which TensorBoard reads them.

        Empty when the run's folder cannot be reached from here.
        """
        folder = self._folder(run)
        return [] if folder is None else self._event_files_in(folder)

    def _event_files_in(self, folder: str) -> list[str]:
        if not self._is_named_below(folder):
            return []
        try:
            names = os.listdir(folder) if is_local(folder) else _gfile().listdir(folder)
            real = os.path.realpath(folder)
        except Exception:  # each file system has errors of its own
            return []
        paths = [_join(folder, os.path.basename(name)) for name in sorted(names)]
        return [path for path in paths if _may_open(path, real)]

    def reach_any(self, runs: Iterable[str], most_folders: int = 50) -> bool:
        """Whether event files of any of the first runs are there; those elsewhere are not asked."""
        if any(not is_local(root) for root in self._roots):
            return True
        folders = filter(None, map(self._folder, itertools.islice(runs, most_folders)))
        return any(self._event_files_in(folder) for folder in folders if is_local(folder))

    def _folder(self, run: str) -> str | None:
        if self._run_paths is not None:
            return self._run_paths().get(run)
        if len(self._roots) != 1 or ".." in run.split("/"):
            return None
        return self._roots[0] if run == "." else _join(self._roots[0], run)

    def _is_named_below(self, folder: str) -> bool:
        """Whether a folder's name leads to one of the roots or below, wherever links go on to."""
        if not is_local(folder):
            is_straight = ".." not in folder.split("/")
            return is_straight and any(
                f"{folder}/".startswith(f"{root.rstrip('/')}/") for root in self._roots
            )
        named = os.path.abspath(folder)
        local = filter(is_local, self._roots)
        # The loader of --logdir_spec follows links in its roots, and names what is below those.
        roots = {way(root) for root in local for way in (os.path.abspath, os.path.realpath)}
        return any(os.path.commonpath([root, named]) == root for root in roots)


def _may_open(path: str, folder: str) -> bool:
    """Whether it is an event file in a folder, and no pipe that to open would never end.

    folder: where it is, all links followed. A link among the files must not lead out of it.
    """
    if _EVENT_FILE_MARK not in os.path.basename(path) or path.endswith(_PROFILE_SUFFIX):
        return False
    if not is_local(path):
        return True
    real = os.path.realpath(path)
    return os.path.commonpath([folder, real]) == folder and os.path.isfile(real)


def roots_of(logdir: str | None, logdir_spec: str | None) -> list[str]:
    """The folders named by ``--logdir``, or by ``--logdir_spec``: ``name:path,…`` or ``path,…``."""
    if logdir:
        return [logdir]
    paths = []
    for entry in (logdir_spec or "").split(","):
        name, colon, path = entry.partition(":")
        is_named = colon and not path.startswith("//") and os.sep not in name
        paths.append(path if is_named else entry)
    return [path for path in paths if path]


def is_local(path: str) -> bool:
    """Whether a path is on this machine's file system, not ``gs://`` or another scheme."""
    return _SCHEME.match(path) is None


def open_file(path: str) -> BinaryIO:
    """Open an event file, through TensorBoard's file layer where it is not local."""
    if is_local(path):
        return open(path, "rb")
    remote: BinaryIO = _gfile().GFile(path, "rb")
    return remote


class FileState(NamedTuple):
    """What tells an event file from another of its name, and from itself before it grew.

    identity: of a file on this machine its number, which another may be given when it is gone,
        and its beginning, which says when it was begun; elsewhere always the same.
    size: in bytes, -1 when it cannot be told.
    """

    identity: tuple[int, bytes]
    size: int


def file_state(path: str) -> FileState:
    """What an event file is like now."""
    try:
        if not is_local(path):
            return FileState((0, b""), int(_gfile().stat(path).length))
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            return FileState((found.st_ino, file.read(_BEGINNING)), found.st_size)
    except Exception:  # each file system has errors of its own
        return FileState((0, b""), -1)


def _gfile() -> Any:
    # Imported late: with TensorFlow installed this imports it, which only remote files need.
    from tensorboard.compat import tf  # noqa: PLC0415

    return tf.io.gfile


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, name) if is_local(folder) else f"{folder.rstrip('/')}/{name}"
