"""What the recorder adds to a training: prints the ratios and keeps them in ``recorder.md``.

It needs the frameworks (``make install-exact``), and leaves out those that are not there.
"""

import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path

from checks.benchmarks.table import Row, markdown

LAST = Path(__file__).parent / "recorder.md"
EVERY = 100
RECORDS = 9
TARGET = 0.02  # of training time

NOTES = (
    "recorder: the network of the question (about 660,000 weights, batches of 32 pictures of "
    f"96 x 96), recorded with histograms. *Ours* is what a step that records takes more than one "
    f"that does not, *beside* {EVERY} steps that do not; medians over {RECORDS} records of one "
    "training, whose steps are neighbours in time: the cost is smaller than what two trainings "
    "differ by. Processor time on one thread. The baseline, for which frameworks are imported and "
    "compile, is not in it.",
)


def rows() -> list[Row]:
    """The share of training time, for every framework that is there."""
    return [_row(name) for name in ("torch", "keras") if importlib.util.find_spec(name)]


def _row(framework: str) -> Row:
    trained = importlib.import_module(f"checks.benchmarks.trained_with_{framework}")
    with tempfile.TemporaryDirectory() as folder:
        taken = trained.step_seconds(folder, EVERY, EVERY * (RECORDS + 1) + 1)
    costs, others = [], []
    for first in range(EVERY, len(taken) - 1, EVERY):
        *between, recorded = taken[first : first + EVERY]
        others.append(EVERY * statistics.median(between))
        costs.append(recorded - statistics.median(between))
    cost, beside = statistics.median(costs), statistics.median(others)
    return Row(
        f"recorder, {framework}: one record beside {EVERY} steps",
        f"{1e3 * cost:.3g} ms",
        f"{1e3 * beside:.3g} ms",
        f"{cost / beside:.1%} of the training",
        f"≤ {TARGET:.0%}",
        cost / beside <= TARGET,
    )


def main() -> int:
    """Measure, print the table and keep it; the exit status tells whether the target was met."""
    measured = rows()
    text = markdown(measured, NOTES)
    LAST.write_text(text)
    print(text)
    return 0 if all(row.met for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
