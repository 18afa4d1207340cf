"""PyTorch, Keras and JAX trainings that are resumed from a checkpoint."""

import contextlib

import jax.numpy as jnp
import keras
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.keras import WeightDeltaCallback
from tb_plugin_weightdelta.recording.torch import record
from tests.frameworks import keras_training
from tests.support.records import layouts, records

torch.set_num_threads(1)

# Keras turns TensorFlow's variables into numpy arrays in a way of before numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


class Training:
    """One PyTorch training, which goes on from a checkpoint."""

    def __init__(self, dtype=torch.float32) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Linear(3, 2).to(dtype)
        self.optimizer = torch.optim.Adam(self.model.parameters(), 0.1)

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.optimizer.zero_grad()
            self.model(torch.ones(1, 3, dtype=self.model.weight.dtype)).sum().backward()
            self.optimizer.step()

    def checkpoint(self, path, recording=None) -> None:
        states = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        if recording:
            states["recording"] = recording.state_dict()
        torch.save(states, path)

    def load(self, path, recording=None) -> None:
        states = torch.load(path)  # which trusts tensors and plain values alone
        self.model.load_state_dict(states["model"])
        self.optimizer.load_state_dict(states["optimizer"])
        if recording:
            recording.load_state_dict(states["recording"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a training of eight steps records that is not interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    training = Training()
    with record(training.model, training.optimizer, folder, every=2):
        training.steps(8)
    return records(folder)


@pytest.mark.parametrize("reference", ["device", "host"])
def test_pytorch_goes_on_from_the_state_in_a_checkpoint(tmp_path, whole, said, reference):
    training = Training()
    options = {"every": 2, "reference": reference}
    with record(training.model, training.optimizer, tmp_path / "run", **options) as recording:
        training.steps(5)
        training.checkpoint(tmp_path / "checkpoint", recording)
    again = Training()
    with record(again.model, again.optimizer, tmp_path / "run", **options) as recording:
        again.load(tmp_path / "checkpoint", recording)
        again.steps(3)
    assert_same(records(tmp_path / "run"), whole)
    assert said() == []


def assert_same(found, whole):
    assert found.keys() == whole.keys()
    for name, series in whole.items():
        # Where a part ends, its last weights are recorded besides.
        assert set(series) <= set(found[name])
        for step, figures in series.items():
            assert found[name][step] == pytest.approx(figures, nan_ok=True)


def test_pytorch_goes_on_with_a_file(tmp_path, whole, said):
    options = {"every": 2, "initial": tmp_path / "initial.npz"}
    training = Training()
    with record(training.model, training.optimizer, tmp_path / "run", **options):
        training.steps(5)
        training.checkpoint(tmp_path / "checkpoint")
    again = Training()
    again.load(tmp_path / "checkpoint")
    with record(again.model, again.optimizer, tmp_path / "run", **options):
        again.steps(3)  # Adam knows that these are 6, 7 and 8
    assert_same(records(tmp_path / "run"), whole)
    assert said() == []


def test_a_file_keeps_bfloat16(tmp_path):
    file = tmp_path / "initial.npz"
    training = Training(torch.bfloat16)
    options = {"every": 1, "initial": file}
    with record(training.model, training.optimizer, tmp_path / "a", **options):
        training.steps(1)
    with record(training.model, training.optimizer, tmp_path / "b", **options, step=1):
        training.optimizer.param_groups[0]["lr"] = 0.0
        training.steps(1)
    one, two = records(tmp_path / "a")["weight"][1], records(tmp_path / "b")["weight"][2]
    assert one["mean_abs"] == two["mean_abs"] > 0
    assert two["baseline_step"] == 0


def test_pytorch_without_its_baseline_says_so_once(tmp_path, said):
    training = Training()
    training.steps(5)
    training.checkpoint(tmp_path / "checkpoint")
    again = Training()
    again.load(tmp_path / "checkpoint")
    with record(again.model, again.optimizer, tmp_path / "run", every=2):
        again.steps(3)
    assert list(records(tmp_path / "run")["weight"]) == [5, 6, 8]
    assert layouts(tmp_path / "run")["weight"].initial == "missing"
    assert len(said()) == 1


def test_the_step_may_be_given_where_an_optimizer_does_not_count(tmp_path):
    training = Training()
    optimizer = torch.optim.SGD(training.model.parameters(), 0.1)
    training.optimizer = optimizer
    with record(training.model, optimizer, tmp_path, every=2, step=5):
        training.steps(3)
    assert list(records(tmp_path)["weight"]) == [5, 6, 8]
    assert layouts(tmp_path)["weight"].initial == "missing"


def test_plain_sgd_without_its_step_does_not_lose_the_file(tmp_path, said):
    file = tmp_path / "initial.npz"
    training = Training()
    for folder in ("first", "resumed"):
        training.optimizer = torch.optim.SGD(training.model.parameters(), 0.1)
        with record(training.model, training.optimizer, tmp_path / folder, initial=file):
            training.steps(1)
    (sentence,) = said()
    assert "step=" in sentence
    assert f"now in {file}.previous" in sentence
    options = {"every": 1, "step": 2, "initial": f"{file}.previous"}
    with record(training.model, training.optimizer, tmp_path / "again", **options):
        training.steps(1)
    figures = records(tmp_path / "again")["bias"][3]
    assert figures["mean_abs"] == pytest.approx(0.3, rel=1e-5)
    assert figures["baseline_step"] == 0


class WithMomentum(Training):
    """Its optimizer has a state, in which no steps are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.1, momentum=0.9)


@pytest.mark.parametrize("kind", ["folder", "writer"])
def test_a_step_that_nobody_knows_is_not_written_over_others(tmp_path, said, kind):
    training = WithMomentum()
    with (
        destination(kind, tmp_path) as run,
        record(training.model, training.optimizer, run, every=1),
    ):
        training.steps(2)
    training.checkpoint(tmp_path / "checkpoint")
    before = records(tmp_path / "run")
    again = WithMomentum()
    again.load(tmp_path / "checkpoint")
    options = {"every": 1, "initial": tmp_path / "initial.npz"}
    with destination(kind, tmp_path) as run, record(again.model, again.optimizer, run, **options):
        again.steps(3)
    assert_same(records(tmp_path / "run"), before)
    assert not (tmp_path / "initial.npz").exists()
    (sentence,) = said()
    assert sentence.startswith("Nothing is recorded: the training is resumed, and its optimizer")
    assert "step=" in sentence


def destination(kind, folder):
    """A context manager of where to record."""
    if kind == "writer":
        return SummaryWriter(folder / "run")
    return contextlib.nullcontext(folder / "run")


def test_steps_that_nobody_knows_are_counted_in_a_folder_of_their_own(tmp_path, said):
    training = WithMomentum()
    training.steps(5)
    with record(training.model, training.optimizer, tmp_path, every=2):
        training.steps(4)
    assert list(records(tmp_path)["weight"]) == [0, 2, 4]
    assert layouts(tmp_path)["weight"].initial == "missing"
    unknown, missing = said()
    assert unknown.startswith("Steps are counted from 0: the training is resumed")
    assert missing.startswith("The weights before the first update are missing")


def test_a_state_tells_the_step_where_the_optimizer_does_not(tmp_path, said):
    training = WithMomentum()
    with record(training.model, training.optimizer, tmp_path / "run", every=2) as recording:
        training.steps(3)
        training.checkpoint(tmp_path / "checkpoint", recording)
    again = WithMomentum()
    with record(again.model, again.optimizer, tmp_path / "run", every=2) as recording:
        again.load(tmp_path / "checkpoint", recording)
        again.steps(3)
    series = records(tmp_path / "run")["weight"]
    assert sorted(series) == [0, 2, 3, 4, 6]
    assert {figures["baseline_step"] for figures in series.values()} == {0}
    assert said() == []


def test_an_optimizer_with_a_state_from_the_start_is_not_resumed(tmp_path, said):
    training = Training()
    training.optimizer = torch.optim.Adagrad(training.model.parameters(), 0.1)
    assert training.optimizer.state
    with record(training.model, training.optimizer, tmp_path, every=1):
        training.steps(1)
    assert layouts(tmp_path)["weight"].initial == "kept"
    assert said() == []


def test_keras_goes_on_with_a_file(tmp_path, said):
    options = {"every": 4, "initial": tmp_path / "initial.npz"}
    model = keras_training.network()
    fit(model, WeightDeltaCallback(tmp_path / "run", **options))
    model.save(tmp_path / "model.keras")
    fit(
        keras.models.load_model(tmp_path / "model.keras"),
        WeightDeltaCallback(tmp_path / "run", **options),
    )
    found = records(tmp_path / "run")
    # The model that was loaded has shorter names.
    assert list(found["net/head/kernel"]) == [0, 4, 6]
    assert list(found["head/kernel"]) == [8, 12]
    assert {figures["baseline_step"] for figures in found["head/kernel"].values()} == {0}
    assert found["frozen/kernel"][12]["max_abs"] == 0
    assert said() == []


def test_keras_without_its_baseline_says_so_once(tmp_path, said):
    model = keras_training.network()
    fit(model, WeightDeltaCallback(tmp_path / "a", every=4))
    fit(model, WeightDeltaCallback(tmp_path / "b", every=4))
    head = records(tmp_path / "b")["net/head/kernel"]
    assert [figures["baseline_step"] for figures in head.values()] == [6, 6, 6]
    assert layouts(tmp_path / "b")["net/head/kernel"].initial == "missing"
    assert len(said()) == 1


def fit(model, callback):
    with callback:
        model.fit(*keras_training.data(), batch_size=8, callbacks=[callback], verbose=0)


def test_jax_goes_on_from_a_state(tmp_path, said):
    with Recorder(tmp_path / "a") as recorder:
        recorder.log(0, {"w": jnp.ones(3, jnp.bfloat16)})
        state = recorder.state_dict()
    with Recorder(tmp_path / "b", initial=tmp_path / "initial.npz") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {"w": jnp.full(3, 3.0, jnp.bfloat16)})
    found = records(tmp_path / "b")["w"][5]
    assert (found["mean_abs"], found["baseline_step"]) == (2, 0)
    assert said() == []
