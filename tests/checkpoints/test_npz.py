"""Files of numpy: every element is found, in whatever order and however packed."""

import io
import tempfile
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_plugin_weightdelta.checkpoints.npz import tensors_in
from tb_plugin_weightdelta.recording import Recorder
from tests.checkpoints.stored_values import assert_holds, read_or_refused, refusal, values

RNG = np.random.default_rng(0)
COLUMNS = np.asfortranarray(RNG.normal(size=(4, 3, 2)))
ARRAYS = {
    "w": RNG.normal(size=(3, 4)).astype("f4"),
    "layer/by_columns": COLUMNS,
    "half": np.ones(3, "f2"),
    "scalar": np.float32(3),
    "empty": np.zeros((0, 3), "f4"),
    "bytes": np.arange(5, dtype="u1"),
    "whole": np.arange(4, dtype="i8").reshape(2, 2).T,
    "flags": np.array([True, False]),
    "complex": np.array([1 + 2j], "c16"),
}
SWAPPED = {
    "big": RNG.normal(size=5).astype(">f4"),
    "pairs": np.asfortranarray(np.arange(6).reshape(2, 3) * (1 + 2j)).astype(">c8", order="F"),
}


def native(arrays):
    return {name: each.astype(each.dtype.newbyteorder("=")) for name, each in arrays.items()}


def refused(path):
    return refusal(tensors_in, path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "compressed"])
def test_every_array_is_read_bit_by_bit(tmp_path, save):
    save(tmp_path / "x.npz", **ARRAYS)
    tensors, left_out = tensors_in(tmp_path / "x.npz")
    assert_holds(tensors, ARRAYS)
    assert left_out == {}
    in_place = {each.name for each in tensors if each.unpack is None}
    others = {"layer/by_columns", "whole"}
    assert in_place == (set(ARRAYS) - others if save is np.savez else set())


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "compressed"])
def test_other_byte_orders_are_turned_round(tmp_path, save):
    save(tmp_path / "x.npz", **SWAPPED)
    assert_holds(tensors_in(tmp_path / "x.npz")[0], native(SWAPPED))


@pytest.mark.parametrize("name", ["w", "layer/by_columns", "scalar", "empty"])
def test_a_single_array_has_the_name_of_its_file(tmp_path, name):
    np.save(tmp_path / "dense.npy", ARRAYS[name])
    assert_holds(tensors_in(tmp_path / "dense.npy")[0], {"dense": ARRAYS[name]})


def test_a_large_array_is_unpacked_a_piece_at_a_time(tmp_path):
    array = np.arange(2_500_000, dtype="f8").reshape(2, -1).T
    np.savez_compressed(tmp_path / "x.npz", by_columns=array, zeros=np.zeros(5_000_000))
    assert_holds(
        tensors_in(tmp_path / "x.npz")[0], {"by_columns": array, "zeros": np.zeros(5_000_000)}
    )


def test_the_recorders_initial_weights_have_their_names(tmp_path):
    weights = {"dense/kernel": np.ones((2, 3), "f4"), "größe": np.zeros(3), "scale": np.float32(2)}
    with Recorder(tmp_path / "run", initial=tmp_path / "initial.npz") as recorder:
        recorder.log(0, weights)
    assert_holds(tensors_in(tmp_path / "initial.npz")[0], weights)


def test_names_that_are_not_those_of_its_tensors_are_refused(tmp_path):
    kept = {"steps": [0], "origin": "kept", "0": np.ones(3)}
    for names in (["a", "b"], [], "a", [1], [[["a"]]]):
        np.savez(tmp_path / "x.npz", names=names, **kept)
        assert "its names are not those of 1 tensors" in refused(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", names=["a", "a"], **kept, **{"1": np.ones(3)})
    assert "two tensors of one name" in refused(tmp_path / "x.npz")


def test_what_is_no_plain_array_is_left_out_by_name(tmp_path):
    np.savez(
        tmp_path / "x.npz",
        w=np.ones(2),
        objects=np.array([{}], dtype=object),
        fields=np.zeros(2, "i4,f4"),
        half=np.ones(2, ml_dtypes.bfloat16).view("V2"),
        text=np.array(["a"]),
        deep=np.ones((1,) * 33),
        dates=np.zeros(2, "M8[s]"),
    )
    tensors, left_out = tensors_in(tmp_path / "x.npz")
    assert [each.name for each in tensors] == ["w"]
    assert left_out == {
        "objects": "holds Python objects, which are not read",
        "fields": "has fields of several types, which are not read",
        "half": "holds raw bytes ('|V2'), as numpy writes bfloat16 and float8: save it as "
        "float32, or as safetensors",
        "deep": "has more than 32 dimensions",
        "text": "is stored as '<U1', which is not read",
        "dates": "is stored as '<M8[s]', which is not read",
    }


def npy(header: str, data=b"", version=1):
    text = header.encode("latin-1")
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s}"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_of_the_format_is_read(tmp_path, version):
    (tmp_path / "x.npy").write_bytes(npy(HEADER % "(3,)", np.ones(3, "f4").tobytes(), version))
    assert_holds(tensors_in(tmp_path / "x.npy")[0], {"x": np.ones(3, "f4")})


BROKEN = {
    "no text": b"",
    "another file": b"hello, this is no array",
    "code": npy("__import__('os').system('false')"),
    "no shape": npy("{'descr': '<f4', 'fortran_order': False}"),
    "no mapping": npy("[1, 2]"),
    "a set": npy("{1, 2}"),
    "negative": npy(HEADER % "(-1,)"),
    "text for a size": npy(HEADER % "('3',)"),
    "no tuple": npy(HEADER % "3"),
    "a huge size": npy(HEADER % "(2**99,)"),
    "a size beyond 64 bits": npy(HEADER % f"({2**70}, 0)"),
    "too little": npy(HEADER % "(3,)", b"12345678901"),
    "far too little": npy(HEADER % f"({2**60}, {2**60})", b"1234567"),
    "brackets": npy("(" * 9_000),
    "minus": npy("-" * 9_000 + "1"),
    "a header beyond its end": npy("{}")[:-1],
    "a header of gigabytes": b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 100,
    "a header of many pages": npy(HEADER % "()" + " " * 20_000, bytes(4)),
    "half a number": npy("0x"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_array_is_refused(tmp_path, broken):
    (tmp_path / "x.npy").write_bytes(BROKEN[broken])
    assert "x.npy is damaged" in refused(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", BROKEN[broken])
    assert "x.npz is damaged" in refused(tmp_path / "x.npz")


def test_other_archives_and_missing_files_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as file:
        file.writestr("readme.txt", "")
    assert "is no file of numpy: it holds 'readme.txt'" in refused(tmp_path / "x.npz")
    assert "No such file" in refused(tmp_path / "none.npz")


def _packed(path, data, claimed=None):
    """An archive of one array; claimed: the size that it says it unpacks to."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", data)
    if claimed is not None:
        content = bytearray(path.read_bytes())
        at = content.rindex(b"PK\1\2") + 24
        content[at : at + 4] = claimed.to_bytes(4, "little")
        path.write_bytes(content)
    return path


def test_what_unpacks_to_another_size_is_refused(tmp_path):
    array = npy(HEADER % "(1_000,)".replace("_", ""), bytes(4_000))
    for claimed in (len(array) - 1, len(array) + 1):
        path = _packed(tmp_path / "x.npz", array, claimed)
        assert "x.npz" in _while_unpacking(path)
    assert "cannot be 2,000,000,000 bytes" in refused(
        _packed(tmp_path / "x.npz", array, 2_000_000_000)
    )


def _while_unpacking(path):
    """The sentence of whichever refuses it: the listing, or reading what it lists."""

    def read(path):
        tensors, left_out = tensors_in(path)
        for each in tensors:
            values(each)
        return tensors, left_out

    return refusal(read, path)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([np.savez, np.savez_compressed]))
def test_no_damaged_byte_raises_anything_else(data, save):
    file = io.BytesIO()
    save(file, w=ARRAYS["w"], by_columns=COLUMNS, big=SWAPPED["big"])
    sound = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))

    def read(path):
        tensors, left_out = tensors_in(path)
        for each in tensors:
            assert values(each).shape == each.shape
        return tensors, left_out

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npz"
        path.write_bytes(sound)
        read_or_refused(read, path)
