"""How far the distribution of a series moved: numpy alone, vectorised over steps and series."""

from tb_plugin_weightdelta.measuring.batches import last_speeds_of, movements_of, sparklines_of
from tb_plugin_weightdelta.measuring.movement import (
    METRICS,
    Movement,
    ScaleKind,
    speed,
    standard_deviation,
)

__all__ = [
    "METRICS",
    "Movement",
    "ScaleKind",
    "last_speeds_of",
    "movements_of",
    "sparklines_of",
    "speed",
    "standard_deviation",
]
