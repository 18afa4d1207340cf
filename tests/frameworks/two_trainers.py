"""A small Trainer of Hugging Face; and one of two processes in which it, or Lightning's, trains."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

from tb_plugin_weightdelta.recording.transformers import WeightDeltaCallback
from tests.support.places import ROOT
from tests.support.records import save_states

# What the two libraries warn of about each other, and themselves.
THEIR_WARNINGS = [
    pytest.mark.filterwarnings(f"ignore::{kind}")
    for kind in ("DeprecationWarning", "FutureWarning", "UserWarning")
]


class Sentences(Dataset):
    def __init__(self, count: int = 64) -> None:
        self.tokens = torch.randint(32, (count, 8), generator=torch.Generator().manual_seed(1))

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self.tokens[place], "labels": self.tokens[place]}


class Saved(TrainerCallback):
    """The weights after each step, as the test itself sees them."""

    def __init__(self) -> None:
        self.states: dict[int, dict[str, np.ndarray]] = {}

    def on_train_begin(self, args, state, control, model=None, **_) -> None:
        self.states.setdefault(state.global_step, saved(model))

    def on_step_end(self, args, state, control, model=None, **_) -> None:
        self.states[state.global_step] = saved(model)


def saved(model: nn.Module) -> dict[str, np.ndarray]:
    """Each parameter once, under its first name."""
    return {name: each.detach().double().numpy().copy() for name, each in model.named_parameters()}


def network() -> nn.Module:
    torch.manual_seed(0)
    sizes = {"vocab_size": 32, "n_positions": 8, "n_embd": 8, "n_layer": 1, "n_head": 2}
    return GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))


def trainer(folder, callback, model=None, more=(), optimizers=(None, None), **arguments):
    """Of ten steps, logged every other."""
    told = {
        "max_steps": 10,
        "logging_steps": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 1e-2,
        "report_to": "none",
        "save_strategy": "no",
        "use_cpu": True,
        "disable_tqdm": True,
    }
    return Trainer(
        model or network(),
        TrainingArguments(str(folder / "out"), **told | arguments),
        train_dataset=Sentences(),
        eval_dataset=Sentences(8),
        callbacks=[*([callback] if callback else []), *more],
        optimizers=optimizers,
    )


def with_transformers(folder: Path) -> dict[int, dict[str, np.ndarray]]:
    truth = Saved()
    told = {"report_to": "tensorboard", "save_strategy": "steps", "save_steps": 10}
    trainer(folder, WeightDeltaCallback(), None, [truth], ddp_backend="gloo", **told).train()
    return truth.states


def with_lightning(folder: Path) -> dict[int, dict[str, np.ndarray]]:
    # Two libraries of this size need not both be imported where one is tested.
    from tests.frameworks.test_lightning import fitted  # noqa: PLC0415

    return fitted(folder, max_epochs=2, strategy="ddp", devices=2).states


def run(which: str, folder: Path) -> None:
    """Both processes; rank 0 saves the weights as the test itself sees them."""
    both = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = ["-m", "tests.frameworks.two_trainers", which, str(folder)]
    ended = subprocess.run(
        [sys.executable, *both, *script],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    # With PyTorch 2.13 and gloo one in twenty such scripts aborts behind its last line.
    assert ended.stdout.count("got to its end") == 2, ended.stderr
    assert "is not recorded" not in ended.stderr


if __name__ == "__main__":
    states = globals()[f"with_{sys.argv[1]}"](Path(sys.argv[2]))
    if os.environ["RANK"] == "0":
        save_states(Path(sys.argv[2]), states)
    print("got to its end", flush=True)
