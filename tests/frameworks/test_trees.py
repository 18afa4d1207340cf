"""Weights in the trees that libraries for JAX, Keras and PyTorch have them in."""

import os
import subprocess
import sys
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import tensorflow as tf
import torch
from flax import linen, nnx
from flax.core import FrozenDict
from flax.training.train_state import TrainState

from tb_plugin_weightdelta.recording import Recorder
from tests.support.places import ROOT
from tests.support.records import assert_truth, records, saved_states

KEY = jax.random.key(0)


class Linen(linen.Module):
    @linen.compact
    def __call__(self, inputs):
        return linen.Dense(1)(linen.tanh(linen.Dense(4)(inputs)))


class Nnx(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(0)
        self.layers = nnx.List([nnx.Linear(3, 4, rngs=rngs), nnx.Linear(4, 1, rngs=rngs)])
        self.scale = nnx.Param(jnp.ones(4))

    def __call__(self, inputs):
        return self.layers[1](jnp.tanh(self.layers[0](inputs) * self.scale[...]))


class Pair(NamedTuple):
    kernel: jax.Array
    bias: jax.Array


def linen_params():
    return Linen().init(KEY, jnp.ones((1, 3)))["params"]


def train_state():
    return TrainState.create(apply_fn=Linen().apply, params=linen_params(), tx=optax.sgd(0.1))


def keras_model():
    keras.utils.clear_session()
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="a")], name="net")


DENSE = {f"Dense_{n}/{kind}" for n in (0, 1) for kind in ("kernel", "bias")}
LAYERS = {f"layers/{n}/{kind}" for n in (0, 1) for kind in ("kernel", "bias")} | {"scale"}
TREES = {
    "linen": (linen_params, DENSE),
    "linen, frozen": (lambda: FrozenDict(linen_params()), DENSE),
    "train state": (lambda: train_state().params, DENSE),
    "nnx module": (Nnx, LAYERS),
    "nnx state": (lambda: nnx.state(Nnx()), LAYERS),
    "nnx params": (lambda: nnx.state(Nnx(), nnx.Param), LAYERS),
    "equinox": (
        lambda: eqx.nn.MLP(3, 1, 4, 1, key=KEY),
        {f"layers/{n}/{kind}" for n in (0, 1) for kind in ("weight", "bias")},
    ),
    "haiku": (
        lambda: {"mlp/~/linear_0": {"w": jnp.ones((3, 4)), "b": jnp.ones(4)}},
        {"mlp/~/linear_0/w", "mlp/~/linear_0/b"},
    ),
    "named tuples in lists": (
        lambda: [Pair(jnp.ones((3, 4)), jnp.ones(4)), {"last": (jnp.ones(2),)}],
        {"0/kernel", "0/bias", "1/last/0"},
    ),
    "keras model": (keras_model, {"net/a/kernel", "net/a/bias"}),
    "keras variables": (lambda: keras_model().trainable_variables, {"net/a/kernel", "net/a/bias"}),
    "torch module": (lambda: torch.nn.Sequential(torch.nn.Linear(3, 4)), {"0.weight", "0.bias"}),
    "torch state": (
        lambda: torch.nn.Sequential(torch.nn.Linear(3, 4)).state_dict(),
        {"0.weight", "0.bias"},
    ),
}


# Keras turns TensorFlow's variables into numpy arrays in a way of before numpy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("tree", TREES)
def test_names_are_paths_through_the_tree(tmp_path, said, tree):
    make, names = TREES[tree]
    weights = make()
    with Recorder(tmp_path) as recorder:
        for step in range(2):
            recorder.log(step, weights)
    found = records(tmp_path)
    assert set(found) == names
    assert all(list(series) == [0, 1] for series in found.values())
    assert all(series[1]["max_abs"] == 0 for series in found.values())
    assert said() == []


def test_a_whole_train_state_is_recorded_with_its_optimizer(tmp_path, said):
    state = TrainState.create(apply_fn=None, params=linen_params(), tx=optax.adam(0.1))
    with Recorder(tmp_path, include="^params/") as recorder:
        recorder.log(0, state)
    assert set(records(tmp_path)) == {f"params/{name}" for name in DENSE}
    assert said() == []


@pytest.mark.parametrize("nothing", [{}, [], {"a": None, "b": {}}, lambda: 1, eqx.nn.Identity()])
def test_what_holds_no_array_is_refused_at_once_with_what_to_give(tmp_path, nothing):
    with pytest.raises(TypeError, match="give a dictionary of arrays"):
        Recorder(tmp_path).log(0, nothing)


def test_weights_that_are_traced_are_refused_at_once(tmp_path):
    recorder = Recorder(tmp_path)

    @jax.jit
    def step(weights):
        recorder.log(0, weights)
        return weights

    with pytest.raises(TypeError, match="outside of jit"):
        step({"w": jnp.ones(3)})


def flat(tree) -> dict[str, np.ndarray]:
    """Copies, by the names that a recorder gives."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {"/".join(key.key for key in path): np.array(leaf, np.float64) for path, leaf in leaves}


@pytest.mark.parametrize("every", [1, 3])
def test_a_training_of_flax_is_measured_as_it_was(tmp_path, every):
    state = train_state()
    inputs = jax.random.normal(KEY, (8, 3))

    @jax.jit
    def step(state):
        def loss(params):
            return (state.apply_fn({"params": params}, inputs) ** 2).mean()

        return state.apply_gradients(grads=jax.grad(loss)(state.params))

    states = {0: flat(state.params)}
    with Recorder(tmp_path, every=every) as recorder:
        recorder.log(0, state.params)
        for number in range(1, 7):
            state = step(state)
            states[number] = flat(state.params)
            recorder.log(number, state.params)
    assert_truth(tmp_path, states, range(0, 7, every))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_loop_of_one_s_own_in_keras_is_measured_as_it_was(tmp_path):
    model, optimizer = keras_model(), keras.optimizers.SGD(0.1)
    variables = model.trainable_variables

    def saved():
        return {each.path: np.array(each.value, np.float64) for each in variables}

    states = {0: saved()}
    with Recorder(tmp_path) as recorder:
        recorder.log(0, variables)
        for number in range(1, 4):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(tf.ones((4, 3))) ** 2)
            optimizer.apply(tape.gradient(loss, variables), variables)
            states[number] = saved()
            recorder.log(number, variables)
    assert_truth(tmp_path, states, range(4))


EXPLICIT = """
import sys
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import PartitionSpec as P, NamedSharding
from pathlib import Path
from tb_plugin_weightdelta.recording import Recorder
from tests.support.records import save_states

mesh = jax.make_mesh((2, 2), ("x", "y"))
assert set(mesh.axis_types) == {jax.sharding.AxisType.Explicit}
if sys.argv[2] == "set":
    jax.set_mesh(mesh)
rng = np.random.default_rng(0)
shapes = {"1d": (12,), "2d": (12, 8), "large": (600, 500), "copied": (6, 4), "rows": (12, 3)}
laid_out = {"1d": P("x"), "2d": P("x", "y"), "large": P("x", "y"), "copied": P(), "rows": P("y")}
values = {name: rng.normal(size=shape).astype("float32") for name, shape in shapes.items()}
weights = {
    name: jax.device_put(value, NamedSharding(mesh, laid_out[name]))
    for name, value in values.items()
}
update = jax.jit(lambda tree: jax.tree.map(lambda w: 0.9 * w + 0.01, tree), donate_argnums=0)
states = {}
with Recorder(sys.argv[1], reference=sys.argv[3]) as recorder:
    for step in range(3):
        states[step] = {name: np.asarray(w).astype(np.float64) for name, w in weights.items()}
        recorder.log(step, weights)
        weights = update(weights)
save_states(Path(sys.argv[1]), states)
"""


@pytest.mark.parametrize("reference", ["device", "host"])
@pytest.mark.parametrize("mesh", ["given", "set"])
def test_arrays_on_a_mesh_of_explicit_axes_are_measured(tmp_path, mesh, reference):
    four = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    run = subprocess.run(
        [sys.executable, "-c", EXPLICIT, str(tmp_path), mesh, reference],
        cwd=ROOT,
        env={**os.environ, **four},
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "not recorded" not in run.stderr
    assert_truth(tmp_path, saved_states(tmp_path), range(3), 1e-6)
