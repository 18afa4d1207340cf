"""Many clients on a TensorBoard whose logs are written, cut, deleted and replaced meanwhile."""
