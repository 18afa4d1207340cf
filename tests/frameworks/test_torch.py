"""The recorder in PyTorch trainings: figures as of saved weights, and nothing stops a training."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.tensorboard import SummaryWriter

from tb_plugin_weightdelta.core.sums import SAMPLE, block_sums
from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.arrays import torch as torch_arrays
from tb_plugin_weightdelta.recording.arrays.torch import DEVICE, NARROW_DEVICE, compensated
from tb_plugin_weightdelta.recording.initial import InitialWeights
from tb_plugin_weightdelta.recording.torch import record
from tests.support.records import (
    assert_figures,
    assert_quantiles,
    assert_truth,
    expected,
    histograms,
    records,
)

torch.set_num_threads(1)


def network(dtype: torch.dtype = torch.float32) -> nn.Module:
    """A small convolutional network; its first layer is frozen."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 8, 3),
        nn.Flatten(),
        nn.Linear(128, 3),
    ).to(dtype)
    model[0].requires_grad_(False)
    return model


def batch(model: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    dtype = next(model.parameters()).dtype
    return torch.randn(16, 1, 8, 8).to(dtype), torch.randint(3, (16,))


def saved(model: nn.Module) -> dict[str, np.ndarray]:
    return {name: p.detach().double().numpy().copy() for name, p in model.named_parameters()}


def train(model, optimizer, steps: int) -> dict[int, dict[str, np.ndarray]]:
    """The weights after 0 … ``steps`` updates."""
    states = {0: saved(model)}
    for step in range(steps):
        inputs, classes = batch(model)
        loss = nn.functional.cross_entropy(model(inputs), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        states[step + 1] = saved(model)
    return states


@pytest.mark.parametrize("reference", ["device", "host"])
def test_figures_agree_with_saved_weights(tmp_path, reference):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with record(model, optimizer, tmp_path, every=5, reference=reference):
        states = train(model, optimizer, 20)
    assert_truth(tmp_path, states, range(0, 21, 5))


@pytest.mark.parametrize(("reference", "device"), [("device", "cuda"), ("host", "cpu")])
def test_the_copy_of_the_initial_weights_is_kept_where_it_should_be(reference, device):
    """Fake tensors have a device that need not be there, and no values."""
    with FakeTensorMode():
        weights = torch.empty(3, device="cuda")
        kept = InitialWeights(on_host=reference == "host")
        kept.keep("w", torch_arrays.ARRAYS, weights, 0)
        assert kept.state()["initial"]["w"].device.type == device
        kept.restore(kept.state())
        assert kept.of("w", torch_arrays.ARRAYS, weights).array.device.type == device


def test_the_host_s_copy_is_another_than_the_weights(tmp_path):
    weights = {"w": torch.zeros(3)}
    with Recorder(tmp_path, reference="host") as recorder:
        recorder.log(0, weights)
        weights["w"] += 1
        assert recorder.state_dict()["initial"]["w"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_figures_agree_in_other_precisions(tmp_path, dtype):
    model = network(dtype)
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=2):
        states = train(model, optimizer, 4)
    assert_truth(tmp_path, states, [0, 2, 4], 1e-4)


def test_a_frozen_layer_gives_exactly_zero(tmp_path):
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=4):
        train(model, optimizer, 8)
    frozen = records(tmp_path)["0.weight"][8]
    assert frozen["max_abs"] == frozen["relative"] == frozen["fraction_changed"] == 0
    assert frozen["update_ratio"] == 0
    assert frozen["cosine"] == 1


def test_every_is_100_steps_if_not_given(tmp_path):
    weight = nn.Parameter(torch.ones(3))
    model = nn.ParameterDict({"w": weight})
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, tmp_path):
        for _ in range(201):
            weight.grad = torch.ones(3)
            optimizer.step()
    assert list(records(tmp_path)["w"]) == [0, 100, 200, 201]


def test_records_go_into_a_summary_writer_that_exists(tmp_path):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with SummaryWriter(tmp_path) as writer:
        recording = record(model, optimizer, writer, every=1)
        writer.add_scalar("loss", 0.5, 0)
        states = train(model, optimizer, 2)
        recording.close()
        writer.add_scalar("loss", 0.4, 2)
    assert len(list(tmp_path.glob("events*"))) == 1
    assert_truth(tmp_path, states, [0, 1, 2])
    assert histograms(tmp_path).keys() == states[0].keys()


def test_a_summary_writer_that_is_closed_stops_nothing(tmp_path, said):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    writer = SummaryWriter(tmp_path)
    writer.close()
    record(model, optimizer, writer, every=1)
    train(model, optimizer, 3)
    (sentence,) = said()
    assert "the writer is closed" in sentence


def test_steps_that_are_not_recorded_are_only_counted(tmp_path, monkeypatch):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    asked = []
    with record(model, optimizer, tmp_path, every=50):
        monkeypatch.setattr(model, "named_parameters", lambda **_: asked.append(1) or [])
        train_without_saving(optimizer, 1)
        baseline = len(asked)
        train_without_saving(optimizer, 48)
        assert len(asked) == baseline
        train_without_saving(optimizer, 1)
        assert len(asked) > baseline


def train_without_saving(optimizer, steps):
    for _ in range(steps):
        for parameter in optimizer.param_groups[0]["params"]:
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()


def test_tied_weights_are_counted_once(tmp_path, mentioned):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    model[2].weight = nn.Parameter(model[0].weight.data)  # another parameter, the same storage
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=1):
        train_without_saving(optimizer, 2)
    assert list(records(tmp_path)) == ["0.weight", "0.bias", "1.bias", "2.bias"]
    assert mentioned()[1:] == [
        "1.weight shares its weights with 0.weight and is recorded as it.",
        "2.weight shares its weights with 0.weight and is recorded as it.",
    ]


def test_weights_that_become_nan_stop_nothing(tmp_path, said):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 1)
        with torch.no_grad():
            model[2].weight[0] = torch.nan
        train(model, optimizer, 1)
    found = records(tmp_path)["2.weight"]
    assert found[1]["non_finite"] == 0
    assert found[2]["non_finite"] >= 36
    assert math.isnan(found[2]["rms"])
    assert said() == []


def odd_parameters() -> dict[str, torch.Tensor]:
    return {
        "empty": torch.ones(0, 3),
        "sparse": torch.eye(3).to_sparse(),
        "int8": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "meta": torch.ones(3, device="meta"),
        "complex": torch.ones(2, dtype=torch.complex64),
    }


class Odd(nn.Module):
    """Holds what cannot be measured, beside what can."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
        self.lazy = nn.LazyLinear(2)
        self.quantised = nn.Parameter(torch.ones(3, dtype=torch.int8), requires_grad=False)
        for name, value in odd_parameters().items():
            setattr(self, name, nn.Parameter(value, requires_grad=False))


# PyTorch warns of its quantised tensors.
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_what_cannot_be_measured_is_told_once_and_the_rest_recorded(tmp_path, said):
    model = Odd()
    optimizer = torch.optim.SGD([model.w], 0.1)
    with record(model, optimizer, tmp_path, every=1):
        for _ in range(3):
            model.w.grad = torch.ones(3)
            optimizer.step()
    assert list(records(tmp_path)) == ["w"]
    assert sorted(said()) == [
        "complex is not recorded: it holds torch.complex64, not weights with a point.",
        "empty is not recorded: it is empty.",
        "int8 is not recorded: it is quantised.",
        "lazy.bias is not recorded: it has no shape yet.",
        "lazy.weight is not recorded: it has no shape yet.",
        "meta is not recorded: it has no values (it is on the meta device).",
        "quantised is not recorded: it holds torch.int8, not weights with a point.",
        "sparse is not recorded: it is sparse.",
    ]


def test_parameters_are_recorded_as_they_are_trained_and_buffers_are_not(tmp_path, said):
    """Of a weight that is made of others, those; of a norm, no running means."""
    torch.manual_seed(0)
    linear = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    model = nn.Sequential(linear, nn.BatchNorm1d(3))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    states = {0: saved(model)}
    with record(model, optimizer, tmp_path, every=1):
        for step in range(1, 4):
            optimizer.zero_grad()
            (model(torch.randn(8, 4)) - 1).square().mean().backward()
            optimizer.step()
            states[step] = saved(model)
    assert_truth(tmp_path, states, range(4))
    originals = [f"0.parametrizations.weight.original{n}" for n in (0, 1)]
    assert sorted(records(tmp_path)) == ["0.bias", *originals, "1.bias", "1.weight"]
    assert said() == []


def test_sparse_gradients_are_updates_like_others(tmp_path):
    model = nn.Embedding(10, 3, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with record(model, optimizer, tmp_path, every=1):
        model(torch.tensor([1, 2])).sum().backward()
        optimizer.step()
    assert records(tmp_path)["weight"][1]["fraction_changed"] == pytest.approx(0.2)


def test_a_parameter_may_change_its_shape_come_and_go(tmp_path, said):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 1)
        model[4] = nn.Linear(128, 5)
        model.append(nn.Linear(5, 3, bias=False))
        model[2].bias = None
        train(model, optimizer, 1)
    found = records(tmp_path)
    assert list(found["4.weight"]) == [0, 1]
    assert list(found["2.bias"]) == [0, 1]
    assert list(found["2.weight"]) == [0, 1, 2]
    assert found["5.weight"][2]["baseline_step"] == 2
    assert len(said()) == 4


def test_names_are_those_of_the_model_whatever_wraps_it(tmp_path):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(torch.compile(model, backend="eager"), optimizer, tmp_path, every=1):
        states = train(model, optimizer, 1)
    assert_truth(tmp_path, states, [0, 1])


def test_parameters_that_fsdp1_hides_are_told_of_once(tmp_path, said):
    fsdp1 = type("FullyShardedDataParallel", (nn.Sequential,), {})
    model = nn.Sequential(fsdp1(nn.Linear(3, 2)))
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=1):
        train_without_saving(optimizer, 3)
    assert said() == [
        "Nothing is recorded: ValueError: FSDP1 hides the parameters; fully_shard (FSDP2) can be "
        "recorded"
    ]


def test_a_closed_recording_leaves_the_optimizer_alone(tmp_path):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    with record(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 1)
    train(model, optimizer, 2)
    assert list(records(tmp_path)["2.weight"]) == [0, 1]


def test_recording_changes_nothing_in_the_training(tmp_path):
    ends = []
    for recorded in (False, True):
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        if recorded:
            record(model, optimizer, tmp_path, every=1)
        ends.append(train(model, optimizer, 5)[5])
    for name, weights in ends[0].items():
        np.testing.assert_array_equal(weights, ends[1][name])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("elements", [60_000, 3 * SAMPLE])
def test_quantiles_are_taken_where_the_weights_are(tmp_path, monkeypatch, dtype, elements):
    """As on a GPU; on the host, numpy takes them, of the same memory."""
    sent = []

    def seen(name):
        real = getattr(torch.Tensor, name)

        def send(tensor, *arguments):
            sent.append(tensor.numel())
            return real(tensor, *arguments)

        monkeypatch.setattr(torch.Tensor, name, send)

    monkeypatch.setattr(torch_arrays, "is_on_host", lambda _: False)
    for name in ("cpu", "numpy", "tolist", "__array__"):
        seen(name)
    torch.manual_seed(0)
    start = torch.randn(elements).to(dtype)
    now = start + torch.randn(elements).to(dtype) / 8
    with Recorder(tmp_path, initial=False) as recorder:
        for step, moving in enumerate((start, now)):
            recorder.log(step, {"moving": moving, "frozen": start.clone()})
    assert max(sent) < 200
    assert len(sent) > 8
    monkeypatch.undo()
    moved = now.double().numpy() - start.double().numpy()
    assert_quantiles(records(tmp_path)["moving"][1], moved)
    assert_quantiles(records(tmp_path)["frozen"][1], np.zeros(elements))


@pytest.mark.parametrize("without_float64", [(), ("cpu",)], ids=["float64", "float32"])
def test_sums_are_taken_where_the_weights_are(tmp_path, monkeypatch, without_float64):
    """As on a GPU, and as on one that has no float64."""
    monkeypatch.setattr(torch_arrays, "is_on_host", lambda _: False)
    monkeypatch.setattr(torch_arrays, "_WITHOUT_FLOAT64", without_float64)
    monkeypatch.setattr(torch_arrays, "_BLOCK", 1000)
    torch.manual_seed(0)
    start = torch.randn(2_345) * 0.05
    before = start + torch.randn(2_345) * 1e-3
    now = before + torch.randn(2_345) * 1e-4
    with Recorder(tmp_path, initial=False) as recorder:
        recorder.log(0, {"w": start})
        recorder.log(1, {"w": now}, {"w": before})
    found, arrays = records(tmp_path)["w"], [each.numpy() for each in (start, now, before)]
    assert_figures(found[1], expected(*arrays), 1e-6)
    assert found[0]["max_abs"] == found[0]["q5000"] == 0
    assert found[0]["norm"] == pytest.approx(float(start.double().norm()), rel=1e-6)


def test_copies_on_the_host_take_the_memory_of_those_before(tmp_path):
    weights = {"w": torch.randn(5), "b": torch.randn(3)}
    with Recorder(tmp_path) as recorder:
        recorder.log(0, weights)
        first = {name: copy.data_ptr() for name, copy in recorder.keep(weights).items()}
        weights["w"] += 1
        weights["b"] = torch.randn(4)
        kept = recorder.keep(weights)
    assert kept["w"].data_ptr() == first["w"]
    for name, weight in weights.items():
        assert kept[name].data_ptr() != weight.data_ptr()
        assert torch.equal(kept[name], weight)


def test_tensors_can_be_logged_by_hand(tmp_path):
    weights = {"w": torch.ones(4, dtype=torch.bfloat16, requires_grad=True)}
    with Recorder(tmp_path) as recorder:
        recorder.log(0, weights)
        with torch.no_grad():
            weights["w"] += 1
        recorder.log(1, weights)
    found = records(tmp_path)["w"][1]
    assert (found["mean_abs"], found["update_ratio"]) == (1, 1)


def test_a_whole_state_dict_can_be_logged_and_its_counters_are_no_fault(tmp_path, said, mentioned):
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    with Recorder(tmp_path) as recorder:
        for step in range(2):
            recorder.log(step, model.state_dict())
            model(torch.ones(2, 4))
    assert set(records(tmp_path)) == set(model.state_dict()) - {"1.num_batches_tracked"}
    assert records(tmp_path)["1.running_mean"][1]["max_abs"] > 0
    assert said() == []
    assert any(sentence.startswith("1.num_batches_tracked") for sentence in mentioned())


def test_compensated_sums_of_float32_are_as_good_as_float64():
    torch.manual_seed(0)
    values = torch.randn(100_001)
    total, rest = compensated(values).double().tolist()
    assert total + rest == pytest.approx(values.double().sum().item(), rel=1e-11)
    assert values.flip(0).cumsum(0)[-1].item() != pytest.approx(total + rest, rel=1e-9)


def test_devices_without_float64_give_the_same_sums():
    torch.manual_seed(0)
    start = torch.randn(70_001) * 0.05
    before = start + torch.randn(70_001) * 1e-3
    now = before + torch.randn(70_001) * 1e-4
    narrow, wide = (
        [float(each.double().sum()) for each in block_sums(device, start, now, before)]
        for device in (NARROW_DEVICE, DEVICE)
    )
    np.testing.assert_allclose(narrow, wide, rtol=1e-6)
