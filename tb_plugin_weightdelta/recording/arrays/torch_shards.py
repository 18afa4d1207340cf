"""PyTorch tensors of which every process holds a part: DTensors, as FSDP2 makes them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from tb_plugin_weightdelta.core.sums import FloatArray, Positions

if dist.is_available():
    from torch.distributed.distributed_c10d import _get_default_store
    from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset


def is_sharded(tensor: torch.Tensor) -> bool:
    """Whether this is a part of a tensor."""
    return dist.is_available() and isinstance(tensor, DTensor)


def refusal(tensor: Any) -> str | None:
    """Why a sharded tensor cannot be measured."""
    if not is_sharded(tensor):
        return None
    odd = [each for each in tensor.placements if type(each) not in (Shard, Replicate)]
    return f"is sharded as {odd[0]}, which is not supported" if odd else None


_PATIENCE = timedelta(seconds=60)
_MEETINGS = count()


def all_record(tensor: Any) -> bool:
    """Whether every process that has a part records, too; one alone would wait for ever.

    They meet outside of the training's groups, whose collectives must stay in their order.
    """
    store = _get_default_store()
    ranks = tensor.device_mesh.mesh.flatten().tolist()
    meeting = f"weight_delta/{next(_MEETINGS)}/{min(ranks)}-{max(ranks)}"
    store.set(f"{meeting}/{dist.get_rank()}", "here")
    try:
        store.wait([f"{meeting}/{rank}" for rank in ranks], _PATIENCE)
        found = "all"
    except RuntimeError:  # each kind of store has its own
        found = "some"
    # One who comes late must find what was decided without it.
    return bool(store.compare_set(f"{meeting}/decided", "", found) == b"all")


def local_part(tensor: Any) -> torch.Tensor:
    """What this process holds."""
    part: torch.Tensor = tensor.detach()
    return part.to_local() if is_sharded(tensor) else part


def sharded_like(whole: torch.Tensor, current: Any) -> torch.Tensor:
    """A tensor laid out as another; from its whole, or from shards as they were saved."""
    if is_sharded(whole):
        return whole
    device = current.device_mesh.device_type
    return distribute_tensor(
        whole.to(device), current.device_mesh, current.placements, src_data_rank=None
    )


def together(
    tensor: Any, measured: Callable[[], FloatArray], size: int, pieces: tuple[slice, slice]
) -> FloatArray:
    """What all processes measure of a tensor, put together; each must call this.

    measured: gives ``size`` numbers for the part that is here.
    pieces: which of the numbers add up; of those that also lie in the second, the largest counts.

    A process that fails still takes part, with NaN, and raises afterwards: others would wait for
    it for ever.
    """
    failure: Exception | None = None
    try:
        numbers = measured()
    except Exception as error:
        failure, numbers = error, np.full(size, np.nan)
    added, largest = numbers[pieces[0]].copy(), numbers[pieces[1]]
    if not _counts_here(tensor):
        added, largest = np.zeros_like(added), np.full_like(largest, -np.inf)
    result = _reduced(tensor, added, dist.ReduceOp.SUM)
    if len(largest):
        result[pieces[1]] = _reduced(tensor, largest, dist.ReduceOp.MAX)
    if failure:
        raise failure
    return result


def places(tensor: Any, positions: Positions | None) -> tuple[Positions, Positions]:
    """Which of the positions are here: where in the local part, and where among the positions.

    positions: in the whole tensor, None for all.
    """
    shape, offset = compute_local_shape_and_global_offset(
        tensor.shape, tensor.device_mesh, tensor.placements
    )
    wanted = np.arange(tensor.numel()) if positions is None else positions
    axes = np.unravel_index(wanted, tensor.shape)
    within = [axis - start for axis, start in zip(axes, offset, strict=True)]
    here = np.logical_and.reduce(
        [(axis >= 0) & (axis < length) for axis, length in zip(within, shape, strict=True)]
    )
    there = np.flatnonzero(here)
    if not len(there):
        return there, there
    local = np.ravel_multi_index([axis[there] for axis in within], shape)
    return local.astype(np.int64), there


def _counts_here(tensor: Any) -> bool:
    """Whether this part counts: of replicas, the first does."""
    coordinate = tensor.device_mesh.get_coordinate()
    return coordinate is not None and all(
        place == 0 or not each.is_replicate()
        for place, each in zip(coordinate, tensor.placements, strict=True)
    )


def _reduced(tensor: Any, numbers: FloatArray, how: Any) -> FloatArray:
    """Of all processes; adding zeros keeps a value as it is, so that samples are gathered."""
    shared = torch.from_numpy(numbers.copy()).to(local_part(tensor).device)
    for dimension in range(tensor.device_mesh.ndim):
        dist.all_reduce(shared, how, group=tensor.device_mesh.get_group(dimension))
    reduced: FloatArray = shared.cpu().numpy()
    return reduced
