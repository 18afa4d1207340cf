"""What exact records say of a series, and whether they lead its answer."""

import math
from dataclasses import dataclass

import numpy as np

from tb_plugin_weightdelta.exact_series import FIGURES, ExactSeries
from tb_plugin_weightdelta.histograms import HistogramSeries
from tb_plugin_weightdelta.movement import Movement, ScaleKind


@dataclass(frozen=True)
class ExactFacts:
    """The figures of the last recorded step whose weights were finite.

    step, baseline_step: that step, and the one whose weights it is compared with.
    records: how many steps were recorded up to it.
    mean_abs … update_ratio: as in ``ExactSeries``.
    norm_ratio: ‖wₜ‖ / ‖w₀‖, NaN where every weight started at 0.
    ever_changed: whether any record up to that step says that a weight had changed.
    scale, scale_kind: what movement is divided by: the scale of the histograms, else the
        initial root mean square (``rms``), NaN where every weight started at 0.
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
    scale, kind = _scale(exact, row, movement)
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


def _scale(exact: ExactSeries, row: int, movement: Movement | None) -> tuple[float, ScaleKind]:
    if movement is not None:
        return float(movement.scale[-1]), movement.scale_kind
    elements, norm = exact.figures["elements"][row], exact.figures["initial_norm"][row]
    if not norm > 0:
        return math.nan, "none"
    return float(norm / np.sqrt(elements)), "rms"


def _leads(exact: ExactSeries, row: int, series: HistogramSeries) -> bool:
    """Whether the records speak of all that the histograms speak of.

    From the first histogram on, or before; and up to the last, or at most a gap before it.
    """
    if len(series) == 0:
        return True
    gap = float(np.median(np.diff(exact.steps))) if len(exact) > 1 else 0.0
    return bool(
        exact.figures["baseline_step"][row] <= series.steps[0]
        and exact.steps[row] + gap >= series.steps[-1]
    )
