"""The recorder in Keras trainings: figures as of saved weights, and nothing stops a training."""

import math
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_plugin_weightdelta.core.sums import SAMPLE
from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.arrays import tensorflow as tensorflow_arrays
from tb_plugin_weightdelta.recording.keras import WeightDeltaCallback
from tests.frameworks.keras_training import (
    BATCHES,
    EPOCHS,
    EVERY,
    SavedWeights,
    data,
    network,
    train,
)
from tests.support.places import ROOT
from tests.support.records import assert_quantiles, assert_truth, histograms, records, saved_states

STEPS = BATCHES * EPOCHS
RECORDED = range(0, STEPS + 1, EVERY)

# Keras turns TensorFlow's variables into numpy arrays in a way of before numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize(
    "compiled", [{"jit_compile": False}, {"jit_compile": True}, {"run_eagerly": True}], ids=str
)
def test_figures_agree_with_saved_weights(tmp_path, compiled):
    assert_truth(tmp_path, train(network(**compiled), tmp_path), RECORDED)


@pytest.mark.parametrize("options", [{"reference": "host"}, {"histograms": False}], ids=str)
def test_figures_do_not_depend_on_options(tmp_path, options):
    assert_truth(tmp_path, train(network(), tmp_path, **options), RECORDED)


def test_the_copy_of_the_initial_weights_is_kept_where_it_should_be(tmp_path):
    command = [sys.executable, "-m", "tests.frameworks.two_devices", str(tmp_path)]
    printed = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=100
    )
    assert printed.stdout.split() == ["device:CPU:1"] * 2 + ["device:CPU:0"] * 2


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_figures_agree_in_other_precisions(tmp_path, dtype):
    keras.config.set_dtype_policy(dtype)
    try:
        states = train(network(optimizer=keras.optimizers.SGD(0.05)), tmp_path)
    finally:
        keras.config.set_dtype_policy("float32")
    assert_truth(tmp_path, states, RECORDED, 1e-4)


@pytest.mark.parametrize(
    ("backend", "devices"), [("tensorflow", 2), ("torch", 1), ("jax", 1)], ids=str
)
def test_figures_agree_on_other_backends_and_on_two_devices(tmp_path, backend, devices):
    run_on(backend, tmp_path, str(devices))
    assert_truth(tmp_path, saved_states(tmp_path), RECORDED)


def run_on(backend: str, folder: Path, training: str) -> None:
    """Run one of the trainings beside this file with another backend."""
    subprocess.run(
        [sys.executable, "-m", "tests.frameworks.keras_training", str(folder), training],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
        timeout=100,
    )


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_steps_go_on_and_figures_agree_when_layers_are_frozen_and_unfrozen(tmp_path, backend):
    run_on(backend, tmp_path, "tune")
    states = saved_states(tmp_path)
    assert_truth(tmp_path, states, range(0, 3 * BATCHES + 1, EVERY))
    frozen, conv = (records(tmp_path)[f"net/{name}/kernel"] for name in ("frozen", "conv"))
    assert frozen[2 * BATCHES]["mean_abs"] == 0 < frozen[3 * BATCHES]["mean_abs"]
    assert conv[BATCHES]["mean_abs"] == conv[2 * BATCHES]["mean_abs"]
    assert conv[2 * BATCHES]["update_ratio"] == 0 < conv[3 * BATCHES]["update_ratio"]


def test_a_loop_by_hand_on_jax_is_recorded(tmp_path):
    run_on("jax", tmp_path, "loop")
    assert_truth(tmp_path, saved_states(tmp_path), range(0, BATCHES + 1, EVERY))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_figures_agree_when_tensorflow_takes_the_sums(tmp_path, monkeypatch, dtype):
    """As on a GPU: on the host, numpy does."""
    in_numpy = tmp_path / "numpy"
    with Recorder(in_numpy) as recorder:
        log_twice(recorder, dtype)
    monkeypatch.setattr(tensorflow_arrays, "is_on_host", lambda _: False)
    with Recorder(tmp_path) as recorder:
        states = log_twice(recorder, dtype)
    assert_truth(tmp_path, states, [0, 1], 1e-12)
    wanted = histograms(in_numpy)
    for name, series in histograms(tmp_path).items():
        for step, rows in series.items():
            np.testing.assert_array_equal(rows, wanted[name][step])


def log_twice(recorder: Recorder, dtype: str) -> dict[int, dict[str, np.ndarray]]:
    """Record weights of more than one block, before and after an update."""
    rng = np.random.default_rng(0)
    weight = tf.Variable(tf.cast(rng.normal(size=(600, 500)), dtype))
    states = {}
    for step in range(2):
        states[step] = {"w": tf.cast(weight, tf.float64).numpy()}
        recorder.log(step, {"w": weight})
        weight.assign_add(tf.cast(rng.normal(size=(600, 500)), dtype))
    return states


@pytest.mark.parametrize("elements", [60_000, 3 * SAMPLE])
def test_quantiles_are_taken_where_the_weights_are(tmp_path, monkeypatch, elements):
    """As on a GPU: on the host, numpy takes them of the same memory."""
    eager = type(tf.constant(0))
    real, sent = eager.numpy, []

    def send(tensor):
        sent.append(int(tf.size(tensor)))
        return real(tensor)

    rng = np.random.default_rng(0)
    start, moved = (rng.normal(size=elements) for _ in range(2))
    moving, frozen = tf.Variable(start), tf.Variable(start)
    monkeypatch.setattr(tensorflow_arrays, "is_on_host", lambda _: False)
    monkeypatch.setattr(eager, "numpy", send)
    with Recorder(tmp_path) as recorder:
        for step in range(2):
            recorder.log(step, {"moving": moving, "frozen": frozen})
            moving.assign(start + moved)
    monkeypatch.undo()
    assert 0 < max(sent) < 200
    assert_quantiles(records(tmp_path)["moving"][1], (start + moved) - start)
    assert_quantiles(records(tmp_path)["frozen"][1], 0 * moved)


def test_a_frozen_layer_gives_exactly_zero_and_the_others_move(tmp_path):
    train(network(), tmp_path)
    found = {name: series[STEPS] for name, series in records(tmp_path).items()}
    frozen = found["net/frozen/kernel"] if "net/frozen/kernel" in found else found["frozen/kernel"]
    assert frozen["max_abs"] == frozen["relative"] == frozen["update_ratio"] == 0
    assert frozen["cosine"] == 1
    moved = [figures["mean_abs"] > 0 for name, figures in found.items() if "frozen" not in name]
    assert all(moved)


def test_frozen_kernels_are_not_copied_until_they_are_trained(tmp_path, monkeypatch):
    model, kept = network(), []
    frozen = model.get_layer("frozen")
    keep = tensorflow_arrays.TensorFlowArrays.keep

    def counted(arrays, array, on_host):
        kept.append(tuple(array.shape) == tuple(frozen.kernel.shape))
        return keep(arrays, array, on_host)

    monkeypatch.setattr(tensorflow_arrays.TensorFlowArrays, "keep", counted)
    with WeightDeltaCallback(tmp_path, every=3) as callback:
        model.fit(*data(), batch_size=8, callbacks=[callback], verbose=0)
        assert len(kept) > 0 == sum(kept)
        frozen.trainable = True
        model.compile("sgd", model.loss)
        model.fit(*data(), batch_size=8, callbacks=[callback], verbose=0)
    assert sum(kept) == 1 + 2  # as it was at first, and before two records


def test_a_frozen_kernel_that_somebody_changes_is_told_once(tmp_path, said):
    model = network()
    with WeightDeltaCallback(tmp_path, every=3) as callback:
        for _ in range(2):
            model.fit(*data(), batch_size=8, epochs=2, callbacks=[callback], verbose=0)
            kernel = model.get_layer("frozen").kernel
            kernel.assign(kernel + 0.1)
    (sentence,) = said()
    assert sentence.startswith("net/frozen/kernel is no longer recorded: it changed")
    found = records(tmp_path)
    assert list(found["net/frozen/kernel"]) == [0, 3, 6, 9, 12]
    assert list(found["net/head/kernel"]) == list(range(0, 25, 3))


@pytest.mark.parametrize("every", [3, 5])
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_last_record_of_a_fit_has_the_averages_that_the_model_has(tmp_path, every, policy):
    """Also where the last step is recorded anyway."""
    keras.config.set_dtype_policy(policy)
    try:
        model = network(optimizer=keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9))
    finally:
        keras.config.set_dtype_policy("float32")
    kernel, saved = model.get_layer("head").kernel, SavedWeights()
    averages = {}
    with WeightDeltaCallback(tmp_path, every=every) as callback:
        for fit in (1, 2):
            model.fit(*data(), batch_size=8, callbacks=[callback, saved], verbose=0)
            averages[fit * BATCHES] = np.array(kernel, np.float64)
    head = records(tmp_path)["net/head/kernel"]
    assert list(head) == sorted({0, *averages, *range(0, 2 * BATCHES + 1, every)})
    states = {step: state["net/head/kernel"] for step, state in saved.states.items()}
    for step, figures in head.items():
        wanted = averages.get(step, states.get(step))
        if wanted is not None:
            moved = np.abs(wanted - states[0])
            assert figures["mean_abs"] == pytest.approx(moved.mean(), rel=1e-6)
        if step in averages:
            assert math.isnan(figures["update_ratio"])


def test_a_loop_with_a_tape_is_recorded(tmp_path):
    model, saved = network(), SavedWeights()
    saved.set_model(model)
    inputs, targets = data()
    optimizer = keras.optimizers.Adam(1e-2)
    with Recorder(tmp_path, every=EVERY) as recorder:
        for saved.step in range(BATCHES + 1):
            saved.save()
            recorder.log(saved.step, model.trainable_variables)
            with tf.GradientTape() as tape:
                loss = model.loss(targets, model(inputs, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    names = {variable.path for variable in model.trainable_variables}
    states = {
        step: {name: weights for name, weights in state.items() if name in names}
        for step, state in saved.states.items()
    }
    assert_truth(tmp_path, states, range(0, BATCHES + 1, EVERY))


def test_histograms_start_before_the_first_update(tmp_path):
    states = train(network(), tmp_path)
    for name, rows in histograms(tmp_path).items():
        assert rows[0][:, 2].sum() == states[0][name].size
        assert rows[0][0, 0] == states[0][name].min()


def test_between_recorded_steps_weights_are_not_looked_at(tmp_path, monkeypatch):
    callback = WeightDeltaCallback(tmp_path, every=5, include="head/kernel", initial=False)
    asked = {"weights": [], "keep": [], "sums": [], "as_numpy": []}

    def counted(owner, name, steps):
        real = getattr(owner, name)

        def method(*arguments, **options):
            steps.append(callback._step)
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, method)

    counted(callback, "_weights", asked["weights"])
    for name in ("keep", "sums", "as_numpy"):
        counted(tensorflow_arrays.TensorFlowArrays, name, asked[name])
    with callback:
        network().fit(*data(), batch_size=8, epochs=EPOCHS, callbacks=[callback], verbose=0)
    assert {name: sorted(set(steps)) for name, steps in asked.items()} == {
        "weights": [0, 4, 5, 9, 10, 12],
        "keep": [0, 4, 9],
        "sums": [0, 5, 10, 12],
        "as_numpy": [0],  # the optimizer's count of its steps
    }


def test_fit_may_be_called_again(tmp_path):
    model = network()
    with WeightDeltaCallback(tmp_path, every=4) as callback:
        for _ in range(2):
            model.fit(*data(), batch_size=8, callbacks=[callback], verbose=0)
    head = records(tmp_path)["net/head/kernel"]
    assert list(head) == [0, 4, 6, 8, 12]
    assert {figures["baseline_step"] for figures in head.values()} == {0}


def test_steps_taken_at_once_are_counted(tmp_path):
    """Four of the six batches of an epoch in one go, then two that Keras also calls four."""
    model = network(steps_per_execution=4)
    with WeightDeltaCallback(tmp_path, every=3) as callback:
        model.fit(*data(), batch_size=8, epochs=2, callbacks=[callback], verbose=0)
    head = records(tmp_path)["net/head/kernel"]
    assert list(head) == [0, 4, 6, 10, 12]
    assert all(math.isnan(figures["update_ratio"]) for figures in head.values())


def test_batches_that_only_accumulate_gradients_have_no_update_ratio(tmp_path):
    model = network(optimizer=keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    with WeightDeltaCallback(tmp_path, every=1, exclude="frozen") as callback:
        model.fit(*data(), batch_size=8, callbacks=[callback], verbose=0)
    head = records(tmp_path)["net/head/kernel"]
    assert [math.isnan(head[step]["update_ratio"]) for step in range(7)] == [
        *(True, True, False, True, False, True, False)
    ]
    assert head[1]["mean_abs"] == 0
    assert head[2]["update_ratio"] > 0


def test_a_train_step_may_do_without_an_optimizer(tmp_path, said):
    class ByHand(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.w = self.add_weight(shape=(3,), initializer="ones", name="w")

        def call(self, inputs):
            return inputs * self.w

        def train_step(self, data):
            self.w.assign_sub(0.1 * self.w)
            return {"loss": 0.0}

    model = ByHand()
    model.compile(optimizer=None, loss="mse")
    model.optimizer = None
    with WeightDeltaCallback(tmp_path, every=2) as callback:
        model.fit(np.ones((8, 3)), np.ones((8, 3)), batch_size=2, callbacks=[callback], verbose=0)
    (series,) = records(tmp_path).values()
    assert list(series) == [0, 2, 4]
    assert series[4]["update_ratio"] == pytest.approx(0.1, rel=1e-5)
    assert said() == []


def test_tied_weights_are_counted_once(tmp_path):
    shared = keras.layers.Dense(4, name="shared")
    inputs = keras.Input((4,))
    model = keras.Model(inputs, shared(shared(inputs)))
    model.compile("sgd", "mse")
    with WeightDeltaCallback(tmp_path, every=1) as callback:
        model.fit(np.ones((4, 4)), np.zeros((4, 4)), callbacks=[callback], verbose=0)
    assert sorted(records(tmp_path)) == ["shared/bias", "shared/kernel"]


def test_weights_of_equal_paths_are_numbered(tmp_path, said):
    outputs = inputs = keras.Input((4,))
    for _ in range(2):
        inner = keras.Input((4,))
        outputs = keras.Model(inner, keras.layers.Dense(4, name="d")(inner))(outputs)
    model = keras.Model(inputs, outputs)
    assert [each.path for each in model.weights] == ["d/kernel", "d/bias"] * 2
    model.compile("sgd", "mse")
    with WeightDeltaCallback(tmp_path, every=1) as callback:
        model.fit(np.ones((4, 4)), np.zeros((4, 4)), callbacks=[callback], verbose=0)
    found = records(tmp_path)
    norms = [float(np.linalg.norm(np.asarray(each.value))) for each in model.weights]
    assert [series[1]["norm"] for series in found.values()] == pytest.approx(norms)
    assert list(found) == ["d/kernel", "d/bias", "d/kernel_1", "d/bias_1"]
    assert said() == []


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(3)])
        self.last = keras.layers.Dense(1)

    def call(self, inputs):
        return self.last(self.inner(inputs))


def subclassed() -> keras.Model:
    model = Subclassed()
    model(np.ones((1, 4)))
    return model


def sequential() -> keras.Model:
    """The inner one has no weights; Keras has counted it all the same."""
    augmenting = keras.Sequential([keras.layers.GaussianNoise(0.1)])
    layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input((4,)), augmenting, *layers])


def functional() -> keras.Model:
    """Layers stand in another order than they were made, and one is used twice."""
    last, shared = keras.layers.Dense(1), keras.layers.Dense(4)
    inputs = keras.Input((4,))
    outputs = shared(keras.layers.Dense(4, name="mine_5")(shared(inputs)))
    return keras.Model(inputs, last(keras.Sequential([keras.layers.Dense(2)])(outputs)))


def trained(folder: Path, model: keras.Model, **options) -> list[str]:
    """Two steps, recorded; the names as Keras has them."""
    model.compile(keras.optimizers.Adam(0.1), "mse")
    with WeightDeltaCallback(folder, every=1, **options) as callback:
        data = (np.ones((4, 4)), np.ones((4, 1)))
        model.fit(*data, batch_size=2, callbacks=[callback], verbose=0)
    return [each.path for each in model.weights]


@pytest.mark.parametrize("build", [sequential, functional, subclassed])
def test_a_cell_that_runs_again_has_the_names_of_a_fresh_process(tmp_path, build, said):
    keras.backend.clear_session()  # which numbers as a fresh process
    fresh = trained(tmp_path / "0", build())
    for run in ("1", "2"):
        model = build()
        assert set(trained(tmp_path / run, model)).isdisjoint(fresh) == (build is not functional)
        found = records(tmp_path / run)
        assert list(found) == fresh == list(records(tmp_path / "0"))
        norms = [float(np.linalg.norm(np.asarray(each.value))) for each in model.weights]
        assert [series[2]["norm"] for series in found.values()] == pytest.approx(norms)
        assert set(histograms(tmp_path / run)) == set(fresh)
    assert said() == []


def test_names_that_were_given_stay(tmp_path):
    keras.backend.clear_session()
    layers = [keras.layers.Dense(3, name="dense_1"), keras.layers.Dense(1, name="dense_2")]
    names = trained(tmp_path, keras.Sequential([keras.Input((4,)), *layers]))
    assert list(records(tmp_path)) == names
    assert names[0] == "sequential/dense_1/kernel"


def test_no_two_layers_get_one_name(tmp_path):
    keras.backend.clear_session()
    for _ in range(2):
        keras.layers.Dense(1)
    layers = [keras.layers.Dense(3), keras.layers.Dense(1, name="dense")]
    names = trained(tmp_path, keras.Sequential([keras.Input((4,)), *layers]))
    assert list(records(tmp_path)) == names
    assert names[0] == "sequential/dense_2/kernel"


def test_without_histograms_names_are_those_of_keras_own(tmp_path):
    for run in range(2):
        names = trained(tmp_path / str(run), sequential(), histograms=False)
    assert list(records(tmp_path / "1")) == names


def test_names_are_kept_while_a_model_grows_and_keras_counts_anew(tmp_path, said):
    sequential()
    model = sequential()
    data = (np.ones((4, 4)), np.ones((4, 1)))
    with WeightDeltaCallback(tmp_path, every=1) as callback:
        for _ in range(2):
            model.compile("sgd", "mse")
            model.fit(*data, batch_size=2, callbacks=[callback], verbose=0)
            keras.backend.clear_session()
            if len(model.layers) == 4:
                model.add(keras.layers.Dense(1, name="more"))
    assert {name: list(series) for name, series in records(tmp_path).items()} == {
        name: [3, 4] if "more" in name else [0, 1, 2, 3, 4] for name in records(tmp_path)
    }
    assert sorted(said()) == [
        f"sequential_1/more/{kind} is measured from step 3 on, its first."
        for kind in ("bias", "kernel")
    ]


def test_a_model_that_has_no_weights_before_its_first_batch_is_told_once(tmp_path, said):
    model = keras.Sequential([keras.layers.Dense(3, name="a"), keras.layers.Dense(1, name="b")])
    model.compile("sgd", "mse")
    saved = SavedWeights()
    with WeightDeltaCallback(tmp_path, every=EVERY) as callback:
        data = (np.ones((2 * BATCHES, 4)), np.ones((2 * BATCHES, 1)))
        model.fit(*data, batch_size=2, callbacks=[callback, saved], verbose=0)
    found = records(tmp_path)
    assert {name.partition("/")[2] for name in found} == {
        "a/kernel",
        "a/bias",
        "b/kernel",
        "b/bias",
    }
    for name, series in found.items():
        assert list(series) == [1, 3, 6]
        assert {figures["baseline_step"] for figures in series.values()} == {1}
        path = name.replace("sequential", model.name)
        norm = np.linalg.norm(saved.states[6][path])
        assert series[6]["norm"] == pytest.approx(norm)
    (sentence,) = said()
    assert sentence.startswith("The model had no weights before its first batch: movement is")


def test_a_training_is_resumed_in_the_process_that_began_it(tmp_path, said):
    states = []
    for run in range(2):
        model = sequential()
        model.compile("sgd", "mse")
        model.optimizer.build(model.trainable_variables)
        model.optimizer.iterations.assign(2 * run)
        with WeightDeltaCallback(tmp_path / str(run), every=1) as callback:
            for state in states:
                callback.load_state_dict(state)
            data = (np.ones((4, 4)), np.ones((4, 1)))
            model.fit(*data, batch_size=2, callbacks=[callback], verbose=0)
            states.append(callback.state_dict())
    for series in records(tmp_path / "1").values():
        assert {step: figures["baseline_step"] for step, figures in series.items()} == {3: 0, 4: 0}
    assert said() == []


def test_what_a_layer_keeps_for_itself_is_measured_whatever_its_shape(tmp_path, said):
    keras.utils.set_random_seed(0)
    inner = keras.layers.Dense(3, name="inner")
    layer = keras.layers.SpectralNormalization(inner, name="norm")
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1, name="head")])
    start = np.array(layer.vector_u)
    trained(tmp_path, model)
    series = records(tmp_path)["sequential/norm/vector_u"]
    assert series[2]["mean_abs"] == pytest.approx(np.abs(np.array(layer.vector_u) - start).mean())
    assert series[2]["mean_abs"] > 0
    assert said() == []


def test_the_base_of_keras_adapters_is_not_copied(tmp_path, monkeypatch, said):
    kept = []
    keep = tensorflow_arrays.TensorFlowArrays.keep

    def counted(arrays, array, on_host):
        kept.append(tuple(array.shape))
        return keep(arrays, array, on_host)

    monkeypatch.setattr(tensorflow_arrays.TensorFlowArrays, "keep", counted)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, name="head")])
    model.layers[0].enable_lora(2)
    trained(tmp_path, model)
    assert set(kept) == {(4, 2), (2, 1), (1,)}
    assert records(tmp_path)["sequential/head/kernel"][2]["max_abs"] == 0
    assert said() == []


def test_weights_that_become_nan_stop_nothing(tmp_path, said):
    model = network(optimizer=keras.optimizers.SGD(1e30))
    with WeightDeltaCallback(tmp_path, every=1) as callback:
        model.fit(*data(), batch_size=8, callbacks=[callback], verbose=0)
    last = records(tmp_path)["net/head/kernel"][BATCHES]
    assert last["non_finite"] > 0
    assert math.isnan(last["rms"])
    assert said() == []


def test_quantised_weights_are_told_once_and_the_rest_recorded(tmp_path, said):
    model = network()
    model.get_layer("head").quantize("int8")
    with Recorder(tmp_path) as recorder:
        for step in range(2):
            recorder.log(step, {each.path: each for each in model.weights})
    assert "net/norm/gamma" in records(tmp_path)
    assert said() == ["net/head/kernel is not recorded: it holds int8, not weights with a point."]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, said):
    (tmp_path / "file").write_text("in the way")
    train(network(), tmp_path / "file" / "run")
    (sentence,) = said()
    assert sentence.startswith("Nothing is recorded from step 0 on")


def test_recording_changes_nothing_in_the_training(tmp_path):
    ends = []
    for callbacks in ([], [WeightDeltaCallback(tmp_path, every=1)]):
        model = network()
        model.fit(*data(), batch_size=8, callbacks=callbacks, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    for plain, recorded in zip(*ends, strict=True):
        np.testing.assert_array_equal(plain, recorded)


def test_tensors_and_variables_can_be_logged_by_hand(tmp_path, said):
    weights = {
        "variable": tf.Variable(tf.ones(300_000, tf.bfloat16)),
        "tensor": tf.ones((2, 3), tf.float64),
        "sparse": tf.sparse.eye(3),
        "integer": tf.constant([1, 2]),
        "empty": tf.zeros((0, 2)),
    }
    with Recorder(tmp_path) as recorder:
        recorder.log(0, weights)
        weights["variable"].assign_add(tf.ones(300_000, tf.bfloat16))
        recorder.log(1, weights)
    found = records(tmp_path)
    assert list(found) == ["variable", "tensor"]
    assert (found["variable"][1]["mean_abs"], found["variable"][1]["update_ratio"]) == (1, 1)
    assert found["tensor"][1]["max_abs"] == 0
    assert sorted(sentence.split()[0] for sentence in said()) == ["empty", "integer", "sparse"]
