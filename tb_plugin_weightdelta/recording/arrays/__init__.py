"""What the recorder asks of a framework's arrays, and which framework an array is of."""

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.sums import (
    BUCKETS,
    Array,
    FloatArray,
    Positions,
    Sums,
    rows_of,
    width_of,
)

_BLOCK: Final = 65_536
_MODULES: Final = {"torch": "torch", "tensorflow": "tensorflow", "jax": "jax", "jaxlib": "jax"}


@dataclass(frozen=True)
class Job:
    """One tensor to measure.

    initial: finds its initial weights; None where the current ones are.
    previous: the weights one update ago, where they are known.
    positions: of the elements whose quantiles are taken, None for all of them.
    """

    initial: Callable[[], Array | None]
    current: Array
    previous: Array | None
    positions: Positions | None


@dataclass(frozen=True)
class Measured:
    """What was measured.

    quantiles: of the movement, at LEVELS.
    sampled: of how many elements these are; 0 where of all.
    rows: the histogram's, (BUCKETS, 3).
    """

    sums: Sums
    quantiles: FloatArray
    sampled: int
    rows: FloatArray | None


class Arrays(ABC):
    """The arrays of one framework."""

    @abstractmethod
    def refusal(self, array: Array) -> str | None:
        """Why an array cannot be measured: the end of a sentence that begins with its name."""

    @abstractmethod
    def keep(self, array: Array, on_host: bool) -> Array:
        """A copy that later updates cannot reach."""

    def keep_in(self, spare: Array | None, array: Array) -> Array:
        """A copy on the device, in the memory of an earlier one if that ``is_spare``."""
        return self.keep(array, on_host=False)

    def is_spare(self, copy: Array) -> bool:
        """Whether the memory of a copy is worth keeping for the next.

        A processor gets new memory page by page, which takes longer than to measure what is in it;
        devices keep what they have had.
        """
        return False

    @abstractmethod
    def restored(self, saved: Any, current: Array, on_host: bool) -> Array:
        """What was kept before a resumption, where and as ``current`` is."""

    @abstractmethod
    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        """The sums of a whole tensor, and the quantiles of its movement at LEVELS.

        Without previous weights, what compares with them may be anything.
        """

    @abstractmethod
    def counts(self, array: Array, low: float, width: float) -> FloatArray:
        """How many values lie in each bucket, (BUCKETS,)."""

    def is_counter(self, array: Array) -> bool:
        """Whether it is one whole number, or the state of a generator."""
        kind = str(getattr(array, "dtype", ""))
        return (
            "uint32" in kind
            or kind.startswith("key<")
            or ("int" in kind and math.prod(self.shape(array)) == 1)
        )

    def checksum(self, array: Array) -> int:
        """Of all bits, modulo 2⁶⁴: each weight by an odd number, so that no single change is lost.

        Other devices give the same for the same bits.
        """
        values = np.ascontiguousarray(self.as_numpy(array)).reshape(-1)
        bits = values.view(f"u{values.dtype.itemsize}")
        total = 0
        for first in range(0, len(bits), _BLOCK):
            block = bits[first : first + _BLOCK].astype(np.uint64)
            odd = np.arange(2 * first + 1, 2 * (first + len(block)) + 1, 2, dtype=np.uint64)
            total += int((block * odd).sum(dtype=np.uint64))
        return total % 2**64

    def nbytes(self, array: Array) -> int:
        """What the whole tensor takes in a file."""
        return math.prod(self.shape(array)) * max(4, int(getattr(array.dtype, "itemsize", 4)))

    def identity(self, array: Array) -> Hashable:
        """The same for two arrays that are one: tied weights."""
        return id(array)

    def as_numpy(self, array: Array) -> np.ndarray:
        """The values for a file, at least in float32."""
        values = np.asarray(array)
        return values if values.dtype.itemsize >= 4 else values.astype(np.float32)

    def shape(self, array: Array) -> tuple[int, ...]:
        """Of the whole tensor."""
        return tuple(int(length) for length in array.shape)

    def is_shared_out(self, array: Array) -> bool:
        """Whether several processes each hold a part, so that all must measure together."""
        return False

    def all_record(self, array: Array) -> bool:
        """Of a shared one: whether all who hold a part record; each must call this."""
        return True

    def leads(self) -> bool:
        """Whether this process writes for all that train together."""
        return True

    def measure(self, job: Job, histogram: bool) -> Measured:
        """Everything that is recorded of one tensor."""
        sums, quantiles = self.sums(job)
        if job.previous is None:
            sums = replace(sums, update_squared=np.nan, previous_squared=np.nan)
        sampled = 0 if job.positions is None else len(job.positions)
        if not histogram:
            return Measured(sums, quantiles, sampled, None)
        counts = np.zeros(BUCKETS)
        if not sums.non_finite:
            counts = self.counts(job.current, -sums.depth, width_of(sums))
        return Measured(sums, quantiles, sampled, rows_of(sums, counts))


def arrays_of(array: Array) -> Arrays:
    """The framework of an array; numpy's for everything that is of no other."""
    for each in type(array).__mro__:
        module = _MODULES.get(each.__module__.partition(".")[0])
        if module:
            return _arrays(module)
    return _arrays("numpy")


def unwrapped(weight: Any) -> Array:
    """A Keras variable as the array that it holds."""
    is_keras = any(each.__module__.startswith("keras.") for each in type(weight).__mro__)
    return weight.value if is_keras else weight


@cache
def _arrays(module: str) -> Arrays:
    # A framework is imported where one of its arrays shows that it is there.
    made: Arrays = importlib.import_module(f"{__name__}.{module}").ARRAYS
    return made
