"""The sums over one tensor's weights, and the figures that follow from them.

Sums of parts of a tensor (blocks, shards, machines) merge into those of the whole, so they
can be taken wherever the weights live: ``block_sums`` is written once for every framework.
Quantiles of a large tensor are those of a sample; histograms are binned as
``tf.summary.histogram`` does it. numpy alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.core.exact import CAUSES, FIELDS, QUANTILES, Cause
from tb_plugin_weightdelta.core.names import BASIS_POINTS

FloatArray = NDArray[np.float64]

# Where a tensor has more elements, its quantiles are those of a sample of so many.
SAMPLE: Final = 65_536
# Of those between the minimum and the maximum, which are exact.
LEVELS: Final = np.array(BASIS_POINTS[1:-1]) / BASIS_POINTS[-1]

# Figures that say nothing of the weights at that step, and so hold where these are not finite.
CERTAIN: Final = ("elements", "initial_norm", "non_finite", "sampled_elements", "baseline_step")

# An array or a scalar of some framework.
Array = Any

Positions = NDArray[np.int64]

_KEPT: Final = 256  # tensors of one size share their positions

BUCKETS: Final = 30


@dataclass(frozen=True)
class Sums:
    """What is known of part of a tensor; d is w - w₀, and w₋ the weights one update ago.

    The order is that of the numbers which a device sends: first those that add up.
    """

    elements: float
    moved: float  # Σ|d|
    moved_squared: float  # Σd²
    product: float  # Σw₀w
    initial_squared: float  # Σw₀²
    current_squared: float  # Σw²
    changed: float  # how many w ≠ w₀
    non_finite: float  # how many w are NaN or infinite
    update_squared: float  # Σ(w - w₋)², NaN where w₋ is not known
    previous_squared: float  # Σw₋²
    fall: float  # max(-d)
    rise: float  # max(d)
    depth: float  # max(-w)
    height: float  # max(w)


NAMES: Final = tuple(field.name for field in fields(Sums))
ADDED: Final = NAMES.index("fall")  # how many of them add up; of the others, the largest counts
NOTHING: Final = Sums(*[0.0] * ADDED, *[-math.inf] * (len(NAMES) - ADDED))


def from_rows(rows: FloatArray) -> Sums:
    """The sums of all parts together, rows: (B, fields of Sums)."""
    if len(rows) == 1:
        return Sums(*rows[0].tolist())
    added = [_added(column) for column in rows[:, :ADDED].T]
    return Sums(*added, *rows[:, ADDED:].max(axis=0).tolist())


def _added(column: FloatArray) -> float:
    """Blocks of a large tensor are many, and must not lose what each was exact in."""
    try:
        return math.fsum(column)
    except (ValueError, OverflowError):  # infinities of both signs; more than a number holds
        with np.errstate(all="ignore"):
            return float(column.sum())


def vector(sums: Sums) -> list[float]:
    """The numbers in the order of their names."""
    return [getattr(sums, name) for name in NAMES]


def quantiles_of(sample: FloatArray) -> FloatArray:
    """At LEVELS, of values on the host; numpy's, whose own search for so many is slower."""
    return between(np.sort(sample)[neighbours(len(sample))], len(sample))


@lru_cache(maxsize=_KEPT)
def neighbours(elements: int) -> Positions:
    """Where in so many sorted values the quantiles at LEVELS lie: places below, places above."""
    below = np.floor(LEVELS * (elements - 1)).astype(np.int64)
    return np.concatenate([below, np.minimum(below + 1, elements - 1)])


def between(values: FloatArray, elements: int) -> FloatArray:
    """The quantiles at LEVELS, from the sorted values at ``neighbours`` alone."""
    below, above = np.split(values, 2)
    share = LEVELS * (elements - 1) % 1
    with np.errstate(all="ignore"):
        return below + (above - below) * share


def figures(
    sums: Sums, quantiles: FloatArray, sampled: int, baseline_step: int, cause: Cause = ""
) -> dict[str, float]:
    """What is recorded of one tensor at one step, a value for each of FIELDS.

    quantiles: of w - w₀, at LEVELS.
    sampled: of how many elements these are; 0 where of all.
    baseline_step: the step of w₀.
    cause: why the tensor is as it was at the record before, where it is.

    NaN is what does not exist, and everything that rests on weights that are not finite.
    """
    n = sums.elements
    known = {
        "elements": n,
        "mean_abs": sums.moved / n,
        "rms": math.sqrt(sums.moved_squared / n),
        "max_abs": abs(max(sums.fall, sums.rise)),
        "relative": _ratio(sums.moved_squared, sums.initial_squared),
        "cosine": _cosine(sums),
        "fraction_changed": sums.changed / n,
        "update_ratio": _ratio(sums.update_squared, sums.previous_squared),
        "norm": math.sqrt(sums.current_squared),
        "initial_norm": math.sqrt(sums.initial_squared),
        "non_finite": sums.non_finite,
        "sampled_elements": sampled,
        "baseline_step": baseline_step,
        "cause": CAUSES.index(cause),
    }
    if sums.non_finite or not math.isfinite(sums.moved):
        return {name: float(known[name]) if name in CERTAIN else math.nan for name in FIELDS}
    inner = np.clip(quantiles, -sums.fall, sums.rise).tolist()
    known |= zip(QUANTILES, [-sums.fall, *inner, sums.rise], strict=True)
    return {name: float(known[name]) for name in FIELDS}


def _ratio(squares: float, to: float) -> float:
    """‖a‖/‖b‖ of two sums of squares; none to a zero norm."""
    return math.sqrt(squares) / math.sqrt(to) if to > 0 else math.nan


def _cosine(sums: Sums) -> float:
    norms = math.sqrt(sums.initial_squared) * math.sqrt(sums.current_squared)
    if not norms:
        return math.nan
    if sums.moved_squared == 0:
        return 1.0  # which rounding would miss
    return min(1.0, max(-1.0, sums.product / norms))


@dataclass(frozen=True)
class Device:
    """What differs between frameworks and is needed here; everything else is an operator.

    wide: the values in float64, or in float32 where there is no float64.
    total, product: the sum of a wide array, and of the products of two.
    count: how many are true.
    non_finite: how many values are NaN or infinite; told the sum of their squares, too.
    range: the smallest and the largest value.
    """

    wide: Callable[[Array], Array]
    total: Callable[[Array], Array]
    product: Callable[[Array, Array], Array]
    count: Callable[[Array], Array]
    non_finite: Callable[[Array, Array], Array]
    range: Callable[[Array], tuple[Array, Array]]


def block_sums(device: Device, initial: Array, current: Array, previous: Array) -> list[Array]:
    """The fields of ``Sums`` for a block, but for the number of its elements.

    initial: the block at first, or None where it is the current one.
    previous: the block one update ago, or None.
    """
    now = device.wide(current)
    squares = device.product(now, now)
    movement, fall, rise = _movement(device, initial, now, squares)
    low, high = device.range(now)
    non_finite = device.non_finite(now, squares)
    update = _update_sums(device, now, previous, squares)
    return [*movement, non_finite, *update, fall, rise, -low, high]


def _movement(
    device: Device, initial: Array, now: Array, squares: Array
) -> tuple[list[Array], Array, Array]:
    """The sums from ``moved`` to ``changed``, ``fall`` and ``rise``."""
    if initial is None:
        none = squares * 0
        return [none, none, squares, squares, squares, none], -none, none
    start = device.wide(initial)
    moved = now - start
    least, most = device.range(moved)
    sums = [
        device.total(abs(moved)),
        device.product(moved, moved),
        device.product(start, now),
        device.product(start, start),
        squares,
        device.count(now != start),
    ]
    return sums, -least, most


def _update_sums(device: Device, now: Array, previous: Array, squares: Array) -> list[Array]:
    if previous is None:
        unknown = squares * float("nan")
        return [unknown, unknown]
    before = device.wide(previous)
    update = now - before
    return [device.product(update, update), device.product(before, before)]


@lru_cache(maxsize=_KEPT)
def positions(elements: int, seed: int) -> Positions | None:
    """Places in the flattened tensor, the same at every step and on every machine.

    None where a sample would be all of it.
    """
    if elements <= SAMPLE:
        return None
    rng = np.random.default_rng([seed, elements])
    chosen = np.sort(rng.choice(elements, SAMPLE, replace=False, shuffle=False))
    chosen.flags.writeable = False
    return chosen


def width_of(sums: Sums) -> float:
    """Of one bucket; 1 where there is no range to divide: all values then lie in one."""
    width = (sums.height + sums.depth) / BUCKETS
    return width if 0 < width < np.inf else 1.0


def rows_of(sums: Sums, counts: FloatArray) -> FloatArray:
    """[left, right, count] for each bucket, (BUCKETS, 3).

    Of constant weights, the last bucket holds all. NaN edges say that weights are not finite.
    """
    low, high = -sums.depth, sums.height
    if sums.non_finite:
        low = high = np.nan
    edges = np.linspace(low, high, BUCKETS + 1)
    if not low < high:
        counts = np.zeros(BUCKETS)
        counts[-1] = sums.elements
    return np.stack([edges[:-1], edges[1:], counts], axis=1)


# In a processor's cache; and no more than 10,000, from which on OpenBLAS wakes, and keeps spinning,
# threads that train.
_BLOCK: Final = 8_192


def _non_finite(now: FloatArray, squares: float) -> int:
    """Seldom looked for: in one that is finite, its squares are, too, but for the largest."""
    return 0 if math.isfinite(squares) else int(np.count_nonzero(~np.isfinite(now)))


HOST: Final = Device(
    wide=lambda array: array.astype(np.float64, copy=False),
    total=np.sum,
    product=np.dot,
    count=np.count_nonzero,
    non_finite=_non_finite,
    range=lambda array: (array.min(), array.max()),
)


def sums_on_host(
    device: Device, start: Array, now: Array, before: Array, positions: Positions | None
) -> tuple[Sums, FloatArray]:
    """What ``Arrays.sums`` gives, of flat arrays that ``device`` makes numpy's of, in blocks.

    start, before: None as in ``block_sums``.
    """
    rows = []
    with np.errstate(all="ignore"):  # what is not finite is counted
        for first in range(0, len(now), _BLOCK):
            block = slice(first, first + _BLOCK)
            blocks = (None if each is None else each[block] for each in (start, now, before))
            rows.append([min(_BLOCK, len(now) - first), *block_sums(device, *blocks)])
        if start is None:
            quantiles = np.zeros(len(LEVELS))
        else:
            chosen = slice(None) if positions is None else positions
            quantiles = quantiles_of(device.wide(now[chosen]) - device.wide(start[chosen]))
    return from_rows(np.array(rows, dtype=np.float64)), quantiles


def counts_on_host(device: Device, flat: Array, low: float, width: float) -> FloatArray:
    """What ``Arrays.counts`` gives, in blocks."""
    counts = np.zeros(BUCKETS)
    for first in range(0, len(flat), _BLOCK):
        place = device.wide(flat[first : first + _BLOCK]) - low
        place /= width
        bucket = place.astype(np.intp)
        np.minimum(bucket, BUCKETS - 1, out=bucket)
        counts += np.bincount(bucket, minlength=BUCKETS)
    return counts
