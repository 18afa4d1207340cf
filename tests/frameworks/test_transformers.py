"""The callback of Hugging Face's Trainer: its writer, its steps, its checkpoints."""

import math

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import (
    EarlyStoppingCallback,
)

from tb_plugin_weightdelta.recording.torch import record
from tb_plugin_weightdelta.recording.transformers import WeightDeltaCallback
from tests.frameworks import two_trainers
from tests.frameworks.two_trainers import Saved, network, saved, trainer
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


def still(wanted: dict[str, float]) -> dict[str, float]:
    """The last update of weights that nobody updates is known; to a norm of 0 it has no ratio."""
    return wanted | {"update_ratio": 0.0 if wanted["norm"] else math.nan}


def train(folder, model=None, **arguments) -> dict[int, dict[str, np.ndarray]]:
    """Recorded into ``folder/run``; the weights by step."""
    truth = Saved()
    callback = WeightDeltaCallback(folder / "run")
    trainer(folder, callback, model, [truth], **arguments).train()
    return truth.states


@pytest.mark.parametrize(
    "arguments",
    [{}, {"gradient_accumulation_steps": 2, "max_grad_norm": 0.1}, {"bf16": True}],
    ids=str,
)
def test_figures_agree_with_saved_weights(tmp_path, said, arguments):
    states = train(tmp_path, **arguments)
    assert_truth(tmp_path / "run", states, range(0, 11, 2))
    assert said() == []


def test_figures_of_a_model_in_bfloat16_agree(tmp_path):
    states = train(tmp_path, network().to(torch.bfloat16))
    assert_truth(tmp_path / "run", states, range(0, 11, 2), 1e-4)


def test_the_trainer_s_own_optimizers_are_those_that_are_recorded(tmp_path):
    model = network()
    held = [p for name, p in model.named_parameters() if name.startswith("transformer.h")]
    optimizers = (torch.optim.SGD(held, 0.1), None)
    states = train(tmp_path, model, optimizers=optimizers)
    for name, series in records(tmp_path / "run").items():
        moves = name.startswith("transformer.h")
        assert (series[10]["max_abs"] > 0) == moves
        wanted = expected(*(states[step][name] for step in (0, 10, 9)))
        assert_figures(series[10], wanted if moves else still(wanted))


def test_the_base_of_a_lora_is_not_copied_and_the_adapters_move(tmp_path):
    adapters = LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)
    model = get_peft_model(network(), adapters)
    kept = []

    class Looking(Saved):
        def on_step_end(self, args, state, control, **more) -> None:
            super().on_step_end(args, state, control, **more)
            kept.append(set(callback._training.state_dict()["initial"]))

    callback, truth = WeightDeltaCallback(tmp_path / "run"), Looking()
    trainer(tmp_path, callback, model, [truth]).train()
    found = records(tmp_path / "run")
    moving = {name for name in found if "lora_" in name}
    assert moving
    assert {frozenset(each) for each in kept} == {frozenset(moving)}
    for name, series in found.items():
        assert (series[10]["max_abs"] > 0) == (name in moving)
        wanted = expected(*(truth.states[step][name] for step in (0, 10, 9)))
        assert_figures(series[10], wanted if name in moving else still(wanted))


class Copies(torch.optim.SGD):
    """Steps copies of the weights, as DeepSpeed and others do: its step is not seen."""

    def __init__(self, model: nn.Module) -> None:
        self.theirs = [each for each in model.parameters() if each.requires_grad]
        super().__init__([each.detach().clone() for each in self.theirs], 0.1)

    def step(self, closure=None) -> None:
        with torch.no_grad():
            for each in self.theirs:
                each.sub_(0.1 * each.grad)


def test_weights_of_which_the_optimizer_has_copies_count_as_updated(tmp_path, said):
    model = network()
    model.transformer.wpe.requires_grad_(False)
    states = train(tmp_path, model, optimizers=(Copies(model), None))
    found = records(tmp_path / "run")
    frozen = found.pop("transformer.wpe.weight")[10]
    assert (frozen["max_abs"], frozen["update_ratio"]) == (0, 0)
    for name, series in found.items():
        assert series[10]["max_abs"] > 0
        assert_figures(series[10], expected(states[0][name], states[10][name]))
    assert said() == []


def test_records_go_into_the_trainer_s_own_file_at_its_logging_steps(tmp_path, said):
    truth = Saved()
    trainer(tmp_path, WeightDeltaCallback(), None, [truth], report_to="tensorboard").train()
    (file,) = tmp_path.rglob("*tfevents*")
    assert file.parent.parent == tmp_path / "out" / "runs"
    assert_truth(file.parent, truth.states, range(0, 11, 2))
    assert said() == []


def test_without_a_writer_records_go_beside_what_the_trainer_saves(tmp_path):
    trainer(tmp_path, WeightDeltaCallback(every=4)).train()
    assert list(records(tmp_path / "out" / "runs")["transformer.wpe.weight"]) == [0, 4, 8, 10]


def test_a_folder_that_is_given_is_taken(tmp_path):
    trainer(tmp_path, WeightDeltaCallback(tmp_path / "mine"), report_to="tensorboard").train()
    (file,) = (tmp_path / "out" / "runs").rglob("*tfevents*")
    assert list(records(tmp_path / "mine")["transformer.wpe.weight"]) == list(range(0, 11, 2))
    assert records(file.parent) == {}


def test_the_last_weights_are_those_before_the_best_are_loaded(tmp_path, said):
    """The loss only falls, and less is taken for worse: it stops at the second look."""
    truth = Saved()
    told = {"eval_strategy": "steps", "eval_steps": 3, "save_strategy": "steps", "save_steps": 3}
    told |= {"load_best_model_at_end": True, "greater_is_better": True}
    callback, stopping = WeightDeltaCallback(every=4), EarlyStoppingCallback(1)
    model = network()
    trainer(tmp_path, callback, model, [truth, stopping], report_to="tensorboard", **told).train()
    name = "transformer.wpe.weight"
    np.testing.assert_array_equal(saved(model)[name], truth.states[3][name])
    (run,) = {file.parent for file in tmp_path.rglob("*tfevents*")}
    series = records(run)[name]
    assert list(series) == [0, 4, 6]
    assert_figures(series[6], expected(truth.states[0][name], truth.states[6][name]))
    assert said() == []


def test_a_training_goes_on_from_a_checkpoint(tmp_path, said):
    told = {"save_strategy": "steps", "save_steps": 5, "max_steps": 10}
    truth, again = Saved(), Saved()
    first = WeightDeltaCallback(tmp_path / "a", every=4)
    trainer(tmp_path, first, None, [truth], **told | {"max_steps": 5}).train()
    second = WeightDeltaCallback(tmp_path / "b", every=4)
    trainer(tmp_path, second, None, [again], **told).train(resume_from_checkpoint=True)
    found = records(tmp_path / "b")
    assert layouts(tmp_path / "b")["transformer.wpe.weight"].initial == "restored"
    for name, series in found.items():
        assert list(series) == [8, 10]
        wanted = expected(truth.states[0][name], again.states[8][name], again.states[7][name])
        assert_figures(series[8], wanted)
        assert series[8]["baseline_step"] == 0
    assert said() == []


def test_a_checkpoint_elsewhere_is_found_where_the_arguments_name_it(tmp_path, said):
    told = {"save_strategy": "steps", "save_steps": 5}
    trainer(tmp_path, WeightDeltaCallback(), max_steps=5, **told).train()
    checkpoint = str((tmp_path / "out" / "checkpoint-5").rename(tmp_path / "moved"))
    callback = WeightDeltaCallback(tmp_path / "b")
    again = trainer(tmp_path / "other", callback, resume_from_checkpoint=checkpoint)
    again.train(resume_from_checkpoint=checkpoint)
    assert layouts(tmp_path / "b")["transformer.wpe.weight"].initial == "restored"
    assert said() == []


def test_a_resumed_training_without_initial_weights_says_so_once(tmp_path, said):
    told = {"save_strategy": "steps", "save_steps": 5}
    trainer(tmp_path, None, max_steps=5, **told).train()
    callback = WeightDeltaCallback(tmp_path / "b")
    trainer(tmp_path, callback).train(resume_from_checkpoint=True)
    series = records(tmp_path / "b")["transformer.wpe.weight"]
    assert {figures["baseline_step"] for figures in series.values()} == {5}
    (sentence,) = said()
    assert sentence.startswith("The weights before the first update are missing")


@pytest.mark.parametrize("options", [{"initial": False}, {"initial": "file"}], ids=str)
def test_options_say_where_the_initial_weights_are_kept_instead(tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    callback = WeightDeltaCallback(tmp_path / "run", **options)
    trainer(tmp_path, callback, save_strategy="steps", save_steps=10).train()
    assert list(tmp_path.rglob("*weight_delta.pt")) == []
    assert (tmp_path / "file").exists() == (options["initial"] == "file")


def test_large_initial_weights_are_not_put_into_checkpoints(tmp_path, monkeypatch, mentioned):
    monkeypatch.setattr("tb_plugin_weightdelta.recording.trainer.LARGEST_UNASKED", 1_000)
    callback = WeightDeltaCallback(tmp_path / "run")
    trainer(tmp_path, callback, save_strategy="steps", save_steps=5).train()
    assert list(tmp_path.rglob("*weight_delta.pt")) == []
    assert sum("not kept in checkpoints" in sentence for sentence in mentioned()) == 1


def test_a_second_training_in_the_same_folder_begins_anew_and_says_so(tmp_path, said):
    training = trainer(tmp_path, WeightDeltaCallback(tmp_path / "run"))
    training.train()
    assert said() == []
    training.train()
    (sentence,) = said()
    assert "records of an earlier training" in sentence


@pytest.mark.parametrize(
    ("log_dir", "options"), [(None, {"every": 0}), (None, {"evry": 1}), (5, {})], ids=str
)
def test_what_cannot_be_meant_raises_at_once(log_dir, options):
    with pytest.raises((TypeError, ValueError)):
        WeightDeltaCallback(log_dir, **options)


def test_a_recorder_that_fails_stops_no_training(tmp_path, said, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no names today")

    monkeypatch.setattr("tb_plugin_weightdelta.recording.torch.named_weights", fail)
    assert trainer(tmp_path, WeightDeltaCallback(tmp_path / "run")).train().global_step == 10
    (sentence,) = said()
    assert "no names today" in sentence


def test_of_two_processes_one_writes_and_keeps_the_initial_weights(tmp_path):
    two_trainers.run("transformers", tmp_path)
    (file,) = tmp_path.rglob("*tfevents*")
    assert_truth(file.parent, saved_states(tmp_path), range(0, 11, 2))
    assert len(list(tmp_path.rglob("weight_delta.pt"))) == 1


def test_what_accelerate_prepared_is_recorded(tmp_path, said):
    """The optimizer is wrapped, and steps where gradients are complete."""
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    torch.manual_seed(0)
    model = nn.Linear(4, 2)
    optimizer = torch.optim.AdamW(model.parameters(), 0.1)
    model, optimizer = accelerator.prepare(model, optimizer)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=2):
        for batch in range(8):
            with accelerator.accumulate(model):
                accelerator.backward(model(torch.randn(3, 4)).square().mean())
                accelerator.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                optimizer.zero_grad()
            if batch % 2:
                states[len(states)] = saved(model)
    assert_truth(tmp_path, states, [0, 2, 4])
    assert said() == []
