"""What is known of one series, and what that means: how far it moved, verdict, flags, role."""

from tb_plugin_weightdelta.judging.extent import ExactMovement, Extent
from tb_plugin_weightdelta.judging.roles import PARAMETERS
from tb_plugin_weightdelta.judging.series import Series, SeriesRow, measure_all
from tb_plugin_weightdelta.judging.verdicts import LADDER

__all__ = [
    "LADDER",
    "PARAMETERS",
    "ExactMovement",
    "Extent",
    "Series",
    "SeriesRow",
    "measure_all",
]
