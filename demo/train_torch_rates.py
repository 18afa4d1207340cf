"""Train one small PyTorch model at three learning rates: far too small, good, far too large.

Adam moves every weight by about the learning rate at each step, whatever the gradient: at 1
the first layer is wrecked within a few steps but stays finite, at 1e-6 it hardly leaves home.
"""

from __future__ import annotations

import torch
from event_file import empty_run, give_stable_name
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

SEED = 11
STEPS = 300
# PyTorch's histograms have some 500 buckets, about 9 kB each: few steps keep the logs small.
LOG_EVERY = 50
BATCH = 64
ROWS = 2048
FEATURES = 32
HIDDEN = 64
LEARNING_RATES = {"lr-1e-6": 1e-6, "lr-1e-2": 1e-2, "lr-1": 1.0}


class Regressor(nn.Module):
    """Two linear layers with a tanh between them."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Linear(FEATURES, HIDDEN)
        self.layer2 = nn.Linear(HIDDEN, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Predictions (N, 1) for inputs (N, FEATURES)."""
        predictions: Tensor = self.layer2(torch.tanh(self.layer1(inputs)))
        return predictions


def noisy_wave() -> tuple[Tensor, Tensor]:
    """Random inputs (ROWS, FEATURES) and a bent projection of them (ROWS, 1) to learn."""
    inputs = torch.randn(ROWS, FEATURES)
    direction = torch.randn(FEATURES, 1) / FEATURES**0.5
    return inputs, torch.sin(2 * inputs @ direction) + 0.05 * torch.randn(ROWS, 1)


def log(writer: SummaryWriter, model: nn.Module, loss: Tensor, step: int) -> None:
    """Log the loss and every parameter under its own name."""
    writer.add_scalar("loss", loss.item(), step)
    for name, parameter in model.named_parameters():
        writer.add_histogram(name, parameter, step)


def train(run: str, learning_rate: float) -> float:
    """Write demo/logs/<run>, each logged step before its update; return the last loss."""
    torch.manual_seed(SEED)
    inputs, targets = noisy_wave()
    model = Regressor()
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    folder = empty_run(run)
    with SummaryWriter(folder) as writer:
        for step in range(STEPS + 1):
            chosen = torch.randint(ROWS, (BATCH,))
            loss = nn.functional.mse_loss(model(inputs[chosen]), targets[chosen])
            if step % LOG_EVERY == 0:
                log(writer, model, loss, step)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    give_stable_name(folder)
    return loss.item()


def main() -> None:
    """Write the three runs under demo/logs/torch_rates."""
    torch.set_num_threads(2)
    for name, learning_rate in LEARNING_RATES.items():
        loss = train(f"torch_rates/{name}", learning_rate)
        print(f"{name:8} last loss {loss:.4g}")


if __name__ == "__main__":
    main()
