"""Logs as large models leave them, with made-up values: real ones would take gigabytes.

``python -m demo.large_models FOLDER`` writes, below the folder, ``transformer`` (148 tensors of a
GPT-2, well trained and diverging; with adapters; and under the names of other wrappers),
``sweep`` (60 runs of a small network) and ``wide`` (2,000 tensors).
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tensorboard.plugins.hparams import summary_v2 as hparams

from tests.support.event_logs import EventLog

STEPS = range(0, 6_001, 300)
# From here on the upper half of a diverging model grows, and holds NaN.
GROWS_FROM, NAN_FROM = 4_500, 5_700

MODULES = {"ln_1": "norm", "attn.c_attn": "linear", "attn.c_proj": "linear", "ln_2": "norm"}
MODULES |= {"mlp.c_fc": "linear", "mlp.c_proj": "linear"}
ADAPTED = ("attn.c_attn", "attn.c_proj")
LAYERS = 12
_VALUES = 300


def gpt2() -> list[str]:
    """The parameters of a GPT-2, as its ``named_parameters`` gives them."""
    blocks = itertools.product(range(LAYERS), MODULES, ("weight", "bias"))
    inside = [f"transformer.h.{layer}.{module}.{kind}" for layer, module, kind in blocks]
    ends = [f"transformer.ln_f.{kind}" for kind in ("weight", "bias")]
    return ["transformer.wte.weight", "transformer.wpe.weight", *inside, *ends]


def peft() -> list[str]:
    """The same with LoRA adapters on its attention."""
    adapted = [name for name in gpt2() if any(f".{module}." in name for module in ADAPTED)]
    names = []
    for name in gpt2():
        module, _, kind = name.rpartition(".")
        inner = f"{module}.base_layer.{kind}" if name in adapted else name
        names.append(f"base_model.model.{inner}")
        if name in adapted and kind == "weight":
            names += [f"base_model.model.{module}.lora_{half}.default.weight" for half in "AB"]
    return names


def fsdp() -> list[str]:
    """As fully sharded data parallel names them."""
    wrapped = "_fsdp_wrapped_module"
    return [f"{wrapped}.{name.replace('.attn.', f'.{wrapped}.attn.')}" for name in gpt2()]


def compiled() -> list[str]:
    """As ``torch.compile`` names them."""
    return [f"_orig_mod.{name}" for name in gpt2()]


def flax() -> list[str]:
    """As Flax names them."""
    kinds = {"weight": "kernel", "bias": "bias"}
    parts = (name.rpartition(".") for name in gpt2())
    return [f"params/{module.replace('.', '/')}/{kinds[kind]}" for module, _, kind in parts]


NAMES = {"gpt2": gpt2, "peft": peft, "fsdp": fsdp, "compiled": compiled, "flax": flax}


class Tensor:
    """Values over the training of one parameter."""

    def __init__(self, name: str, layer: int, *, moves: bool, rate: float = 1.0) -> None:
        self._rng = np.random.default_rng([ord(letter) for letter in name])
        kind = "bias" if name.endswith(("bias", "lora_B.default.weight")) else "weight"
        is_norm = "ln_" in name and kind == "weight"
        start = self._rng.normal(0, 0.02, _VALUES)
        self.start = np.zeros(_VALUES) if kind == "bias" else np.ones(_VALUES) if is_norm else start
        self._towards = self._rng.normal(0.004, 0.012, _VALUES)
        self._speed = rate * (0.3 + layer / LAYERS) if moves else 0.0

    def at(self, part: float, grown: float = 1.0) -> np.ndarray:
        """When so much of the training is done, from 0 to 1.

        grown: how many times as large as it would be.
        """
        moved = self._towards * self._speed * np.sqrt(part)
        return (self.start + moved) * grown


def layer_of(name: str) -> int:
    """The number of the block that a parameter lies in, 0 outside of all."""
    return next((int(part) for part in name.replace("/", ".").split(".") if part.isdigit()), 0)


def write_transformer(
    folder: Path,
    names: list[str],
    *,
    frozen: int = 0,
    adapters: bool = False,
    diverges: bool = False,
) -> None:
    """A run of a transformer.

    frozen: how many of the first blocks stay. adapters: whether all but those do.
    diverges: whether it grows without bound in its upper half, and ends in NaN.
    """
    tensors = {}
    for name in names:
        layer = layer_of(name)
        moves = "lora_" in name if adapters else layer >= frozen or frozen == 0
        tensors[name] = Tensor(name, layer, moves=moves)
    with EventLog(folder) as log:
        for step in STEPS:
            late = max(0, step - GROWS_FROM) / 300 if diverges else 0
            for name, tensor in tensors.items():
                is_upper = layer_of(name) >= LAYERS // 2
                if diverges and step >= NAN_FROM and layer_of(name) >= LAYERS - 2:
                    log.rows(name, step, [[np.nan, np.nan, _VALUES]])
                    continue
                log.values(name, step, tensor.at(step / STEPS[-1], 4.0**late if is_upper else 1.0))
            log.scalar("train/loss", step, 2.5 + 7 * np.exp(-step / 1500) + (1.8**late - 1))


def write_sweep(folder: Path, runs: int = 60) -> None:
    """Runs of a small network that differ in what their names and the HParams plugin say."""
    names = [
        f"{layer}.{kind}" for layer in ("fc1", "fc2", "fc3", "out") for kind in ("weight", "bias")
    ]
    rates, decays, seeds = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1), (0, 0.01, 0.1), (0, 1, 2, 3)
    for rate, decay, seed in itertools.islice(itertools.product(rates, decays, seeds), runs):
        run = folder / f"mnist_mlp,lr={rate:g},wd={decay:g},bs=128,opt=adamw,seed={seed}"
        with EventLog(run) as log:
            log.summary(0, hparams.hparams_pb({"lr": rate, "wd": decay, "seed": seed}).value)
            for step in range(0, 1_000, 100):
                for place, name in enumerate(names):
                    tensor = Tensor(f"{seed}.{name}", place, moves=True, rate=(rate / 1e-3) ** 0.7)
                    log.values(name, step, tensor.at(step / 900))
                log.scalar("loss", step, 0.1 + 2.2 * np.exp(-step * rate))


def write_wide(folder: Path, tensors: int = 2_000) -> None:
    """More tensors than a screen has lines."""
    names = [f"model.layers.{n // 10}.experts.{n % 10}.w1.weight" for n in range(tensors)]
    every = [Tensor(name, layer_of(name) % LAYERS, moves=True) for name in names]
    with EventLog(folder) as log:
        for step, (name, tensor) in itertools.product(
            range(0, 1_000, 200), zip(names, every, strict=True)
        ):
            log.values(name, step, tensor.at(step / 800))


def write_all(folder: Path) -> Iterator[str]:
    """Everything; gives the name of each part as it is done."""
    for kind, names in NAMES.items():
        write_transformer(folder / "transformer" / kind, names(), adapters=kind == "peft", frozen=4)
        yield kind
    write_transformer(folder / "transformer" / "diverged", gpt2(), diverges=True)
    yield "diverged"
    write_sweep(folder / "sweep")
    yield "sweep"
    write_wide(folder / "wide" / "moe")
    yield "wide"


if __name__ == "__main__":
    for done in write_all(Path(sys.argv[1])):
        print(done, flush=True)
