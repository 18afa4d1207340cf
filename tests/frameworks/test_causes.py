"""Why tensors do not move: trainings with one fault each, and healthy ones without any."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from torch import nn

from tb_plugin_weightdelta.recording import Recorder, read
from tb_plugin_weightdelta.recording.torch import record
from tb_plugin_weightdelta.recording.trainer import TrainerTraining

torch.set_num_threads(1)

X = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))
Y = torch.randn(32, 4, generator=torch.Generator().manual_seed(1))
ALL = ("0.weight", "0.bias", "2.weight", "2.bias")
FIRST, LAST = ALL[:2], ALL[2:]


def causes(folder) -> dict[str, list[str]]:
    """Of the tensors that stood still: the causes of the records after the first."""
    told = {name: columns["cause"][1:].tolist() for name, columns in read(folder).items()}
    return {name: each for name, each in told.items() if any(each)}


def always(cause: str, names, records: int = 3) -> dict[str, list[str]]:
    return dict.fromkeys(names, [cause] * records)


class Case:
    """A training of a small network; a fault changes one thing of it."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
        self.make = lambda parameters: torch.optim.Adam(parameters, 1e-2)
        self.trains: Callable[[str], bool] = lambda name: True
        self.out: Callable[[torch.Tensor], torch.Tensor] | None = None

    def train(self, folder, steps: int = 6, every: int = 2) -> None:
        held = [each for name, each in self.model.named_parameters() if self.trains(name)]
        optimizer = self.make(held)
        out = self.out or self.model
        dtype = next(self.model.parameters()).dtype
        with record(self.model, optimizer, folder, every=every):
            for _ in range(steps):
                optimizer.zero_grad()
                ((out(X.to(dtype)) - Y.to(dtype)) ** 2).mean().backward()
                optimizer.step()


def frozen(case: Case) -> Mapping[str, list[str]]:
    case.model[0].requires_grad_(False)
    return always("frozen", FIRST)


def not_held(case: Case) -> Mapping[str, list[str]]:
    case.trains = lambda name: name in LAST
    return always("not_held", FIRST)


def no_gradient(case: Case) -> Mapping[str, list[str]]:
    first, relu, last = case.model
    case.out = lambda x: last(relu(first(x)).detach())
    return always("no_gradient", FIRST)


def dead(case: Case) -> Mapping[str, list[str]]:
    """ReLUs that never fire: nothing comes back from them, and nothing gets on to what follows."""
    case.model[0].bias.data.fill_(-100)
    case.make = lambda parameters: torch.optim.SGD(parameters, 1e-2)
    return always("zero_gradient", (*FIRST, "2.weight"))


def zero_rate(case: Case) -> Mapping[str, list[str]]:
    case.make = lambda parameters: torch.optim.AdamW(parameters, 0.0)
    return always("zero_rate", ALL)


def zero_rate_of_a_group(case: Case) -> Mapping[str, list[str]]:
    first, _, last = case.model
    groups = [{"params": first.parameters(), "lr": 0.0}, {"params": last.parameters()}]
    case.make = lambda _: torch.optim.SGD(groups, 0.1)
    return always("zero_rate", FIRST)


def behind_zeros(case: Case) -> Mapping[str, list[str]]:
    """A last layer that starts at 0, as some do, and that somebody froze."""
    nn.init.zeros_(case.model[2].weight).requires_grad_(False)
    return {**always("behind_zeros", FIRST), **always("frozen", ["2.weight"])}


def rounded_away(case: Case) -> Mapping[str, list[str]]:
    case.model.bfloat16()
    case.make = lambda parameters: torch.optim.AdamW(parameters, 1e-6, weight_decay=0)
    return always("rounded_away", ALL)


FAULTS = (
    *(frozen, not_held, no_gradient, dead),
    *(zero_rate, zero_rate_of_a_group, behind_zeros, rounded_away),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_a_torch_training_is_found(tmp_path, fault):
    case = Case()
    expected = fault(case)
    case.train(tmp_path)
    assert causes(tmp_path) == expected


def test_gradients_that_a_step_computes_itself_are_seen(tmp_path):
    """In a closure, as LBFGS and Lightning do: before the first step there are none."""
    model = nn.Linear(8, 4)
    optimizer = torch.optim.SGD(model.parameters(), 0.0)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = ((model(X) - Y) ** 2).mean()
        loss.backward()
        return loss

    with record(model, optimizer, tmp_path, every=1):
        for _ in range(2):
            optimizer.step(closure)
    assert causes(tmp_path) == always("zero_rate", ("weight", "bias"), 2)


def test_of_optimizers_that_have_copies_of_the_weights_nothing_is_made_up(tmp_path):
    """As DeepSpeed's: they hold no parameter of the model, and neither does it have gradients."""
    model = nn.Linear(8, 4)
    model.bias.requires_grad_(False)
    optimizer = torch.optim.SGD([each.detach().clone() for each in model.parameters()], 0.1)
    training = TrainerTraining(model, [optimizer], tmp_path, {"every": 1})
    training.begin(0)
    training.before_step(1)
    training.after_step(1)
    training.end(1)
    training.close()
    assert causes(tmp_path) == {"weight": ["unseen"], "bias": ["frozen"]}


class Adapter(nn.Module):
    """A layer that is kept, and two matrices beside it of which one starts at 0, as LoRA's."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(8, 4).requires_grad_(False)
        self.lora_A = nn.Linear(8, 2, bias=False)
        self.lora_B = nn.Linear(2, 4, bias=False)
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base(x) + self.lora_B(self.lora_A(x))


def an_adapter(case: Case) -> None:
    case.model = Adapter()


def low_precision(case: Case) -> None:
    case.model.bfloat16()
    case.make = lambda parameters: torch.optim.AdamW(parameters, 1e-2)


def clipped(case: Case) -> None:
    case.make = lambda parameters: torch.optim.SGD(parameters, 1.0)
    case.out = lambda x: 1e-3 * case.model(x)


def a_last_layer_of_zeros(case: Case) -> None:
    nn.init.zeros_(case.model[2].weight)


HEALTHY = (Case.__init__, an_adapter, low_precision, clipped, a_last_layer_of_zeros)


@pytest.mark.parametrize(
    "change", HEALTHY, ids=["plain", *(change.__name__ for change in HEALTHY[1:])]
)
def test_of_a_healthy_torch_training_nothing_is_said(tmp_path, change):
    case = Case()
    change(case)
    case.train(tmp_path)
    moved = {name: each for name, each in causes(tmp_path).items() if "base" not in name}
    assert moved == {}


def test_an_adapter_waits_for_the_matrix_that_starts_at_0(tmp_path):
    case = Case()
    an_adapter(case)
    case.train(tmp_path, steps=3, every=1)
    assert causes(tmp_path)["lora_A.weight"] == ["behind_zeros", "", ""]
    assert causes(tmp_path)["base.weight"] == ["frozen"] * 3


def log_with_jax(folder, rate: float, uses=("w", "v")) -> None:
    """A loop that shows the recorder its gradients and its optimizer's state."""
    params = {"w": jnp.ones((8, 4)), "v": jnp.full((4,), 0.5)}
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=rate)
    state = optimizer.init(params)

    def loss(params):
        used = {name: params[name] for name in uses}
        return ((X.numpy() @ used.get("w", 1.0) + used.get("v", 0.0) - Y.numpy()) ** 2).mean()

    with Recorder(folder, every=2) as recorder:
        recorder.log(0, params)
        for step in range(1, 7):
            grads = jax.grad(loss)(params)
            updates, state = optimizer.update(grads, state, params)
            params = optax.apply_updates(params, updates)
            recorder.log(step, params, grads=grads, optimizer=state)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"rate": 0.0}, always("zero_rate", ("w", "v"))),
        ({"rate": 0.1, "uses": ("w",)}, always("zero_gradient", ("v",))),
        ({"rate": 0.1}, {}),
    ],
    ids=["no learning rate", "not in the loss", "healthy"],
)
def test_jax_is_told_of_by_what_is_shown(tmp_path, how, expected):
    log_with_jax(tmp_path, **how)
    assert causes(tmp_path) == expected


def test_without_gradients_and_optimizer_no_cause_is_made_up(tmp_path):
    with Recorder(tmp_path, every=1) as recorder:
        for step in range(3):
            recorder.log(step, {"w": np.ones(9)})
    assert causes(tmp_path) == {"w": ["unseen"] * 2}


def test_a_gradient_that_is_none_never_arrived(tmp_path):
    with Recorder(tmp_path, every=1) as recorder:
        for step in range(3):
            weights = {"w": np.ones(9), "v": np.full(9, 1.0 - step)}
            recorder.log(step, weights, grads={"w": None, "v": np.ones(9)}, optimizer=1.0)
    assert causes(tmp_path) == {"w": ["no_gradient"] * 2}


def test_the_parameters_of_a_module_are_told_of_where_they_are_logged_by_hand(tmp_path):
    model = nn.Linear(8, 4)
    model.bias.requires_grad_(False)
    for values in ("parameters", "state"):
        given = dict(model.named_parameters()) if values == "parameters" else model.state_dict()
        with Recorder(tmp_path / values, every=1) as recorder:
            recorder.log(0, given)
            recorder.log(1, given)
    assert causes(tmp_path / "parameters") == {"weight": ["unseen"], "bias": ["frozen"]}
    assert causes(tmp_path / "state") == {"weight": ["unseen"], "bias": ["unseen"]}


KERAS = """
import sys, json, keras, numpy as np
from tb_plugin_weightdelta.recording.keras import WeightDeltaCallback
fault, folder = sys.argv[1:]
x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
model = keras.Sequential(
    [keras.Input((8,)), keras.layers.Dense(16, "relu", name="a"), keras.layers.Dense(2, name="b")]
)
model.get_layer("a").trainable = fault != "frozen"
model.compile(keras.optimizers.Adam(0.0 if fault == "rate" else 0.01), "mse")
with WeightDeltaCallback(folder, every=2) as callback:
    model.fit(x, x[:, :2], batch_size=16, epochs=2, verbose=0, callbacks=[callback])
"""


@pytest.mark.parametrize(
    ("backend", "fault"),
    [("tensorflow", "frozen"), ("tensorflow", "none"), ("torch", "rate"), ("jax", "rate")],
)
def test_keras_is_told_of_by_what_its_callbacks_see(tmp_path, backend, fault):
    subprocess.run(
        [sys.executable, "-c", KERAS, fault, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
    )
    layers = [[f"sequential/{layer}/{part}" for part in ("kernel", "bias")] for layer in "ab"]
    expected = {
        "frozen": always("frozen", layers[0], 4),
        "rate": always("zero_rate", [*layers[0], *layers[1]], 4),
        "none": {},
    }
    assert causes(tmp_path) == expected[fault]
