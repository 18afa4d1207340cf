"""Event files that nobody sane would write, and names that nobody sane would give."""

import struct
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_COMPLEX128, DT_DOUBLE, DT_FLOAT, DT_STRING
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.histogram import metadata
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.histograms import MOST_BUCKETS
from tests.support.event_logs import START, EventLog, drifting

MARKUP = "<img src=x onerror=alert(1)>"
ESCAPES = "\x1b[31mred\x1b]0;title\x07"

# Folders' names: what sorts, terminals, spreadsheets and markup trip over.
RUNS = (
    *("²", "a1²", "9" * 200, "=cmd()", MARKUP, ESCAPES, "two\nlines", "..x", "%2e%2e", "a;=b"),
    *("\u202egnp", "run\u2028x", "C:", "nul\u0000".replace("\u0000", "0"), "q?&#"),
)


def frame(record: bytes, length: int | None = None, checked: bool = True) -> bytes:
    """A record as it stands in an event file, with another length in its head if one is given.

    checked: whether its own checksum is right, which takes long for a large one.
    """
    head = struct.pack("<Q", len(record) if length is None else length)
    checksums = [
        struct.pack("<I", masked_crc32c(part)) for part in (head, record if checked else b"")
    ]
    return head + checksums[0] + record + checksums[1]


def rows_of(count: int) -> np.ndarray:
    """Sound rows of so many buckets."""
    edges = np.linspace(0, 1, count + 1)
    return np.stack([edges[:-1], edges[1:], np.ones(count)], axis=1)


def claimed(rows: int, dtype: int = DT_FLOAT, **content: object) -> TensorProto:
    """A tensor that says it has so many rows of three."""
    dims = [TensorShapeProto.Dim(size=rows), TensorShapeProto.Dim(size=3)]
    shape = TensorShapeProto(dim=dims)
    return TensorProto(dtype=dtype, tensor_shape=shape, **content)


def tensor(rows: np.ndarray) -> TensorProto:
    return tensor_util.make_tensor_proto(np.asarray(rows, dtype=np.float64))


# By tag: a tensor, and a part of the reason for which it is left out.
HISTOGRAMS: dict[str, tuple[TensorProto, str]] = {
    "many buckets": (tensor(rows_of(MOST_BUCKETS + 1)), "buckets, more than the 5000"),
    "huge count": (tensor([[0, 1, 1e30], [1, 2, 1.0]]), "add up to more than 2**53"),
    "counts to infinity": (tensor([[0, 1, 1e308], [1, 2, 1e308]]), "more than 2**53"),
    "infinite both ways": (tensor([[0, 1, np.inf], [1, 2, -np.inf]]), "NaN, infinity"),
    "NaN edges": (tensor([[np.nan, 1, 1], [1, 2, 1]]), "NaN, infinity"),
    "far values": (tensor([[-1.5e308, 1.5e308, 1]]), "beyond 1e300"),
    "tiny count": (tensor([[0, 1, 1e-300]]), "less than a millionth"),
    "strings": (claimed(1, DT_STRING, string_val=[b"a", b"b", b"c"]), "not rows of"),
    "complex": (claimed(1, DT_COMPLEX128, dcomplex_val=[1.0, 2.0]), "not rows of"),
    "wrong size": (claimed(5, DT_DOUBLE, tensor_content=b"12345678"), "cannot read it"),
    "unknown kind": (claimed(1, 99, tensor_content=b"12345678"), "cannot read it"),
}
# What TensorBoard's readers make of an unknown layout differs; that it costs nothing else does not.
DAMAGED_METADATA = "damaged metadata"
LONG_TAG = "long/" * 4_000


class HostileLog(EventLog):
    """One event file of one run, with any value at all in it."""

    def tensor(self, tag: str, step: int, proto: TensorProto, content: bytes | None = None) -> None:
        told = metadata.create_summary_metadata(display_name=None, description=MARKUP)
        if content is not None:
            plugin = SummaryMetadata.PluginData(plugin_name="histograms", content=content)
            told.plugin_data.CopyFrom(plugin)
        self.summary(step, [Summary.Value(tag=tag, metadata=told, tensor=proto)])

    def raw(self, content: bytes) -> None:
        """Bytes that need not be a record."""
        self._file.write(content)
        self._file.flush()


def write_run(folder: Path, longest: str = LONG_TAG) -> None:
    """A run of hostile series around a good one, ``longest`` among their tags."""
    with HostileLog(folder) as log:
        for step, values in zip((0, 10, 20), drifting(0, range(3)), strict=True):
            log.values("good", step, values)
            for tag, (proto, _) in HISTOGRAMS.items():
                log.tensor(tag, step, proto)
            log.tensor(DAMAGED_METADATA, step, tensor(rows_of(3)), content=b"\xff\xff\xff")
            log.tensor(longest, step, tensor(rows_of(3)))
            log.values("last", step, values)


def event(step: int, *values: Summary.Value) -> bytes:
    """An event as bytes."""
    told: bytes = Event(
        wall_time=START + step, step=step, summary=Summary(value=values)
    ).SerializeToString()
    return told
