"""Series and runs of which everything is said that can be: what the approved sentences are of."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries, exact_series
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.judging import Series
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.cases import (
    CASES,
    CONSTANT,
    EVEN,
    NOISE,
    NORMAL,
    PERMUTED,
    SPREAD,
    exact_after,
    judged,
)
from tests.support.cases import EXACT_CASES as RECORDED
from tests.support.event_logs import tf2_rows
from tests.support.exact_logs import alone, datum, layout, measured_with, recorded, told_exactly
from tests.support.measured import measured

# A twentieth and a fifth of the spread, up and down: histograms hardly widen.
LITTLE = [NORMAL, NORMAL + 0.0025 * np.sign(NOISE)]
MUCH = [NORMAL, NORMAL + 0.01 * np.sign(NOISE)]
BIAS = [CONSTANT, CONSTANT + 0.002 * SPREAD]
_HALF = np.where(np.median(NORMAL) < NORMAL, NORMAL + 0.01, NORMAL)
_NAN_ROWS = np.array([[np.nan, np.nan, 0.0]])


def series_cases() -> dict[str, Series]:
    """Series by a name that says what they are."""
    return {
        **{f"histograms: {name}": judged(*values) for name, (values, _) in CASES.items()},
        **{f"beside records: {name}": told_exactly(*v) for name, (v, _) in RECORDED.items()},
        **{f"records alone: {name}": alone(*values) for name, (values, _) in RECORDED.items()},
        **_with_flags(),
        "an activation": judged(NORMAL, NORMAL + 0.0025, tag="conv1/output"),
        "fifty times the spread": judged(NORMAL, NORMAL + 50 * NORMAL.std()),
        "from zero to zero": judged(CONSTANT * 0, SPREAD, CONSTANT * 0),
        "NaN after it moved": judged(NORMAL, NORMAL + 0.01, _NAN_ROWS),
        "a shift, recorded": told_exactly(EVEN, EVEN + 0.1),
        "half of the values moved": told_exactly(NORMAL, _HALF),
        "there is another first step": measured_with(
            recorded(NORMAL, NORMAL + 0.01, NORMAL + 0.02, steps=[0, 10, 20]),
            *(NORMAL + 0.01, NORMAL + 0.02),
            steps=[10, 20],
        ),
        "resumed": measured_with(exact_after(recorded(*MUCH, steps=[0, 500]), 1)),
        "with records, against the step before": told_exactly(*MUCH, baseline="previous"),
        "records alone, against the step before": alone(*MUCH, baseline="previous"),
        "records without a movement": measured_with(
            exact_series(
                [datum(0, [4.0, 0.0])] * 2, "w", layout(fields=["elements", "baseline_step"])
            )
        ),
        "until before it began": measured_with(None, *LITTLE, until=-1),
        "until its first step": measured_with(None, *LITTLE, until=0),
        "against another run": _against_run([0, 10], [0, 5, 10]),
        "against a run that lacks it": _against_run([0, 10], []),
    }


def run_cases() -> dict[str, Sequence[Series]]:
    """The series of a run, by a name that says what it is."""
    still, shifted = [NORMAL] * 2, [NORMAL, NORMAL + 0.01]
    slow = judged(NORMAL, NORMAL + 0.001, tag="a_weight")
    slower = judged(NORMAL, NORMAL + 0.0005, tag="b_weight")
    bias = judged(*BIAS, tag="a_bias")
    return {
        "nothing": [],
        "weights and biases": [slow, slower, bias],
        "one weight": [slow],
        "nothing moved": [judged(*still, tag="a_weight")],
        "barely": [judged(EVEN, EVEN + 0.005, tag="a_weight")],
        "one of three": [
            judged(*still, tag="a_weight"),
            judged(*shifted, tag="b_weight"),
            judged(*still, tag="c_weight"),
        ],
        "one exploded": [judged(NORMAL, NORMAL * 100, tag="a_weight"), slower],
        "alarms": [
            judged(NORMAL, NORMAL * 100, tag="a_weight"),
            judged(NORMAL, NORMAL * 0, tag="b_weight"),
            judged(NORMAL, _NAN_ROWS, tag="c_weight"),
        ],
        "no weights": [judged(*shifted, tag="mystery")],
        "one step": [judged(NORMAL, tag="a_weight")],
        "unresolved alone": [judged(NORMAL, NORMAL + 0.0001, tag="a_weight")],
        "weights that moved far": [judged(NORMAL, NORMAL + 0.05, tag="a_weight"), bias],
        "weights from zero": [judged(CONSTANT * 0, SPREAD, tag="a_weight")],
        "biases that stand still": [slow, judged(CONSTANT, CONSTANT, tag="a_bias")],
        "there and back": [judged(NORMAL, NORMAL + 0.05, NORMAL, tag="a_weight")],
        "recorded": [
            told_exactly(*LITTLE, tag="a_weight"),
            told_exactly(*MUCH, tag="b_weight"),
            told_exactly(*BIAS, tag="a_bias"),
        ],
        "recorded, one stood still": [
            told_exactly(*LITTLE, tag="a_weight"),
            told_exactly(*still, tag="b_weight"),
        ],
        "some recorded": [
            told_exactly(*LITTLE, tag="a_weight"),
            measured_with(None, *MUCH, tag="b_weight"),
            told_exactly(*BIAS, tag="a_bias"),
            measured_with(None, *BIAS, tag="b_bias"),
        ],
        "some recorded, one of them broke before it moved": [
            told_exactly(*LITTLE, tag="a_weight"),
            told_exactly(NORMAL, NORMAL, NORMAL * np.nan, tag="b_weight"),
            measured_with(None, *MUCH, tag="c_weight"),
        ],
        "records alone among histograms": [
            alone(*LITTLE, tag="a_weight"),
            measured_with(None, *MUCH, tag="b_weight"),
        ],
        "records alone": [alone(*LITTLE, tag="a_weight"), alone(*MUCH, tag="b_weight")],
        "records of nothing": [
            told_exactly(*still, tag="a_weight"),
            alone(*still, tag="b_weight"),
        ],
        "records of a way there and back": [told_exactly(NORMAL, PERMUTED, NORMAL, tag="a_weight")],
        "records alone, against a step": [alone(*LITTLE, tag="a_weight", baseline="step:0")],
        "one record": [alone(NORMAL, tag="a_weight")],
        "late and early": [
            _at(range(0, 100, 10), "whole"),
            _at(range(50, 100, 10), "late"),
            _at(range(0, 40, 10), "early"),
        ],
    }


def _with_flags() -> dict[str, Series]:
    lost = recorded(NORMAL, NORMAL + 1, NORMAL + 2, steps=[0, 10, 20])
    lost.figures["baseline_step"][2] = 20
    late = recorded(NORMAL, NORMAL + 1, steps=[10, 20], baseline_step=10)
    rows = [tf2_rows(NORMAL), np.array([[0.0, 1.0, -1.0]]), np.zeros((0, 3))]
    unknown = dataclasses.replace(_series([30, 40, 20_000]), first_unknown=True)
    return {
        "stopped": judged(NORMAL, NORMAL + 0.01, *[NORMAL + 0.02] * 3),
        "stopped, by its records": told_exactly(NORMAL, PERMUTED, PERMUTED, PERMUTED),
        "a shared tag": _judged(_series([0, 0, 1])),
        "the first step is lost": _judged(unknown),
        "the first step is lost elsewhere": _judged(
            dataclasses.replace(unknown, sampled_elsewhere=True)
        ),
        "begins at step 500": _judged(_series([500, 501])),
        "records begin at step 10": measured_with(late),
        "records lost their baseline": measured_with(lost, *[NORMAL] * 3, steps=[0, 10, 20]),
        "records came after the histograms": measured_with(late, *[NORMAL] * 3, steps=[0, 10, 20]),
        "one bad histogram": _judged(histogram_series([0, 5], [0.0] * 2, rows[:2])),
        "two bad histograms": _judged(histogram_series([0, 5, 6], [0.0] * 3, rows)),
    }


def _series(steps: Sequence[int]) -> HistogramSeries:
    rows = [tf2_rows(NORMAL + 0.001 * place) for place, _ in enumerate(steps)]
    return histogram_series(steps, [float(step) for step in steps], rows)


def _judged(series: HistogramSeries, tag: str = "layer/kernel") -> Series:
    return measured(tag, series, series)


def _at(steps: Sequence[int], tag: str) -> Series:
    return _judged(_series(steps), tag)


def _against_run(steps: Sequence[int], others: Sequence[int]) -> Series:
    other = _series(others) if others else None
    choice = BaselineChoice.parse("run:b")
    return measured("layer/kernel", _series(steps), other, choice)


def unreadable() -> ExactSeries:
    """Records of a layout that nobody knows."""
    return exact_series([], "weight_delta/w", layout(version=99))
