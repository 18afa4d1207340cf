"""A training step of a PyTorch model, undone at its end."""

import copy
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tb_plugin_weightdelta.recording import Update, on_host
from tb_plugin_weightdelta.recording.torch import named_weights, optimizers_of, update_of
from tb_plugin_weightdelta.testing.judge import Wanted, judge


@contextmanager
def step_of(model: torch.nn.Module, wanted: Wanted, optimizer: Any) -> Iterator[None]:
    """Judge what the step does to the model, unless it raises; either way take it back."""
    optimizers = [] if optimizer is None else optimizers_of(optimizer)
    wanted.moving(named_weights(model))
    with _taken_back(model, optimizers), _Seen(model, optimizers) as seen:
        before = {name: each.detach().clone() for name, each in named_weights(model).items()}
        yield
        update = replace(seen.update, weights=before)
        judge(on_host(before), on_host(named_weights(model)), wanted, update)


class _Seen:
    """What is seen of the steps: gradients may be dropped, and rates set, right after them."""

    def __init__(self, model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        self._model = model
        self._optimizers = optimizers
        self._update: Update | None = None

    def __enter__(self) -> "_Seen":
        self._hooks = [each.register_step_post_hook(self._note) for each in self._optimizers]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _note(self, *_: object) -> None:
        now = self._look(seen=True)
        before = self._update.gradients if self._update else None
        gradients = {name: each.clone() for name, each in (now.gradients or {}).items()}
        self._update = replace(now, gradients={**(before or {}), **gradients})

    @property
    def update(self) -> Update:
        """Where none of these optimizers stepped, what holds without."""
        update = self._update or self._look(seen=False)
        return update if self._optimizers else replace(update, held=None)

    def _look(self, *, seen: bool) -> Update:
        return update_of(named_weights(self._model), self._optimizers, seen)


@contextmanager
def _taken_back(
    model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer]
) -> Iterator[None]:
    tensors = [*model.parameters(), *model.buffers()]
    values = [each.detach().clone() for each in tensors]
    gradients = [None if each.grad is None else each.grad.clone() for each in tensors]
    states = [copy.deepcopy(each.state_dict()) for each in optimizers]
    numbers = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            with torch.no_grad():
                for each, value, gradient in zip(tensors, values, gradients, strict=True):
                    each.copy_(value)
                    each.grad = gradient
            for each, state in zip(optimizers, states, strict=True):
                each.load_state_dict(state)
            random.setstate(numbers[0])
            np.random.set_state(numbers[1])
