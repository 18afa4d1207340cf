"""Where records are written: an event file of their own, or a writer that exists already."""

import itertools
import os
import socket
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from tensorboard.compat import tf
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import FIELDS, Layout, encoded_layout
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX, PLUGIN_NAME
from tb_plugin_weightdelta.recording.sums import FloatArray

Destination = str | os.PathLike[str] | Any

_SUFFIX: Final = ".weight_delta"
_COUNT: Final = itertools.count()  # of files that this process has opened


class EventLog:
    """Writes summaries; opens its file with the first of them.

    destination: a folder, or a writer such as PyTorch's ``SummaryWriter``, which stays its
    owner's to flush and close.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._own: _EventFile | None = None
        self._close_at_exit: weakref.finalize[..., EventLog] | None = None

    def write(self, step: int, values: Sequence[Summary.Value]) -> None:
        """One event with all values. Raises what the writer raises."""
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=values))
        self._writer().add_event(event)

    def has_earlier(self) -> bool:
        """Before the first write: whether the folder has what was recorded earlier."""
        if isinstance(self._destination, str | os.PathLike):
            return any(Path(self._destination).glob(f"*{_SUFFIX}"))
        # Which of a writer's files have records is not told by their names; one is open.
        folder = getattr(self._destination, "log_dir", None)
        return folder is not None and len(list(Path(folder).glob("*tfevents*"))) > 1

    def close(self) -> None:
        """Close the file, if it is our own."""
        own, self._own = self._own, None
        if own:
            if self._close_at_exit:
                self._close_at_exit.detach()
            own.close()

    def _writer(self) -> Any:
        if not isinstance(self._destination, str | os.PathLike):
            writer = getattr(self._destination, "file_writer", self._destination)
            if not hasattr(writer, "add_event"):
                raise ValueError("the writer is closed, or takes no events")
            return writer
        if self._own is None:
            self._own = _EventFile(os.fspath(self._destination))
            # A script need not close anything.
            self._close_at_exit = weakref.finalize(self, _close_quietly, self._own)
        return self._own


class _EventFile:
    """An event file that has each event when it is added.

    TensorBoard's own writer leaves that to a thread, which on a full disk says so on standard
    error, whoever listens to the log.
    """

    def __init__(self, folder: str) -> None:
        tf.io.gfile.makedirs(folder)
        parts = (f"{time.time():010.0f}", socket.gethostname(), os.getpid(), next(_COUNT))
        name = ".".join(["events.out.tfevents", *map(str, parts)]) + _SUFFIX
        self._file = tf.io.gfile.GFile(os.path.join(folder, name), "wb")
        self._records = RecordWriter(self._file)
        self.add_event(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def add_event(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
        self._file.flush()

    def close(self) -> None:
        self._file.close()


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
        tensor=tensor_util.make_tensor_proto(numbers, dtype=np.float64),
    )


def histogram_value(name: str, rows: FloatArray) -> Summary.Value:
    """One histogram as ``tf.summary.histogram`` writes it, rows: (K, 3)."""
    return Summary.Value(
        tag=name,
        metadata=histogram_metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(rows, dtype=np.float64),
    )
