"""Small networks, trained while every weight is kept: the truth that histograms are compared with.

Each family differs in architecture, initialisation and optimizer. Half of the
families are for tuning, the other half is only ever looked at for the final table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional

STEPS = (0, 1, 2, 3, 5, 8, 13, 20, 32, 50, 80, 130, 200, 300)
WORDS = 400  # size of the vocabulary of the made-up language
LENGTH = 24  # words in a sentence
SIDE = 16  # pixels of a picture

Batch = tuple[torch.Tensor, torch.Tensor]
Half = Literal["tuned", "held out"]


@dataclass(frozen=True)
class Weights:
    """One trainable tensor of a network at every one of STEPS, (steps, elements)."""

    tag: str
    role: str
    values: np.ndarray


@dataclass(frozen=True)
class Recipe:
    """One network and one way of training it."""

    name: str
    half: Half
    build: Callable[[], nn.Module]
    batch: Callable[[torch.Generator], Batch]
    optimizer: Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]
    seed: int


def blob_pictures(generator: torch.Generator, size: int = 64) -> Batch:
    """Noisy pictures (size, 1, SIDE, SIDE) of a bright blob, and in which of 9 fields it is."""
    centre = torch.rand(size, 2, generator=generator) * 2 - 1
    grid = torch.linspace(-1.3, 1.3, SIDE)
    x = grid[None, None, :] - centre[:, 0, None, None]
    y = grid[None, :, None] - centre[:, 1, None, None]
    pictures = torch.exp(-(x**2 + y**2) / 0.15)
    pictures += 0.1 * torch.randn(pictures.shape, generator=generator)
    field = ((centre + 1) * 1.5).long().clamp(0, 2)
    return pictures[:, None], field[:, 0] * 3 + field[:, 1]


def flat_pictures(generator: torch.Generator) -> Batch:
    pictures, field = blob_pictures(generator, 128)
    return pictures.flatten(1), field


def sentences(generator: torch.Generator, size: int = 32) -> Batch:
    """Words (size, LENGTH), Zipf-distributed, that follow each other by rule, and the next ones."""
    rank = torch.arange(1, WORDS + 1, dtype=torch.float32)
    words = torch.multinomial(1 / rank, size * (LENGTH + 1), True, generator=generator)
    words = words.reshape(size, LENGTH + 1)
    for place in range(1, LENGTH + 1):
        follows = torch.rand(size, generator=generator) < 0.7
        words[:, place] = torch.where(
            follows, (words[:, place - 1] * 7 + 3) % WORDS, words[:, place]
        )
    return words[:, :-1], words[:, 1:]


def waves(generator: torch.Generator) -> Batch:
    """Noisy sums of two sines (64, 40, 1), and the same one step later."""
    time = torch.arange(41)[None, :, None] * 0.2
    speed = torch.rand(64, 1, 2, generator=generator) * 3 + 0.5
    phase = torch.rand(64, 1, 2, generator=generator) * 6.3
    wave = torch.sin(speed * time + phase).sum(2, keepdim=True)
    wave += 0.05 * torch.randn(wave.shape, generator=generator)
    return wave[:, :-1], wave[:, 1:]


def question_net() -> nn.Module:
    """The conv net of the question: Glorot normal kernels, every bias from 0.1."""
    layers = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 9),
    )  # fmt: skip
    for tag, values in layers.named_parameters():
        if tag.endswith("bias"):
            nn.init.constant_(values, 0.1)
        else:
            nn.init.xavier_normal_(values)
    return layers


def batch_norm_net() -> nn.Module:
    """A multilayer perceptron with batch normalisation, initialised as PyTorch does by default."""
    return nn.Sequential(
        nn.Linear(SIDE * SIDE, 192), nn.BatchNorm1d(192), nn.ReLU(),
        nn.Linear(192, 96), nn.BatchNorm1d(96), nn.ReLU(),
        nn.Linear(96, 9),
    )  # fmt: skip


class WaveNet(nn.Module):
    """A recurrent network that predicts the next value of a wave."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 64, batch_first=True)
        self.out = nn.Linear(64, 1)

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        return self.out(self.gru(wave)[0])


class LanguageNet(nn.Module):
    """A two-layer transformer that predicts the next word."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 64)
        self.place = nn.Parameter(0.02 * torch.randn(LENGTH, 64))
        layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(64, WORDS)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(LENGTH)
        return self.out(self.layers(self.embedding(words) + self.place, mask=mask))


class WordPairNet(nn.Module):
    """Two embedding tables, as in word2vec: the next word from the word before."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs = nn.Embedding(WORDS, 32)
        self.outputs = nn.Linear(32, WORDS)
        nn.init.uniform_(self.inputs.weight, -0.5 / 32, 0.5 / 32)
        nn.init.zeros_(self.outputs.weight)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return self.outputs(self.inputs(words))


def depthwise_net() -> nn.Module:
    """Keras' defaults (Glorot uniform, zero biases), depthwise convolution, two kinds of norm."""
    layers = nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1), nn.GroupNorm(4, 24), nn.SiLU(),
        nn.Conv2d(24, 24, 5, padding=2, groups=24), nn.Conv2d(24, 48, 1), nn.GELU(),
        nn.AvgPool2d(4), nn.Flatten(), nn.LayerNorm(768), nn.Linear(768, 64), nn.SELU(),
        nn.Linear(64, 9),
    )  # fmt: skip
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return layers


def recipes() -> list[Recipe]:
    """Every network with every way of training it."""
    optim = torch.optim
    table: list[tuple[str, Half, Callable[[], nn.Module], Callable[..., Batch], list]] = [
        ("question", "tuned", question_net, blob_pictures,
         [("Adam 1e-4", lambda p: optim.Adam(p, 1e-4)),
          ("Adam 1e-3", lambda p: optim.Adam(p, 1e-3))]),
        ("batch norm", "tuned", batch_norm_net, flat_pictures,
         [("SGD 0.1", lambda p: optim.SGD(p, 0.1)),
          ("SGD 0.01 momentum", lambda p: optim.SGD(p, 0.01, momentum=0.9))]),
        ("recurrent", "tuned", WaveNet, waves,
         [("Adam 3e-4", lambda p: optim.Adam(p, 3e-4)),
          ("Adam 1e-2", lambda p: optim.Adam(p, 1e-2))]),
        ("transformer", "held out", LanguageNet, sentences,
         [("AdamW 3e-4", lambda p: optim.AdamW(p, 3e-4)),
          ("AdamW 3e-3", lambda p: optim.AdamW(p, 3e-3))]),
        ("embedding", "held out", WordPairNet, sentences,
         [("Adagrad 0.05", lambda p: optim.Adagrad(p, 0.05)),
          ("RMSprop 1e-3", lambda p: optim.RMSprop(p, 1e-3))]),
        ("depthwise", "held out", depthwise_net, blob_pictures,
         [("Nesterov 0.02", lambda p: optim.SGD(p, 0.02, momentum=0.9, nesterov=True)),
          ("NAdam 5e-4", lambda p: optim.NAdam(p, 5e-4))]),
    ]  # fmt: skip
    return [
        Recipe(f"{name}, {how}", half, build, batch, optimizer, seed)
        for name, half, build, batch, ways in table
        for how, optimizer in ways
        for seed in (1, 2)
    ]


def train(recipe: Recipe) -> list[Weights]:
    """Train one network and keep all of its trainable tensors at every one of STEPS."""
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    network = recipe.build()
    optimizer = recipe.optimizer(network.parameters())
    kept: dict[str, list[np.ndarray]] = {tag: [] for tag, _ in network.named_parameters()}
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            for tag, values in network.named_parameters():
                kept[tag].append(values.detach().numpy().ravel().copy())
        inputs, targets = recipe.batch(generator)
        loss = _loss(network(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [Weights(tag, _role(network, tag), np.stack(values)) for tag, values in kept.items()]


def _role(network: nn.Module, tag: str) -> str:
    layer = network.get_submodule(tag.rpartition(".")[0])
    if isinstance(layer, nn.BatchNorm1d | nn.GroupNorm | nn.LayerNorm):
        return "norm"
    if isinstance(layer, nn.Embedding):
        return "embedding"
    return "bias" if "bias" in tag else "weight"


def _loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    if targets.is_floating_point():
        return functional.mse_loss(outputs, targets)
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())
