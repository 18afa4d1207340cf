"""The network of the question in PyTorch, for ``benchmarks.recorder``."""

import itertools
import time

import torch
from torch import nn

from tb_plugin_weightdelta.recording.torch import record

BATCH, SIDE = 32, 96


def step_seconds(folder: str, every: int, steps: int) -> list[float]:
    """The processor time of each step of a recorded training."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, pictures = network(), torch.randn(BATCH, 1, SIDE, SIDE)
    targets = torch.randn(BATCH, 1)
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)
    starts = []
    with record(model, optimizer, folder, every=every):
        for _ in range(steps + 1):
            starts.append(time.process_time())
            optimizer.zero_grad()
            nn.functional.mse_loss(model(pictures), targets).backward()
            optimizer.step()
    return [after - before for before, after in itertools.pairwise(starts)]


def network() -> nn.Module:
    return nn.Sequential(
        *convolution(1, 32, 5, 4),
        *convolution(32, 32, 3, 1),
        nn.MaxPool2d(3, 2, 1),
        *convolution(32, 64, 3, 1),
        nn.MaxPool2d(3, 2, 1),
        *convolution(64, 64, 3, 1),
        *convolution(64, 64, 3, 1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(3 * 3 * 64, 512),
        nn.ReLU(),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Linear(512, 1),
    )


def convolution(taken: int, given: int, size: int, stride: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(taken, given, size, stride, padding=size // 2), nn.ReLU()
