"""Files of Keras: every weight is found, wherever HDF5 keeps it, and no other file is opened."""

import builtins
import io
import zipfile

import h5py
import ml_dtypes
import numpy as np
import pytest

from tb_plugin_weightdelta.checkpoints.hdf5 import tensors_in
from tests.checkpoints.stored_values import assert_holds, read_or_refused, refusal, values

RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(6, 5)).astype("f4")
BIAS = np.arange(5, dtype="f8")


def refused(path):
    return refusal(tensors_in, path)


def weights_h5(file, **options):
    """As Keras 3 writes it."""
    with h5py.File(file, "w", **options) as written:
        written["layers/dense/vars/0"] = KERNEL
        written["layers/dense/vars/1"] = BIAS
        written["layers/dense_1/vars/0"] = half = np.ones(3, ml_dtypes.bfloat16)
        written["layers/dense_1/vars/0"].attrs["dtype"] = "bfloat16"
        written["optimizer/vars/0"] = BIAS
        written.create_group("vars")
    return {
        "layers/dense/vars/0": KERNEL,
        "layers/dense/vars/1": BIAS,
        "layers/dense_1/vars/0": half,
    }


def keras(path, method=zipfile.ZIP_STORED):
    content = io.BytesIO()
    weights = weights_h5(content)
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("metadata.json", "{}")
        file.writestr("config.json", "{}" * 1000)
        file.writestr("model.weights.h5", content.getvalue())
    return weights


def test_weights_alone_are_read_in_place(tmp_path):
    weights = weights_h5(tmp_path / "x.weights.h5")
    tensors, left_out = tensors_in(tmp_path / "x.weights.h5")
    assert_holds(tensors, weights)
    assert {each.unpack for each in tensors} == {None}
    assert left_out == {}


def test_a_file_with_a_block_before_it_is_read_in_place(tmp_path):
    weights = weights_h5(tmp_path / "x.h5", userblock_size=1024)
    tensors, _ = tensors_in(tmp_path / "x.h5")
    assert_holds(tensors, weights)
    assert {each.unpack for each in tensors} == {None}


@pytest.mark.parametrize("packed", [False, True])
def test_weights_in_a_keras_file_are_read(tmp_path, packed):
    path = tmp_path / "x.keras"
    weights = keras(path, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    tensors, left_out = tensors_in(path)
    assert_holds(tensors, weights)
    assert {each.unpack is None for each in tensors} == {not packed}
    assert {each.path for each in tensors} == {path}
    assert left_out == {}


def test_names_are_without_what_keras_2_puts_around_them(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["model_weights/dense/dense/kernel:0"] = KERNEL
        file["optimizer_weights/Adam/iter:0"] = 3
    assert_holds(tensors_in(tmp_path / "x.h5")[0], {"dense/dense/kernel": KERNEL})


def test_whatever_hdf5_does_to_the_elements_they_are_read(tmp_path):
    large = np.arange(3_000_000, dtype="f8").reshape(1000, -1)
    rows = np.arange(2_200_000, dtype="f4").reshape(1, -1)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("chunked", data=KERNEL, chunks=(4, 2))
        file.create_dataset("gzip", data=large, compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset("lzf", data=rows, compression="lzf")
        file.create_dataset("resizable", data=BIAS, maxshape=(None,))
        file["big"] = KERNEL.astype(">f4")
        file["scalar"] = np.float32(3)
        file["empty"] = np.zeros((0, 3), "f4")
        file["flags"] = np.array([True, False, True])
        file["complex"] = np.array([1 + 2j], "c8")
        file["half"] = np.ones(3, "f2")
        file["count"] = np.int64(-3)
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((5,))
        made = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F64LE, space, compact)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, BIAS)
        file["tied"] = file["half"]
    tensors, left_out = tensors_in(tmp_path / "x.h5")
    assert left_out == {}
    assert_holds(
        tensors,
        {
            **{"chunked": KERNEL, "gzip": large, "lzf": rows, "resizable": BIAS, "big": KERNEL},
            **{"scalar": np.float32(3), "empty": np.zeros((0, 3), "f4"), "compact": BIAS},
            **{"flags": np.array([True, False, True]), "complex": np.array([1 + 2j], "c8")},
            **{"half": np.ones(3, "f2"), "count": np.int64(-3), "tied": np.ones(3, "f2")},
        },
    )
    places = {each.name: each.offset for each in tensors if each.unpack is None}
    assert places["half"] == places["tied"]
    assert set(places) >= {"scalar", "complex", "half", "count"}


def test_no_other_file_is_opened(tmp_path):
    weights_h5(tmp_path / "other.h5")
    (tmp_path / "raw").write_bytes(bytes(80))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["w"] = BIAS
        file["external"] = h5py.ExternalLink("other.h5", "layers/dense/vars/0")
        file["soft"] = h5py.SoftLink("/external")
        file.create_dataset("outside", (10,), "f8", external=[(str(tmp_path / "raw"), 0, 80)])
        virtual = h5py.VirtualLayout((6, 5), "f4")
        virtual[:] = h5py.VirtualSource(tmp_path / "other.h5", "layers/dense/vars/0", (6, 5))
        file.create_virtual_dataset("virtual", virtual)
    tensors, left_out = tensors_in(tmp_path / "x.h5")
    assert_holds(tensors, {"w": BIAS})
    assert left_out == {
        **dict.fromkeys(["external", "soft"], "is a link to elsewhere, which is not followed"),
        **dict.fromkeys(["outside", "virtual"], "is kept in other files, which are not read"),
    }


def test_what_cannot_be_compared_is_left_out_by_name(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["w"] = BIAS
        file["text"] = "hello"
        file["fields"] = np.zeros(2, "i4,f4")
        file["raw"] = np.zeros(3, "V3")
        file["null"] = h5py.Empty("f4")
        file.create_dataset("never", (2**40,), "f8")
        file.create_dataset("hardly", (2**30,), "f8", chunks=(1024,))[0] = 1
        coarse = file.create_dataset("coarse", (1,), "f8", chunks=(2**28,), maxshape=(None,))
        coarse.id.write_direct_chunk((0,), b"no chunk of gigabytes")
    tensors, left_out = tensors_in(tmp_path / "x.h5")
    assert_holds(tensors, {"w": BIAS})
    assert left_out == {
        "text": "is stored as 'object', which is not read",
        "fields": "is stored as \"[('f0', '<i4'), ('f1', '<f4')]\", which is not read",
        "raw": "is stored as '|V3', which is not read",
        "null": "is stored as what numpy does not know",
        **dict.fromkeys(["never", "hardly"], "was never written in full"),
        "coarse": "is kept in chunks larger than what is read",
    }


def test_a_group_in_itself_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("a")
        group["b"] = group
        group["c"] = group
    assert "holds more than what is read" in refused(tmp_path / "x.h5")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "x.h5").write_text("no")
    assert "x.h5 cannot be read as HDF5" in refused(tmp_path / "x.h5")
    with zipfile.ZipFile(tmp_path / "x.keras", "w") as file:
        file.writestr("config.json", "{}")
    assert "it has no model.weights.h5" in refused(tmp_path / "x.keras")
    assert "No such file" in refused(tmp_path / "none.h5")


def test_a_file_that_is_cut_off_is_refused_wherever_it_ends(tmp_path):
    weights_h5(tmp_path / "x.h5")
    data = (tmp_path / "x.h5").read_bytes()
    for end in range(0, len(data), 499):
        (tmp_path / "cut.h5").write_bytes(data[:end])
        refused(tmp_path / "cut.h5")


@pytest.mark.parametrize("seed", range(50))
def test_no_damaged_byte_raises_anything_else(tmp_path, seed):
    """Bytes of the file's structure; the HDF5 library is trusted to bear what it is given."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("a/chunked", data=KERNEL, chunks=(4, 2), compression="gzip")
        file["a/b"] = KERNEL
    data = bytearray((tmp_path / "x.h5").read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 20):
        data[place] = rng.integers(0, 256)
    (tmp_path / "x.h5").write_bytes(data)

    def read(path):
        tensors, left_out = tensors_in(path)
        for each in tensors:
            assert values(each).shape == each.shape
        return tensors, left_out

    read_or_refused(read, tmp_path / "x.h5")


def test_h5py_is_asked_for_by_name(tmp_path, monkeypatch):
    keras(tmp_path / "x.keras")
    imported = builtins.__import__

    def without(name, *rest):
        if name == "h5py":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert refused(tmp_path / "x.keras") == (
        "x.keras needs h5py: pip install 'tensorboard-plugin-weightdelta[checkpoints]'."
    )
