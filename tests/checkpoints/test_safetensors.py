"""The reader of .safetensors: where tensors lie, and that damaged files are refused by name."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tb_plugin_weightdelta.checkpoints.safetensors import tensors_in
from tests.checkpoints.safetensors_files import NAMES, entries, write, write_raw
from tests.checkpoints.stored_values import assert_holds, read_or_refused, refusal

TENSORS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float16)}


@pytest.mark.parametrize("precision", NAMES)
def test_every_precision_is_found_where_it_lies(tmp_path, precision):
    dtype = np.dtype(getattr(ml_dtypes, precision, precision))
    tensors = {
        "matrix": np.arange(12).reshape(3, 4).astype(dtype),
        "scalar": np.ones((), dtype),
        "empty": np.ones((0, 5), dtype),
    }
    found, left_out = tensors_in(write(tmp_path / "a.safetensors", tensors))
    assert_holds(found, tensors)
    assert left_out == {}


def test_a_number_format_of_tomorrow_is_left_out_by_name(tmp_path):
    header = entries(TENSORS)
    header["b"]["dtype"] = "F4"
    found, left_out = tensors_in(write_raw(tmp_path / "a.safetensors", header, bytes(32)))
    assert [each.name for each in found] == ["a"]
    assert left_out == {"b": "has the number format 'F4', which is not read"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data_offsets": [0, 28]}, "gives 'a' more or less than its shape"),
        ({"data_offsets": [16, 40]}, "is cut off: it ends before 'a' does"),
        ({"data_offsets": [12, 36], "shape": [6]}, "is cut off: it ends before 'a' does"),
        ({"data_offsets": [-8, 16]}, "says nothing sound of 'a'"),
        ({"data_offsets": [24, 0]}, "says nothing sound of 'a'"),
        ({"data_offsets": "no"}, "says nothing sound of 'a'"),
        ({"shape": [2, "3"]}, "says nothing sound of 'a'"),
        ({"shape": [2, -3]}, "says nothing sound of 'a'"),
        ({"shape": [True, 6]}, "says nothing sound of 'a'"),
        ({"shape": [2**40, 2**40]}, "gives 'a' more or less than its shape"),
    ],
)
def test_what_is_damaged_is_refused_by_name(tmp_path, change, sentence):
    header = entries(TENSORS)
    header["a"] |= change
    path = write_raw(tmp_path / "a.safetensors", header, bytes(32))
    assert sentence in refusal(tensors_in, path)


def test_tensors_that_lie_in_each_other_are_refused(tmp_path):
    header = entries(TENSORS)
    header["b"]["data_offsets"] = [20, 28]
    path = write_raw(tmp_path / "a.safetensors", header, bytes(32))
    assert "has 'b' within 'a'" in refusal(tensors_in, path)


@pytest.mark.parametrize("header", [b"[]", b"{ ", b"[" * 100_000, b"\xff\xff", b"77"])
def test_a_header_that_is_none_is_refused(tmp_path, header):
    path = write_raw(tmp_path / "a.safetensors", header, b"")
    assert "its header is no JSON object" in refusal(tensors_in, path)


@pytest.mark.parametrize("content", [b"", b"1234567", b"\xff" * 8, b"\x64" + bytes(7) + b"{}"])
def test_what_is_no_such_file_is_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert "is no safetensors file" in refusal(tensors_in, path)


@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damaged_byte_does_more_than_have_the_file_refused(tmp_path, place, value):
    path = write(tmp_path / "a.safetensors", TENSORS)
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(data)
    size = len(data)
    for each in read_or_refused(tensors_in, path):
        assert each.offset + each.nbytes <= size
