"""Exact movement, recorded in the training loop: numpy and TensorBoard's writer, no framework.

``recording.torch``, ``keras``, ``transformers`` and ``lightning`` record by themselves;
``Recorder`` takes any arrays, and ``read`` gives back what was recorded.
"""

from tb_plugin_weightdelta.recording.causes import Update, gradients_of, seen_update
from tb_plugin_weightdelta.recording.read import read
from tb_plugin_weightdelta.recording.recorder import Recorder
from tb_plugin_weightdelta.recording.weights import on_host

__all__ = ["Recorder", "Update", "gradients_of", "on_host", "read", "seen_update"]
