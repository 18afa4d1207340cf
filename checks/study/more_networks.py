"""More networks, for the estimate alone: how single weights move depends on all that these vary."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from checks.study.networks import (
    LENGTH,
    SIDE,
    WORDS,
    Batch,
    Recipe,
    blob_pictures,
    flat_pictures,
    sentences,
)

WIDTH = 64


class Block(nn.Module):
    """Attention and a perceptron behind norms, as in GPT-2."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.c_fc, self.out = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        size, length, width = hidden.shape
        parts = self.c_attn(self.ln_1(hidden)).chunk(3, 2)
        heads = (part.view(size, length, 4, width // 4).transpose(1, 2) for part in parts)
        attended = functional.scaled_dot_product_attention(*heads, is_causal=True)
        hidden = hidden + self.c_proj(attended.transpose(1, 2).reshape(size, length, width))
        return hidden + self.out(functional.gelu(self.c_fc(self.ln_2(hidden))))


class Gpt(nn.Module):
    """Every matrix from a normal distribution of spread 0.02, those before a sum from half."""

    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(WORDS, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.h, self.ln_f = nn.Sequential(Block(), Block()), nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        for tag, values in self.named_parameters():
            if values.dim() > 1:
                is_summed = tag.endswith(("proj.weight", "out.weight"))
                nn.init.normal_(values, std=0.01 if is_summed else 0.02)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return self.head(self.ln_f(self.h(self.wte(words) + self.wpe.weight)))


class Lstm(nn.Module):
    """Embeddings from a normal distribution of spread 1, most of whose rows are rarely seen."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 48)
        self.lstm = nn.LSTM(48, 64, batch_first=True)
        self.out = nn.Linear(64, WORDS)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return self.out(self.lstm(self.embedding(words))[0])


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        inner = functional.relu(self.bn1(self.conv1(pictures)))
        return functional.relu(pictures + self.bn2(self.conv2(inner)))


def resnet() -> nn.Module:
    """He's normal initialisation."""
    layers = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        Residual(32), nn.MaxPool2d(2), Residual(32),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 9),
    )  # fmt: skip
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layers


def perceptron() -> nn.Module:
    """Keras' defaults."""
    layers = nn.Sequential(
        nn.Linear(SIDE * SIDE, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 9)
    )
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return layers


def more_recipes() -> list[Recipe]:
    """Every one of them with every way of training it."""
    optim = torch.optim
    table: list[tuple[str, Callable[[], nn.Module], Callable[..., Batch], list]] = [
        ("gpt", Gpt, sentences,
         [("AdamW 3e-4", lambda p: optim.AdamW(p, 3e-4, weight_decay=0.1)),
          ("AdamW 3e-3", lambda p: optim.AdamW(p, 3e-3, weight_decay=0.1))]),
        ("lstm", Lstm, sentences,
         [("Adam 1e-3", lambda p: optim.Adam(p, 1e-3)),
          ("SGD 1", lambda p: optim.SGD(p, 1.0))]),
        ("resnet", resnet, blob_pictures,
         [("SGD 0.05 decay", lambda p: optim.SGD(p, 0.05, momentum=0.9, weight_decay=5e-4)),
          ("AdamW 1e-3", lambda p: optim.AdamW(p, 1e-3))]),
        ("perceptron", perceptron, flat_pictures,
         [("Adam 1e-3", lambda p: optim.Adam(p, 1e-3)),
          ("RMSprop 1e-3", lambda p: optim.RMSprop(p, 1e-3))]),
    ]  # fmt: skip
    return [
        Recipe(f"{name}, {how}", "held out", build, batch, optimizer, seed)
        for name, build, batch, ways in table
        for how, optimizer in ways
        for seed in (1, 2)
    ]
