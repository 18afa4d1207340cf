"""Write one small event file per histogram dialect, with the truth beside them.

Every writer logs the same arrays; `dialects/expected.json` says, from the arrays themselves,
what a reader should find. What a writer cannot log is in LEFT_OUT, with the reason.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorboardX
import tensorflow as tf
from numpy.typing import NDArray
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.summary.v1 import histogram_pb as histogram_pb_v1
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter as TorchSummaryWriter

Values = NDArray[np.float32]

DIALECTS = Path(__file__).resolve().parent / "dialects"
STABLE_NAME = "events.out.tfevents.0.fixture"
STEPS = (0, 10, 20, 30)
WALL_TIME = 1_500_000_000.0
SEED = 3

# The folder has a plain name, because some file systems refuse this one: a test that needs
# the run's name copies the file into a folder called ODD_RUN.
ODD_FOLDER = "odd_names"
ODD_RUN = "odd names & #1 %41 <script>é"
ODD_TAG = "a b/c&d#e%20<script>alert(1)</script>é"

_TOO_HUGE = "add_histogram loses values beyond 1e20, and raises when none is left"
_NO_EMPTY = "add_histogram raises ValueError on no elements"
_NON_FINITE = "the summary op raises InvalidArgumentError on NaN and Inf"
_NO_BUCKETS = "the summary op has no say in the buckets"
_ONLY_CONSTANTS = "differs from keras in constant and empty data only"
_FOR_CONSTANTS = ("changing_buckets", "shift", "tiny", "huge", "not_finite", "repeated_step")
LEFT_OUT: dict[str, dict[str, str]] = {
    "tf1": {"changing_buckets": _NO_BUCKETS, "not_finite": _NON_FINITE},
    "tf2": {},
    "keras": {},
    "torch": {"empty": _NO_EMPTY, "huge": _TOO_HUGE},
    "tensorboardx": {"empty": _NO_EMPTY, "huge": _TOO_HUGE},
    "old_v1": dict.fromkeys(_FOR_CONSTANTS, _ONLY_CONSTANTS),
    "old_v2": dict.fromkeys(_FOR_CONSTANTS, _ONLY_CONSTANTS),
}


class Logged(NamedTuple):
    """One histogram to write; `buckets` is None where the writer's own default is wanted."""

    step: int
    tag: str
    values: Values
    buckets: int | None = None


def logged_arrays() -> list[Logged]:
    """All cases, ordered by step as a training loop would log them."""
    rng = np.random.default_rng(SEED)
    logged: list[Logged] = []

    def log(tag: str, series: list[Any], steps: tuple[int, ...] = STEPS) -> None:
        for step, values in zip(steps, series, strict=True):
            logged.append(Logged(step, tag, np.asarray(values, dtype=np.float32)))

    weight = rng.normal(0, 0.05, 500)
    noise = rng.normal(0, 0.01, (2, 500)).cumsum(axis=0)
    log("weight", [weight, *(weight + noise)], (0, 10, 30))
    small = np.abs(rng.normal(0, 0.002, (3, 50)).cumsum(axis=0))
    log("bias_constant_then_spread", [np.full(50, 0.1), *(0.1 + small - 0.001)])
    log("zeros_then_spread", [np.zeros(50), *(small * 10)])
    log("constant_forever", [np.full(50, 0.5)] * 4)
    log("one_element", [[1.0], [1.25], [1.0], [-3.0]])
    log("empty", [[]] * 4)
    unit = rng.uniform(1, 2, 100)
    log("tiny", [unit * factor for factor in (1e-30, 1.1e-30, 1.2e-30, 2e-30)])
    log("huge", [unit * factor for factor in (1e30, 1.1e30, 1.2e30, 2e30)])
    log("shift", [unit + step / 40 for step in STEPS])
    log("repeated_step", [unit, unit + 1, unit * 3, unit + 2], (0, 10, 10, 20))
    log("not_finite", [unit, unit + 1, [*unit[1:], np.nan], [*unit[1:], np.inf]])
    for step, buckets in zip(STEPS, (30, 10, 64, 5), strict=True):
        values = rng.normal(1 + step / 100, 0.2, 200).astype(np.float32)
        logged.append(Logged(step, "changing_buckets", values, buckets))
    return sorted(logged, key=lambda entry: entry.step)


def write_tf1(folder: Path, logged: list[Logged]) -> None:
    """TensorFlow's graph mode: the `HistogramProto` of a summary op."""
    tf1 = tf.compat.v1
    with tf.Graph().as_default(), tf1.Session() as session:
        values = tf1.placeholder(tf.float32, [None])
        summaries = {
            tag: tf1.summary.histogram(tag, values) for tag in {entry.tag for entry in logged}
        }
        with tf1.summary.FileWriter(str(folder)) as writer:
            for entry in logged:
                summary = session.run(summaries[entry.tag], {values: entry.values})
                writer.add_summary(summary, entry.step)


def write_tf2(folder: Path, logged: list[Logged]) -> None:
    """`tf.summary.histogram`, eager."""
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for entry in logged:
            tf.summary.histogram(entry.tag, entry.values, entry.step, buckets=entry.buckets)
    writer.close()


def write_keras(folder: Path, logged: list[Logged]) -> None:
    """TensorBoard's own `histogram_pb`, which gives the rows that Keras' callback gives."""
    write_summaries(
        folder,
        [(entry.step, histogram_pb(entry.tag, entry.values, entry.buckets)) for entry in logged],
    )


def write_torch(folder: Path, logged: list[Logged]) -> None:
    """PyTorch's `add_histogram`; numpy makes the buckets where their number is given."""
    with TorchSummaryWriter(str(folder)) as writer:
        for entry in logged:
            bins: Any = entry.buckets or "tensorflow"
            writer.add_histogram(entry.tag, entry.values, entry.step, bins, walltime=WALL_TIME)


def write_tensorboardx(folder: Path, logged: list[Logged]) -> None:
    """tensorboardX' `add_histogram`; numpy makes the buckets where their number is given."""
    with tensorboardX.SummaryWriter(str(folder), write_to_disk=True) as writer:
        for entry in logged:
            bins: Any = entry.buckets or "tensorflow"
            writer.add_histogram(entry.tag, entry.values, entry.step, bins, walltime=WALL_TIME)


def write_old_v1(folder: Path, logged: list[Logged]) -> None:
    """TensorBoard's v1 `histogram_pb`: constant c is the row [c - 0.5, c + 0.5, n], none is (0, 3).

    It also appends "/histogram_summary" to the tag.
    """
    write_summaries(folder, [(entry.step, old_summary(entry)) for entry in logged])


def write_old_v2(folder: Path, logged: list[Logged]) -> None:
    """What the first `tf.summary.histogram` of TensorFlow 2 wrote; no installed writer does.

    Made by hand: the rows of the v1 writer, which were the same, under the plain tag and
    without the display name that only v1 gave.
    """
    summaries = []
    for entry in logged:
        summary = old_summary(entry)
        summary.value[0].tag = entry.tag
        summary.value[0].metadata.display_name = ""
        summaries.append((entry.step, summary))
    write_summaries(folder, summaries)


def old_summary(entry: Logged) -> summary_pb2.Summary:
    """The v1 summary, as TensorBoard's own protobuf class instead of TensorFlow's."""
    made = histogram_pb_v1(entry.tag, entry.values, entry.buckets)
    return summary_pb2.Summary.FromString(made.SerializeToString())


def write_summaries(folder: Path, summaries: list[tuple[int, summary_pb2.Summary]]) -> None:
    """Write summaries that were made apart from any writer, as one event each."""
    with (folder / STABLE_NAME).open("wb") as file:
        records = RecordWriter(file)
        events = [event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2")]
        for step, summary in summaries:
            events.append(event_pb2.Event(wall_time=WALL_TIME, step=step, summary=summary))
        for event in events:
            records.write(event.SerializeToString())
        records.flush()


WRITERS: dict[str, Callable[[Path, list[Logged]], None]] = {
    "tf1": write_tf1,
    "tf2": write_tf2,
    "keras": write_keras,
    "torch": write_torch,
    "tensorboardx": write_tensorboardx,
    "old_v1": write_old_v1,
    "old_v2": write_old_v2,
}


def truth(values: Values, first: Values) -> dict[str, float | int | None]:
    """The exact figures of one array; null where they do not exist.

    `w1_to_first` is the distance W1 to the series' first array: both have as many elements,
    so it is the mean distance of their sorted values.
    """
    figures: dict[str, float | int | None] = dict.fromkeys(
        ("min", "max", "mean", "std", "median", "w1_to_first")
    )
    exact = values.astype(np.float64)
    if exact.size and np.isfinite(exact).all():
        distances = np.abs(np.sort(exact) - np.sort(first.astype(np.float64)))
        figures = {
            "min": float(exact.min()),
            "max": float(exact.max()),
            "mean": float(exact.mean()),
            "std": float(exact.std()),
            "median": float(np.median(exact)),
            "w1_to_first": float(distances.mean()),
        }
    return {"elements": exact.size, "finite": int(np.isfinite(exact).sum()), **figures}


def expected_series(logged: list[Logged], suffix: str = "") -> dict[str, list[dict[str, Any]]]:
    """For each tag the truth of each write, in the order written; a step may repeat."""
    first: dict[str, Values] = {}
    series: dict[str, list[dict[str, Any]]] = {}
    for entry in logged:
        baseline = first.setdefault(entry.tag, entry.values)
        figures = {"step": entry.step, **truth(entry.values, baseline)}
        series.setdefault(entry.tag + suffix, []).append(figures)
    return series


def write_run(name: str, write: Callable[[Path, list[Logged]], None], logged: list[Logged]) -> None:
    """Write one run's event file under its stable name, without host name or process id."""
    folder = DIALECTS / name
    folder.mkdir()
    write(folder, logged)
    (event_file,) = folder.glob("*tfevents*")
    event_file.rename(folder / STABLE_NAME)


def traces_of_this_machine(content: bytes) -> list[str]:
    """The host name and the paths of this machine among the readable strings of a file."""
    readable = b"\n".join(re.findall(rb"[ -~]{5,}", content))
    traces = (socket.gethostname(), str(Path.home()), str(DIALECTS.parents[2]))
    return [t for t in traces if re.search(rb"(?<!\w)%b(?!\w)" % re.escape(t.encode()), readable)]


def main() -> int:
    """Write every run and the truth, list the sizes; 1 when a file tells of this machine."""
    shutil.rmtree(DIALECTS, ignore_errors=True)
    DIALECTS.mkdir()
    arrays = logged_arrays()
    expected = {}
    for name, write in WRITERS.items():
        logged = [entry for entry in arrays if entry.tag not in LEFT_OUT[name]]
        write_run(name, write, logged)
        suffix = "/histogram_summary" if name == "old_v1" else ""
        expected[name] = expected_series(logged, suffix)
    odd = [entry._replace(tag=ODD_TAG) for entry in arrays if entry.tag == "shift"]
    write_run(ODD_FOLDER, write_tf2, odd)
    expected[ODD_FOLDER] = expected_series(odd)
    text = json.dumps(expected, indent=1, ensure_ascii=False, allow_nan=False)
    (DIALECTS / "expected.json").write_text(text + "\n", encoding="utf-8")

    leaks = 0
    for file in sorted(path for path in DIALECTS.rglob("*") if path.is_file()):
        print(f"{file.stat().st_size:>8,} bytes  {file.relative_to(DIALECTS)}")
        for trace in traces_of_this_machine(file.read_bytes()):
            leaks += 1
            print(f"{file} contains {trace!r}", file=sys.stderr)
    return int(leaks > 0)


if __name__ == "__main__":
    sys.exit(main())
