"""Weight Delta for TensorBoard: how far did each tensor's distribution move."""

__version__ = "0.1.0"
