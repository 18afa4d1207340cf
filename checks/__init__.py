"""What is measured and tried beside the tests: benchmarks, fuzzing, releases, a soak, a study."""
