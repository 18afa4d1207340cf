"""A test in one line: what moves, what stays, and that nothing of the step is left."""

import copy
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable

import jax.numpy as jnp
import keras
import numpy as np
import pytest
import torch
from torch import nn

from tb_plugin_weightdelta.testing import assert_moves, assert_still
from tests.support.places import ROOT

torch.set_num_threads(1)
X, Y = torch.ones(8, 3), torch.zeros(8, 2)


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.backbone = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Tanh())
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.dropout(self.backbone(x)))


def made(rate: float = 0.1) -> tuple[Network, torch.optim.Optimizer]:
    model = Network()
    return model, torch.optim.Adam(model.parameters(), rate)


def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    x = torch.randn(8, 3) + random.random() + np.random.rand()
    ((model(x) - Y) ** 2).mean().backward()
    optimizer.step()
    optimizer.zero_grad()


def seed() -> None:
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)


def drawn() -> tuple[float, ...]:
    return random.random(), np.random.rand(), float(torch.rand(1))


def failure(model: object, act: Callable[[], object], **how) -> list[str]:
    """What is said of a step in which not every tensor does what it should."""
    with pytest.raises(AssertionError) as error, assert_moves(model, **how):
        act()
    return [line.strip() for line in str(error.value).splitlines()]


def test_a_step_that_moves_all_passes_and_leaves_nothing_behind():
    model, optimizer = made()
    step(model, optimizer)
    model.head.weight.grad = torch.ones(2, 4)
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    seed()
    with assert_moves(model, optimizer=optimizer):
        step(model, optimizer)
    numbers = drawn()
    seed()
    assert numbers == drawn()
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[0][name]), name
    assert str(optimizer.state_dict()) == str(before[1])
    assert torch.equal(model.head.weight.grad, torch.ones(2, 4))
    assert model.head.bias.grad is None


def test_an_optimizer_that_never_stepped_has_no_state_afterwards():
    model, optimizer = made()
    with assert_moves(model, optimizer=optimizer):
        step(model, optimizer)
    assert optimizer.state_dict()["state"] == {}


def test_what_is_frozen_may_stay_and_must():
    model, _ = made()
    head = torch.optim.SGD(model.head.parameters(), 0.1)
    with assert_moves(model, frozen="^backbone", optimizer=head):
        step(model, head)
    first, *others = failure(model, lambda: step(model, head), optimizer=head)
    assert first == "3 of 5 tensors did not do what they should:"
    assert "No value of backbone.0.weight changed: it is in no optimizer." in others
    both = torch.optim.SGD(model.parameters(), 0.1)
    _, line, _ = failure(model, lambda: step(model, both), frozen="^head", optimizer=both)
    assert re.fullmatch(
        r"head\.weight should stay, and 8 of its 8 values moved \S+ % of its size on average\.",
        line,
    )


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (lambda model, _: model.head.requires_grad_(False), "it is frozen"),
        (lambda _, optimizer: optimizer.param_groups[0].update(lr=0.0), "has a learning rate of 0"),
        (lambda model, _: setattr(model, "head_of_loss", nn.Identity()), "it gets no gradient"),
    ],
    ids=["frozen", "no rate", "no gradient"],
)
def test_the_cause_is_told_also_where_gradients_are_dropped_after_the_step(fault, cause):
    model, _ = made()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    fault(model, optimizer)

    def train() -> None:
        model.zero_grad()
        hidden = model.backbone(torch.randn(8, 3))
        (getattr(model, "head_of_loss", model.head)(hidden) ** 2).mean().backward()
        optimizer.step()
        model.zero_grad()

    _, *told = failure(model, train, optimizer=optimizer)
    of_head = [line for line in told if "head" in line]
    assert len(of_head) == 2
    assert all(cause in line for line in of_head)


def test_without_an_optimizer_none_is_missing():
    model, optimizer = made()
    model.head.weight.requires_grad_(False)
    _, *told = failure(model, lambda: step(model, optimizer))
    assert told == ["No value of head.weight changed: it is frozen."]
    _, *told = failure(model, lambda: None)
    assert "No value of head.bias changed: the cause was not seen." in told


def test_numbers_that_are_none_have_not_moved():
    model, optimizer = made(float("inf"))
    told = failure(model, lambda: step(model, optimizer), optimizer=optimizer)
    assert "head.bias has 2 of 2 values that are NaN or infinite." in told


def test_a_start_at_0_hides_nothing_and_what_it_hides_may_wait():
    model = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Linear(2, 2, bias=False))
    nn.init.zeros_(model[1].weight)

    def train(optimizer: torch.optim.Optimizer) -> None:
        model.zero_grad()
        ((model(X) - 1) ** 2).mean().backward()
        optimizer.step()

    both = torch.optim.SGD(model.parameters(), 0.1)
    with assert_moves(model, optimizer=both):
        train(both)
    first = torch.optim.SGD(model[0].parameters(), 0.1)
    _, *told = failure(model, lambda: train(first), frozen="^1", optimizer=first)
    assert told == [
        "No value of 0.weight changed: it has a gradient of 0, because weights after it are all 0."
    ]


def test_a_step_that_its_precision_rounds_away_is_none():
    model = nn.Linear(3, 2).bfloat16()
    optimizer = torch.optim.SGD(model.parameters(), 1e-7)

    def train() -> None:
        ((model(X.bfloat16()) - 1) ** 2).mean().backward()
        optimizer.step()

    _, *told = failure(model, train, optimizer=optimizer)
    assert len(told) == 2
    assert all("its number format rounds them away" in line for line in told)


def test_a_step_that_fails_is_taken_back_and_its_error_is_told():
    model, optimizer = made()
    before = copy.deepcopy(model.state_dict())

    def fail() -> None:
        step(model, optimizer)
        raise RuntimeError("later")

    with pytest.raises(RuntimeError, match="later"), assert_moves(model, optimizer=optimizer):
        fail()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_evaluation_moves_nothing():
    model, optimizer = made()
    with assert_still(model):
        model(X)
    with pytest.raises(AssertionError, match="5 of 5"), assert_still(model, optimizer=optimizer):
        step(model, optimizer)


@pytest.mark.parametrize("kind", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_any_arrays_are_compared_by_their_names(kind):
    kernel, bias = kind(np.ones((2, 2))), kind(np.array([np.nan, 0.0]))
    before = {"layer": {"kernel": kernel, "bias": bias}}
    after = {"layer": {"kernel": kernel + 1e-6, "bias": bias}}
    assert_still(before, before)
    assert_moves(before, after, frozen="bias$")
    with pytest.raises(AssertionError, match="layer/bias has 1 of 2 values that are NaN"):
        assert_moves(before, after)
    grads = {"layer": {"kernel": None, "bias": bias}}
    with pytest.raises(AssertionError, match="layer/kernel changed: it gets no gradient"):
        assert_moves(before, before, frozen="bias", grads=grads)


def test_what_cannot_be_meant_raises_at_once():
    model, _ = made()
    for frozen, sentence in (
        ("trunk", "frozen='trunk' matches none of backbone"),
        ("(", "frozen is no regular expression"),
    ):
        with pytest.raises(ValueError, match=sentence), assert_moves(model, frozen=frozen):
            pytest.fail("the step was made")
    with pytest.raises(ValueError, match="not of the same tensors: b"):
        assert_moves({"a": np.ones(2)}, {"a": np.ones(2), "b": np.ones(2)})
    with pytest.raises(TypeError, match="There is one argument, a dict"):
        assert_moves({"a": np.ones(2)})


def keras_model(rate: float = 0.1) -> keras.Model:
    layers = [keras.layers.Dense(4, name="first"), keras.layers.BatchNormalization(name="norm")]
    model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(2, name="last")])
    model.get_layer("first").trainable = False
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model


def train(model: keras.Model) -> None:
    model.fit(np.random.rand(8, 3), np.random.rand(8, 2), verbose=0)


def test_a_keras_step_is_judged_and_taken_back():
    model = keras_model()
    before = model.get_weights()
    with assert_moves(model, frozen="first"):
        train(model)
    for value, was in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, was)
    assert int(model.optimizer.iterations) == 0
    assert not any(np.any(each) for each in model.optimizer.variables[2:])
    told = failure(model, lambda: train(model))
    assert "first/kernel changed: it is frozen." in " ".join(told)
    idle = keras_model(0.0)
    told = failure(idle, lambda: train(idle), frozen="first")
    assert "last/kernel changed: it has a learning rate of 0." in " ".join(told)


ON_ANOTHER_BACKEND = """
import keras
from tests.frameworks.test_assertions import test_a_keras_step_is_judged_and_taken_back as test
test()
print(keras.backend.backend())
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_keras_step_is_taken_back_on_other_backends(backend):
    done = subprocess.run(
        [sys.executable, "-c", ON_ANOTHER_BACKEND],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split()[-1] == backend


DOCS = (ROOT / "docs" / "testing.md").read_text()
EXAMPLES = dict(re.findall(r"```python\n# (.+?)\n(.+?)```", DOCS, re.DOTALL))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_docs_pass(tmp_path, name):
    (tmp_path / f"test_{name}.py").write_text(EXAMPLES[name])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9] passed", done.stdout)
