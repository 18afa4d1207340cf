"""Which weights the recorder measures in PyTorch, and when: several optimizers, frozen weights."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from tb_plugin_weightdelta.recording.arrays.torch import TorchArrays
from tb_plugin_weightdelta.recording.torch import record
from tests.support.records import assert_truth, records

torch.set_num_threads(1)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def saved(model: nn.Module) -> dict[str, np.ndarray]:
    return {name: p.detach().double().numpy().copy() for name, p in model.named_parameters()}


def step(model: nn.Module, *optimizers: torch.optim.Optimizer) -> None:
    for optimizer in optimizers:
        optimizer.zero_grad()
    (model(torch.randn(16, 4)) ** 2).mean().backward()
    for optimizer in optimizers:
        optimizer.step()


def test_two_optimizers_of_one_model_are_measured_after_both(tmp_path, said):
    """As Muon for matrices and AdamW for the rest."""
    model = network()
    matrices = [p for p in model.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if p.ndim == 1]
    both = [torch.optim.SGD(matrices, 0.1), torch.optim.AdamW(others, 0.01)]
    states = {0: saved(model)}
    with record(model, both, tmp_path, every=3):
        for number in range(1, 10):
            step(model, *both)
            states[number] = saved(model)
    assert_truth(tmp_path, states, [0, 3, 6, 9])
    assert said() == []


def test_optimizers_that_step_within_the_backward_pass_are_measured_after_all(tmp_path, said):
    """One of each parameter, so that no gradient has to be kept."""
    model = network()
    own = {each: torch.optim.SGD([each], 0.1) for each in model.parameters()}

    def update(parameter):
        own[parameter].step()
        own[parameter].zero_grad()

    for each in own:
        each.register_post_accumulate_grad_hook(update)
    states = {0: saved(model)}
    with record(model, list(own.values()), tmp_path, every=2):
        for number in range(1, 7):
            (model(torch.randn(16, 4)) ** 2).mean().backward()
            states[number] = saved(model)
    assert_truth(tmp_path, states, [0, 2, 4, 6])
    assert said() == []


def test_a_model_that_is_recorded_twice_says_so(tmp_path, said):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=1), record(model, optimizer, tmp_path, every=1):
        for number in range(1, 4):
            step(model, optimizer)
            states[number] = saved(model)
    assert_truth(tmp_path, states, range(4))
    (sentence,) = said()
    assert "is recorded already, by another recorder of this process" in sentence


@pytest.mark.parametrize("times", [1, 3])
def test_optimizers_that_step_by_turns_are_measured_once_the_next_turn_begins(tmp_path, times):
    """A GAN's discriminator, that is trained more often: a step ends with its next one."""
    generator, discriminator = network(), network()
    both = nn.ModuleDict({"g": generator, "d": discriminator})
    g, d = (torch.optim.SGD(each.parameters(), 0.1) for each in (generator, discriminator))
    states = {0: saved(both)}
    with record(both, [d, g], tmp_path, every=2):
        for number in range(1, 13):
            step(discriminator, d)
            if number % times == 0:
                step(generator, g)
            states[number] = saved(both)
    assert_truth(tmp_path, states, range(0, 13, 2))


def test_weights_of_an_optimizer_that_was_not_given_are_never_measured_wrongly(tmp_path, said):
    both = nn.ModuleDict({"g": network(), "d": network()})
    g, d = (torch.optim.SGD(both[name].parameters(), 0.1) for name in ("g", "d"))
    with record(both, d, tmp_path, every=2):
        for _ in range(4):
            step(both["g"], g)
            step(both["d"], d)
    found = records(tmp_path)
    assert list(found["d.0.weight"]) == [0, 2, 4]
    assert list(found["g.0.weight"]) == [0]
    (sentence,) = said()
    assert "changed although nobody should update it" in sentence
    assert "Give record every optimizer" in sentence


def test_two_models_in_one_folder_have_prefixes(tmp_path):
    models = {"G": network(), "D": network()}
    optimizers = {name: torch.optim.SGD(each.parameters(), 0.1) for name, each in models.items()}
    recordings = [
        record(models[name], optimizers[name], tmp_path, every=1, prefix=name) for name in models
    ]
    for name, model in models.items():
        step(model, optimizers[name])
    for recording in recordings:
        recording.close()
    assert {name[:2] for name in records(tmp_path)} == {"G/", "D/"}


def test_what_is_updated_is_mentioned_at_the_start(tmp_path, mentioned):
    model = network()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, tmp_path):
        step(model, optimizer)
    assert mentioned()[0] == (
        "2 of 4 parameters are updated by the optimizer; not: 0.bias, 0.weight."
    )


def test_frozen_weights_are_not_copied_and_read_exactly_unchanged(tmp_path, monkeypatch):
    kept = []
    real = TorchArrays.keep

    def keep(arrays, array, on_host):
        kept.append(tuple(array.shape))
        return real(arrays, array, on_host)

    monkeypatch.setattr(TorchArrays, "keep", keep)
    model = network()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=2):
        for number in range(1, 5):
            step(model, optimizer)
            states[number] = saved(model)
    assert_truth(tmp_path, states, [0, 2, 4])
    assert set(kept) == {(1, 8), (1,)}


def test_weights_that_are_unfrozen_are_measured_from_their_start(tmp_path, said):
    model = network()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model[2].parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=2):
        for number in range(1, 9):
            if number == 4:
                model[0].requires_grad_(True)
                optimizer.add_param_group({"params": list(model[0].parameters())})
            step(model, optimizer)
            states[number] = saved(model)
    assert_truth(tmp_path, states, range(0, 9, 2))
    assert said() == []


def test_frozen_weights_that_somebody_changes_are_told_once_and_recorded_no_more(tmp_path, said):
    model = network()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, tmp_path, every=1):
        for number in range(4):
            step(model, optimizer)
            if number == 1:
                model[0].weight.data[0, 0] += 1e-6
    assert list(records(tmp_path)["0.weight"]) == [0, 1, 2]
    assert list(records(tmp_path)["0.bias"]) == [0, 1, 2, 3, 4]
    (sentence,) = said()
    assert sentence.startswith("0.weight is no longer recorded: it changed although")


def test_frozen_weights_are_known_again_when_a_training_is_resumed(tmp_path, said):
    for first in (0, 3):
        model = network()
        model[0].requires_grad_(False)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with record(model, optimizer, tmp_path, every=1, step=first):
            for _ in range(3):
                step(model, optimizer)
    series = records(tmp_path)["0.weight"]
    assert list(series) == [0, 1, 2, 3, 4, 5, 6]
    assert {figures["baseline_step"] for figures in series.values()} == {0}
    assert said() == []


def test_an_optimizer_that_never_steps_is_told_when_the_recording_is_closed(tmp_path, said):
    model = network()
    with record(model, torch.optim.SGD(model.parameters(), 0.1), tmp_path):
        step(model, torch.optim.SGD(model.parameters(), 0.1))
    (sentence,) = said()
    assert sentence.startswith("Nothing was recorded: the optimizer made no step.")


def mistakes():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    average = torch.optim.swa_utils.AveragedModel(model)
    yield "swapped", (optimizer, model), TypeError, "must be a torch optimizer"
    yield "parameters", (model.parameters(), optimizer), TypeError, "must be the torch module"
    yield "none", (model, None), TypeError, "recording.transformers"
    yield "empty list", (model, []), ValueError, "empty list"
    yield "another model's", (network(), optimizer), ValueError, "updates no parameter of"
    yield "an average", (average, optimizer), ValueError, "the one averaged"


MISTAKES = {name: rest for name, *rest in mistakes()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_caller_s_mistake_is_refused_at_once_with_what_to_pass(tmp_path, mistake):
    arguments, error, words = MISTAKES[mistake]
    with pytest.raises(error, match=words):
        record(*arguments, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fused", [False, True])
def test_steps_that_a_grad_scaler_skips_do_not_count(tmp_path, fused):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    states, taken = {0: saved(model)}, 0
    with record(model, optimizer, tmp_path, every=3):
        for number in range(12):
            optimizer.zero_grad()
            scaler.scale((model(torch.randn(16, 4)) ** 2).mean()).backward()
            if number in (2, 5, 6):
                model[0].weight.grad[0, 0] = float("inf")
            scaler.step(optimizer)
            scaler.update()
            taken += number not in (2, 5, 6)
            states[taken] = saved(model)
    assert max(int(state["step"]) for state in optimizer.state.values()) == taken == 9
    assert_truth(tmp_path, states, [0, 3, 6, 9])


def test_the_end_of_a_with_records_the_last_weights(tmp_path):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=100):
        for number in range(1, 8):
            step(model, optimizer)
            states[number] = saved(model)
    series = records(tmp_path)["0.weight"]
    assert list(series) == [0, 7]
    moved = np.abs(states[7]["0.weight"] - states[0]["0.weight"]).mean()
    assert series[7]["mean_abs"] == pytest.approx(moved, rel=1e-9)


@pytest.mark.filterwarnings("ignore")  # of what torch compiles
def test_a_compiled_step_does_not_compile_the_recorder(tmp_path):
    torch._dynamo.reset()
    torch._dynamo.utils.clear_compilation_metrics()
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, tmp_path, every=2):

        @torch.compile(backend="eager")
        def train_step(inputs):
            optimizer.zero_grad()
            loss = (model(inputs) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        for _ in range(5):
            train_step(torch.randn(16, 4))
    assert list(records(tmp_path)["0.weight"]) == [0, 2, 4, 5]
    compiled = {each.co_filename for each in torch._dynamo.utils.get_compilation_metrics()}
    assert any(name.endswith("test_which_weights.py") for name in compiled)
    assert not any("tb_plugin_weightdelta" in name for name in compiled)


def test_an_optimizer_that_is_let_go_takes_its_recording_along_at_once(tmp_path):
    """Without the garbage collector, which does not see what is left on a device."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    recording = weakref.ref(record(model, optimizer, tmp_path))
    step(model, optimizer)
    gc.disable()
    try:
        del optimizer
        assert recording() is None
    finally:
        gc.enable()


def test_frozen_weights_that_are_others_after_a_resumption_are_told(tmp_path, said):
    for first in (0, 3):
        model = network()
        model[0].requires_grad_(False)
        model[0].weight.data += first
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with record(model, optimizer, tmp_path, every=1, step=first):
            for _ in range(3):
                step(model, optimizer)
    assert list(records(tmp_path)["0.weight"]) == [0, 1, 2, 3]
    assert list(records(tmp_path)["0.bias"]) == [0, 1, 2, 3, 4, 5, 6]
    (sentence,) = said()
    assert sentence.startswith("0.weight is no longer recorded: it changed although")


def test_a_step_that_only_some_optimizers_made_ends_with_the_recording(tmp_path):
    model = network()
    both = [torch.optim.SGD(model[n].parameters(), 0.1) for n in (0, 2)]
    states = {0: saved(model)}
    with record(model, both, tmp_path, every=100):
        for number in range(1, 6):
            step(model, both[0])
            states[number] = saved(model)
    series = records(tmp_path)["0.weight"]
    assert list(series) == [0, 5]
    moved = np.abs(states[5]["0.weight"] - states[0]["0.weight"]).mean()
    assert series[5]["mean_abs"] == pytest.approx(moved, rel=1e-9)


class Decayed(torch.optim.SGD):
    """As optimizers are made of others: its hooks are called for both steps."""

    def step(self, closure=None):
        loss = super().step(closure)
        with torch.no_grad():
            for parameter in self.param_groups[0]["params"]:
                parameter.mul_(0.99)
        return loss


def test_a_step_that_calls_that_of_its_class_is_one(tmp_path):
    model = network()
    step(model, torch.optim.SGD(model.parameters(), 0.0))  # whose class then has hooks, too
    optimizer = Decayed(model.parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=1):
        for number in range(1, 5):
            step(model, optimizer)
            states[number] = saved(model)
    assert_truth(tmp_path, states, range(5))


@pytest.mark.parametrize("kind", [torch.optim.SGD, Decayed])
def test_a_step_that_failed_is_none_and_the_next_is_counted(tmp_path, kind):
    model = network()
    step(model, torch.optim.SGD(model.parameters(), 0.0))  # whose class then has hooks, too
    optimizer = kind(model.parameters(), 0.1)
    states = {0: saved(model)}

    def fail():
        raise RuntimeError("out of memory")

    with record(model, optimizer, tmp_path, every=1):
        for number in range(1, 5):
            with pytest.raises(RuntimeError):
                optimizer.step(fail)
            step(model, optimizer)
            states[number] = saved(model)
    assert_truth(tmp_path, states, range(5))


def test_a_checkpoint_s_step_is_without_those_that_were_skipped(tmp_path):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2, fused=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    with record(model, optimizer, tmp_path, every=100) as recording:
        for number in range(6):
            optimizer.zero_grad()
            scaler.scale((model(torch.randn(16, 4)) ** 2).mean()).backward()
            if number == 2:
                model[0].weight.grad[0, 0] = float("inf")
            scaler.step(optimizer)
            scaler.update()
        assert recording.state_dict()["step"] == 5


def test_a_copy_of_a_module_that_keeps_its_recording_is_not_recorded(tmp_path):
    model = network()
    model.recording = record(model, torch.optim.SGD(model.parameters(), 0.1), tmp_path)
    assert copy.deepcopy(model).recording is None
    assert pickle.loads(pickle.dumps(model)).recording is None
