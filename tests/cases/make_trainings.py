"""Small trainings, eleven that go well and six that diverge, and what their histograms are.

What they write, `trainings.npz`, is what the rule for "exploding" was tried on: an array
(steps, 9 + 8) for each tensor, edges and counts, under "training/tensor", and "training/steps".
To make it again: `.venv-exact/bin/python tests/cases/make_trainings.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

KEPT = 9  # steps of each training
BUCKETS = 8

Training = tuple[nn.Module, Callable[[int], torch.Tensor], int]


def minimised(
    model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable[[], torch.Tensor]
) -> Callable[[int], torch.Tensor]:
    """One step of training, which gives the loss before it."""

    def step(_: int) -> torch.Tensor:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def classes(size: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.randn(512, 16)
    return inputs * size, (inputs[:, :4] * torch.arange(1, 5)).argmax(1)


def classifier(*, normalised: bool = False) -> nn.Sequential:
    norm = nn.BatchNorm1d(64) if normalised else nn.Identity()
    return nn.Sequential(nn.Linear(16, 64), norm, nn.ReLU(), nn.Linear(64, 4))


def classified(
    model: nn.Module, optimizer: torch.optim.Optimizer, size: float = 1.0
) -> Callable[[int], torch.Tensor]:
    inputs, labels = classes(size)

    def loss() -> torch.Tensor:
        batch = torch.randint(512, (32,))
        return functional.cross_entropy(model(inputs[batch]), labels[batch])

    return minimised(model, optimizer, loss)


def good_small_output_layer() -> Training:
    """Its output layer starts a hundredth as large as others."""
    model = classifier()
    model[3].weight.data *= 0.01
    model[3].bias.data.zero_()
    return model, classified(model, torch.optim.Adam(model.parameters(), 3e-3)), 600


def good_biases_near_zero() -> Training:
    model = classifier()
    for layer in (model[0], model[3]):
        nn.init.normal_(layer.bias, std=1e-6)
    return model, classified(model, torch.optim.Adam(model.parameters(), 1e-2)), 600


class Pairs(nn.Module):
    """Two encoders whose outputs belong together, and a temperature to learn."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(16, 32)
        self.right = nn.Linear(16, 32)
        self.temperature = nn.Parameter(torch.tensor(0.1))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        ours = functional.normalize(self.left(left), dim=1)
        theirs = functional.normalize(self.right(right), dim=1)
        return ours @ theirs.T * self.temperature.exp()


def good_temperature() -> Training:
    model, mixing = Pairs(), torch.randn(16, 16)

    def loss() -> torch.Tensor:
        left = torch.randn(64, 16)
        right = left @ mixing + 0.3 * torch.randn(64, 16)
        return functional.cross_entropy(model(left, right), torch.arange(64))

    return model, minimised(model, torch.optim.Adam(model.parameters(), 1e-2), loss), 1000


def good_far_targets() -> Training:
    """Its targets are about 50: the last layer has far to go."""
    model = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 1))
    inputs = torch.randn(512, 8)
    targets = 50 + 5 * inputs[:, :1]

    def loss() -> torch.Tensor:
        batch = torch.randint(512, (32,))
        return functional.mse_loss(model(inputs[batch]), targets[batch])

    return model, minimised(model, torch.optim.Adam(model.parameters(), 3e-2), loss), 2000


def good_momentum() -> Training:
    model = classifier(normalised=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    return model, classified(model, optimizer), 600


class Language(nn.Module):
    """A small transformer that learns to count on."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(32, 32)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.block = nn.TransformerEncoderLayer(
            *(32, 2, 64, 0.0), batch_first=True, norm_first=True
        )
        self.head = nn.Linear(32, 32)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(16)
        hidden = self.block(self.embedding(tokens), src_mask=mask)
        logits: torch.Tensor = self.head(hidden)
        return logits


def language(rate: float, steps: int) -> Training:
    model = Language()

    def loss() -> torch.Tensor:
        tokens = (torch.randint(32, (16, 1)) + torch.arange(17) * 3) % 32
        logits = model(tokens[:, :-1]).flatten(0, 1)
        return functional.cross_entropy(logits, tokens[:, 1:].flatten())

    return model, minimised(model, torch.optim.AdamW(model.parameters(), rate), loss), steps


def good_transformer() -> Training:
    return language(1e-3, 600)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 32, batch_first=True)
        self.out = nn.Linear(32, 1)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.out(self.lstm(sequences)[0][:, -1])
        return result


def good_lstm() -> Training:
    model = Recurrent()

    def loss() -> torch.Tensor:
        sequences = torch.randn(32, 10, 4)
        return functional.mse_loss(model(sequences), sequences.sum(1)[:, :1])

    return model, minimised(model, torch.optim.Adam(model.parameters(), 5e-3), loss), 600


def good_separable() -> Training:
    """Two classes that a line divides: its weights grow for ever, ever slower."""
    model = nn.Linear(16, 2)
    nn.init.normal_(model.weight, std=0.01)
    inputs = torch.randn(256, 16)
    labels = (inputs[:, 0] > 0).long()

    def loss() -> torch.Tensor:
        return functional.cross_entropy(model(inputs), labels)

    return model, minimised(model, torch.optim.SGD(model.parameters(), 1.0), loss), 2000


def good_convolutions() -> Training:
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3)),
    )

    def loss() -> torch.Tensor:
        labels = torch.randint(3, (32,))
        images = torch.randn(32, 1, 12, 12) * 0.3
        images[torch.arange(32), 0, 2 + labels * 3] += 1
        return functional.cross_entropy(model(images), labels)

    return model, minimised(model, torch.optim.Adam(model.parameters(), 2e-3), loss), 600


class Gated(nn.Module):
    """A residual layer whose gate starts at a thousandth (ReZero)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 16)
        self.gate = nn.Parameter(torch.full((1,), 1e-3))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs + self.gate * torch.relu(self.linear(inputs))


def good_gates() -> Training:
    model = nn.Sequential(Gated(), Gated(), nn.Linear(16, 16))
    nn.init.normal_(model[2].weight, std=1e-3)
    mixing = torch.randn(16, 16) / 4

    def loss() -> torch.Tensor:
        inputs = torch.randn(64, 16)
        return functional.mse_loss(model(inputs), 2 * torch.tanh(inputs @ mixing))

    return model, minimised(model, torch.optim.Adam(model.parameters(), 1e-2), loss), 600


class Factors(nn.Module):
    """A table of users and one of items, whose rows multiplied are ratings."""

    def __init__(self) -> None:
        super().__init__()
        self.user_embedding = nn.Embedding(100, 8)
        self.item_embedding = nn.Embedding(80, 8)
        for table in (self.user_embedding, self.item_embedding):
            nn.init.normal_(table.weight, std=0.01)

    def forward(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        return (self.user_embedding(users) * self.item_embedding(items)).sum(1)


def good_factors() -> Training:
    """Its embeddings start a hundredth as large as they become."""
    model, users, items = Factors(), torch.randn(100, 8), torch.randn(80, 8)

    def loss() -> torch.Tensor:
        user, item = torch.randint(100, (256,)), torch.randint(80, (256,))
        ratings = (users[user] * items[item]).sum(1) + 0.3 * torch.randn(256)
        return functional.mse_loss(model(user, item), ratings)

    return model, minimised(model, torch.optim.Adam(model.parameters(), 1e-2), loss), 1000


def bad_sgd() -> Training:
    """Infinite within some steps."""
    model = classifier()
    return model, classified(model, torch.optim.SGD(model.parameters(), 30.0), size=3.0), 600


def bad_adam() -> Training:
    """Far too fast, and finite: Adam's steps are as large as its rate."""
    model = classifier()
    return model, classified(model, torch.optim.Adam(model.parameters(), 3.0)), 600


def bad_plateau() -> Training:
    """Thrown far off by its first steps, and there no gradient moves it any more."""
    model = classifier()
    return model, classified(model, torch.optim.Adam(model.parameters(), 1.0)), 600


def bad_least_squares() -> Training:
    """Each step overshoots by more than the last: ended before it is infinite."""
    model, inputs = nn.Linear(8, 1), torch.randn(256, 8)

    def loss() -> torch.Tensor:
        return functional.mse_loss(model(inputs), inputs[:, :1])

    return model, minimised(model, torch.optim.SGD(model.parameters(), 1.15), loss), 60


def bad_transformer() -> Training:
    return language(3.0, 300)


def bad_late() -> Training:
    """It goes well until somebody raises the rate."""
    model = classifier()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    inner = classified(model, optimizer)

    def step(number: int) -> torch.Tensor:
        optimizer.param_groups[0]["lr"] = 1e-3 if number < 400 else 2.0
        return inner(number)

    return model, step, 600


def kept(model: nn.Module) -> Iterator[tuple[str, np.ndarray]]:
    """Edges and counts of every parameter now; NaN where a value is none."""
    for name, parameter in model.named_parameters():
        values = parameter.detach().double().numpy().ravel()
        if not np.isfinite(values).all():
            yield name, np.full(2 * BUCKETS + 1, np.nan)
            continue
        edges = np.linspace(values.min(), values.max(), BUCKETS + 1)
        bucket = np.minimum(np.searchsorted(edges, values, side="right"), BUCKETS) - 1
        counts = np.bincount(bucket, minlength=BUCKETS)
        yield name, np.concatenate([edges, counts])


def trained(make: Callable[[], Training]) -> tuple[dict[str, Any], list[float]]:
    """The histograms of a training by tensor, and its losses."""
    torch.manual_seed(0)
    model, step, steps = make()
    every = math.ceil(steps / (KEPT - 1))
    rows: dict[str, list[np.ndarray]] = {}
    losses = []
    for number in range(every * (KEPT - 1) + 1):
        if number % every == 0:
            for name, row in kept(model):
                rows.setdefault(name, []).append(row)
        losses.append(float(step(number)))
    found: dict[str, Any] = {name: np.array(row, np.float32) for name, row in rows.items()}
    return found | {"steps": np.arange(KEPT) * every}, losses


def main() -> None:
    """Write trainings.npz beside this file."""
    torch.set_num_threads(1)
    makers = {name: make for name, make in globals().items() if name.startswith(("good_", "bad_"))}
    arrays = {}
    for name, make in makers.items():
        found, losses = trained(make)
        arrays |= {f"{name}/{tensor}": array for tensor, array in found.items()}
        first, last = np.mean(losses[:10]), np.mean(losses[-10:])
        print(f"{name:26} loss {first:.3g} to {last:.3g}")
    np.savez_compressed(Path(__file__).with_name("trainings.npz"), **arrays)


if __name__ == "__main__":
    main()
