"""Exact movement, recorded in the training loop: numpy and TensorBoard's writer, no framework.

``exact.keras`` and ``exact.torch`` record by themselves; ``Recorder`` takes any arrays.
"""

from tb_plugin_weightdelta.exact.recorder import Recorder

__all__ = ["Recorder"]
