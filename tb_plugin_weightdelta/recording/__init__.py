"""Exact movement, recorded in the training loop: numpy and TensorBoard's writer, no framework.

``recording.keras`` and ``recording.torch`` record by themselves; ``Recorder`` takes any arrays.
"""

from tb_plugin_weightdelta.recording.recorder import Recorder

__all__ = ["Recorder"]
