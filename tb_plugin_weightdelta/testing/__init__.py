"""A test in one line: what trains has moved after a step, and what is frozen has not.

``with assert_moves(model, frozen="^backbone", optimizer=optimizer): train_step()``, or, of arrays
of any kind, ``assert_moves(before, after)``.
"""

from contextlib import AbstractContextManager
from typing import Any

from tb_plugin_weightdelta.recording import gradients_of, on_host, seen_update
from tb_plugin_weightdelta.testing.judge import Wanted, judge

__all__ = ["assert_moves", "assert_still"]


def assert_moves(
    before: Any,
    after: Any = None,
    *,
    frozen: str | None = None,
    optimizer: Any = None,
    grads: Any = None,
) -> AbstractContextManager[None]:
    """Assert that every tensor moves, but for the frozen ones, which stay as they are, bit by bit.

    before: a model of PyTorch or Keras; what is returned is then the context of a training step,
        at whose end weights, buffers, the state of ``optimizer``, gradients and random numbers are
        as they were. Or the weights before a step, as any pytree of arrays.
    after: the weights after that step, by the same names.
    frozen: a regular expression; tensors whose names contain a match must not move.
    optimizer: PyTorch's or Keras', or a state of Optax; grads: of the step, as the weights are
        given. With these it is told why a tensor did not move.

    A tensor that a factor of zeros hides from its gradient may stay until that one has moved, as
    LoRA's A in the first step.

    Raises AssertionError that names the tensors, and what they did; TypeError or ValueError for
    what cannot be meant.
    """
    return _checked(before, after, Wanted(moves=True, frozen=frozen), optimizer, grads)


def assert_still(
    before: Any, after: Any = None, *, optimizer: Any = None
) -> AbstractContextManager[None]:
    """Assert that no tensor moves, as in an evaluation; arguments as of ``assert_moves``."""
    return _checked(before, after, Wanted(moves=False), optimizer, None)


def _checked(
    before: Any, after: Any, wanted: Wanted, optimizer: Any, grads: Any
) -> AbstractContextManager[None]:
    if after is None:
        return _of_model(before, wanted, optimizer)
    first, last = on_host(before), on_host(after)
    gradients = None if grads is None else gradients_of(before, first, grads)
    judge(first, last, wanted, seen_update(first, optimizer, gradients))
    return _Nothing()


class _Nothing(AbstractContextManager[None]):
    """For whoever writes ``with`` where nothing is left to check."""

    def __exit__(self, *_: object) -> None:
        return None


def _of_model(model: Any, wanted: Wanted, optimizer: Any) -> AbstractContextManager[None]:
    kinds = {each.__module__.split(".")[0] for each in type(model).__mro__}
    if "keras" in kinds:  # first: on PyTorch its models are modules, too
        from tb_plugin_weightdelta.testing.keras import step_of  # noqa: PLC0415
    elif "torch" in kinds:
        from tb_plugin_weightdelta.testing.torch import step_of  # noqa: PLC0415
    else:
        raise TypeError(
            f"There is one argument, a {type(model).__name__}: give a model of PyTorch or Keras, "
            "or the weights before and after a step."
        )
    return step_of(model, wanted, optimizer)
