"""Keras's checkpoints, .h5 and .keras, read with h5py."""

import io
import math
import tempfile
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tb_plugin_weightdelta.checkpoints.archive import MOST_DEFLATED, Member, is_archive, members_of
from tb_plugin_weightdelta.checkpoints.named import by_name, joined
from tb_plugin_weightdelta.checkpoints.order import boxes
from tb_plugin_weightdelta.checkpoints.stored import WIDTHS, CheckpointError, Stored
from tb_plugin_weightdelta.core.errors import told

_WEIGHTS: Final = "model.weights.h5"  # in a .keras file
_NO_WEIGHTS: Final = ("optimizer", "optimizer_weights")
# What Keras makes of bfloat16, and of nothing else. Where it says so is not read: in a damaged file
# the HDF5 library looks for a text without end.
_RAW: Final = np.dtype("V2")
_MOST_OBJECTS: Final = 200_000
_MOST_NESTED: Final = 50
_MOST_CHUNK: Final = 2**28  # bytes, which the HDF5 library holds at once


def tensors_in(path: Path) -> tuple[list[Stored], dict[str, str]]:
    """The tensors of the model in a file of Keras, and why others are left out.

    Raises CheckpointError, also where h5py is missing.
    """
    try:
        import h5py  # noqa: PLC0415
    except ImportError as error:
        raise CheckpointError(
            f"{path.name} needs h5py: pip install 'tensorboard-plugin-weightdelta[checkpoints]'."
        ) from error
    try:
        place = _Place(path)
        with place.opened() as raw, h5py.File(raw, "r") as file:
            return by_name(path, _Reader(h5py, place).datasets(file))
    except CheckpointError:
        raise
    # h5py raises whatever Python has a name for, and tells what the HDF5 library said.
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    why = " ".join(f"{error}".split())[:200] or type(error).__name__
    return CheckpointError(f"{path.name} cannot be read as HDF5: {why}.")


class _Place:
    """Where an HDF5 file lies: a file of its own, or a part of one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.within = path
        self.offset, self.size = 0, path.stat().st_size
        self.unpacked: Any = None
        if is_archive(path):
            self._find(members_of(path))

    def _find(self, members: dict[str, Member]) -> None:
        if _WEIGHTS not in members:
            raise CheckpointError(f"{self.path.name} is no file of Keras: it has no {_WEIGHTS}.")
        member = members[_WEIGHTS]
        self.offset, self.size = member.offset, member.size
        if member.packed:
            # It lasts as long as a tensor that is read from it.
            self.unpacked = tempfile.NamedTemporaryFile(prefix="weightdelta-")  # noqa: SIM115
            weakref.finalize(self, self.unpacked.close)
            for piece in member.pieces():
                self.unpacked.write(piece)
            self.unpacked.flush()
            self.within, self.offset = Path(self.unpacked.name), 0

    def opened(self) -> "_Part":
        return _Part(self.within.open("rb", buffering=0), self.offset, self.size)


class _Part(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, file: io.FileIO, offset: int, size: int) -> None:
        self.file, self.offset, self.size = file, offset, size
        self.at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, to: int, whence: int = 0) -> int:
        self.at = to + (0, self.at, self.size)[whence]
        return self.at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self.size - self.at)]
        self.file.seek(self.offset + self.at)
        done = 0
        while done < len(view) and (count := self.file.readinto(view[done:])):
            done += count
        self.at += done
        return done

    def close(self) -> None:
        self.file.close()
        super().close()


class _Reader:
    """Finds the datasets of a file, and follows no link out of it."""

    def __init__(self, h5py: Any, place: _Place) -> None:
        self.h5py = h5py
        self.place = place
        self.left = _MOST_OBJECTS

    def datasets(
        self, group: Any, inside: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Stored | str]]:
        """Each dataset's tensor, or why there is none, by the path to it."""
        self.left -= len(group)
        if self.left < 0 or len(inside) > _MOST_NESTED:
            raise CheckpointError(f"{self.place.path.name} holds more than what is read.")
        for key in group:
            if not inside and key in _NO_WEIGHTS:
                continue
            parts = (*inside, key)
            link = group.get(key, getlink=True)
            if not isinstance(link, self.h5py.HardLink):
                yield self._name(parts), "is a link to elsewhere, which is not followed"
                continue
            held = group[key]
            if isinstance(held, self.h5py.Group):
                yield from self.datasets(held, parts)
            elif isinstance(held, self.h5py.Dataset):
                yield self._name(parts), self._placed(parts, held)

    def _name(self, parts: tuple[str, ...]) -> str:
        """As the layers call it: in .h5 all weights lie in a group of their own."""
        name = joined(self.place.path, parts, "/")
        return name.removeprefix("model_weights/").removesuffix(":0")

    def _placed(self, parts: tuple[str, ...], dataset: Any) -> Stored | str:
        """Where the elements of a dataset lie, or why they are not read."""
        layout = dataset.id.get_create_plist()
        if layout.get_layout() == self.h5py.h5d.VIRTUAL or layout.get_external_count():
            return "is kept in other files, which are not read"
        precision, shape = _precision(dataset), dataset.shape
        if precision is None or shape is None:
            return "is stored as what numpy does not know"
        dtype = dataset.dtype
        if precision not in WIDTHS:
            return f"is stored as {told(str(dtype))}, which is not read"
        nbytes = math.prod(shape) * dtype.itemsize
        if nbytes > dataset.id.get_storage_size() * MOST_DEFLATED:
            return "was never written in full"
        if dataset.chunks and math.prod(dataset.chunks) * dtype.itemsize > _MOST_CHUNK:
            return "is kept in chunks larger than what is read"
        path, address = self.place.path, "/".join(parts)
        stored = partial(Stored, self._name(parts), precision, tuple(shape), path)
        at = dataset.id.get_offset()
        if at is None or self.place.unpacked or not self._is_plain(dataset):
            return stored(0, partial(_unpack, self.place, address))
        if at + nbytes > self.place.size:
            raise CheckpointError(
                f"{path.name} is damaged: {told(address)} reaches beyond the end of it."
            )
        return stored(self.place.offset + at)

    def _is_plain(self, dataset: Any) -> bool:
        """Whether its elements lie in the file as in memory."""
        # Opaque ones are what Keras makes of bfloat16.
        little = dataset.dtype.newbyteorder("<")
        return dataset.dtype.kind == "V" or bool(
            dataset.id.get_type() == self.h5py.h5t.py_create(little, logical=True)
        )


def _precision(dataset: Any) -> str | None:
    """By numpy's name; None where numpy has none."""
    try:
        dtype = dataset.dtype
    except TypeError:
        return None
    if dtype == _RAW:
        return "bfloat16"
    return str(dtype.newbyteorder("=").name)


def _unpack(place: _Place, address: str, out: IO[bytes]) -> None:
    """Write a dataset that is compressed, or kept in pieces."""
    import h5py  # noqa: PLC0415

    try:
        with place.opened() as raw, h5py.File(raw, "r") as file:
            dataset = file[address]
            little = dataset.dtype.newbyteorder("<")
            for box in boxes(dataset.shape, dataset.dtype.itemsize):
                out.write(np.asarray(dataset[box]).astype(little, copy=False).tobytes())
    except Exception as error:
        raise _unreadable(place.path, error) from error
