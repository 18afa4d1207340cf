"""How far the distribution of a series moved: numpy alone, vectorised over steps and series."""

from tb_plugin_weightdelta.measuring.batches import (
    estimates_of,
    last_speeds_of,
    movements_of,
    sparklines_of,
)
from tb_plugin_weightdelta.measuring.estimate import Estimate
from tb_plugin_weightdelta.measuring.movement import Movement, speed, standard_deviation

__all__ = [
    "Estimate",
    "Movement",
    "estimates_of",
    "last_speeds_of",
    "movements_of",
    "sparklines_of",
    "speed",
    "standard_deviation",
]
