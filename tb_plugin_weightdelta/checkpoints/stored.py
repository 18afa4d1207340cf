"""A tensor in a file, before anything of it is read."""

import contextlib
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tb_plugin_weightdelta.core.errors import WeightDeltaError

# The bytes of one element, by the precision's name in numpy and ml_dtypes.
WIDTHS: Final = {
    **{"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2},
    **{"float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1},
    **{"int64": 8, "int32": 4, "int16": 2, "int8": 1},
    **{"uint64": 8, "uint32": 4, "uint16": 2, "uint8": 1, "bool": 1},
    **{"complex128": 16, "complex64": 8},
}
# Of what some formats need.
INSTALL: Final = "pip install 'tensorboard-plugin-weightdelta[checkpoints]'"


class CheckpointError(WeightDeltaError):
    """A checkpoint, or a part of one, cannot be read; the message names the file."""


@dataclass(frozen=True)
class Stored:
    """One tensor of a checkpoint.

    name: in the checkpoint.
    precision: one of WIDTHS.
    path, offset: where its elements lie in one piece, little-endian and in C order.
    unpack: writes them to a file, where they do not lie so; path is then that of the checkpoint.
    """

    name: str
    precision: str
    shape: tuple[int, ...]
    path: Path
    offset: int
    unpack: Callable[[IO[bytes]], None] | None = None

    @property
    def elements(self) -> int:
        """How many there are; 1 of a scalar."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """What its elements take."""
        return self.elements * WIDTHS[self.precision]

    @contextlib.contextmanager
    def in_one_piece(self) -> Iterator[tuple[Path, int]]:
        """Where the elements can be read: path and offset; unpacked for as long as this lasts."""
        if self.unpack is None:
            yield self.path, self.offset
            return
        with tempfile.NamedTemporaryFile(prefix="weightdelta-") as file:
            self.unpack(file)
            file.flush()
            yield Path(file.name), 0
