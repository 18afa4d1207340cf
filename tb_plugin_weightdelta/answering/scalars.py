"""A run's scalars: which there are, and one of them over steps."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

# Words of a tag that tell a loss, and those of one that is not of what was trained on.
_LOSS: Final = re.compile(r"loss|nll|cost|objective|perplexity", re.IGNORECASE)
_HELD_OUT: Final = re.compile(r"val|eval|test|dev|best", re.IGNORECASE)


def loss_among(tags: Sequence[str]) -> str | None:
    """The scalar to be shown beside movement: the training's loss, else the first by name."""
    return min(tags, key=_unlike_a_loss, default=None)


def _unlike_a_loss(tag: str) -> tuple[bool, bool, int, str]:
    is_loss = _LOSS.search(tag) is not None
    return not is_loss, _HELD_OUT.search(tag) is not None, len(tag) if is_loss else 0, tag


def scalars_table(
    run: str, tags: Sequence[str], tag: str | None, logged: Sequence[tuple[int, float, float]]
) -> dict[str, Any]:
    """The scalars of a run, and the values of ``tag``; of a step that was logged twice the last.

    logged: step, wall time and value of each.
    """
    by_step = {each[0]: each for each in sorted(logged, key=lambda each: each[1])}
    steps = sorted(by_step)
    return {
        "run": run,
        "tags": tags,
        "tag": tag,
        "steps": steps,
        "wall_times": np.array([by_step[step][1] for step in steps]),
        "values": np.array([by_step[step][2] for step in steps], dtype=np.float64),
    }
