"""A training step of a Keras model, undone at its end."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tb_plugin_weightdelta.recording import on_host, seen_update
from tb_plugin_weightdelta.testing.judge import Wanted, judge


@contextmanager
def step_of(model: keras.Model, wanted: Wanted, optimizer: Any) -> Iterator[None]:
    """Judge what the step does to what the model trains, unless it raises; take it back."""
    optimizer = optimizer or getattr(model, "optimizer", None)
    trained = {v.path: v for layer in model._flatten_layers() for v in layer._trainable_variables}
    if not trained:
        raise ValueError("The model has no weights before the step: build it, or call it once.")
    wanted.moving(trained)
    frozen = {name for name, variable in trained.items() if not variable.trainable}
    with _taken_back(model, optimizer):
        before = on_host(trained)
        yield
        # Asked for through the model: with JAX that brings its variables up to date.
        now = {v.path: v for v in model.weights if v.path in trained}
        judge(before, on_host(now), wanted, seen_update(now, optimizer, frozen=frozen))


@contextmanager
def _taken_back(model: keras.Model, optimizer: Any) -> Iterator[None]:
    of_optimizer = list(getattr(optimizer, "variables", ()))
    variables = [*model.variables, *of_optimizer]
    values = [keras.ops.copy(each.value) for each in variables]
    numbers = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        model.variables  # noqa: B018  (brings them up to date)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        known = {id(each) for each in of_optimizer}
        for made in getattr(optimizer, "variables", ()):
            if id(made) not in known:  # in its first step: they start at 0
                made.assign(keras.ops.zeros_like(made.value))
        random.setstate(numbers[0])
        np.random.set_state(numbers[1])
