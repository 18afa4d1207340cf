"""A run's scalars: which there are, and one of them over steps."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

# Words of a tag: letters between separators, digits and changes from lower to upper case.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LOSS: Final = {"loss", "losses", "nll", "cost", "objective", "perplexity", "ppl"}
# Behind those words they say that it is no loss, as in "loss_scale".
_OF_A_LOSS: Final = {
    *("scale", "scaler", "scaling", "factor", "weight", "weights", "coef", "coeff", "coefficient"),
    *("grad", "grads", "gradient"),
}
# Beside a loss they say no more than that it is the training's own. Not "batch": Keras counts
# histograms and ``epoch_loss`` by epochs.
_TRAINING: Final = {
    *("train", "training", "epoch", "step", "iter", "iteration", "total", "overall", "main"),
    *("mean", "avg", "average", "running", "smooth", "smoothed", "metric", "metrics"),
}
_HELD_OUT: Final = {
    *("val", "valid", "validation", "validate", "eval", "evaluation", "evaluate"),
    *("test", "testing", "dev", "heldout", "holdout", "best"),
}
# Of a loss that is added to the one that matters.
_ADDED: Final = {"aux", "auxiliary", "reg", "regularization", "regularisation", "penalty"}
_GLUED: Final = re.compile(rf"\b({'|'.join(_TRAINING | _HELD_OUT)})(loss)\b")


def loss_among(tags: Sequence[str]) -> str | None:
    """The scalar to be shown beside movement: the training's loss, else the first."""
    losses = [tag for tag in tags if _is_loss(_words(tag))]
    return min(losses, key=_unlike_the_trainings, default=next(iter(tags), None))


def _words(tag: str) -> list[str]:
    return _GLUED.sub(r"\1 \2", " ".join(_WORD.findall(tag)).lower()).split()


def _is_loss(words: Sequence[str]) -> bool:
    last = max((place for place, word in enumerate(words) if word in _LOSS), default=None)
    return last is not None and _OF_A_LOSS.isdisjoint(words[last:])


def _unlike_the_trainings(tag: str) -> tuple[Any, ...]:
    """Sorts plain losses first, held-out ones last, and those alike by how little they say."""
    words, last_part = _words(tag), _words(tag.rpartition("/")[2])
    others = set(words) - _LOSS
    return (
        not others.isdisjoint(_HELD_OUT),
        not others <= _TRAINING | _HELD_OUT,
        not others.isdisjoint(_ADDED),
        "loss" not in words,
        _LOSS.isdisjoint(last_part),  # "losses/entropy" beside "losses/value_loss"
        *(len(words), len(tag), tag),
    )


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
