"""Elements that lie in another order than that of C, written in it, a block at a time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tb_plugin_weightdelta.checkpoints.stored import CheckpointError

MOST_DIMENSIONS: Final = 32  # of an array of numpy 1
_BLOCK: Final = 2**24  # bytes
# Further than this, more elements than the file holds are no tensor but a trap.
_MOST_REPEATED: Final = 2**30  # bytes


def strides_in_c(shape: Sequence[int]) -> list[int]:
    """How many elements lie between two neighbours of each axis, where rows follow rows."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def is_in_c(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether elements lie as C would lay them; the stride of an axis of one says nothing."""
    wanted = strides_in_c(shape)
    return 0 in shape or all(
        stride == want
        for size, stride, want in zip(shape, strides, wanted, strict=True)
        if size > 1
    )


def reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    """How many elements lie between the first and the end of the last."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


def is_trap(nbytes: int, held: int) -> bool:
    """Whether elements that a file repeats would fill a disk."""
    return nbytes > max(held, _MOST_REPEATED)


def boxes(shape: tuple[int, ...], width: int, most: int = _BLOCK) -> Iterator[tuple[slice, ...]]:
    """Parts of an array in C order, none of more bytes than that."""
    if 0 in shape:
        return
    if math.prod(shape) * width <= most or not shape:
        yield tuple(slice(0, size) for size in shape)
        return
    first, rest = shape[0], shape[1:]
    rows = most // (math.prod(rest) * width)
    for start in range(0, first, max(rows, 1)):
        if rows:
            yield (slice(start, min(start + rows, first)), *(slice(0, size) for size in rest))
        else:
            for box in boxes(rest, width, most):
                yield (slice(start, start + 1), *box)


@dataclass(frozen=True)
class Layout:
    """Where the elements of a tensor lie; strides in elements."""

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: Sequence[int]

    def write_in_c(self, out: IO[bytes]) -> None:
        """Write them, little-endian and in C order.

        Raises CheckpointError where the file does not hold them any more.
        """
        if 0 in self.shape:
            return
        count = reach(self.shape, self.strides)
        try:
            held = np.memmap(self.path, self.dtype, "r", offset=self.offset, shape=(count,))
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{self.path.name} has changed while it was read.") from error
        width = self.dtype.itemsize
        strides = [stride * width for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(held, self.shape, strides, writeable=False)
        for box in boxes(self.shape, width):
            out.write(view[box].astype(self.dtype.newbyteorder("<"), copy=False).tobytes())
