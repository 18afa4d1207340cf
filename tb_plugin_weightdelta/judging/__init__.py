"""What is known of one series, and what that means: verdict, flags, role."""

from tb_plugin_weightdelta.judging.exact_movement import ExactFacts
from tb_plugin_weightdelta.judging.flags import Flag, span_flags, step_gap
from tb_plugin_weightdelta.judging.roles import Role
from tb_plugin_weightdelta.judging.series import (
    MeasuredSeries,
    SeriesFacts,
    measure_all,
    measure_series,
)
from tb_plugin_weightdelta.judging.verdicts import LADDER, Verdict

__all__ = [
    "LADDER",
    "ExactFacts",
    "Flag",
    "MeasuredSeries",
    "Role",
    "SeriesFacts",
    "Verdict",
    "measure_all",
    "measure_series",
    "span_flags",
    "step_gap",
]
