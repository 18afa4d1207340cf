"""Whether a run's first histograms are of initial weights, or of a network that had been trained.

Keras' own callback, and every loop that logs at the end of an epoch, counts the state after the
first epoch as step 0. What norms and their running statistics hold gives it away: they start as
one value each, and training makes them differ.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.modules import KERAS_SUFFIX
from tb_plugin_weightdelta.judging.roles import role_of
from tb_plugin_weightdelta.measuring import movements_of

# So many are asked, evenly chosen: enough to tell, few enough to be read before the rest.
_MOST: Final = 16
# Some start with a spread by design, as scales in some GANs do; then their shifts do not.
_NEARLY_ALL: Final = 0.75
# Of what moved later: a spread as small as this is that of the first batches.
_FIRST_BATCHES: Final = 0.02
# About one logging interval after the file was begun, in times of the median and longest one.
_AT_LEAST: Final = 0.5
_AT_MOST: Final = 3.0

_ADVICE: Final = (
    "What moved before is not seen: log a histogram before the first step, or use the recorder."
)


class Start:
    """Asks norms, statistics and Keras' biases, which start as one value each."""

    @staticmethod
    def witnesses(tags: Iterable[str]) -> list[str]:
        """Those of the tags that can tell; not all of many."""
        found = sorted(filter(_starts_as_one_value, tags))
        return found[:: max(1, -(-len(found) // _MOST))]

    @staticmethod
    def trained_before(witnesses: Mapping[str, HistogramSeries]) -> str:
        """Why the first histograms are not of initial weights; "" where nothing says so."""
        known = {
            tag: series
            for tag, series in sorted(witnesses.items())  # whatever the order they came in
            if len(series) and series.counts[0].sum() > 1 and not series.first_unknown
        }
        differ = [tag for tag, series in known.items() if series.edges[0, 0] < series.edges[0, -1]]
        if not differ or len(differ) < _NEARLY_ALL * len(known):
            return ""
        step = known[differ[0]].steps[0]
        told = f"{differ[0]} does not hold one value any more at its first histogram"
        if any(_came_late(known[tag]) for tag in differ):
            return (
                f"Step {step:,} is the state after the first epoch, or the first logging interval: "
                f"{told}, which came as long after the file was begun as others "
                f"after it. {_ADVICE}"
            )
        if not any(_is_much(known[tag]) for tag in differ):
            return ""
        return (
            f"It was trained before its first histogram: a pretrained model, or step {step:,} is "
            f"after an epoch ({told}). {_ADVICE}"
        )


def _starts_as_one_value(tag: str) -> bool:
    role = role_of(tag)
    # Those of recurrent layers do not: a forget gate starts at 1.
    is_keras = tag.endswith(KERAS_SUFFIX) and not {"lstm", "gru"} & {*tag.lower().split("/")}
    return role in ("norm", "statistic") or (role == "bias" and is_keras)


def _came_late(series: HistogramSeries) -> bool:
    if series.opened is None or len(series) < 2:
        return False
    gaps = np.diff(series.wall_times)
    waited = series.wall_times[0] - series.opened
    # TensorFlow rounds that time down to seconds.
    rounded = 1.0 if series.opened == int(series.opened) else 0.0
    return bool(_AT_LEAST * np.median(gaps) <= waited <= _AT_MOST * gaps.max() + rounded)


def _is_much(series: HistogramSeries) -> bool:
    """Whether they differed by more than what the first batches do."""
    spread = series.edges[0, -1] - series.edges[0, 0]
    last, first = series.at(slice(-1, None)), series.at(slice(0, 1))
    moved = movements_of({"": (last, first)})[""].movement[-1]
    return bool(spread > _FIRST_BATCHES * moved)
