"""Writes real event files with TensorBoard's own record writer and protos."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.plugins.histogram import metadata, summary_v2
from tensorboard.plugins.histogram.plugin_data_pb2 import HistogramPluginData
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

START = 1_700_000_000.0


class EventLog:
    """One event file of one run."""

    def __init__(
        self,
        run_folder: Path,
        name: str = "events.out.tfevents.1700000000.test",
        start: float = START,
        opened: float | None = None,
    ) -> None:
        """Append to the file ``name``; step s is logged at ``start`` + s seconds.

        opened: when the file says that it was begun, by default at ``start``.
        """
        self._start = start
        run_folder.mkdir(parents=True, exist_ok=True)
        self.path = run_folder / name
        self._file = self.path.open("ab")
        self._records = RecordWriter(self._file)
        begun = start if opened is None else opened
        self._write(Event(wall_time=begun, file_version="brain.Event:2"))

    def values(self, tag: str, step: int, values: Sequence[float] | np.ndarray) -> None:
        """A histogram of the values, as ``tf.summary.histogram`` would bin them."""
        summary = summary_v2.histogram_pb(tag, np.asarray(values))
        self.summary(step, summary.value)

    def rows(self, tag: str, step: int, rows: Sequence[Sequence[float]] | np.ndarray) -> None:
        """Any tensor at all, under the histograms plugin."""
        array = np.asarray(rows, dtype=np.float64)
        value = Summary.Value(
            tag=tag,
            metadata=metadata.create_summary_metadata(display_name=None, description=None),
            tensor=tensor_util.make_tensor_proto(array),
        )
        self.summary(step, [value])

    def newer(self, tag: str, step: int) -> None:
        """A histogram in a layout that is not known yet."""
        (value,) = summary_v2.histogram_pb(tag, np.arange(3.0)).value
        value.metadata.plugin_data.content = HistogramPluginData(version=99).SerializeToString()
        self.summary(step, [value])

    def legacy(self, tag: str, step: int, proto: HistogramProto) -> None:
        """A ``HistogramProto``, as TF1, PyTorch and tensorboardX write it."""
        self.summary(step, [Summary.Value(tag=tag, histo=proto)])

    def scalar(self, tag: str, step: int, value: float) -> None:
        self.summary(step, [Summary.Value(tag=tag, simple_value=value)])

    def session(self, log: SessionLog) -> None:
        """What writers of TF1 say at step 0, when a training begins."""
        self._write(Event(wall_time=self._start, session_log=log))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def summary(self, step: int, values: Iterable[Summary.Value]) -> None:
        """Whatever a writer has made of them."""
        self._write(Event(wall_time=self._start + step, step=step, summary=Summary(value=values)))

    def _write(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
        self._records.flush()


def tf2_rows(values: np.ndarray) -> np.ndarray:
    """The rows that ``tf.summary.histogram`` makes of the values, (30, 3)."""
    summary = summary_v2.histogram_pb("any", np.asarray(values))
    rows: np.ndarray = tensor_util.make_ndarray(summary.value[0].tensor)
    return rows


def legacy_proto(values: np.ndarray) -> HistogramProto:
    """A ``HistogramProto`` as TF1 makes it: buckets 10 % wider than the last, around zero."""
    positive = 1e-12 * 1.1 ** np.arange(775)
    limits = np.concatenate([-positive[::-1], positive, [np.finfo(np.float64).max]])
    bucket = np.searchsorted(limits, values, side="right")
    counts = np.bincount(bucket, minlength=len(limits))
    proto = HistogramProto(
        min=values.min(),
        max=values.max(),
        num=len(values),
        sum=values.sum(),
        sum_squares=(values**2).sum(),
    )
    # Runs of empty buckets are written as one.
    for index in np.flatnonzero((counts > 0) | np.append(counts[1:] > 0, False)):
        proto.bucket_limit.append(limits[index])
        proto.bucket.append(float(counts[index]))
    return proto


def legacy_rows(values: np.ndarray) -> np.ndarray:
    """The rows of a ``HistogramProto`` of the values, in float64."""
    proto = legacy_proto(values)
    limits, counts = list(proto.bucket_limit), list(proto.bucket)
    return np.array([[proto.min, *limits[:-1]], [*limits[:-1], proto.max], counts]).T


def drifting(seed: int, steps: Sequence[int], elements: int = 400) -> list[np.ndarray]:
    """Normal values that drift away from their start: 1 % of their spread each step."""
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 0.05, elements)
    return [start + 0.0005 * index for index, _ in enumerate(steps)]


def log_drifting(
    folder: Path,
    steps: Sequence[int],
    tags: Sequence[str] = ("w",),
    *,
    offset: float = 0.0,
    name: str = "events.out.tfevents.1000000000.test",
    start: float = START,
) -> Path:
    """Drifting values under each of the tags; returns the file."""
    with EventLog(folder, name, start) as file:
        for step, array in zip(steps, drifting(0, steps), strict=True):
            for tag in tags:
                file.values(tag, step, array + offset)
    return folder / name
