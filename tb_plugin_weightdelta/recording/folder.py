"""Where a training writes, and who else writes there: trainings are never mixed in one folder."""

import gc
import os
import socket
import weakref
from collections.abc import Collection, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final, Protocol

from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX
from tb_plugin_weightdelta.recording.guard import Notices

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LogDir = str | os.PathLike[str] | Any

SUFFIX: Final = ".weight_delta"

# Loggers of frameworks are no writers, but have one.
_WRITERS_OF: Final = {"experiment": "its .experiment", "writer": "its .writer"}


def checked(log_dir: LogDir) -> LogDir:
    """A folder, or a writer. Raises TypeError for what is neither, and says what is."""
    if isinstance(log_dir, str | os.PathLike):
        return log_dir
    if hasattr(log_dir, "add_event") or hasattr(log_dir, "file_writer"):
        return log_dir
    instead = [words for name, words in _WRITERS_OF.items() if hasattr(type(log_dir), name)]
    remedy = f"give {instead[0]}" if instead else "give a folder, or a writer such as SummaryWriter"
    raise TypeError(f"log_dir is a {type(log_dir).__name__}, which takes no events: {remedy}.")


def folder_of(log_dir: LogDir) -> Path | None:
    """The folder on this machine; None where it is elsewhere, or nobody tells."""
    told = log_dir
    if not isinstance(told, str | os.PathLike):
        told = getattr(log_dir, "log_dir", None)
        get = getattr(log_dir, "get_logdir", None)
        told = get() if told is None and callable(get) else told
    if not isinstance(told, str | os.PathLike) or "://" in os.fspath(told):
        return None
    return Path(told).resolve()


@dataclass
class _Held:
    """A file that a process writes, locked where that can be; for so many recorders."""

    process: int
    descriptor: int | None = None
    count: int = 1


_HELD: Final[dict[Path, _Held]] = {}


def _is_own(path: Path) -> bool:
    """A fork has inherited the table, and is no writer of what its parent writes."""
    return path in _HELD and _HELD[path].process == os.getpid()


def hold(path: Path) -> None:
    """Hold a file until it is released, so that other processes see that it is written."""
    if _is_own(path):
        _HELD[path].count += 1
        return
    held = _HELD[path] = _Held(os.getpid())
    if fcntl:
        with suppress(OSError):  # some file systems know no locks
            held.descriptor = os.open(path, os.O_RDWR)
            fcntl.flock(held.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def release(path: Path) -> None:
    """Let go of a file that was held."""
    held = _HELD.get(path)
    if held is None or not _is_own(path):
        return
    held.count -= 1
    if held.count == 0:
        del _HELD[path]
        if held.descriptor is not None:
            # A fork may still have the descriptor, and with it the lock.
            fcntl.flock(held.descriptor, fcntl.LOCK_UN)
            os.close(held.descriptor)


def file_of_writer(folder: Path | None) -> Path | None:
    """The event file that a writer of this process has last begun there."""
    if folder is None:
        return None
    own = [path for path in folder.glob("*tfevents*") if _is_of_this_process(path.name)]
    return max(own, key=lambda path: path.name, default=None)


def written_by_another(log_dir: LogDir) -> str | None:
    """The event file there that a recorder of another process writes at this moment."""
    folder = folder_of(log_dir)
    if fcntl is None or folder is None:
        return None
    for path in sorted(folder.glob("*tfevents*")):
        with suppress(OSError), path.open("rb") as file:
            try:
                if not _is_own(path):
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return path.name
    return None


def has_earlier(log_dir: LogDir) -> bool:
    """Whether the folder has what was recorded earlier, and is written no more."""
    folder = folder_of(log_dir)
    if folder is None:
        return False
    if any(not _is_own(path) for path in folder.glob(f"*{SUFFIX}")):
        return True
    # A writer's own file may have the records of another model that trains at the same time.
    is_shared = any(place == _place(log_dir) for place, _ in _RECORDERS)
    return any(
        _has_records(path)
        for path in folder.glob("*tfevents*")
        if not _is_own(path) and not (is_shared and _is_of_this_process(path.name))
    )


def _is_of_this_process(name: str) -> bool:
    """As all writers name their files: …time.host.process.number."""
    return f".{socket.gethostname()}.{os.getpid()}." in name


def _has_records(path: Path) -> bool:
    with (
        suppress(OSError, ValueError),  # an empty file cannot be mapped
        path.open("rb") as file,
        mmap(file.fileno(), 0, access=ACCESS_READ) as content,
    ):
        return content.find(EXACT_TAG_PREFIX.encode()) >= 0
    return False


# Who records a tensor into a folder, in this process.
_RECORDERS: Final[MutableMapping[tuple[str, str], Any]] = weakref.WeakValueDictionary()


class Recording(Protocol):
    """What is asked of another recorder of this process."""

    @property
    def names(self) -> frozenset[str]:
        """Of its tensors, in the logs."""

    def may_train_beside(self, names: Collection[str]) -> bool:
        """Whether it records another model, that trains together with one of these tensors."""

    def give_way(self, place: str) -> None:
        """Another goes on with its tensors."""


def enter(recorder: Recording, log_dir: LogDir, notices: Notices, *, goes_on: bool) -> str | None:
    """Before its first record: trainings are never mixed, and none is replaced without a word.

    goes_on: whether it resumes what was recorded there.

    Returns why nothing may be recorded, where that is so.
    """
    place, names = _place(log_dir), recorder.names
    if file := written_by_another(log_dir):
        return (
            f"another process records into {place} ({file}). Give each training a folder of "
            "its own."
        )
    if _others(place, names, recorder):
        gc.collect()  # a cell of a notebook that runs again has left its first training behind
    others = _others(place, names, recorder)
    for name, other in others.items():
        if other.may_train_beside(names):
            return (
                f"{name} in {place} is recorded already, by another recorder of this process. "
                "Record a model once, and give each of several a prefix='…'."
            )
    for other in others.values():
        other.give_way(place)
    if not goes_on and (others or has_earlier(log_dir)):
        notices.say(
            "earlier",
            f"{place} has records of an earlier training: from step 0 on, those of this one take "
            "their place. Give each training a folder of its own.",
        )
    for name in names:
        _RECORDERS[place, name] = recorder
    return None


def _others(place: str, names: Iterable[str], recorder: Recording) -> dict[str, Recording]:
    """The other recorders of these tensors, each by one of their names."""
    found: dict[int, tuple[str, Recording]] = {}
    for name in names:
        other = _RECORDERS.get((place, name))
        if other is not None and other is not recorder:
            found[id(other)] = name, other
    return dict(found.values())


def let_go(recorder: Any) -> None:
    """It records no more."""
    for key in [key for key, each in _RECORDERS.items() if each is recorder]:
        _RECORDERS.pop(key, None)


def _place(log_dir: LogDir) -> str:
    folder = folder_of(log_dir)
    return str(folder) if folder else f"the writer {id(log_dir):x}"
