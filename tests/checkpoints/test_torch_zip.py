"""Files of torch.save: every element is found, and nothing in them runs or takes memory."""

import os
import pickle
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_plugin_weightdelta.checkpoints import pickled as unpickling
from tb_plugin_weightdelta.checkpoints import torch_zip
from tb_plugin_weightdelta.checkpoints.torch_zip import tensors_in
from tests.checkpoints import torch_files
from tests.checkpoints.stored_values import assert_holds, read_or_refused, refusal, values
from tests.checkpoints.torch_files import Call, Global, Kept, pickled, tensor, write

RNG = np.random.default_rng(0)
WEIGHTS = {
    "conv.weight": RNG.normal(size=(4, 3, 2)).astype("f4"),
    "conv.bias": RNG.normal(size=4),
}
ONES = np.ones(6, "f4").tobytes()


def refused(path):
    return refusal(tensors_in, path)


def one(folder, held, data=ONES):
    return write(folder / "x.pt", pickled(held), {"0": data})


@pytest.mark.parametrize(
    "precision",
    [*torch_files.STORAGES, "float8_e4m3fn", "float8_e5m2", "uint16", "uint32", "uint64"],
)
def test_every_precision_is_read_bit_by_bit(tmp_path, precision):
    array = np.arange(6).astype(getattr(ml_dtypes, precision, precision)).reshape(2, 3)
    path = torch_files.save(tmp_path / "x.pt", {"w": array})
    tensors, left_out = tensors_in(path)
    assert_holds(tensors, {"w": array})
    assert tensors[0].precision == precision
    assert tensors[0].unpack is None
    assert left_out == {}


@pytest.mark.parametrize(
    "array",
    [
        *(np.float32(3).reshape(()), np.zeros((0, 3), "f4"), np.zeros((1, 5, 1), "f4")),
        *(WEIGHTS["conv.weight"].T, WEIGHTS["conv.weight"].transpose(1, 0, 2)),
        np.arange(24, dtype="i8").reshape(4, 6).T,
    ],
    ids=["scalar", "empty", "ones", "transposed", "swapped", "int64"],
)
def test_a_tensor_of_any_shape_and_strides_is_read(tmp_path, array):
    tensors, _ = tensors_in(torch_files.save(tmp_path / "x.pt", {"w": array}))
    assert_holds(tensors, {"w": array})


def test_a_view_begins_at_its_offset_and_tied_ones_lie_in_one_place(tmp_path):
    held = {
        "row": tensor("0", "float32", (3,), (1,), 3),
        "column": tensor("0", "float32", (2,), (3,), 1),
        "tied": tensor("0", "float32", (3,), (1,), 3),
        "expanded": tensor("0", "float32", (2, 3), (0, 1), 3),
    }
    array = np.arange(6, dtype="f4")
    tensors, _ = tensors_in(one(tmp_path, held, array.tobytes()))
    row, expanded = array[3:], np.stack([array[3:]] * 2)
    assert_holds(tensors, {"row": row, "column": array[1::3], "tied": row, "expanded": expanded})
    places = {each.name: each.offset for each in tensors}
    assert places["row"] == places["tied"]


def test_a_view_larger_than_a_block_is_written_in_order(tmp_path):
    array = np.arange(3 * 2_000_000, dtype="f4").reshape(3, -1).T
    tensors, _ = tensors_in(torch_files.save(tmp_path / "x.pt", {"w": array}))
    assert np.array_equal(values(tensors[0]), array)


@pytest.mark.parametrize(
    "key", ["state_dict", "model", "model_state_dict", "module", "model_state"]
)
def test_the_weights_are_found_under_the_names_that_trainings_use(tmp_path, key):
    moments = {"state": {0: {"exp_avg": tensor("conv.bias", "float64", (4,), (1,))}}}
    held = {key: ..., "optimizer_states": [moments], "epoch": 3, "hyper_parameters": {"lr": 0.1}}
    tensors, _ = tensors_in(torch_files.save(tmp_path / "x.ckpt", WEIGHTS, **held))
    assert_holds(tensors, WEIGHTS)


def test_nested_weights_are_named_by_their_path_and_moments_are_left(tmp_path):
    row = tensor("0", "float32", (3,), (1,))
    held = {"net": {"layers": [row, {"b": row}]}, "optimizer": {"state": {0: {"exp_avg": row}}}}
    tensors, _ = tensors_in(one(tmp_path, held))
    assert [each.name for each in tensors] == ["net.layers.0", "net.layers.1.b"]


def test_what_is_no_plain_tensor_is_left_out_by_name(tmp_path):
    row = tensor("0", "float32", (3,), (1,))
    conjugate = Call(row.function, (*row.arguments, {"conj": True}))
    sparse = Call(Global("torch._utils _rebuild_sparse_tensor"), (1, 2))
    half = tensor("0", "complex32", (3,), (1,))
    deep = tensor("0", "float32", (1,) * 33, (1,) * 33)
    tensors, left_out = tensors_in(
        one(tmp_path, {"row": row, "c": conjugate, "s": sparse, "h": half, "d": deep})
    )
    assert [each.name for each in tensors] == ["row"]
    assert left_out == {
        "c": "is kept as the conjugate or the negative of what is stored",
        "s": "is sparse, which is not read",
        "h": "is stored as complex32, which is not read",
        "d": "has 33 dimensions, and no more than 32 are read",
    }


def test_the_stride_of_an_axis_of_one_says_nothing(tmp_path):
    tensors, _ = tensors_in(one(tmp_path, {"w": tensor("0", "float32", (1, 6), (99, 1))}))
    assert tensors[0].unpack is None


@pytest.mark.parametrize("name", ["\udc80", "w" * 1001], ids=["half a character", "long"])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path, name):
    assert "name" in refused(one(tmp_path, {name: tensor("0", "float32", (3,), (1,))}))


def test_a_pickle_of_too_many_operations_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "x.pt", pickled(list(range(100))), {})
    assert tensors_in(path) == ([], {})
    monkeypatch.setattr(unpickling, "_MOST_OPERATIONS", 50)
    assert "larger than what is read" in refused(path)


def test_lists_of_the_same_lists_are_not_looked_through_without_end(tmp_path, monkeypatch):
    lists = (
        b"](" + bytes([ord("h"), n]) * 9 + bytes([ord("e"), ord("q"), n + 1]) for n in range(40)
    )
    path = write(tmp_path / "x.pt", b"\x80\x02]q\0" + b"".join(lists) + b".", {})
    monkeypatch.setattr(torch_zip, "_MOST_VALUES", 10_000)
    assert "holds more than what is read" in refused(path)


class Shell:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_no_command_in_a_pickle_runs(tmp_path, protocol):
    command = f"touch {tmp_path}/ran"
    path = write(tmp_path / "x.pt", pickle.dumps({"w": Shell(command)}, protocol), {})
    assert refused(path) == (
        f"x.pt holds {os.system.__module__}.system, which is not read: save its state_dict alone, "
        "or as safetensors."
    )
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("numpy.core.multiarray scalar", "torch.nn.modules.linear Linear", "builtins eval"),
        *("torch._utils _rebuild_tensor_v2.__globals__", "collections OrderedDict.fromkeys"),
        *("torch.hub load", "builtins getattr", "argparse Namespace", "copyreg _reconstructor"),
    ],
)
def test_a_name_that_no_tensor_needs_is_refused_and_told(tmp_path, name):
    path = one(tmp_path, {"w": Call(Global(name), ("1",))})
    assert f"x.pt holds {name.replace(' ', '.')}, which is not read" in refused(path)


def test_a_call_of_what_is_no_function_is_refused(tmp_path):
    for data in (b"\x80\x02]]\x85R.", b"\x80\x02X\x01\0\0\0a)R.", b"\x80\x02K\x01)\x81."):
        assert "its pickle" in refused(write(tmp_path / "x.pt", data, {}))


BEYOND = {
    "too long": tensor("0", "float32", (7,), (1,)),
    "too late": tensor("0", "float32", (3,), (1,), 4),
    "too wide": tensor("0", "float32", (3,), (3,)),
    "far too wide": tensor("0", "float32", (2**62, 4), (0, 2**62)),
    "too precise": tensor("0", "float64", (2, 2), (2, 1)),
    "no storage": tensor("1", "float32", (1,), (1,)),
    "backwards": tensor("0", "float32", (3,), (-1,), 2),
    "less than none": tensor("0", "float32", (-3,), (1,)),
    "before the first": tensor("0", "float32", (3,), (1,), -1),
    "no strides": tensor("0", "float32", (3,), ()),
    "beyond 64 bits": tensor("0", "float32", (2**70,), (0,)),
    "text for a size": tensor("0", "float32", ("3",), (1,)),
    "another member": tensor("../data.pkl", "float32", (3,), (1,)),
    "no storage's id": Kept(("module", Global("torch FloatStorage"), "0", "cpu", 1)),
}


@pytest.mark.parametrize("held", BEYOND.values(), ids=BEYOND)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path, held):
    assert refused(one(tmp_path, {"w": held}))


def test_one_element_repeated_without_end_is_left_out(tmp_path):
    held = {"w": tensor("0", "float32", (2**40, 2), (0, 0))}
    tensors, left_out = tensors_in(one(tmp_path, held))
    assert tensors == []
    assert "more often than can be compared" in left_out["w"]


def test_two_tensors_of_one_name_are_refused(tmp_path):
    row = tensor("0", "float32", (3,), (1,))
    assert "two tensors named 'a.b'" in refused(one(tmp_path, {"a": {"b": row}, "a.b": row}))


def deep(operation, count=400_000):
    return b"\x80\x02)" + operation * count + b"."


BOMBS = {
    "a list in itself": b"\x80\x02]q\0h\0a.",
    "a deep tuple as a key": b"\x80\x02})" + b"\x85" * 400_000 + b"K\x01s.",
    "a tuple of itself twice, as a key": b"\x80\x02})" + b"q\0h\0\x86" * 90 + b"K\x01s.",
    "one list, copied": (
        b"\x80\x02](" + b"K\x01" * 10_000 + b"eq\0ctorch\nSize\nq\x01" + b"h\x01h\0\x85R" * 5_000
    ),
    "a memo with a far place": b"\x80\x02K\x01r\xff\xff\xff\xff].",
    "a string with no end": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x.",
    "bytes with no end": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"x.",
    "a frame with no end": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N",
    "calls of calls": b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\nq\0("
    + b"h\0N(" * 5000 + b"t" * 5001 + b"R.",
    "no end": deep(b"\x85")[:-1],
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_pickle_takes_little_memory(tmp_path, bomb):
    path = write(tmp_path / "x.pt", BOMBS[bomb], {}, packed=True)
    tracemalloc.start()
    try:
        assert read_or_refused(tensors_in, path) == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**28


def test_a_pickle_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path):
    path = write(tmp_path / "x.pt", bytes(2**28 + 1), {}, packed=True)
    assert path.stat().st_size < 2**20
    assert "no more than 268,435,456 are read" in refused(path)


def test_what_was_packed_again_is_refused(tmp_path):
    path = write(tmp_path / "x.pt", pickled({"w": tensor("0", "float32", (3,), (1,))}),
                 {"0": ONES}, packed=True)  # fmt: skip
    assert "what 'w' holds is compressed" in refused(path)


def test_old_and_other_files_are_refused_by_what_they_are(tmp_path):
    legacy = tmp_path / "old.pt"
    legacy.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + b"rest")
    assert "old.pt is a legacy PyTorch pickle (before 1.6)" in refused(legacy)
    script = write(tmp_path / "s.pt", pickled({}), {}, **{"constants.pkl": b"", "code/a.py": b""})
    assert "s.pt is a TorchScript archive" in refused(script)
    big = write(tmp_path / "big.pt", pickled({}), {}, byteorder=b"big")
    assert "big.pt was saved on a big-endian machine" in refused(big)
    text = tmp_path / "a.pt"
    text.write_text("no")
    assert "is no zip file" in refused(text)
    assert "cannot be read: No such file" in refused(tmp_path / "none.pt")
    assert "cannot be read: Is a directory" in refused(tmp_path)
    with zipfile.ZipFile(tmp_path / "z.pt", "w") as file:
        file.writestr("a/b/data.pkl", b"")
    assert "it has no data.pkl" in refused(tmp_path / "z.pt")


def test_a_zip64_file_is_read(tmp_path):
    row = tensor("0", "float32", (6,), (1,))
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as file:
        for name, data in (("data.pkl", pickled({"w": row})), ("data/0", ONES)):
            with file.open(f"x/{name}", "w", force_zip64=True) as member:
                member.write(data)
    data = bytearray((tmp_path / "x.pt").read_bytes())
    assert_holds(tensors_in(tmp_path / "x.pt")[0], {"w": np.ones(6, "f4")})
    # As of a file beyond 4 GB: offset and sizes only in the extra field, and an end of 64 bits.
    (tmp_path / "x.pt").write_bytes(_with_64_bits(data))
    assert_holds(tensors_in(tmp_path / "x.pt")[0], {"w": np.ones(6, "f4")})


def _with_64_bits(data):
    end = data.rindex(b"PK\5\6")
    count, _, start = struct.unpack_from("<HLL", data, end + 10)
    directory, at = b"", start
    for _ in range(count):
        entry = bytearray(data[at : at + 46])
        length, size = struct.unpack_from("<LL", entry, 20)
        for_name, for_extra = struct.unpack_from("<HH", entry, 28)
        (offset,) = struct.unpack_from("<L", entry, 42)
        name = data[at + 46 : at + 46 + for_name]
        struct.pack_into("<LL", entry, 20, 2**32 - 1, 2**32 - 1)
        struct.pack_into("<H", entry, 30, 28)
        struct.pack_into("<L", entry, 42, 2**32 - 1)
        directory += entry + name + struct.pack("<HHQQQ", 1, 24, size, length, offset)
        at += 46 + for_name + for_extra
    end_64 = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count,
                         len(directory), start)  # fmt: skip
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
    tail = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return bytes(data[:start]) + directory + end_64 + locator + tail


def changed(path, at, layout, *numbers):
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, at(bytes(data)), *numbers)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("place", "layout", "number"),
    [
        *((8, "<H", 1), (10, "<H", 12), (10, "<H", 99), (20, "<L", 2**31), (24, "<L", 2**31)),
        *((42, "<L", 2**31), (42, "<L", 0), (28, "<H", 999), (42, "<L", 2**32 - 1), (0, "<L", 0)),
    ],
)
def test_a_damaged_entry_of_the_directory_is_refused(tmp_path, place, layout, number):
    path = one(tmp_path, {"w": tensor("0", "float32", (6,), (1,))})
    refused(changed(path, lambda data: data.rindex(b"PK\1\2") + place, layout, number))


@pytest.mark.parametrize(
    ("place", "layout", "number", "why"),
    [
        (4, "<H", 1, "it is one part of several"),
        (12, "<L", 2**31, "it claims to have 4 members"),
        (16, "<L", 2**31, "its directory reaches beyond it"),
    ],
)
def test_a_damaged_end_is_refused(tmp_path, place, layout, number, why):
    path = one(tmp_path, {"w": tensor("0", "float32", (6,), (1,))})
    assert why in refused(
        changed(path, lambda data: data.rindex(b"PK\5\6") + place, layout, number)
    )


def test_a_member_beyond_the_file_is_refused(tmp_path):
    path = one(tmp_path, {"w": tensor("0", "float32", (6,), (1,))})
    changed(path, lambda data: data.rindex(b"PK\1\2") + 20, "<LL", 2**31, 2**31)
    assert "whose place in it is damaged" in refused(path)


def test_members_that_overlap_or_share_a_name_are_refused(tmp_path):
    path = tmp_path / "x.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/data.pkl", pickled({}))
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a/data.pkl", pickled({}))
    assert "two of its members have one name" in refused(path)
    inner = one(tmp_path, {}).read_bytes()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data/0", inner)
    data = path.read_bytes()
    # A second entry for a member inside the first one.
    inside = data.index(b"PK\3\4", 10)
    end = data.rindex(b"PK\5\6")
    (start,) = struct.unpack_from("<L", data, end + 16)
    entry = bytearray(inner[inner.index(b"PK\1\2") :][: 46 + len("archive/data.pkl")])
    struct.pack_into("<L", entry, 42, inside)
    directory = data[start:end] + entry
    tail = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 2, 2, len(directory), start, 0)
    path.write_bytes(data[:start] + directory + tail)
    assert "overlap" in refused(path)


def test_a_file_that_is_cut_off_is_refused_wherever_it_ends(tmp_path):
    data = one(tmp_path, {"w": tensor("0", "float32", (6,), (1,))}).read_bytes()
    for end in range(0, len(data), 7):
        (tmp_path / "cut.pt").write_bytes(data[:end])
        refused(tmp_path / "cut.pt")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_damaged_byte_raises_anything_else(flips):
    with tempfile.TemporaryDirectory() as folder:
        path = torch_files.save(Path(folder) / "x.pt", WEIGHTS, state_dict=..., epoch=3)
        data = bytearray(path.read_bytes())
        for place, value in flips:
            data[place % len(data)] = value
        path.write_bytes(data)
        _read_all(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damaged_pickle_raises_anything_else(data):
    row = tensor("0", "float32", (2, 3), (1, 2))
    sound = bytearray(pickled({"a": row, "b": [row, {"c": (1, None, 2.5, True)}]}))
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        _read_all(write(Path(folder) / "x.pt", bytes(sound), {"0": ONES}))


def _read_all(path):
    for each in read_or_refused(tensors_in, path):
        assert values(each).shape == each.shape
