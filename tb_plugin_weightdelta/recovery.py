"""Puts the true first histogram back among those that the data provider kept."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from tb_plugin_weightdelta.dialects import histogram_series
from tb_plugin_weightdelta.first_step import FirstHistogram, RunHead
from tb_plugin_weightdelta.histograms import HistogramSeries


def recovered_series(
    data: Sequence[Any], tag: str, head: RunHead | None, samples: int | None
) -> HistogramSeries:
    """The series of a tag, from its first histogram on.

    data: what the provider kept, ``TensorDatum`` in the order of arrival.
    head: what the run's event files say, None when they were not or could not be read.
    samples: how many steps the provider keeps; 0 when it keeps all, None when that is not known.
    """
    steps = [datum.step for datum in data]
    wall_times = [datum.wall_time for datum in data]
    tensors = [datum.numpy for datum in data]
    first = head.certain(tag) if head else None
    is_shared = head is not None and tag in head.shared_tags
    if first and (first.step, first.wall_time) not in zip(steps, wall_times, strict=True):
        if wall_times and first.wall_time > wall_times[0] and not is_shared:
            first = None  # by now the files hold another training than the provider has read
        else:
            place = int(np.searchsorted(wall_times, first.wall_time))
            steps.insert(place, first.step)
            wall_times.insert(place, first.wall_time)
            tensors.insert(place, _as_precise(first, tensors))
    first_unknown = first is None and may_have_dropped([each.step for each in data], samples)
    series = histogram_series(steps, wall_times, tensors)
    return dataclasses.replace(
        series,
        shared_tag=series.shared_tag or is_shared,
        first_unknown=first_unknown,
        sampled_elsewhere=first_unknown and samples is None,
    )


def may_have_dropped(steps: Sequence[int], samples: int | None) -> bool:
    """Whether a provider that gave these steps may have dropped the first one.

    samples: how many it keeps. Where that is not known (None) any may have been dropped,
        but nothing is logged before step 0.
    """
    if samples is None:
        return len(steps) > 0 and steps[0] > 0
    return 0 < samples <= len(steps)


def _as_precise(first: FirstHistogram, tensors: Sequence[np.ndarray]) -> np.ndarray:
    """The first histogram in the others' precision, so that an unchanged tensor stays identical.

    The Python loader keeps legacy histograms as float32.
    """
    if not tensors or first.rows.dtype.kind != "f" or tensors[0].dtype.kind != "f":
        return first.rows
    with np.errstate(over="ignore"):  # to infinity, as the loader does
        return first.rows.astype(tensors[0].dtype)
