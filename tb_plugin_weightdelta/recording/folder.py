"""Where a training writes, and who else writes there: trainings are never mixed in one folder."""

import gc
import os
import socket
import weakref
from collections.abc import Collection, Iterable, MutableMapping
from contextlib import suppress
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
INITIAL_NAME: Final = f"initial{SUFFIX}.npz"

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
    return Path(told).absolute()


# The files that this process writes.
_OWN: Final[dict[Path, int | None]] = {}


def held(path: str) -> Path | None:
    """Hold a file until it is released, so that other processes see that it is written."""
    if "://" in path:
        return None
    own = Path(path).absolute()
    _OWN[own] = None
    if fcntl:
        with suppress(OSError):  # some file systems know no locks
            descriptor = os.open(own, os.O_RDWR)
            _OWN[own] = descriptor
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return own


def release(own: Path | None) -> None:
    """Let go of a file that was held."""
    descriptor = _OWN.pop(own, None) if own else None
    if descriptor is not None:
        os.close(descriptor)


def written_by_another(log_dir: LogDir) -> str | None:
    """The recorder's file there that another process writes at this moment."""
    folder = folder_of(log_dir)
    if fcntl is None or folder is None:
        return None
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(OSError), path.open("rb") as file:
            try:
                if path not in _OWN:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return path.name
    return None


def has_earlier(log_dir: LogDir) -> bool:
    """Whether the folder has what was recorded earlier, and is written no more."""
    folder = folder_of(log_dir)
    if folder is None:
        return False
    if any(path not in _OWN for path in folder.glob(f"*{SUFFIX}")):
        return True
    # A writer's own file may have the records of another model that trains at the same time.
    is_shared = any(place == _place(log_dir) for place, _ in _RECORDERS)
    return any(
        _has_records(path)
        for path in folder.glob("*tfevents*")
        if path not in _OWN and not (is_shared and _is_of_this_process(path.name))
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
    def is_at_its_start(self) -> bool:
        """Whether it records, and has not come beyond its baseline."""

    def give_way(self, place: str) -> None:
        """Another goes on with its tensors."""


def enter(
    recorder: Recording, log_dir: LogDir, names: Collection[str], notices: Notices, *, goes_on: bool
) -> str | None:
    """Before its first record: trainings are never mixed, and none is replaced without a word.

    goes_on: whether it resumes what was recorded there.

    Returns why nothing may be recorded, where that is so.
    """
    place = _place(log_dir)
    if file := written_by_another(log_dir):
        return (
            f"another process records into {place} ({file}). Give each training a folder of "
            "its own."
        )
    if _others(place, names, recorder):
        gc.collect()  # a cell of a notebook that runs again has left its first training behind
    others = _others(place, names, recorder)
    for name, other in others.items():
        if other.is_at_its_start:
            return (
                f"{name} in {place} is recorded from another model already. Give each model a "
                "prefix='…'."
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
