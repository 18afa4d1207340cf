"""What holds of every answer, whatever was logged and whatever was asked."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from tb_plugin_weightdelta.answering.export import csv_text, json_text, records_of
from tb_plugin_weightdelta.answering.tables import (
    histogram_table,
    run_table,
    series_table,
)
from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import (
    FEWEST_ELEMENTS,
    LARGEST_VALUE,
    MOST_BUCKETS,
    MOST_ELEMENTS,
    HistogramSeries,
)
from tb_plugin_weightdelta.core.question import BaselineChoice, Question
from tb_plugin_weightdelta.judging import Series, measure_all
from tb_plugin_weightdelta.judging.verdicts import LADDER
from tb_plugin_weightdelta.measuring.movement import Movement
from tb_plugin_weightdelta.serving.http import encode

BASELINES = ("first", "previous", "step:3", "run:other")

# Rounding of sums, as a part of the largest number among them.
_ROUNDING = 2.0**-40


def check_series(series: HistogramSeries) -> None:
    """Whether a series is what ``HistogramSeries`` says of itself."""
    steps, buckets = series.counts.shape
    assert series.edges.shape == (steps, buckets + 1)
    assert len(series.steps) == len(series.wall_times) == steps
    assert buckets <= 2 * MOST_BUCKETS
    assert (series.steps[1:] > series.steps[:-1]).all()
    assert (np.abs(series.edges) <= LARGEST_VALUE).all()
    assert (series.edges[:, 1:] >= series.edges[:, :-1]).all()
    assert (series.counts >= 0).all()
    total = series.counts.sum(axis=1)
    assert ((total >= 0.99 * FEWEST_ELEMENTS) & (total <= 1.01 * MOST_ELEMENTS)).all()
    assert all(out.reason for out in series.left_out)


def check_measured(
    all_series: Mapping[str, HistogramSeries],
    exact: Mapping[str, ExactSeries],
    baseline: str,
    points: int | None,
    until: int | None = None,
) -> None:
    """Measures everything, and looks at every table that is made of it."""
    choice = BaselineChoice.parse(baseline)
    asked = Question(choice, until=until)
    measured = measure_all(all_series, asked, all_series, exact=exact, points=points)
    assert measured.keys() == all_series.keys()
    rows = [one.row for one in measured.values()]
    table = run_table("r", asked, rows, {})
    assert sum(table["counts"].values()) == len(all_series)
    _check_json(table)
    records = records_of(table)
    assert len(json.loads(json_text(records))) == len(all_series)
    assert csv_text(records)
    for one in measured.values():
        assert one.row.verdict.name in LADDER
        if one.movement is not None:
            check_movement(one.movement)
        if points is None and until is None:
            _check_detail(one, choice)


def check_movement(moved: Movement) -> None:
    """Whether the measures agree with each other."""
    for name, values in vars(moved).items():
        assert not np.isinf(values).any(), name
    for name in ("movement", "movement_lower", "resolution", "implied_drift", "spread"):
        assert (getattr(moved, name) >= 0).all(), name
    assert (moved.movement_lower <= moved.movement).all()
    assert (moved.movement <= moved.movement_upper).all()
    assert (np.diff(moved.bands, axis=1) >= 0).all()
    largest = np.abs(moved.bands).max() + np.abs(moved.baseline_bands).max()
    assert (moved.movement <= 2 * largest * (1 + _ROUNDING)).all()


def _check_detail(one: Series, choice: BaselineChoice) -> None:
    table = _check_json(series_table("r", one, Question(choice), "d"))
    assert all(speed is None or speed >= 0 for speed in table["speed"])
    for index in range(len(one.histograms)):
        histogram = one.histograms.at(np.array([index]))
        buckets = _check_json(histogram_table("r", one.row.tag, choice, histogram, None))
        assert len(buckets["edges"]) == len(buckets["counts"]) + 1


def _check_json(table: Mapping[str, object]) -> dict:
    told = json.loads(encode(table))
    assert isinstance(told, dict)
    return told


def no_markup(texts: Sequence[str]) -> bool:
    """Whether none of the texts holds what a terminal would obey."""
    return all(text.isprintable() for text in texts)
