"""What PyTorch and Lightning write is read without them: every element is the same."""

import collections
import io

import lightning
import ml_dtypes
import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from tb_plugin_weightdelta.checkpoints import torch_zip
from tests.checkpoints.stored_values import assert_holds, refusal
from tests.frameworks import two_trainers

torch.set_num_threads(1)

pytestmark = two_trainers.THEIR_WARNINGS

PRECISIONS = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.bool),
    *(torch.uint64, torch.uint32, torch.uint16, torch.uint8, torch.complex64, torch.complex128),
]


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Its bits, in numpy's or ml_dtypes' word for its precision."""
    name = str(tensor.dtype).removeprefix("torch.")
    data = tensor.detach().resolve_conj().contiguous().flatten().view(torch.uint8).numpy().tobytes()
    return np.frombuffer(data, getattr(ml_dtypes, name, name)).reshape(tuple(tensor.shape))


def assert_read(path, tensors):
    read, left_out = torch_zip.tensors_in(path)
    assert_holds(read, {name: as_numpy(each) for name, each in tensors.items()})
    assert left_out == {}
    return {each.name: each for each in read}


@pytest.mark.parametrize("precision", PRECISIONS, ids=str)
def test_torch_saves_every_precision_and_shape(tmp_path, precision):
    torch.manual_seed(0)
    whole = torch.randn(4, 6).mul(8).to(precision)
    tensors = {
        "whole": whole,
        "transposed": whole.T,
        "view": whole[1:3, ::2],
        "expanded": whole[0].expand(3, 6),
        "scalar": whole[2, 3],
        "empty": whole[:0],
        "parameter": nn.Parameter(whole.clone(), requires_grad=False),
    }
    torch.save(tensors, tmp_path / "x.pt")
    places = assert_read(tmp_path / "x.pt", tensors)
    assert places["whole"].offset == places["transposed"].offset
    assert places["whole"].unpack is None


def network():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Embedding(7, 8), nn.Conv1d(8, 8, 1), nn.BatchNorm1d(8), nn.Linear(8, 7, bias=False)
    )
    model[3].weight = model[0].weight
    return model


def test_torch_saves_a_model_with_tied_weights(tmp_path):
    state = network().state_dict()
    torch.save(state, tmp_path / "x.pt")
    places = assert_read(tmp_path / "x.pt", state)
    assert places["0.weight"].offset == places["3.weight"].offset
    assert places["2.num_batches_tracked"].precision == "int64"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_torch_saves_a_training_with_its_optimizer(tmp_path, protocol):
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    model[1](torch.ones(1, 8, 3)).sum().backward()
    optimizer.step()
    held = {
        "epoch": 3,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "best": torch.tensor(0.5),
        "rng": torch.get_rng_state(),
        "seen": {1, 2},
        "by_class": collections.defaultdict(list, {"a": [1.5, None, True]}),
        "counts": collections.Counter("aab"),
        "size": torch.Size([2]),
        "device": torch.device("cpu"),
        "precision": torch.bfloat16,
        "raw": b"abc",
    }
    torch.save(held, tmp_path / "x.pt", pickle_protocol=protocol)
    assert_read(tmp_path / "x.pt", model.state_dict())


def test_torch_saves_tensors_that_are_left_out_by_name(tmp_path):
    attributed = torch.ones(2)
    attributed.mark = "mine"
    held = {
        "attributed": attributed,
        "conjugate": torch.ones(2, dtype=torch.complex64).conj(),
        "sparse": torch.eye(2).to_sparse(),
        "meta": torch.ones(2, device="meta"),
        "half": torch.ones(2, dtype=torch.complex32),
        "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    }
    torch.save(held, tmp_path / "x.pt")
    read, left_out = torch_zip.tensors_in(tmp_path / "x.pt")
    assert_holds(read, {"attributed": np.ones(2, "f4")})
    assert set(left_out) == set(held) - {"attributed"}


def test_a_model_that_torch_pickled_whole_is_refused_by_its_class(tmp_path):
    torch.save(network(), tmp_path / "x.pt")
    assert refusal(torch_zip.tensors_in, tmp_path / "x.pt") == (
        "x.pt holds torch.nn.modules.container.Sequential, which is not read: save its state_dict "
        "alone, or as safetensors."
    )


def test_what_torch_wrote_before_and_beside_is_refused_by_what_it_is(tmp_path):
    torch.save({}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert "is a legacy PyTorch pickle" in refusal(torch_zip.tensors_in, tmp_path / "old.pt")
    archive = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), archive)
    (tmp_path / "s.pt").write_bytes(archive.getvalue())
    assert "is a TorchScript archive" in refusal(torch_zip.tensors_in, tmp_path / "s.pt")


class Regresses(lightning.LightningModule):
    def __init__(self, rate: float = 0.1, layers: tuple[int, ...] = (4, 2)) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = nn.Linear(*layers)

    def training_step(self, batch, place):
        loss = self.layer(batch).square().mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), self.hparams.rate)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1)]


def test_lightning_saves_a_checkpoint(tmp_path):
    model = Regresses()
    kept = lightning.pytorch.callbacks.ModelCheckpoint(tmp_path, monitor="loss")
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", default_root_dir=tmp_path, callbacks=[kept], **quiet
    )
    trainer.fit(model, DataLoader(torch.ones(8, 4)))
    trainer.save_checkpoint(tmp_path / "x.ckpt")
    assert_read(tmp_path / "x.ckpt", model.state_dict())
