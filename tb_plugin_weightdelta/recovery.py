"""Puts the true first histogram back among those that the data provider kept."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.dialects import histogram_series
from tb_plugin_weightdelta.first_step import FirstHistogram, RunHead
from tb_plugin_weightdelta.histograms import HistogramSeries

# TensorBoard's Rust data server keeps this many steps of a series by default, its
# Python loader more. A series with fewer has lost none.
DEFAULT_SAMPLES: Final = 100


def recovered_series(
    data: Sequence[Any], tag: str, head: RunHead | None, samples: int
) -> HistogramSeries:
    """The series of a tag, from its first histogram on.

    data: what the provider kept, ``TensorDatum`` in the order of arrival.
    head: what the run's event files say, None when they were not or could not be read.
    samples: how many steps the provider keeps; 0 when it keeps all.
    """
    steps = [datum.step for datum in data]
    wall_times = [datum.wall_time for datum in data]
    tensors = [datum.numpy for datum in data]
    first = head.certain(tag) if head else None
    if first and (first.step, first.wall_time) not in zip(steps, wall_times, strict=True):
        place = int(np.searchsorted(wall_times, first.wall_time))
        steps.insert(place, first.step)
        wall_times.insert(place, first.wall_time)
        tensors.insert(place, _as_precise(first, tensors))
    series = histogram_series(steps, wall_times, tensors)
    return dataclasses.replace(
        series,
        shared_tag=series.shared_tag or (head is not None and tag in head.shared_tags),
        first_unknown=may_have_dropped(len(data), samples) and first is None,
    )


def may_have_dropped(kept: int, samples: int) -> bool:
    """Whether a provider that keeps ``samples`` steps, 0 for all, may have dropped some."""
    return 0 < samples <= kept


def _as_precise(first: FirstHistogram, tensors: Sequence[np.ndarray]) -> np.ndarray:
    """The first histogram in the others' precision, so that an unchanged tensor stays identical.

    The Python loader keeps legacy histograms as float32.
    """
    if not tensors or first.rows.dtype.kind != "f" or tensors[0].dtype.kind != "f":
        return first.rows
    with np.errstate(over="ignore"):  # to infinity, as the loader does
        return first.rows.astype(tensors[0].dtype)
