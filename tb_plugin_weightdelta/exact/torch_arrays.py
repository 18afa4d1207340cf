"""Weights that are PyTorch tensors, whole or sharded as DTensors."""

from collections.abc import Hashable
from typing import Any, Final

import numpy as np
import torch
import torch.distributed as dist

from tb_plugin_weightdelta.exact import torch_shards
from tb_plugin_weightdelta.exact.arrays import Arrays, Job
from tb_plugin_weightdelta.exact.buckets import BUCKETS
from tb_plugin_weightdelta.exact.on_device import block_sums
from tb_plugin_weightdelta.exact.sample import Positions
from tb_plugin_weightdelta.exact.statistics import (
    ADDED,
    NAMES,
    NOTHING,
    FloatArray,
    Sums,
    from_rows,
    vector,
)

# A block fits a processor's cache; on other devices, little memory beside the weights.
_BLOCK_ON_CPU: Final = 65_536
_BLOCK_ELSEWHERE: Final = 2**24
_WITHOUT_FLOAT64: Final = ("mps",)


class TorchDevice:
    """PyTorch's names for what ``block_sums`` needs, in float64."""

    dtype = torch.float64

    def wide(self, array: torch.Tensor) -> torch.Tensor:
        return array.to(self.dtype)

    def total(self, array: torch.Tensor) -> torch.Tensor:
        return array.sum()

    def product(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.dot(left, right)

    def count(self, condition: torch.Tensor) -> torch.Tensor:
        return torch.count_nonzero(condition)

    def finite(self, array: torch.Tensor) -> torch.Tensor:
        return torch.isfinite(array)

    def range(self, array: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        least, most = torch.aminmax(array)
        return least, most


class NarrowDevice(TorchDevice):
    """Where there is no float64: each sum is a pair of float32, the sum and what it lost."""

    dtype = torch.float32

    def total(self, array: torch.Tensor) -> torch.Tensor:
        return compensated(array)

    def product(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return compensated(left * right)


def compensated(values: torch.Tensor) -> torch.Tensor:
    """The sum as (sum, rest): halves are added, and with them what rounding lost (Knuth's 2Sum)."""
    total, rest = values, torch.zeros_like(values)
    while len(total) > 1:
        if len(total) % 2:
            total, rest = (torch.nn.functional.pad(each, (0, 1)) for each in (total, rest))
        (one, other), (one_rest, other_rest) = total.chunk(2), rest.chunk(2)
        total = one + other
        part = total - one
        rest = one_rest + other_rest + ((one - (total - part)) + (other - part))
    return torch.cat([total, rest])


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

    def leads(self) -> bool:
        together = dist.is_available() and dist.is_initialized()
        return not together or dist.get_rank() == 0

    def keep(self, array: torch.Tensor, on_host: bool) -> torch.Tensor:
        weights = array.detach()
        if on_host and not torch_shards.is_sharded(array):
            return weights.to("cpu", copy=True)
        return weights.clone()

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

    def sums(self, job: Job) -> tuple[Sums, FloatArray]:
        current = job.current
        size = current.numel() if job.positions is None else len(job.positions)

        def measured() -> FloatArray:
            return _local_numbers(job)

        if not torch_shards.is_sharded(current):
            numbers = measured()
        else:
            numbers = torch_shards.together(current, measured, len(NAMES) + size, _PIECES)
        return Sums(*numbers[: len(NAMES)].tolist()), numbers[len(NAMES) :]

    def counts(self, array: torch.Tensor, low: float, width: float) -> FloatArray:
        def counted() -> FloatArray:
            return _local_counts(torch_shards.local_part(array), low, width)

        if not torch_shards.is_sharded(array):
            return counted()
        return torch_shards.together(array, counted, BUCKETS, (slice(0, None), slice(0, 0)))


# Of the numbers of one part: which add up, and of which the largest counts.
_LARGEST: Final = slice(ADDED, len(NAMES))
_PIECES: Final = (slice(0, None), _LARGEST)


def _local_numbers(job: Job) -> FloatArray:
    """The sums of the part that is here, and behind them the sample.

    Of a sharded tensor the sample has its whole length, with zeros for what is elsewhere.
    """
    start = torch_shards.local_part(job.initial()).reshape(-1)
    now = torch_shards.local_part(job.current).reshape(-1)
    before = None
    if job.previous is not None:
        before = torch_shards.local_part(job.previous).reshape(-1)
    sums = _sums_of(start, now, before)
    sample = _sample_of(job.current, start, now, job.positions)
    return np.concatenate([vector(sums), sample])


def _sums_of(start: torch.Tensor, now: torch.Tensor, before: torch.Tensor | None) -> Sums:
    if not now.numel():
        return NOTHING
    device = _device_of(now)
    size = _BLOCK_ON_CPU if now.device.type == "cpu" else _BLOCK_ELSEWHERE
    rows, lengths = [], []
    for first in range(0, len(now), size):
        block = slice(first, first + size)
        previous = None if before is None else before[block]
        fields = block_sums(device, start[block].to(now.device), now[block], previous)
        rows.append(torch.stack([_pair(field, device.dtype) for field in fields]))
        lengths.append(len(now[block]))
    # One transfer for all blocks; pairs are added where there is float64.
    numbers = torch.stack(rows).cpu().double().sum(dim=2).numpy()
    return from_rows(np.column_stack([lengths, numbers]))


def _device_of(tensor: torch.Tensor) -> TorchDevice:
    return NarrowDevice() if tensor.device.type in _WITHOUT_FLOAT64 else TorchDevice()


def _pair(field: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    flat = field.reshape(-1).to(dtype)
    return flat if len(flat) == 2 else torch.nn.functional.pad(flat, (0, 1))


def _sample_of(
    whole: torch.Tensor, start: torch.Tensor, now: torch.Tensor, positions: Positions | None
) -> FloatArray:
    device = _device_of(now)
    here, there = torch_shards.places(whole, positions)
    if here is not None:
        index = torch.tensor(here)
        start, now = start[index.to(start.device)], now[index.to(now.device)]
    moved = device.wide(now) - device.wide(start.to(now.device))
    sample: FloatArray = moved.cpu().double().numpy()
    if there is None:
        return sample
    size = whole.numel() if positions is None else len(positions)
    spread = np.zeros(size)
    spread[there] = sample
    return spread


def _local_counts(weights: torch.Tensor, low: float, width: float) -> FloatArray:
    device = _device_of(weights)
    flat = weights.reshape(-1)
    size = _BLOCK_ON_CPU if weights.device.type == "cpu" else _BLOCK_ELSEWHERE
    counts = torch.zeros(BUCKETS, dtype=torch.int64, device=weights.device)
    for first in range(0, len(flat), size):
        place = (device.wide(flat[first : first + size]) - low) / width
        bucket = place.long().clamp_(0, BUCKETS - 1)
        counts += torch.bincount(bucket, minlength=BUCKETS)
    counted: FloatArray = counts.cpu().double().numpy()
    return counted


ARRAYS: Final = TorchArrays()
