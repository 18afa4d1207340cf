"""Where records are written: an event file of their own, or a writer that exists already."""

import itertools
import os
import socket
import struct
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from google_crc32c import value as crc32c
from tensorboard.compat import tf
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.core.exact import FIELDS, Layout, encoded_layout
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX, PLUGIN_NAME
from tb_plugin_weightdelta.core.sums import FloatArray
from tb_plugin_weightdelta.recording.folder import (
    SUFFIX,
    LogDir,
    checked,
    file_of_writer,
    folder_of,
    hold,
    release,
)

_OF_HISTOGRAMS: Final = histogram_metadata.create_summary_metadata(
    display_name=None, description=None
)
_COUNT: Final = itertools.count()  # of files that this process has opened


class EventLog:
    """Writes summaries; opens its file with the first of them.

    log_dir: a folder, or a writer such as PyTorch's ``SummaryWriter``, which stays its
    owner's to flush and close.

    Raises TypeError for what is neither.
    """

    def __init__(self, log_dir: LogDir) -> None:
        self.log_dir = checked(log_dir)
        self._process: int | None = None  # that writes
        self._own: _EventFile | None = None
        self._close_at_exit: weakref.finalize[..., EventLog] | None = None
        self._release: weakref.finalize[..., EventLog] | None = None

    def write(self, step: int, values: Sequence[Summary.Value]) -> None:
        """One event with all values. Raises what the writer raises."""
        if self._process not in (None, os.getpid()):
            raise RuntimeError("this process was forked from the one that records")
        self._process = os.getpid()
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=values))
        self._writer().add_event(event)
        self._hold()

    def _hold(self) -> None:
        """Others shall see that the file is written, whoever has opened it."""
        if self._release is None:
            path = self._own.path if self._own else file_of_writer(folder_of(self.log_dir))
            if path is not None:
                hold(path)
                self._release = weakref.finalize(self, release, path)

    def close(self) -> None:
        """Close the file, if it is our own."""
        if self._release:
            self._release()
        own, self._own = self._own, None
        if own:
            if self._close_at_exit:
                self._close_at_exit.detach()
            own.close()

    def _writer(self) -> Any:
        if not isinstance(self.log_dir, str | os.PathLike):
            writer = getattr(self.log_dir, "file_writer", self.log_dir)
            if not hasattr(writer, "add_event"):
                raise ValueError("the writer is closed, or takes no events")
            return writer
        if self._own is None:
            self._own = _EventFile(os.fspath(self.log_dir))
            # A script need not close anything.
            self._close_at_exit = weakref.finalize(self, _close_quietly, self._own)
        return self._own


class _EventFile:
    """An event file that has each event when it is added.

    TensorBoard's own writer leaves that to a thread, which on a full disk says so on standard
    error, whoever listens to the log; and its checksums are made in pure Python.
    """

    def __init__(self, folder: str) -> None:
        tf.io.gfile.makedirs(folder)
        # Files of one second are read in the order of their names, too.
        order = f"{next(_COUNT):05}"
        parts = (f"{time.time():010.0f}", socket.gethostname(), os.getpid(), order)
        name = ".".join(["events.out.tfevents", *map(str, parts)]) + SUFFIX
        path = os.path.join(folder, name)
        self.path = None if "://" in path else Path(path).resolve()
        self._file = tf.io.gfile.GFile(path, "wb")
        self.add_event(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def add_event(self, event: Event) -> None:
        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        self._file.write(length + _checksum(length) + data + _checksum(data))
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _checksum(data: bytes) -> bytes:
    """CRC-32C, masked as TFRecord does it."""
    crc: int = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


def _close_quietly(writer: _EventFile) -> None:
    try:
        writer.close()
    except Exception:  # the disk is full, and the training has ended
        return


def record_value(name: str, figures: Mapping[str, float], layout: Layout | None) -> Summary.Value:
    """One record as a summary; a series needs its layout with the first alone."""
    metadata = layout and SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(
            plugin_name=PLUGIN_NAME, content=encoded_layout(layout)
        ),
        data_class=DATA_CLASS_TENSOR,
    )
    numbers = np.array([figures[field] for field in FIELDS])
    return Summary.Value(
        tag=EXACT_TAG_PREFIX + name,
        metadata=metadata,
        tensor=_tensor(numbers),
    )


def histogram_value(name: str, rows: FloatArray) -> Summary.Value:
    """One histogram as ``tf.summary.histogram`` writes it, rows: (K, 3)."""
    return Summary.Value(
        tag=name,
        metadata=_OF_HISTOGRAMS,
        tensor=_tensor(rows),
    )


def _tensor(numbers: FloatArray) -> TensorProto:
    """As ``make_tensor_proto`` makes it, at a tenth of the time."""
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in numbers.shape])
    content = numbers.astype("<f8", copy=False).tobytes()
    return TensorProto(dtype=DT_DOUBLE, tensor_shape=shape, tensor_content=content)
