"""One verdict for each series: the most serious rule that its last step fulfils.

Thresholds are those of docs/how-it-measures.md. A ratio to a baseline of zero never
counts: a bias that starts at 0 has not "exploded" when it takes its first value.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tb_plugin_weightdelta.histograms import NON_FINITE, HistogramSeries
from tb_plugin_weightdelta.movement import Movement

VerdictName = Literal[
    "no_data",
    "non_finite",
    "exploding",
    "collapsed",
    "single_step",
    "unchanged",
    "barely_moved",
    "moved",
    "moved_far",
]

# Most serious first.
LADDER: Final[tuple[VerdictName, ...]] = (
    "no_data",
    "non_finite",
    "exploding",
    "collapsed",
    "single_step",
    "unchanged",
    "barely_moved",
    "moved",
    "moved_far",
)

EXPLODING_RATIO: Final = 10.0
COLLAPSED_RATIO: Final = 0.1
MOVED: Final = 0.01
MOVED_FAR: Final = 0.1


@dataclass(frozen=True)
class Verdict:
    """A verdict and what it rests on.

    rule: the condition in words; threshold and value: its two sides, None where the
    rule compares nothing.
    """

    name: VerdictName
    rule: str
    threshold: float | None = None
    value: float | None = None


def judge(series: HistogramSeries, movement: Movement | None) -> Verdict:
    """The verdict on a series; ``movement`` is None when it has no kept step or no baseline."""
    non_finite = [out.step for out in series.left_out if out.reason == NON_FINITE]
    if non_finite:
        return Verdict("non_finite", "NaN or infinity at a step", value=float(non_finite[0]))
    if movement is None:
        return Verdict("no_data", "no step holds a usable histogram")
    return (
        _exploding(series, movement)
        or _collapsed(movement)
        or _still(series, movement)
        or _moved(movement)
    )


def _exploding(series: HistogramSeries, movement: Movement) -> Verdict | None:
    size = np.abs(series.edges[-1, [0, -1]]).max()
    baseline_size = np.abs(movement.baseline_bands[-1, [0, -1]]).max()
    for rule, value, reference in (
        (
            "spread at least 10 times the baseline's",
            movement.spread[-1],
            movement.baseline_spread[-1],
        ),
        ("largest |x| at least 10 times the baseline's", size, baseline_size),
    ):
        if reference > 0 and value / reference >= EXPLODING_RATIO:
            return Verdict("exploding", rule, EXPLODING_RATIO, float(value / reference))
    return None


def _collapsed(movement: Movement) -> Verdict | None:
    if movement.baseline_spread[-1] > 0:
        ratio = float(movement.spread[-1] / movement.baseline_spread[-1])
        if ratio <= COLLAPSED_RATIO:
            rule = "spread at most a tenth of the baseline's"
            return Verdict("collapsed", rule, COLLAPSED_RATIO, ratio)
    return None


def _still(series: HistogramSeries, movement: Movement) -> Verdict | None:
    if len(series) == 1:
        return Verdict("single_step", "only one step holds a usable histogram")
    identical = (series.edges == series.edges[0]).all() and (
        series.counts == series.counts[0]
    ).all()
    if identical and not movement.movement.any():
        return Verdict("unchanged", "every kept histogram is identical to the baseline")
    return None


def _moved(movement: Movement) -> Verdict:
    relative = float(movement.relative_movement[-1])
    if np.isnan(relative):
        absolute = float(movement.movement[-1])
        name: VerdictName = "moved" if absolute > 0 else "barely_moved"
        return Verdict(name, "moved away from a baseline of zeros", 0.0, absolute)
    if relative >= MOVED_FAR:
        return Verdict("moved_far", "relative movement of at least 10 %", MOVED_FAR, relative)
    if relative >= MOVED:
        return Verdict("moved", "relative movement of at least 1 %", MOVED, relative)
    return Verdict("barely_moved", "relative movement below 1 %", MOVED, relative)
