"""Weights that are PyTorch tensors, whole or sharded as DTensors."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.functional import pad

from tb_plugin_weightdelta.core.sums import (
    ADDED,
    BUCKETS,
    HOST,
    LEVELS,
    NAMES,
    NOTHING,
    Device,
    FloatArray,
    Positions,
    Sums,
    between,
    block_sums,
    counts_on_host,
    from_rows,
    neighbours,
    quantiles_of,
    sums_on_host,
    vector,
)
from tb_plugin_weightdelta.recording.arrays import Arrays, Job, torch_shards

_BLOCK: Final = 2**24  # on other devices: little memory beside the weights
_BLOCK_OF_BITS: Final = 2**20
_WITHOUT_FLOAT64: Final = ("mps",)
_OF_NUMPY: Final = (torch.float32, torch.float64)
# By the bytes of one weight.
_WHOLE: Final = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _on_host(block: Any) -> Any:
    if isinstance(block, np.ndarray):
        return HOST.wide(block)
    return block.to(torch.float64).numpy()


_HERE: Final = replace(HOST, wide=_on_host)
DEVICE: Final = Device(
    wide=lambda array: array.to(torch.float64),
    total=torch.sum,
    product=torch.dot,
    count=torch.count_nonzero,
    # Looked for in all: to ask whether their squares are finite is to wait for the device.
    non_finite=lambda now, squares: torch.count_nonzero(~torch.isfinite(now)),
    range=torch.aminmax,
)


def compensated(values: torch.Tensor) -> torch.Tensor:
    """The sum as (sum, rest): halves are added, and with them what rounding lost (Knuth's 2Sum)."""
    total, rest = values, torch.zeros_like(values)
    while len(total) > 1:
        if len(total) % 2:
            total, rest = (pad(each, (0, 1)) for each in (total, rest))
        (one, other), (one_rest, other_rest) = total.chunk(2), rest.chunk(2)
        total = one + other
        part = total - one
        rest = one_rest + other_rest + ((one - (total - part)) + (other - part))
    return torch.cat([total, rest])


# Where there is no float64: each sum is a pair of float32, the sum and what it lost.
NARROW_DEVICE: Final = replace(
    DEVICE,
    wide=lambda array: array.to(torch.float32),
    total=compensated,
    product=lambda left, right: compensated(left * right),
)


class TorchArrays(Arrays):
    """PyTorch on any device; shards are measured where they are, and their sums added."""

    def refusal(self, array: torch.Tensor) -> str | None:
        if torch.nn.parameter.is_lazy(array):
            return "has no shape yet"
        if array.is_quantized:
            return "is quantised"
        if array.layout is not torch.strided:
            return "is sparse"
        if array.is_meta:
            return "has no values (it is on the meta device)"
        if not array.dtype.is_floating_point:
            return f"holds {array.dtype}, not weights with a point"
        return torch_shards.refusal(array)

    def identity(self, array: torch.Tensor) -> Hashable:
        local = torch_shards.local_part(array)
        if not local.numel():
            return id(array)
        return (local.data_ptr(), local.device, tuple(array.shape), local.stride())

    def is_shared_out(self, array: torch.Tensor) -> bool:
        return torch_shards.is_sharded(array)

    def all_record(self, array: torch.Tensor) -> bool:
        return torch_shards.all_record(array)

    def leads(self) -> bool:
        together = dist.is_available() and dist.is_initialized()
        return not together or dist.get_rank() == 0

    def keep(self, array: torch.Tensor, on_host: bool) -> torch.Tensor:
        weights = array.detach()
        if on_host and not torch_shards.is_sharded(array):
            return weights.to("cpu", copy=True)
        return weights.clone()

    def keep_in(self, spare: torch.Tensor | None, array: torch.Tensor) -> torch.Tensor:
        if spare is None or (spare.shape, spare.dtype) != (array.shape, array.dtype):
            return self.keep(array, on_host=False)
        return spare.copy_(array.detach())

    def is_spare(self, copy: torch.Tensor) -> bool:
        return is_on_host(copy) and not torch_shards.is_sharded(copy)

    def restored(self, saved: Any, current: torch.Tensor, on_host: bool) -> torch.Tensor:
        weights = saved if isinstance(saved, torch.Tensor) else torch.from_numpy(np.asarray(saved))
        weights = weights.detach().to(current.dtype)
        if torch_shards.is_sharded(current):
            return torch_shards.sharded_like(weights, current)
        return weights if on_host else weights.to(current.device)

    def as_numpy(self, array: torch.Tensor) -> np.ndarray:
        values = array.detach().cpu()
        wide: np.ndarray = (values if values.itemsize >= 4 else values.float()).numpy()
        return wide

    def checksum(self, array: torch.Tensor) -> int:
        """Where the weights are: one number leaves the device."""
        flat = array.detach().reshape(-1).contiguous()
        bits = flat.view(_WHOLE[flat.itemsize])
        total = torch.zeros((), dtype=torch.int64, device=flat.device)
        for first in range(0, len(bits), _BLOCK_OF_BITS):
            block = bits[first : first + _BLOCK_OF_BITS].long()
            odd = torch.arange(2 * first + 1, 2 * (first + len(block)) + 1, 2, device=flat.device)
            total += (block * odd).sum()
        return int(total) % 2**64

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        if torch_shards.is_sharded(job.current):
            return _sums_together(job)
        start, now, before = _flat(job)
        if is_on_host(now):
            start, now, before = map(_view, (start, now, before))
            return sums_on_host(_HERE, start, now, before, job.positions)
        if start is None:
            return _sums_of(None, now, before), np.zeros(len(LEVELS))
        return _sums_of(start, now, before), _quantiles(_moved(start, now, job.positions))

    def counts(self, array: torch.Tensor, low: float, width: float) -> FloatArray:
        def counted() -> FloatArray:
            return _local_counts(torch_shards.local_part(array), low, width)

        if not torch_shards.is_sharded(array):
            return counted()
        return torch_shards.together(array, counted, BUCKETS, (slice(0, None), slice(0, 0)))


# Of the numbers of one part: which add up, and of which the largest counts.
_LARGEST: Final = slice(ADDED, len(NAMES))
_PIECES: Final = (slice(0, None), _LARGEST)


def is_on_host(tensor: torch.Tensor) -> bool:
    """Whether a tensor is in this machine's memory, where numpy is faster and copies nothing."""
    return bool(tensor.device.type == "cpu")


def _sums_together(job: Job) -> tuple[Sums, FloatArray]:
    """Of a sharded tensor; for its quantiles the sample must be gathered."""
    size = job.current.numel() if job.positions is None else len(job.positions)

    def measured() -> FloatArray:
        return _local_numbers(job, size)

    numbers = torch_shards.together(job.current, measured, len(NAMES) + size, _PIECES)
    return Sums(*numbers[: len(NAMES)].tolist()), quantiles_of(numbers[len(NAMES) :])


def _local_numbers(job: Job, size: int) -> FloatArray:
    """The sums of the part that is here, and behind them the sample.

    The sample has its whole length, with zeros for what is elsewhere.
    """
    start, now, before = _flat(job)
    sample = np.zeros(size)
    if start is not None:
        here, there = torch_shards.places(job.current, job.positions)
        sample[there] = _moved(start, now, here).cpu().double().numpy()
    return np.concatenate([vector(_sums_of(start, now, before)), sample])


def _flat(job: Job) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor | None]:
    """The initial, the current and the previous weights that are here."""
    initial = job.initial()
    now = torch_shards.local_part(job.current).reshape(-1)
    start = None if initial is None else torch_shards.local_part(initial).reshape(-1)
    if job.previous is None:
        return start, now, None
    return start, now, torch_shards.local_part(job.previous).reshape(-1)


def _view(flat: torch.Tensor | None) -> Any:
    """The same memory as numpy's, where numpy knows what it holds: its operations start sooner."""
    return flat.numpy() if flat is not None and flat.dtype in _OF_NUMPY else flat


def _sums_of(start: torch.Tensor | None, now: torch.Tensor, before: torch.Tensor | None) -> Sums:
    if not now.numel():
        return NOTHING
    device = _device_of(now)
    rows, lengths = [], []
    for first in range(0, len(now), _BLOCK):
        block = slice(first, first + _BLOCK)
        initial = None if start is None else start[block].to(now.device)
        previous = None if before is None else before[block]
        rows.append(_stacked(block_sums(device, initial, now[block], previous)))
        lengths.append(len(now[block]))
    # One transfer for all blocks; pairs are added where there is float64.
    numbers = torch.stack(rows).cpu().double().sum(dim=2).numpy()
    return from_rows(np.column_stack([lengths, numbers]))


def _device_of(tensor: torch.Tensor) -> Device:
    return NARROW_DEVICE if tensor.device.type in _WITHOUT_FLOAT64 else DEVICE


def _stacked(fields: list[torch.Tensor]) -> torch.Tensor:
    """(fields, 1), or (fields, 2) where a sum is a pair."""
    dtype = fields[0].dtype
    if all(field.dim() == 0 for field in fields):
        return torch.stack([field.to(dtype) for field in fields])[:, None]
    flat = (field.reshape(-1).to(dtype) for field in fields)
    return torch.stack([each if len(each) == 2 else pad(each, (0, 1)) for each in flat])


def _moved(start: torch.Tensor, now: torch.Tensor, places: Positions | None) -> torch.Tensor:
    """The movement of all elements, or of those at the places."""
    if places is not None:
        index = torch.tensor(places)
        start, now = start[index.to(start.device)], now[index.to(now.device)]
    device = _device_of(now)
    return device.wide(now) - device.wide(start.to(now.device))


def _quantiles(moved: torch.Tensor) -> FloatArray:
    """At LEVELS; values are sorted where they are, and their neighbours alone sent."""
    near = moved.sort().values[torch.from_numpy(neighbours(len(moved))).to(moved.device)]
    return between(near.cpu().double().numpy(), len(moved))


def _local_counts(weights: torch.Tensor, low: float, width: float) -> FloatArray:
    flat = weights.reshape(-1)
    if is_on_host(flat):
        return counts_on_host(_HERE, _view(flat), low, width)
    device = _device_of(weights)
    counts = torch.zeros(BUCKETS, dtype=torch.int64, device=weights.device)
    for first in range(0, len(flat), _BLOCK):
        place = (device.wide(flat[first : first + _BLOCK]) - low) / width
        bucket = place.long().clamp_(0, BUCKETS - 1)
        counts += torch.bincount(bucket, minlength=BUCKETS)
    counted: FloatArray = counts.cpu().double().numpy()
    return counted


ARRAYS: Final = TorchArrays()
