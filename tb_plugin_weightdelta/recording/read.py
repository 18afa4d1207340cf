"""What a recorder wrote, back as numpy columns."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import Layout, cause_at, decoded_layout, decoded_records
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX, PLUGIN_NAME

Columns = dict[str, np.ndarray]

_STEP: Final = ("step", "wall_time")


def read(log_dir: str | os.PathLike[str]) -> dict[str, Columns]:
    """All records in the folder of a run, by the name of their tensor.

    Of each tensor arrays of one length T, in the order of steps: ``step``, ``wall_time`` in
    seconds since the epoch, and the recorded fields (``mean_abs``, ``update_ratio``, ``norm``, …:
    docs/recorder.md explains each), NaN for what does not exist; ``cause`` in words. Where a
    training began again at an earlier step, what the one before recorded from there on is left out.

    Raises FileNotFoundError where there is no folder, ValueError for records that cannot be read.
    """
    folder = Path(log_dir)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}.")
    layouts: dict[str, Layout] = {}
    rows: dict[str, list[tuple[int, float, np.ndarray]]] = {}
    for step, wall_time, value in _values(folder):
        name = value.tag.removeprefix(EXACT_TAG_PREFIX)
        if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
            layouts[name] = decoded_layout(value.metadata.plugin_data.content, name)
        if name not in layouts:
            continue  # of another plugin, whose tag is like ours
        numbers = decoded_records([tensor_util.make_ndarray(value.tensor)], layouts[name], name)[0]
        series = rows.setdefault(name, [])
        while series and series[-1][0] >= step:
            series.pop()
        series.append((step, wall_time, numbers))
    return {name: _columns(series, layouts[name]) for name, series in rows.items()}


def _columns(rows: list[tuple[int, float, np.ndarray]], layout: Layout) -> Columns:
    steps, wall_times, numbers = zip(*rows, strict=True)
    columns = {"step": np.array(steps), "wall_time": np.array(wall_times)}
    columns |= dict(zip(layout.fields, np.array(numbers).T, strict=True))
    if "cause" in columns:
        columns["cause"] = np.array(list(map(cause_at, columns["cause"])))
    return columns


def _values(folder: Path) -> Iterator[tuple[int, float, Summary.Value]]:
    """Records in the order in which they were written: names of files begin with their time."""
    for path in sorted(folder.glob("*tfevents*")):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.tag.startswith(EXACT_TAG_PREFIX):
                    yield event.step, event.wall_time, value
