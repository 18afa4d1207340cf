"""One of two processes that train together on loopback; run by test_sharded.py.

Arguments: the rank, a file to meet at, a folder to write runs to, and which.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import Shard, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.arrays import torch_shards
from tb_plugin_weightdelta.recording.torch import record

STEPS = 4


def network() -> nn.Module:
    """Its sizes do not divide by two, and one of its weights is sampled."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(257, 259), nn.Tanh(), nn.Linear(259, 1))


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """The same in every process, so that all train as one would."""
    return torch.randn(8, 257), torch.randn(8, 1)


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int = STEPS) -> None:
    torch.manual_seed(1)
    for _ in range(steps):
        one_step(model, optimizer)


def one_step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    inputs, targets = batch()
    loss = nn.functional.mse_loss(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def alone(folder: Path) -> None:
    """What the two must agree with."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with record(model, optimizer, folder, every=2):
        train(model, optimizer)


def ddp(folder: Path) -> None:
    model = DistributedDataParallel(network())
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with record(model, optimizer, folder, every=2, initial=folder / "initial.npz"):
        dist.barrier()
        train(model, optimizer)


def fsdp(folder: Path) -> None:
    model = network()
    for layer in (model[0], model[2]):
        fully_shard(layer)
    fully_shard(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with record(model, optimizer, folder, every=2):
        train(model, optimizer)


def columns(folder: Path) -> None:
    """Logged by hand, sharded by columns; a reference on the host is asked for in vain."""
    model = network()
    mesh = init_device_mesh("cpu", (2,))

    def sharded(weight: torch.Tensor) -> torch.Tensor:
        return distribute_tensor(weight.detach(), mesh, [Shard(weight.ndim - 1)])

    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    torch.manual_seed(1)
    with Recorder(folder, every=2, reference="host") as recorder:
        for step in range(STEPS + 1):
            recorder.log(step, {name: sharded(each) for name, each in model.named_parameters()})
            one_step(model, optimizer)


def replicated(folder: Path) -> None:
    """Sharded over a mesh of which one dimension replicates: no element counts twice."""
    model = network()
    fully_shard(model, mesh=init_device_mesh("cpu", (2, 1), mesh_dim_names=("copies", "shards")))
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with record(model, optimizer, folder, every=2):
        train(model, optimizer)


def resumed(folder: Path) -> None:
    """Shards are restored from what ``state_dict`` gave, and the baseline with them."""
    model = network()
    fully_shard(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    recording = record(model, optimizer, folder, every=2)
    train(model, optimizer, 2)
    state = recording.state_dict()
    recording.close()
    with record(model, optimizer, folder, every=2) as again:
        again.load_state_dict(state)
        torch.manual_seed(1)
        [batch() for _ in range(2)]
        for _ in range(2):
            one_step(model, optimizer)


def unwritable(folder: Path) -> None:
    """Rank 0 cannot write, and must not keep the other waiting."""
    folder.write_text("in the way")
    fsdp(folder)


def failing(folder: Path) -> None:
    """Rank 1 fails to measure, and must not keep the other waiting."""
    if dist.get_rank() == 1:

        def fail(*_: object) -> torch.Tensor:
            raise MemoryError("no memory left")

        torch.stack = fail
    fsdp(folder)


def one_rank(folder: Path) -> None:
    """Rank 0 records alone; both train on."""
    torch_shards._PATIENCE = timedelta(seconds=2)
    model = network()
    fully_shard(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    if dist.get_rank() == 0:
        record(model, optimizer, folder, every=1)
    train(model, optimizer)


def main() -> None:
    rank, meeting, folder, *runs = sys.argv[1:]
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=int(rank), world_size=2)
    for run in runs:
        globals()[run](Path(folder) / run)
        dist.barrier()
    dist.destroy_process_group()
    # With PyTorch 2.13 and gloo, one in twenty aborts behind here, without a recorder as well.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
