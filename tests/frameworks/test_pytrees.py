"""What JAX' libraries keep weights in, and the names that these have in it."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx
from flax.core import freeze
from flax.training.train_state import TrainState
from flax.traverse_util import flatten_dict

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.weights import flattened
from tests.support.records import assert_truth, records

INPUTS = jnp.asarray(np.random.default_rng(0).normal(size=(8, 4)), jnp.float32)
STEPS = 6


class Linen(linen.Module):
    @linen.compact
    def __call__(self, inputs):
        hidden = linen.relu(linen.Dense(3, name="hidden")(inputs))
        return linen.Dense(2, kernel_init=boxed(), name="head")(hidden)


def boxed():
    """As models for several devices are written: the kernel says how it may be sharded."""
    return linen.with_partitioning(linen.initializers.normal(), ("rows", "columns"))


class Nnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layers = nnx.List([nnx.Linear(4, 4, rngs=rngs) for _ in range(2)])
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = nnx.relu(layer(inputs))
        return self.drop(self.norm(inputs))


class Equinox(eqx.Module):
    layers: list[Any]
    activation: Any
    share: float
    shape: tuple[int, ...] = eqx.field(static=True)
    dtype: str = eqx.field(static=True)

    def __init__(self) -> None:
        keys = jax.random.split(jax.random.key(0))
        first, second = (eqx.nn.Linear(4, 4, key=key) for key in keys)
        self.layers = [first, eqx.nn.Dropout(0.5), jax.nn.relu, second]
        self.activation, self.share = jax.nn.relu, 0.5
        self.shape, self.dtype = (4, 4), "as arrays have them"


class Layer(NamedTuple):
    weight: Any
    bias: Any = None


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Registered:
    layer: Layer
    value: Any


ONE = jnp.ones(2)
LINEN = {"hidden/kernel", "hidden/bias", "head/kernel", "head/bias"}
NNX = {f"layers/{n}/{kind}" for n in (0, 1) for kind in ("kernel", "bias")}
NNX |= {f"norm/{kind}" for kind in ("bias", "scale", "mean", "var")}
EQUINOX = {f"layers/{n}/{kind}" for n in (0, 3) for kind in ("weight", "bias")}


def below(prefix: str, names: set[str]) -> set[str]:
    return {f"{prefix}/{name}" for name in names}


@pytest.fixture
def variables():
    return Linen().init(jax.random.key(0), INPUTS)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (lambda variables: variables, below("params", LINEN)),
        (lambda variables: variables["params"], LINEN),
        (lambda variables: linen.unbox(variables["params"]), LINEN),
        (lambda variables: freeze(variables["params"]), LINEN),
        (lambda variables: flatten_dict(variables["params"]), LINEN),
        (lambda variables: flatten_dict(variables["params"], sep="/"), LINEN),
    ],
    ids=["variables", "params", "unboxed", "frozen", "flat", "joined"],
)
def test_linen_has_the_names_of_its_modules(variables, given, names):
    assert set(flattened(given(variables))) == names


class WithStatistics(TrainState):
    batch_stats: Any


class Trained(NamedTuple):
    """As Haiku's examples have it."""

    params: Any
    average: Any
    opt_state: Any


def train_state() -> TrainState:
    variables = linen.unbox(Linen().init(jax.random.key(0), INPUTS))
    told = {"apply_fn": Linen().apply, "params": variables["params"]}
    return WithStatistics.create(**told, tx=optax.adam(1e-2), batch_stats={"norm": {"mean": ONE}})


def updated(state: TrainState) -> TrainState:
    def loss(params):
        return (state.apply_fn({"params": params}, INPUTS) ** 2).mean()

    return state.apply_gradients(grads=jax.grad(loss)(state.params))


PARAMETERS = below("params", LINEN)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (lambda state: state, {*PARAMETERS, "batch_stats/norm/mean"}),
        (lambda state: {"a": state}, below("a", {*PARAMETERS, "batch_stats/norm/mean"})),
        (lambda state: {"params": state.params, "opt_state": state.opt_state}, PARAMETERS),
        (
            lambda state: Trained(state.params, {"x": ONE + state.step}, state.opt_state),
            {*PARAMETERS, "average/x"},
        ),
    ],
    ids=["state", "nested", "checkpoint", "haiku"],
)
def test_of_a_training_s_state_the_weights_are_recorded(tmp_path, said, mentioned, given, names):
    """Neither what an optimizer keeps nor the count of steps."""
    state = train_state()
    with Recorder(tmp_path) as recorder:
        for step in range(3):
            recorder.log(step, given(state))
            state = updated(state)
    found = records(tmp_path)
    assert set(found) == names
    assert all(series[2]["max_abs"] > 0 for name, series in found.items() if "kernel" in name)
    assert said() == []
    assert sum("opt_state" in sentence for sentence in mentioned()) == 1


def test_what_an_optimizer_keeps_may_be_logged_on_purpose(tmp_path):
    state = train_state()
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"moments": state.opt_state[0].mu})
    assert set(records(tmp_path)) == below("moments", LINEN)


@pytest.mark.parametrize(
    "given",
    [
        lambda model: model,
        nnx.state,
        lambda model: nnx.to_pure_dict(nnx.state(model)),
        lambda model: dict(nnx.to_flat_state(nnx.state(model))),
    ],
    ids=["module", "state", "pure", "flat"],
)
def test_nnx_has_the_same_names_as_a_module_and_as_its_state(given):
    generators = {"drop/rngs/count", "drop/rngs/key"}
    found = flattened(given(Nnx(nnx.Rngs(0))))
    assert set(found) == NNX | generators
    assert {isinstance(array, jax.Array) for array in found.values()} == {True}


def test_nnx_may_be_given_one_kind_of_variable_or_split():
    model = Nnx(nnx.Rngs(0))
    trained = NNX - {"norm/mean", "norm/var"}
    assert set(flattened(nnx.state(model, nnx.Param))) == trained
    assert set(flattened(nnx.split(model, nnx.Param, ...)[1])) == trained


@pytest.mark.parametrize(
    "given", [lambda model: model, lambda model: eqx.filter(model, eqx.is_array)], ids=["all", "f"]
)
def test_functions_and_options_of_equinox_are_no_weights(given):
    assert set(flattened(given(Equinox()))) == EQUINOX


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        ({"linear": {"w": ONE}, "linear/~/inner": {"w": ONE}}, ["linear/w", "linear/~/inner/w"]),
        ([ONE, np.ones(3)], ["0", "1"]),
        ((ONE, (ONE, ()), None), ["0", "1/0"]),
        ([{"w": ONE}, jax.nn.relu], ["0/w"]),
        (Layer(ONE), ["weight"]),
        ([Layer(ONE, ONE)], ["0/weight", "0/bias"]),
        (Registered(Layer(ONE), ONE), ["layer/weight", "value"]),
        ({"critic": Registered(Layer(ONE), {"b": ONE})}, ["critic/layer/weight", "critic/value/b"]),
        (optax.sgd(0.1, momentum=0.9).init({"w": ONE}), ["0/trace/w"]),
        ({"list": [1.0, 2.0], "number": 0.5}, ["list", "number"]),
    ],
    ids=[
        *("haiku", "list", "tuple", "function", "named", "named in list", "dataclass"),
        *("dataclass in dict", "optax", "numbers"),
    ],
)
def test_all_other_trees_have_names_of_their_parts(tree, names):
    assert list(flattened(tree)) == names


# Once JAX is there, it has an opinion on each of them.
@pytest.mark.parametrize(
    "given",
    [None, 3, "text", ONE, {}, [1.0], {"w": len}, Linen(), object(), (each for each in [ONE])],
    ids=lambda given: type(given).__name__,
)
def test_what_holds_no_array_is_refused_at_once_with_what_to_give(tmp_path, given):
    with pytest.raises(TypeError, match=r"hold no array .* give a dictionary"):
        Recorder(tmp_path).log(0, given)


def test_a_call_inside_jit_is_refused_at_once(tmp_path):
    recorder = Recorder(tmp_path)

    @jax.jit
    def step(weights):
        recorder.log(0, weights)
        return weights

    with pytest.raises(TypeError, match="call log outside of jit"):
        step({"w": ONE})


def seen(tree: Any) -> dict[str, np.ndarray]:
    """The weights as the test saves them, by the names that it knows."""
    return {name: np.asarray(array, np.float64) for name, array in tree.items()}


def linen_training():
    params = linen.unbox(Linen().init(jax.random.key(0), INPUTS)["params"])
    state = TrainState.create(apply_fn=Linen().apply, params=params, tx=optax.adam(1e-2))

    @partial(jax.jit, donate_argnums=0)
    def update(state):
        def loss(params):
            return (state.apply_fn({"params": params}, INPUTS) ** 2).mean()

        return state.apply_gradients(grads=jax.grad(loss)(state.params))

    while True:
        saved = {
            f"{layer}/{kind}": state.params[layer][kind]
            for layer in ("hidden", "head")
            for kind in ("kernel", "bias")
        }
        yield state.params, seen(saved)
        state = update(state)


def nnx_training():
    model = Nnx(nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=nnx.Param)

    @partial(nnx.jit, donate_argnums=(0, 1))
    def update(model, optimizer):
        gradients = nnx.grad(lambda model: (model(INPUTS) ** 2).mean())(model)
        optimizer.update(model, gradients)

    while True:
        saved = {
            f"layers/{place}/{kind}": getattr(layer, kind)[...]
            for place, layer in enumerate(model.layers)
            for kind in ("kernel", "bias")
        }
        saved |= {f"norm/{kind}": getattr(model.norm, kind)[...] for kind in ("bias", "scale")}
        saved |= {f"norm/{kind}": getattr(model.norm, kind)[...] for kind in ("mean", "var")}
        yield model, seen(saved)
        update(model, optimizer)


def equinox_training():
    model = Equinox()
    optimizer = optax.sgd(1e-2, momentum=0.9)
    state = optimizer.init(eqx.filter(model, eqx.is_array))

    @partial(eqx.filter_jit, donate="all")
    def update(model, state):
        def loss(model):
            hidden = jax.vmap(model.layers[0])(INPUTS)
            return (jax.vmap(model.layers[3])(model.activation(hidden)) ** 2).mean()

        gradients = eqx.filter_grad(loss)(model)
        updates, state = optimizer.update(gradients, state)
        return eqx.apply_updates(model, updates), state

    while True:
        saved = {
            f"layers/{place}/{kind}": getattr(model.layers[place], kind)
            for place in (0, 3)
            for kind in ("weight", "bias")
        }
        yield model, seen(saved)
        model, state = update(model, state)


@pytest.mark.parametrize("training", [linen_training, nnx_training, equinox_training])
@pytest.mark.parametrize("every", [1, 3])
def test_figures_agree_with_saved_weights_whose_memory_each_step_takes(
    tmp_path, training, every, said
):
    states = {}
    with Recorder(tmp_path, every=every) as recorder:
        for step, (weights, saved) in zip(range(STEPS + 1), training(), strict=False):
            states[step] = saved
            recorder.log(step, weights)
    assert_truth(tmp_path, states, range(0, STEPS + 1, every), 1e-12)
    assert said() == []


@pytest.mark.parametrize("training", [linen_training, nnx_training, equinox_training])
def test_now_and_then_and_at_the_end_is_enough(tmp_path, training):
    """Nothing is kept in between, and a donated buffer not read."""
    states = {}
    recorder = Recorder(tmp_path, every=3)
    for step, (weights, saved) in zip(range(STEPS), training(), strict=False):
        states[step] = saved
        if step % 3 == 0:
            recorder.log(step, weights)
    recorder.close(STEPS - 1, weights)
    found = records(tmp_path)
    for name, series in found.items():
        assert list(series) == [0, 3, STEPS - 1]
        for step, figures in series.items():
            moved = np.abs(states[step][name] - states[0][name])
            assert figures["mean_abs"] == pytest.approx(moved.mean(), rel=1e-12)
    assert found.keys() == states[0].keys()
