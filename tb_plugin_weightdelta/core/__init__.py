"""Words and shapes that all rooms share; numpy alone. Its modules are imported by name."""
