"""What the plugin costs beside what TensorBoard and SciPy cost: ``python -m checks.benchmarks``."""
