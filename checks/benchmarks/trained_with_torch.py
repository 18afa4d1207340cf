"""Trainings in PyTorch, for ``benchmarks.recorder``: the network of the question, transformers."""

import itertools
import time
from collections.abc import Callable

import torch
from torch import nn

from tb_plugin_weightdelta.recording.torch import record

PICTURES, SIDE = 32, 96


def step_seconds(
    folder: str, every: int, steps: int, made: Callable[[], tuple[nn.Module, torch.Tensor]]
) -> list[float]:
    """The processor time of each step of a recorded training.

    made: gives the model, and a batch.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, batch = made()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
    starts = []
    with record(model, optimizer, folder, every=every):
        for _ in range(steps + 1):
            starts.append(time.process_time())
            optimizer.zero_grad()
            model(batch).square().mean().backward()
            optimizer.step()
    return [after - before for before, after in itertools.pairwise(starts)]


def transformer(
    width: int, layers: int, heads: int, batch: int, length: int
) -> tuple[nn.Module, torch.Tensor]:
    """An encoder, with 12 tensors in each layer, and a batch of embedded tokens."""
    model = nn.Sequential(
        *(
            nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, batch_first=True)
            for _ in range(layers)
        ),
        nn.Linear(width, 10),
    )
    return model, torch.randn(batch, length, width)


def question() -> tuple[nn.Module, torch.Tensor]:
    """The network of the question, and a batch of pictures."""
    return network(), torch.randn(PICTURES, 1, SIDE, SIDE)


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
