"""How far the distribution of a series moved: numpy alone, vectorised over steps and series."""

from tb_plugin_weightdelta.measuring.batches import (
    estimates_of,
    movements_of,
    sparklines_of,
    speeds_of,
)
from tb_plugin_weightdelta.measuring.estimate import Estimate
from tb_plugin_weightdelta.measuring.movement import Movement, norm, standard_deviation

__all__ = [
    "Estimate",
    "Movement",
    "estimates_of",
    "movements_of",
    "norm",
    "sparklines_of",
    "speeds_of",
    "standard_deviation",
]
