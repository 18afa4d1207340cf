"""How an event file is laid out: records, each with its length and two checksums.

It can be read from its beginning, or from any place on where a record is seen to begin.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no type hints
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import CRC_TABLE, masked_crc32c

from tb_plugin_weightdelta.metadata import HISTOGRAMS_PLUGIN_NAME

# A TFRecord: length and its checksum, the bytes, their checksum.
_HEADER: Final = struct.Struct("<QI")
_LENGTH_BYTES: Final = 8
_CHECKSUM_BYTES: Final = 4
FRAME: Final = _HEADER.size + _CHECKSUM_BYTES

_CRC_TABLE: Final = np.array(CRC_TABLE, dtype=np.uint32)
_CRC_MASK: Final = np.uint32(0xFFFFFFFF)
_MASK_DELTA: Final = np.uint32(0xA282EAD8)


# What protobuf, and so every writer, can put in one record.
_MOST_IN_A_RECORD: Final = 2**31 - 1  # bytes

# A record of two-byte entries takes forty times its size when it is decoded. This is a thousand
# histograms of 300 buckets in one; writers of today make a record of each.
LARGEST_DECODED: Final = 8 * 2**20  # bytes


class LimitReached(Exception):
    """Reading on would take more bytes than allowed."""


def records(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Whole records, up to the first that is cut off or whose length is not to be trusted.

    Like TensorBoard's data server this does not checksum the records themselves: in pure
    Python that costs ten times as much as reading them. Raises LimitReached instead of
    reading more than ``limit`` bytes.
    """
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        length, checksum = _HEADER.unpack(header)
        if masked_crc32c(header[:_LENGTH_BYTES]) != checksum or length > _MOST_IN_A_RECORD:
            return
        limit -= length + FRAME
        if limit < 0:
            raise LimitReached
        data = file.read(length)
        if len(file.read(_CHECKSUM_BYTES)) < _CHECKSUM_BYTES:
            return
        yield data


def decoded(record: bytes) -> Event | None:
    """The event in a record; None for one that is damaged or larger than is decoded here."""
    if len(record) > LARGEST_DECODED:
        return None
    try:
        event: Event = Event.FromString(record)
    except DecodeError:
        return None
    return event


def first_record(data: bytes) -> int | None:
    """Where in ``data``, cut out of an event file, the first whole record begins.

    None when there is none. A checksum for every place would take long; at most places the
    bytes would be a length that does not fit, and the rest are checked in one go.
    """
    places = len(data) - FRAME
    if places < 1:
        return None
    content = np.frombuffer(data, dtype=np.uint8)
    high = [content[byte : byte + places] for byte in range(4, _LENGTH_BYTES)]
    place = np.flatnonzero((high[0] | high[1] | high[2] | high[3]) == 0)
    length = _number(content, place)
    place = place[(length > 0) & (place + length <= places)]
    found = place[_masked_checksums(content, place) == _number(content, place + _LENGTH_BYTES)]
    return int(found[0]) if len(found) else None


def is_histogram(value: Summary.Value) -> bool:
    """Whether a summary is a histogram that says so of itself, in any dialect."""
    plugin = value.metadata.plugin_data.plugin_name
    return value.WhichOneof("value") == "histo" or bool(plugin == HISTOGRAMS_PLUGIN_NAME)


def _number(content: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The four bytes at each place as a number."""
    number = np.zeros(len(place), dtype=np.int64)
    for byte in range(4):
        number |= content[place + byte].astype(np.int64) << (8 * byte)
    return number


def _masked_checksums(content: np.ndarray, place: np.ndarray) -> np.ndarray:
    """``masked_crc32c`` of the length at each place."""
    crc = np.full(len(place), _CRC_MASK)
    for byte in range(_LENGTH_BYTES):
        crc = _CRC_TABLE[(crc ^ content[place + byte]) & 0xFF] ^ (crc >> 8)
    crc ^= _CRC_MASK
    return ((crc >> 15) | (crc << 17)) + _MASK_DELTA
