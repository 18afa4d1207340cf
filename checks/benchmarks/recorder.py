"""What the recorder adds to a training: prints the ratios and keeps them in ``recorder.md``.

It needs the frameworks (``make install-exact``), and leaves out those that are not there.
"""

import importlib.util
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from checks.benchmarks.table import Row, markdown

LAST = Path(__file__).parent / "recorder.md"
BESIDE = 100  # steps: what ``every`` is if not given
RECORDS = 9
# Between two records: they cost the same however far they lie apart, and these are many.
APART = 10

NOTES = (
    "recorder: *ours* is what a step that records, histograms too, takes more than one that does "
    f"not, *beside* {BESIDE} steps that do not; medians over {RECORDS} records of one training, "
    "whose steps are neighbours in time: the cost is smaller than what two trainings differ by. "
    "Processor time on one thread. The baseline, for which frameworks are imported and compile, "
    "is not in it. The network of the question has about 660,000 weights (batches of 32 pictures "
    "of 96 x 96); the transformers are trained by AdamW on batches of 256 and 64 tokens, that of "
    "602 small tensors on 128: larger batches make a step longer, and a record not.",
)


@dataclass(frozen=True)
class Training:
    """What is recorded, and the share of its time that may be spent on that."""

    name: str
    framework: str
    target: float
    arguments: Callable[[Any], tuple[Any, ...]] = lambda _: ()


def _transformer(*shape: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda torch: (partial(torch.transformer, *shape),)


TRAININGS = (
    Training("network of the question, torch", "torch", 0.02, lambda torch: (torch.question,)),
    Training("network of the question, keras", "keras", 0.02),
    Training("transformer, 10 M weights", "torch", 0.013, _transformer(368, 6, 8, 8, 32)),
    Training("transformer, 100 M weights", "torch", 0.013, _transformer(832, 12, 4, 2, 32)),
    Training("transformer, 602 small tensors", "torch", 0.03, _transformer(32, 50, 4, 8, 16)),
)


def rows() -> list[Row]:
    """The share of training time, for every framework that is there."""
    return [_row(each) for each in TRAININGS if importlib.util.find_spec(each.framework)]


def _row(training: Training) -> Row:
    trained = importlib.import_module(f"checks.benchmarks.trained_with_{training.framework}")
    steps = APART * (RECORDS + 1) + 1
    with tempfile.TemporaryDirectory() as folder:
        taken = trained.step_seconds(folder, APART, steps, *training.arguments(trained))
    costs, others = [], []
    for first in range(APART, len(taken) - 1, APART):
        *between, recorded = taken[first : first + APART]
        others.append(BESIDE * statistics.median(between))
        costs.append(recorded - statistics.median(between))
    cost, beside = statistics.median(costs), statistics.median(others)
    return Row(
        f"recorder, {training.name}: one record beside {BESIDE} steps",
        f"{1e3 * cost:.3g} ms",
        f"{1e3 * beside:.3g} ms",
        f"{cost / beside:.2%} of the training",
        f"≤ {training.target:.1%}",
        cost / beside <= training.target,
    )


def main() -> int:
    """Measure, print the table and keep it; the exit status tells whether the targets were met."""
    measured = rows()
    text = markdown(measured, NOTES)
    LAST.write_text(text)
    print(text)
    return 0 if all(row.met for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
