"""The layout of event files: records from the beginning, and from any place on."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

from tb_plugin_weightdelta.reading.event_files import FRAME, LimitReached, first_record, framed
from tests.conftest import DIALECTS


def written(*contents: bytes) -> bytes:
    """Records as TensorBoard's own writer frames them."""
    file = io.BytesIO()
    writer = RecordWriter(file)
    for content in contents:
        writer.write(content)
    return file.getvalue()


def begins_by_hand(data: bytes) -> int | None:
    """The slow twin: every place, one after the other."""
    for place in range(len(data) - FRAME):
        length, checksum = struct.unpack_from("<QI", data, place)
        fits = 0 < length <= len(data) - FRAME - place
        if fits and masked_crc32c(data[place : place + 8]) == checksum:
            return place
    return None


def test_records_are_what_was_written():
    contents = [b"a", b"", b"longer" * 100]
    assert list(framed(io.BytesIO(written(*contents)), 10_000)) == contents


def test_records_end_before_the_first_that_is_cut_off_or_has_a_wrong_length():
    data = written(b"one", b"two", b"three")
    assert list(framed(io.BytesIO(data[:-1]), 10_000)) == [b"one", b"two"]
    flipped = bytearray(data)
    flipped[3 + FRAME] ^= 1
    assert list(framed(io.BytesIO(bytes(flipped)), 10_000)) == [b"one"]


def test_no_more_than_the_limit_is_read():
    with pytest.raises(LimitReached):
        list(framed(io.BytesIO(written(b"1" * 100)), 100))


@given(
    st.lists(st.binary(min_size=1, max_size=60), max_size=5),
    st.binary(max_size=40),
    st.integers(0, 400),
)
def test_the_first_record_is_found_wherever_the_data_was_cut(contents, rubbish, cut):
    data = (rubbish + written(*contents))[cut:]
    assert first_record(data) == begins_by_hand(data)


def test_zeros_numbers_and_noise_are_no_records():
    noise = np.random.default_rng(0).bytes(100_000)
    for data in (b"", bytes(5), bytes(100_000), noise, np.arange(9_999.0).tobytes()):
        assert first_record(data) is None


def test_a_record_is_found_behind_any_part_of_a_real_one():
    (file,) = (DIALECTS / "tf2").iterdir()
    data = file.read_bytes()
    sizes = [len(record) + FRAME for record in framed(io.BytesIO(data), len(data))]
    ends = np.cumsum(sizes).tolist()
    for cut in (1, sizes[0] - 1, ends[0] + 1, ends[4] - 5):
        assert first_record(data[cut:]) == min(end for end in ends if end >= cut) - cut
