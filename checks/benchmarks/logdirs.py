"""Logdirs with many histograms, written with TensorBoard's own record writer."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.plugins.histogram import metadata
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from checks.benchmarks.samples import FloatArray, legacy_rows, tf2_rows

START = 1_700_000_000.0
EVENT_FILE = f"events.out.tfevents.{START:.0f}.benchmark"


@contextmanager
def logdir(runs: int, tags: int, steps: int) -> Iterator[Path]:
    """A logdir of equal runs of 30-bucket tensors, gone afterwards."""
    with TemporaryDirectory() as folder:
        first = Path(folder) / "run0"
        write_run(first, tags, 0, steps)
        for number in range(1, runs):
            shutil.copytree(first, Path(folder) / f"run{number}")
        yield Path(folder)


def write_run(folder: Path, tags: int, first_step: int, steps: int, legacy: bool = False) -> None:
    """Append ``steps`` steps of every tag to a run, a step of all tags at a time."""
    names = tag_names(tags)
    sample = legacy_rows if legacy else tf2_rows
    rows = [sample(seed, first_step + steps)[first_step:] for seed in range(tags)]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / EVENT_FILE).open("ab") as file:
        records = RecordWriter(file)
        if file.tell() == 0:
            start = Event(wall_time=START, file_version="brain.Event:2")
            records.write(start.SerializeToString())
        events = [_legacy_event(tag) if legacy else _tensor_event(tag) for tag in names]
        for index in range(steps):
            for event, of_tag in zip(events, rows, strict=True):
                event.step = first_step + index
                event.wall_time = START + event.step
                _fill(event.summary.value[0], of_tag[index])
                records.write(event.SerializeToString())


def tag_names(tags: int) -> list[str]:
    """Weights and biases in turn."""
    return [f"layer_{tag // 2}/{'bias' if tag % 2 else 'kernel'}" for tag in range(tags)]


def _tensor_event(tag: str) -> Event:
    value = Summary.Value(
        tag=tag,
        metadata=metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(np.zeros((30, 3))),
    )
    return Event(summary=Summary(value=[value]))


def _legacy_event(tag: str) -> Event:
    return Event(summary=Summary(value=[Summary.Value(tag=tag)]))


def _fill(value: Summary.Value, rows: FloatArray) -> None:
    """Put one histogram into a prepared event: all else in it stays the same."""
    if value.HasField("tensor"):
        value.tensor.tensor_content = rows.tobytes()
        return
    counts, centres = rows[:, 2], (rows[:, 0] + rows[:, 1]) / 2
    proto = HistogramProto(
        min=rows[0, 0],
        max=rows[-1, 1],
        num=counts.sum(),
        sum=counts @ centres,
        sum_squares=counts @ centres**2,
        bucket_limit=rows[:, 1],
        bucket=counts,
    )
    value.histo.CopyFrom(proto)
