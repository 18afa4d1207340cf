"""What exact records say of a series, and whether they lead its answer."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tb_plugin_weightdelta.core.exact import FIGURES, ExactSeries
from tb_plugin_weightdelta.core.histograms import HistogramSeries, gaps
from tb_plugin_weightdelta.measuring import Movement, ScaleKind

# Within this part of each other the sizes of a histogram and of a record are those of the same
# weights: buckets, 10 % wide in the oldest dialect, make a smaller difference.
_SAME_SIZE: Final = 0.05
# Writers do not write at the same moment.
_FLUSH_SECONDS: Final = 60.0


@dataclass(frozen=True)
class ExactFacts:
    """The figures of the last recorded step whose weights were finite.

    step, baseline_step: that step, and the one whose weights it is compared with.
    records: how many steps were recorded up to it.
    mean_abs … update_ratio: as in ``ExactSeries``.
    norm_ratio: ‖wₜ‖ / ‖w₀‖, NaN where every weight started at 0.
    ever_changed: whether any record up to that step says that a weight had changed.
    scale, scale_kind: what movement is divided by: the scale of the histograms where they
        start with the same weights, else the initial root mean square (``rms``), NaN where
        every weight started at 0.
    leads: whether verdict and words rest on the records and not on histograms.
    """

    step: int
    baseline_step: int
    records: int
    mean_abs: float
    rms: float
    max_abs: float
    relative: float
    cosine: float
    fraction_changed: float
    update_ratio: float
    norm_ratio: float
    ever_changed: bool
    scale: float
    scale_kind: ScaleKind
    leads: bool

    @property
    def relative_movement(self) -> float:
        """mean_abs / scale, a fraction."""
        return self.mean_abs / self.scale


def exact_facts(
    exact: ExactSeries | None, series: HistogramSeries, movement: Movement | None
) -> ExactFacts | None:
    """The last figures of ``exact``, None when there are none.

    series, movement: the histograms of the same tensor, and how far they moved.
    """
    row = exact.last if exact else None
    if exact is None or row is None:
        return None
    figures = {name: float(exact.figures[name][row]) for name in FIGURES}
    norm, initial = (float(exact.figures[name][row]) for name in ("norm", "initial_norm"))
    scale, kind = _scale(exact, row, series, movement)
    return ExactFacts(
        step=int(exact.steps[row]),
        baseline_step=int(exact.figures["baseline_step"][row]),
        records=row + 1,
        **figures,
        norm_ratio=norm / initial if initial > 0 else math.nan,
        # One that does not say is taken to have seen a change.
        ever_changed=not (exact.figures["fraction_changed"][: row + 1] == 0).all(),
        scale=scale,
        scale_kind=kind,
        leads=_leads(exact, row, series),
    )


def _scale(
    exact: ExactSeries, row: int, series: HistogramSeries, movement: Movement | None
) -> tuple[float, ScaleKind]:
    elements, norm = exact.figures["elements"][row], exact.figures["initial_norm"][row]
    size = float(norm / np.sqrt(elements))
    if movement is not None and _starts_there(exact, row, series, movement, size):
        return float(movement.scale[-1]), movement.scale_kind
    return (size, "rms") if size > 0 else (math.nan, "none")


def _starts_there(
    exact: ExactSeries, row: int, series: HistogramSeries, movement: Movement, size: float
) -> bool:
    """Whether the first histogram is of the weights that the records compare with.

    Keras' own callback writes its first one after an epoch, and counts it as step 0: the
    steps alone do not tell, but then the sizes differ, or the scales hardly do.
    """
    centres = series.edges[0, 1:] / 2 + series.edges[0, :-1] / 2
    mean = (centres * (series.counts[0] / series.counts[0].sum())).sum()
    own = math.hypot(mean, movement.baseline_spread[-1])
    same_step = series.steps[0] == exact.figures["baseline_step"][row]
    return bool(same_step) and abs(own - size) <= _SAME_SIZE * max(own, size)


def _leads(exact: ExactSeries, row: int, series: HistogramSeries) -> bool:
    """Whether the records speak of all that the histograms speak of.

    From the first histogram on, or before; and up to the last, or at most a gap before it. In
    time as well: writers beside each other may count batches and epochs as their steps.
    """
    if len(series) == 0:
        return True
    step_gap = float(np.median(gaps(exact.steps))) if len(exact) > 1 else 0.0
    time_gap = float(np.diff(exact.wall_times).max()) if len(exact) > 1 else 0.0
    return bool(
        exact.figures["baseline_step"][row] <= series.steps[0]
        and exact.steps[row] + step_gap >= series.steps[-1]
        and exact.wall_times[row] + max(time_gap, _FLUSH_SECONDS) >= series.wall_times[-1]
    )
