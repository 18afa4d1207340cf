"""The recorder in JAX trainings: figures as of saved weights, on one device and on two."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from tensorboard.plugins.histogram import summary_v2
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.sums import SAMPLE
from tb_plugin_weightdelta.recording import Recorder
from tests.frameworks import jax_meshes, jax_training
from tests.frameworks.jax_training import EVERY, STEPS
from tests.support.places import ROOT
from tests.support.records import (
    assert_quantiles,
    assert_truth,
    histograms,
    layouts,
    records,
    saved_states,
)

RECORDED = range(0, STEPS + 1, EVERY)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("bfloat16", 1e-4)])
def test_figures_agree_with_saved_weights(tmp_path, dtype, tolerance):
    states = {}

    def see(step, weights):
        states[step] = {name: np.asarray(w).astype(np.float64) for name, w in weights.items()}

    jax_training.train(tmp_path, 1, dtype, see)
    assert_truth(tmp_path, states, RECORDED, tolerance)
    frozen = records(tmp_path)["head/kernel"][STEPS]
    assert frozen["max_abs"] == frozen["update_ratio"] == 0


def run_on(devices: int, module: str, *arguments: str) -> None:
    """Run one of the trainings beside this file where there are so many devices."""
    subprocess.run(
        [sys.executable, "-m", f"tests.frameworks.{module}", *arguments],
        cwd=ROOT,
        env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"},
        check=True,
        timeout=100,
    )


@pytest.fixture(scope="module")
def sharded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sharded")
    run_on(2, "jax_training", str(folder), "2", "float32")
    return folder


def test_two_devices_record_what_one_does(sharded):
    assert_truth(sharded, saved_states(sharded), RECORDED)
    assert layouts(sharded)["hidden/kernel"].sampled == SAMPLE


def test_samples_do_not_depend_on_the_sharding(sharded, tmp_path):
    jax_training.train(tmp_path, 1, "float32", lambda *_: None)
    one, two = (records(each)["hidden/kernel"][STEPS] for each in (tmp_path, sharded))
    for name in ("q668", "q5000", "q9332"):
        assert one[name] == pytest.approx(two[name], abs=1e-6 * one["max_abs"])


def test_histograms_do_not_depend_on_the_sharding(sharded):
    for name, series in histograms(sharded).items():
        for step in (0, STEPS):
            weights = saved_states(sharded)[step][name]
            wanted = tensor_util.make_ndarray(summary_v2.histogram_pb("w", weights).value[0].tensor)
            np.testing.assert_allclose(series[step], wanted, rtol=1e-12, atol=1e-12)


@pytest.fixture(scope="module")
def meshes(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("meshes")
    run_on(4, "jax_meshes", str(folder))
    return folder


@pytest.mark.parametrize("run", ["known", "set"])
def test_weights_on_a_mesh_of_explicit_axes_are_recorded(meshes, run):
    states = saved_states(meshes / run)
    assert_truth(meshes / run, states, range(jax_meshes.STEPS + 1), 1e-12)
    for name, series in records(meshes / run).items():
        moved = states[jax_meshes.STEPS][name].astype(np.float64) - states[0][name]
        assert_quantiles(series[jax_meshes.STEPS], moved.ravel())


@pytest.mark.parametrize("run", ["known", "set"])
def test_histograms_do_not_depend_on_the_axes_of_a_mesh(meshes, run):
    for name, series in histograms(meshes / run).items():
        for step, weights in saved_states(meshes / run).items():
            one = weights[name]
            wanted = tensor_util.make_ndarray(summary_v2.histogram_pb("w", one).value[0].tensor)
            np.testing.assert_allclose(series[step], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(300, 200), (600, 500)])
def test_quantiles_are_taken_where_the_weights_are(tmp_path, monkeypatch, shape):
    real, sent = np.asarray, []

    def send(array, *arguments, **options):
        if isinstance(array, jax.Array):
            sent.append(array.size)
        return real(array, *arguments, **options)

    rng = np.random.default_rng(0)
    start, moved = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    frozen = jnp.array(start)
    monkeypatch.setattr(np, "asarray", send)
    with Recorder(tmp_path, initial=False) as recorder:
        recorder.log(0, {"moving": jnp.array(start), "frozen": frozen})
        recorder.log(1, {"moving": jnp.array(start + moved), "frozen": frozen})
    monkeypatch.undo()
    assert 0 < max(sent) < 200
    wide = (start + moved).astype(np.float64) - start.astype(np.float64)
    assert_quantiles(records(tmp_path)["moving"][1], wide.ravel())
    assert_quantiles(records(tmp_path)["frozen"][1], 0 * wide.ravel())


def test_the_reference_may_be_on_the_host(tmp_path):
    with Recorder(tmp_path, reference="host") as recorder:
        for step in range(3):
            recorder.log(step, {"w": jnp.full(3, 1.0 + step)})
    found = records(tmp_path)["w"]
    assert [found[step]["mean_abs"] for step in range(3)] == [0, 1, 2]
    assert found[2]["update_ratio"] == pytest.approx(0.5)


@pytest.mark.parametrize(("reference", "kind"), [("device", jax.Array), ("host", np.ndarray)])
def test_the_copy_of_the_initial_weights_is_kept_where_it_should_be(tmp_path, reference, kind):
    weights = {"w": jnp.ones(3)}
    with Recorder(tmp_path, reference=reference) as recorder:
        recorder.log(0, weights)
        state = recorder.state_dict()
        assert isinstance(state["initial"]["w"], kind)
    with Recorder(tmp_path, reference=reference) as recorder:
        recorder.load_state_dict(state)
        recorder.log(1, weights)
        assert isinstance(recorder.state_dict()["initial"]["w"], kind)


def test_what_cannot_be_measured_is_told_once_and_the_rest_recorded(tmp_path, said):
    deleted = jnp.ones(2)
    deleted.delete()
    weights = {"key": jax.random.key(0), "integer": jnp.arange(3), "deleted": deleted}
    shared = jnp.ones(3)
    with Recorder(tmp_path) as recorder:
        for step in range(2):
            recorder.log(step, {**weights, "w": shared, "tied": shared, "empty": jnp.ones((0, 2))})
    assert list(records(tmp_path)) == ["w"]
    assert [sentence.split()[0] for sentence in said()] == ["integer", "deleted", "empty"]


def test_float64_stays_switched_off_for_everybody_else(tmp_path):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": jnp.ones(3)})
    assert jnp.ones(3, "float32").sum().dtype == jnp.float32
    assert not jax.config.jax_enable_x64


def test_the_end_records_the_last_weights_once(tmp_path):
    states = {}
    for every in (4, 5, 100):
        folder = tmp_path / str(every)
        recorder = Recorder(folder, every=every)
        weights = jax_training.weights(1, "float32")
        for step in range(9):
            states[step] = {name: np.asarray(w, np.float64) for name, w in weights.items()}
            recorder.log(step, weights)
            if step < 8:
                inputs, targets = np.ones((8, 300), "float32"), np.ones((8, 2), "float32")
                weights = jax_training.update(weights, inputs, targets)
        recorder.close(jnp.asarray(8), weights)
        for name, series in records(folder).items():
            assert list(series) == sorted({*range(0, 9, every), 8})
            moved = np.abs(states[8][name] - states[0][name])
            assert series[8]["mean_abs"] == pytest.approx(moved.mean(), rel=1e-6)


def test_an_end_without_what_it_needs_stops_nothing(tmp_path, said):
    recorder = Recorder(tmp_path)
    recorder.log(0, {"w": jnp.ones(3)})
    recorder.close("last", {"w": jnp.ones(3)})
    (sentence,) = said()
    assert "it must be the number of updates so far" in sentence


@pytest.mark.parametrize(
    "number", [jnp.asarray, np.int64, np.uint8, np.asarray], ids=["jax", "int64", "uint8", "numpy"]
)
def test_steps_may_be_whole_numbers_of_any_library(tmp_path, number):
    with Recorder(tmp_path, every=2) as recorder:
        for step in range(4):
            recorder.log(number(step), {"w": jnp.full(3, 1.0 + step)})
    found = records(tmp_path)["w"]
    assert list(found) == [0, 2]
    assert found[2]["update_ratio"] == pytest.approx(0.5)


def test_the_step_that_nnx_counts_is_a_step(tmp_path):
    model = nnx.Linear(2, 2, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    with Recorder(tmp_path) as recorder:
        for _ in range(2):
            recorder.log(optimizer.step, model)
            optimizer.update(model, nnx.grad(lambda model: model(jnp.ones((1, 2))).sum())(model))
    assert list(records(tmp_path)["kernel"]) == [0, 1]


NO_STEPS = [*("0", 1.0, None, jnp.asarray(1.0), jnp.asarray([0]), np.True_, jnp.asarray(True))]


@pytest.mark.parametrize("step", [*NO_STEPS, True, -1, jnp.asarray(-1)], ids=repr)
def test_what_is_no_step_is_refused_at_once_and_told_later(tmp_path, step, said):
    with Recorder(tmp_path) as recorder:
        with pytest.raises((TypeError, ValueError), match="it must be the number of updates"):
            recorder.log(step, {"w": jnp.ones(3)})
        recorder.log(0, {"w": jnp.ones(3)})
        recorder.log(step, {"w": jnp.ones(3)})
        recorder.log(step, {"w": jnp.ones(3)})
    (sentence,) = said()
    assert "it must be the number of updates" in sentence
    assert list(records(tmp_path)["w"]) == [0]
