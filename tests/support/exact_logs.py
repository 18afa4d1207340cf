"""Exact records as the recorder makes them, in memory and in event files."""

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import (
    CAUSES,
    FIELDS,
    Cause,
    ExactSeries,
    exact_series,
)
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX, EXACT_VERSION, PLUGIN_NAME
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.core.sums import figures
from tb_plugin_weightdelta.judging import Series
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.recording.arrays import Job
from tb_plugin_weightdelta.recording.arrays.numpy import ARRAYS
from tests.support.event_logs import EventLog, tf2_rows
from tests.support.measured import measured

_NAN_ROWS = np.array([[np.nan, np.nan, 0.0]])


def figures_of(start: np.ndarray, now: np.ndarray, baseline_step: int = 0) -> dict[str, float]:
    """What the recorder would write of these weights."""
    measured = ARRAYS.measure(Job(lambda: start, now, None, None), False)
    return figures(measured.sums, measured.quantiles, measured.sampled, baseline_step)


def layout(**changes: Any) -> bytes:
    """The content of the metadata, with what is changed in it."""
    told = {"version": EXACT_VERSION, "fields": FIELDS, "initial": "kept", "sampled": None}
    return json.dumps({**told, **changes}).encode()


def datum(step: int, numbers: Mapping[str, float] | Sequence[Any]) -> SimpleNamespace:
    """One record as a data provider gives it."""
    array = np.array(list(numbers.values()) if isinstance(numbers, Mapping) else numbers)
    return SimpleNamespace(step=step, wall_time=float(step), numpy=array)


def value_in(cell: str) -> Any:
    """What a cell of CSV holds: a number, yes or no, a word, or nothing."""
    try:
        return json.loads(cell) if cell else None
    except json.JSONDecodeError:
        return cell


def recorded(
    *values: np.ndarray,
    steps: Sequence[int] | None = None,
    baseline_step: int = 0,
    causes: Sequence[Cause] = (),
) -> ExactSeries:
    """The exact records of a tensor that took these values, against the first."""
    told = [figures_of(values[0], now, baseline_step) for now in values]
    for each, cause in zip(told, causes, strict=False):
        each["cause"] = float(CAUSES.index(cause))
    at = range(len(values)) if steps is None else steps
    return exact_series([datum(*each) for each in zip(at, told, strict=True)], "w", layout())


def measured_with(
    exact: ExactSeries | None,
    *values: np.ndarray,
    steps: Sequence[int] | None = None,
    tag: str = "layer/kernel",
    baseline: str = "first",
    **how: Any,
) -> Series:
    """The series whose histograms are of these values, beside its exact records."""
    at = range(len(values)) if steps is None else steps
    rows = [tf2_rows(array) if np.isfinite(array).all() else _NAN_ROWS for array in values]
    series = histogram_series(at, [float(step) for step in at], rows)
    return measured(tag, series, series, BaselineChoice.parse(baseline), exact=exact, **how)


def told_exactly(*values: np.ndarray, **how: Any) -> Series:
    """The series of these values, with histograms and exact records at every step."""
    return measured_with(recorded(*values), *values, **how)


def alone(*values: np.ndarray, **how: Any) -> Series:
    """The series of these values, known by exact records alone."""
    return measured_with(recorded(*values), **how)


class ExactLog(EventLog):
    """One event file of one run with exact records in it."""

    def record(
        self, name: str, step: int, numbers: Any, content: bytes = layout(), prefix: bool = True
    ) -> None:
        """Any numbers at all, as a record of ``name``."""
        plugin = SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME, content=content)
        told = list(numbers.values()) if isinstance(numbers, Mapping) else numbers
        value = Summary.Value(
            tag=EXACT_TAG_PREFIX + name if prefix else name,
            metadata=SummaryMetadata(plugin_data=plugin, data_class=DATA_CLASS_TENSOR),
            tensor=tensor_util.make_tensor_proto(np.asarray(told)),
        )
        self.summary(step, [value])

    def weights(self, name: str, step: int, start: np.ndarray, now: np.ndarray) -> None:
        """The exact record of a tensor that started as ``start``."""
        self.record(name, step, figures_of(start, now))
