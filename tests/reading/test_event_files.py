"""The layout of event files."""

import io

import pytest
from tensorboard.summary.writer.record_writer import RecordWriter

from tb_plugin_weightdelta.reading.event_files import FRAME, LimitReached, framed


def written(*contents: bytes) -> bytes:
    """Records as TensorBoard's own writer frames them."""
    file = io.BytesIO()
    writer = RecordWriter(file)
    for content in contents:
        writer.write(content)
    return file.getvalue()


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
