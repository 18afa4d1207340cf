"""The facts of one series at its last step, from which sentences and rankings are made."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Self

from tb_plugin_weightdelta.movement import ScaleKind
from tb_plugin_weightdelta.recorded import ExactFacts
from tb_plugin_weightdelta.roles import Role
from tb_plugin_weightdelta.verdicts import Verdict


@dataclass(frozen=True)
class SeriesFacts:
    """The numbers that sentences are made of: one series at its last kept step.

    until: the step up to which alone the series was looked at, None for all of it.
    exact: what exact records say, None where there are none.
    only_exact: whether there is no histogram beside them.
    """

    tag: str
    role: Role
    verdict: Verdict
    elements: int | None
    first_step: int | None
    last_step: int | None
    baseline: str
    scale: float
    scale_kind: ScaleKind
    movement: float
    movement_lower: float
    movement_upper: float
    resolution: float
    relative_movement: float
    spread_ratio: float
    non_finite_step: int | None = None
    until: int | None = None
    exact: ExactFacts | None = None
    only_exact: bool = False

    @property
    def leads(self) -> bool:
        """Whether exact records say more than the histograms."""
        return self.exact is not None and self.exact.leads

    @property
    def led(self) -> Self:
        """The same facts with the exact movement in place of the distribution's, where known."""
        exact = self.exact
        if exact is None or not exact.leads:
            return self
        return dataclasses.replace(
            self,
            baseline=f"step {exact.baseline_step}",
            last_step=exact.step,
            scale=exact.scale,
            scale_kind=exact.scale_kind,
            movement=exact.mean_abs,
            movement_lower=exact.mean_abs,
            movement_upper=exact.mean_abs,
            resolution=0.0,
            relative_movement=exact.relative_movement,
        )

    @property
    def shown(self) -> float:
        """Which part of the exact movement the histograms show; NaN where that is not known."""
        exact = self.exact
        if exact is None or not exact.mean_abs > 0 or not self.resolved:
            return math.nan
        # Where both speak of the same two steps.
        alike = (f"step {exact.baseline_step}", exact.step) == (self.baseline, self.last_step)
        if not alike or exact.scale_kind == "rms" or math.isnan(self.movement):
            return math.nan
        return min(1.0, self.movement / exact.mean_abs)

    @property
    def resolved(self) -> bool:
        """Whether ``movement`` can be told from interpolation error."""
        return not self.movement < self.resolution or self.movement == 0
