"""The callback of Lightning's Trainer: its logger's writer, its steps, its checkpoints."""

import lightning
import numpy as np
import pytest
import pytorch_lightning
import torch
from lightning.pytorch.callbacks import BaseFinetuning, EMAWeightAveraging
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tb_plugin_weightdelta.recording.lightning import WeightDeltaCallback
from tests.frameworks import two_trainers
from tests.support.records import (
    assert_figures,
    assert_truth,
    expected,
    layouts,
    records,
    saved_states,
)

torch.set_num_threads(1)

pytestmark = two_trainers.THEIR_WARNINGS


def saved(model: nn.Module) -> dict[str, np.ndarray]:
    return {name: each.detach().double().numpy().copy() for name, each in model.named_parameters()}


class Saves:
    """Keeps the weights after each step, as the test itself sees them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.states: dict[int, dict[str, np.ndarray]] = {}

    def on_train_start(self) -> None:
        self.states.setdefault(self.trainer.global_step, saved(self))

    def on_train_batch_end(self, *_) -> None:
        self.states[self.trainer.global_step] = saved(self)


class Regresses(Saves):
    """Its first layer's weights are frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        self.layers[0].weight.requires_grad_(False)

    def training_step(self, batch, place):
        (inputs,) = batch
        loss = self.layers(inputs.to(self.dtype)).square().mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam([p for p in self.parameters() if p.requires_grad], 1e-2)


class Regression(Regresses, lightning.LightningModule):
    pass


class Adversaries(Saves, lightning.LightningModule):
    """A GAN: two optimizers, one step of each in a batch, or several of the critic."""

    def __init__(self, critics: int = 1) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.critics = critics
        self.generator, self.critic = nn.Linear(2, 4), nn.Linear(4, 1)

    def training_step(self, batch, place):
        (real,) = batch
        generating, judging = self.optimizers()
        for _ in range(self.critics):
            made = self.generator(torch.randn(len(real), 2)).detach()
            self._step(judging, (self.critic(made) - self.critic(real)).mean())
        self._step(generating, -self.critic(self.generator(torch.randn(len(real), 2))).mean())

    def _step(self, optimizer, loss):
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()

    def configure_optimizers(self):
        return [torch.optim.Adam(each.parameters(), 1e-2) for each in (self.generator, self.critic)]


def batches(count: int = 10) -> DataLoader:
    inputs = torch.randn(count * 4, 4, generator=torch.Generator().manual_seed(1))
    return DataLoader(TensorDataset(inputs), batch_size=4)


def trainer(folder, callback, kind=lightning.Trainer, **arguments):
    """Of ten steps of one batch, if not told otherwise."""
    told = {
        "default_root_dir": folder,
        "max_epochs": 1,
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "log_every_n_steps": 1,
        "callbacks": callback,
    }
    return kind(**told | arguments)


def fitted(folder, module=None, every=2, **arguments):
    """A module that was trained, and recorded into ``folder/runs``."""
    module = module or Regression()
    trainer(folder, WeightDeltaCallback(every=every), **arguments).fit(module, batches())
    return module


@pytest.mark.parametrize(
    ("arguments", "tolerance"),
    [
        ({}, 1e-6),
        ({"accumulate_grad_batches": 2, "max_epochs": 2, "gradient_clip_val": 0.1}, 1e-6),
        ({"precision": "bf16-mixed"}, 1e-6),
        ({"precision": "16-mixed"}, 1e-6),
        ({"precision": "bf16-true"}, 1e-4),
    ],
    ids=str,
)
def test_figures_agree_with_saved_weights(tmp_path, said, arguments, tolerance):
    module = fitted(tmp_path, **arguments)
    assert_truth(tmp_path / "runs", module.states, range(0, 11, 2), tolerance)
    assert records(tmp_path / "runs")["layers.0.weight"][10]["max_abs"] == 0
    assert said() == []


def test_both_networks_of_a_gan_are_recorded_as_they_are(tmp_path, said):
    module = fitted(tmp_path, Adversaries(), every=4)
    states = {step // 2: state for step, state in module.states.items()}  # by batches
    for name, series in records(tmp_path / "runs").items():
        assert list(series) == list(range(0, 21, 4))
        for step, figures in series.items():
            previous = states[step // 2 - 1][name] if step else None
            assert_figures(figures, expected(states[0][name], states[step // 2][name], previous))
    assert said() == []


def test_several_updates_of_a_batch_have_no_ratio(tmp_path):
    module = fitted(tmp_path, Adversaries(critics=2), every=3)
    for name, series in records(tmp_path / "runs").items():
        assert list(series) == list(range(0, 31, 3))
        wanted = expected(module.states[0][name], module.states[30][name])
        assert_figures(series[30], wanted)


def test_lbfgs_which_asks_for_the_loss_again_has_a_ratio(tmp_path):
    class Asking(Regression):
        def configure_optimizers(self):
            return torch.optim.LBFGS(self.layers[2].parameters(), 0.01, max_iter=3)

    module = fitted(tmp_path, Asking())
    assert_truth(tmp_path / "runs", module.states, range(0, 11, 2))


class ByHand(Regression):
    """Steps the optimizer itself, which Lightning then does not count."""

    def __init__(self, accumulated: int = 1) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.accumulated = accumulated
        self.steps = 0

    def training_step(self, batch, place):
        (inputs,) = batch
        self.manual_backward(self.layers(inputs).square().mean())
        if (place + 1) % self.accumulated == 0:
            optimizer = self.optimizers(use_pl_optimizer=False)
            optimizer.step()
            optimizer.zero_grad()
            self.steps += 1

    def on_train_start(self) -> None:
        self.states.setdefault(self.steps, saved(self))

    def on_train_batch_end(self, *_) -> None:
        self.states[self.steps] = saved(self)

    def on_save_checkpoint(self, checkpoint) -> None:
        checkpoint["steps"] = self.steps

    def on_load_checkpoint(self, checkpoint) -> None:
        self.steps = checkpoint["steps"]


@pytest.mark.parametrize("accumulated", [1, 2])
def test_steps_that_lightning_does_not_count_are_counted(tmp_path, said, accumulated):
    module, callback = ByHand(accumulated), WeightDeltaCallback(every=2)
    training = trainer(tmp_path, callback)
    training.fit(module, batches(8))
    training.fit_loop.max_epochs = 2
    training.fit(module, batches(8))
    assert training.global_step == 0
    assert_truth(tmp_path / "runs", module.states, range(0, 16 // accumulated + 1, 2))
    assert said() == []


def test_steps_that_lightning_does_not_count_go_on_from_a_checkpoint(tmp_path, said):
    first, second = ByHand(), ByHand()
    training = trainer(tmp_path, WeightDeltaCallback(tmp_path / "a", every=5))
    training.fit(first, batches())
    training.save_checkpoint(tmp_path / "last.ckpt")
    again = trainer(tmp_path, WeightDeltaCallback(tmp_path / "b", every=5), max_epochs=2)
    again.fit(second, batches(), ckpt_path=tmp_path / "last.ckpt")
    assert_truth(tmp_path / "b", {0: first.states[0]} | second.states, [15, 20])
    assert said() == []


def test_a_training_in_which_no_step_is_seen_says_so(tmp_path, said):
    class Hiding(ByHand):
        def configure_optimizers(self):
            self.hidden = torch.optim.SGD(self.layers[2].parameters(), 0.1)

        def optimizers(self, use_pl_optimizer):
            return self.hidden

    fitted(tmp_path, Hiding())
    (sentence,) = said()
    assert sentence.startswith("Nothing was recorded after step 0: global_step stood still")


@pytest.mark.parametrize("package", [lightning, pytorch_lightning], ids=lambda each: each.__name__)
def test_records_go_into_the_logger_s_own_file(tmp_path, said, package):
    class Module(Regresses, package.LightningModule):
        pass

    loggers = package.pytorch.loggers if package is lightning else package.loggers
    module = Module()
    logger = [CSVLogger(tmp_path), loggers.TensorBoardLogger(tmp_path)]
    callback = [WeightDeltaCallback(every=2)]
    trainer(tmp_path, callback, package.Trainer, logger=logger).fit(module, batches())
    (file,) = tmp_path.rglob("*tfevents*")
    assert str(file.parent) == logger[1].log_dir
    assert_truth(file.parent, module.states, range(0, 11, 2))
    assert said() == []


def test_without_tensorboard_s_logger_records_go_beside_what_another_writes(tmp_path):
    logger = CSVLogger(tmp_path)
    fitted(tmp_path, logger=logger)
    (file,) = tmp_path.rglob("*tfevents*")
    assert str(file.parent) == logger.log_dir


def test_a_folder_that_is_given_is_taken(tmp_path):
    callback = WeightDeltaCallback(tmp_path / "mine", every=4)
    trainer(tmp_path, callback, logger=TensorBoardLogger(tmp_path)).fit(Regression(), batches())
    assert list(records(tmp_path / "mine")["layers.2.bias"]) == [0, 4, 8, 10]


def test_the_last_weights_are_recorded_and_every_is_100_steps_if_not_given(tmp_path):
    module = Regression()
    trainer(tmp_path, WeightDeltaCallback(), max_epochs=11).fit(module, batches())
    assert list(records(tmp_path / "runs")["layers.2.bias"]) == [0, 100, 110]


@pytest.mark.parametrize("logs", [True, False])
def test_a_second_fit_goes_on(tmp_path, said, logs):
    """Lightning closes its writer at the end of each; here the module logs nothing in between."""
    module, callback = Regression(), WeightDeltaCallback(every=2)
    if not logs:
        module.log = lambda *_: None
    training = trainer(tmp_path, callback, logger=TensorBoardLogger(tmp_path))
    training.fit(module, batches())
    training.fit_loop.max_epochs = 2
    training.fit(module, batches())
    (run,) = {file.parent for file in tmp_path.rglob("*tfevents*")}
    assert_truth(run, module.states, range(0, 21, 2))
    assert said() == []


def test_a_training_goes_on_from_a_checkpoint(tmp_path, said):
    first, second = Regression(), Regression()
    training = trainer(tmp_path, WeightDeltaCallback(tmp_path / "a", every=4), max_steps=6)
    training.fit(first, batches())
    training.save_checkpoint(tmp_path / "last.ckpt")
    two = {"max_steps": 10, "max_epochs": 2}
    again = trainer(tmp_path, WeightDeltaCallback(tmp_path / "b", every=4), **two)
    again.fit(second, batches(), ckpt_path=tmp_path / "last.ckpt")
    assert layouts(tmp_path / "b")["layers.2.bias"].initial == "restored"
    for name, series in records(tmp_path / "b").items():
        assert list(series) == [8, 10]
        states = (first.states[0], second.states[8], second.states[7])
        wanted = expected(*(state[name] for state in states))
        assert_figures(series[8], wanted)
        assert series[8]["baseline_step"] == 0
    assert said() == []


def test_a_resumed_training_without_initial_weights_says_so_once(tmp_path, said):
    training = trainer(tmp_path, [], max_steps=6)
    training.fit(Regression(), batches())
    training.save_checkpoint(tmp_path / "last.ckpt")
    again = trainer(tmp_path, WeightDeltaCallback(), max_steps=10, max_epochs=2)
    again.fit(Regression(), batches(), ckpt_path=tmp_path / "last.ckpt")
    series = records(tmp_path / "runs")["layers.2.bias"]
    assert {figures["baseline_step"] for figures in series.values()} == {6}
    (sentence,) = said()
    assert sentence.startswith("The weights before the first update are missing")


def test_averages_that_are_put_into_the_module_at_the_end_are_not_recorded(tmp_path):
    module = Regression()
    callbacks = [EMAWeightAveraging(decay=0.5), WeightDeltaCallback(every=4)]
    trainer(tmp_path, callbacks).fit(module, batches())
    name = "layers.2.weight"
    assert (saved(module)[name] != module.states[10][name]).any()
    series = records(tmp_path / "runs")[name]
    assert list(series) == [0, 4, 8, 10]
    assert_figures(series[10], expected(module.states[0][name], module.states[10][name]))


def test_layers_that_are_unfrozen_are_measured_against_their_own_start(tmp_path, said):
    class Unfreezing(BaseFinetuning):
        def freeze_before_training(self, module):
            self.freeze(module.layers[2])

        def finetune_function(self, module, epoch, optimizer):
            if epoch == 1:
                self.unfreeze_and_add_param_group(module.layers[2], optimizer, 1.0)

    class Unfrozen(Regression):
        def __init__(self) -> None:
            super().__init__()
            self.layers[0].weight.requires_grad_(True)

    module = Unfrozen()
    callbacks = [Unfreezing(), WeightDeltaCallback(every=5)]
    trainer(tmp_path, callbacks, max_epochs=2).fit(module, batches())
    found = records(tmp_path / "runs")
    assert found["layers.2.weight"][10]["max_abs"] == 0
    assert_truth(tmp_path / "runs", module.states, range(0, 21, 5))
    assert said() == []


def test_a_trial_run_records_nothing(tmp_path, said):
    fitted(tmp_path, fast_dev_run=2)
    assert list(tmp_path.rglob("*tfevents*")) == []
    assert said() == []


def test_another_module_is_another_training(tmp_path, said):
    callback = WeightDeltaCallback(tmp_path / "run", every=2)
    for steps in (4, 10):
        module = Regression()
        trainer(tmp_path, callback, max_steps=steps).fit(module, batches())
    (sentence,) = said()
    assert "records of an earlier training" in sentence


def test_of_two_processes_one_writes(tmp_path):
    two_trainers.run("lightning", tmp_path)
    assert_truth(tmp_path / "runs", saved_states(tmp_path), range(0, 11, 2))


def test_what_cannot_be_meant_raises_at_once(tmp_path):
    with pytest.raises(TypeError, match=r"give its \.experiment"):
        WeightDeltaCallback(TensorBoardLogger(tmp_path))
    with pytest.raises(ValueError, match="every is 0"):
        WeightDeltaCallback(every=0)
