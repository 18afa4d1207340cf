"""Target: the bytes of an event file, as they are on the disk."""

import atexit
import contextlib
import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.histograms import MOST_BUCKETS
from tb_plugin_weightdelta.reading.event_files import LimitReached, RunFolders, decoded, framed
from tb_plugin_weightdelta.reading.first_step import read_head, recovered_series
from tests.support.invariants import BASELINES, check_measured, check_series
from tests.support.places import DIALECTS

LIMIT = 2**20  # bytes

_LOGDIR = tempfile.TemporaryDirectory(prefix="weight_delta_fuzz_")
atexit.register(_LOGDIR.cleanup)


def check(data: bytes) -> None:
    """Reads a run whose only event file has this content as both of our readers do."""
    logdir = Path(_LOGDIR.name)
    path = logdir / "run" / "events.out.tfevents.1.fuzz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    folders = RunFolders([str(logdir)])
    logged = _as_provided(data)
    head = read_head(folders.event_files("run"), logged, LIMIT)
    all_series = {tag: recovered_series(of, tag, head, 2) for tag, of in logged.items()}
    for series in all_series.values():
        check_series(series)
    few = dict(list(all_series.items())[:3])
    check_measured(few, {}, BASELINES[len(data) % 2], None)


def seeds() -> list[bytes]:
    """The golden files: every dialect, in few kilobytes each."""
    return [path.read_bytes() for path in sorted(DIALECTS.glob("*/*tfevents*"))]


def _as_provided(content: bytes) -> dict[str, list[SimpleNamespace]]:
    """The tensors of each tag, as a data provider gives them."""
    found = defaultdict(list)
    for record in _all_records(content):
        event = decoded(record)
        for value in event.summary.value if event else ():
            array = _tensor(value)
            datum = SimpleNamespace(step=event.step, wall_time=event.wall_time, numpy=array)
            found[value.tag] += [] if array is None else [datum]
    return dict(found)


def _all_records(content: bytes) -> Iterator[bytes]:
    with contextlib.suppress(LimitReached):  # the last one is cut off
        yield from framed(io.BytesIO(content), len(content))


def _tensor(value: Summary.Value) -> object:
    """None where TensorBoard itself would fail."""
    cells = 1
    for dim in value.tensor.tensor_shape.dim:
        cells *= max(0, dim.size)
    if not value.HasField("tensor") or cells > 3 * MOST_BUCKETS:
        return None
    try:
        return tensor_util.make_ndarray(value.tensor)
    except (TypeError, ValueError):
        return None
