"""Measures many series in one go.

A numpy call costs a microsecond before it does anything, so series that are alike are
measured together and not one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.histograms import (
    FloatArray,
    HistogramSeries,
    IntArray,
    gaps,
    stacked,
)
from tb_plugin_weightdelta.measuring.distance import CELLS, blocks, distance
from tb_plugin_weightdelta.measuring.estimate import Estimate, estimate
from tb_plugin_weightdelta.measuring.movement import Movement, joined, measure

# What most writers give.
_LEAST_WIDTH: Final = 30

# A series, and the baseline of each of its rows or one for all.
Pair = tuple[HistogramSeries, HistogramSeries]


def movements_of(pairs: Mapping[str, Pair], most_cells: int = CELLS) -> dict[str, Movement]:
    """Each tag's series measured against its baseline, many in one go.

    most_cells: buckets of one series that are measured at once.
    """
    movements: dict[str, Movement] = {}
    for tags, width in _batches(pairs):
        if len(pairs[tags[0]][0]) * width > CELLS:  # never together with others
            movements[tags[0]] = _measured_in_parts(*pairs[tags[0]], most_cells)
            continue
        series = [pairs[tag][0] for tag in tags]
        baselines = [pairs[tag][1].repeated(len(pairs[tag][0])) for tag in tags]
        together = measure(stacked(series, width), stacked(baselines, width))
        ends = np.cumsum([len(part) for part in series]).tolist()
        for tag, start, end in zip(tags, [0, *ends], ends, strict=False):
            movements[tag] = together.part(slice(start, end))
    return movements


def _measured_in_parts(
    series: HistogramSeries, baselines: HistogramSeries, most_cells: int
) -> Movement:
    """Each row against its baseline, so many at a time that memory is bounded."""
    buckets = max(series.counts.shape[1], baselines.counts.shape[1])
    alone = len(baselines) == 1  # it stands for all rows
    return joined(
        [
            measure(series.at(rows), baselines if alone else baselines.at(rows))
            for rows in blocks(len(series), buckets, most_cells)
        ]
    )


def estimates_of(
    pairs: Mapping[str, Pair], movements: Mapping[str, Movement]
) -> dict[str, Estimate]:
    """What single weights of each tag moved, at the rows of ``movements``, many in one go."""
    found: dict[str, Estimate] = {}
    for tags, width in _batches(pairs):
        moved = joined([movements[tag] for tag in tags])
        series, baselines = zip(*(pairs[tag] for tag in tags), strict=True)
        if len(tags) > 1:
            baselines = tuple(map(HistogramSeries.repeated, baselines, map(len, series)))
        together = estimate(stacked(series, width), stacked(baselines, width), moved)
        ends = np.cumsum([len(part) for part in series]).tolist()
        for tag, start, end in zip(tags, [0, *ends], ends, strict=False):
            found[tag] = together.part(slice(start, end))
    return found


def sparklines_of(
    pairs: Mapping[str, Pair], movements: Mapping[str, Movement]
) -> dict[str, FloatArray]:
    """Each tag's movement over its rows, the last value that of ``movements``.

    Inner values are not clipped into their bounds: at a sparkline's size nobody could tell,
    and bounds are most of the cost.
    """
    found: dict[str, FloatArray] = {}
    for tags, width in _batches(pairs):
        series, baselines = zip(*(pairs[tag] for tag in tags), strict=True)
        now, then = stacked(series, width), stacked(baselines, width)
        rows = _rows_of_baselines(series, baselines)
        moved = distance(then.edges, then.counts, now.edges, now.counts, rows_a=rows)
        ends = np.cumsum([len(part) for part in series])
        moved[ends - 1] = [movements[tag].movement[-1] for tag in tags]
        found |= zip(tags, np.split(moved, ends[:-1]), strict=True)
    return found


def _rows_of_baselines(
    series: Sequence[HistogramSeries], baselines: Sequence[HistogramSeries]
) -> IntArray:
    """For each row of the stacked series, its row among the stacked baselines."""
    rows, start = [], 0
    for own, baseline in zip(series, baselines, strict=True):
        step = 0 if len(baseline) == 1 else 1  # one baseline for all rows, or one for each
        rows.append(start + step * np.arange(len(own)))
        start += len(baseline)
    return np.concatenate(rows)


def speeds_of(
    all_series: Mapping[str, HistogramSeries], rows: Mapping[str, IntArray]
) -> dict[str, FloatArray]:
    """The speed at some rows of each series, in their order; NaN at the first of all."""
    later = {tag: chosen[chosen > 0] for tag, chosen in rows.items()}
    pairs = {tag: (all_series[tag].at(at), all_series[tag].at(at - 1)) for tag, at in later.items()}
    speeds = {tag: np.full(len(chosen), np.nan) for tag, chosen in rows.items()}
    for tags, width in _batches({tag: pairs[tag] for tag, at in later.items() if len(at)}):
        now, then = (stacked([pairs[tag][side] for tag in tags], width) for side in (0, 1))
        moved = [
            distance(then.edges[part], then.counts[part], now.edges[part], now.counts[part])
            for part in blocks(len(now), width)
        ]
        per_step = np.concatenate(moved) / gaps(np.stack([then.steps, now.steps], axis=1))[:, 0]
        ends = np.cumsum([len(later[tag]) for tag in tags])
        for tag, found in zip(tags, np.split(per_step, ends[:-1]), strict=True):
            speeds[tag][rows[tag] > 0] = found
    return speeds


def _batches(pairs: Mapping[str, Pair]) -> Iterator[tuple[list[str], int]]:
    """Tags whose rows are measured together, not too many at once, and to how many buckets.

    Rows are padded to the same width whatever stands beside them: sums of more numbers are
    rounded otherwise, and the same question should have the same answer to the last bit.
    """
    batch: list[str] = []
    cells, width = 0, 0
    for tag in sorted(pairs, key=lambda tag: _width(pairs[tag])):
        wide, rows = _width(pairs[tag]), len(pairs[tag][0])
        if batch and (wide != width or cells + rows * wide > CELLS):
            yield batch, width
            batch, cells = [], 0
        width = wide
        batch.append(tag)
        cells += rows * wide
    if batch:
        yield batch, width


def _width(pair: Pair) -> int:
    """The buckets of a pair, rounded up: few widths, and little work in vain."""
    buckets = max(int(part.counts.shape[1]) for part in pair)
    width = _LEAST_WIDTH
    while width < buckets:
        width += max(1, width // 4)
    return width
