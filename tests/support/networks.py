"""Small networks trained in numpy, every weight kept: the truth behind calibration tests.

None of them was used to choose how movement and resolution are computed.
"""

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np

Weights = list[np.ndarray]
Update = Callable[[np.ndarray, np.ndarray, int], np.ndarray]

STEPS = 150
KEPT = (0, 10, 25, 50, 100, 150)


def adam(rate: float) -> Callable[[], Update]:
    """Adam with its usual constants; one for each tensor, because it remembers."""

    def make() -> Update:
        first: list[np.ndarray | float] = [0.0, 0.0]

        def update(weights: np.ndarray, gradient: np.ndarray, step: int) -> np.ndarray:
            first[0] = 0.9 * first[0] + 0.1 * gradient
            first[1] = 0.999 * first[1] + 0.001 * gradient**2
            mean, square = first[0] / (1 - 0.9**step), first[1] / (1 - 0.999**step)
            return weights - rate * mean / (np.sqrt(square) + 1e-8)

        return update

    return make


def momentum(rate: float) -> Callable[[], Update]:
    """Gradient descent with a momentum of 0.9."""

    def make() -> Update:
        velocity: list[np.ndarray | float] = [0.0]

        def update(weights: np.ndarray, gradient: np.ndarray, _: int) -> np.ndarray:
            velocity[0] = 0.9 * velocity[0] + gradient
            return weights - rate * velocity[0]

        return update

    return make


TRAININGS = (
    (0, adam(3e-4), np.tanh, lambda y: 1 - y**2),
    (1, adam(3e-3), lambda x: np.maximum(x, 0), lambda y: (y > 0) * 1.0),
    (2, momentum(0.02), np.tanh, lambda y: 1 - y**2),
    (3, momentum(0.2), lambda x: np.maximum(x, 0), lambda y: (y > 0) * 1.0),
)


@functools.cache
def histories() -> list[Weights]:
    """For each tensor of each training, its values at the kept steps."""
    return [history for training in TRAININGS for history in _train(*training)]


def _train(
    seed: int,
    optimizer: Callable[[], Update],
    activate: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
) -> Iterator[Weights]:
    """A perceptron with two hidden layers learns a teacher's function from small batches."""
    rng = np.random.default_rng(seed)
    sizes = (24, 96, 48, 4)
    shapes = list(itertools.pairwise(sizes))
    weights = [rng.normal(0, 1 / np.sqrt(n), (n, m)) for n, m in shapes]
    biases = [rng.uniform(-1, 1, m) / np.sqrt(n) for n, m in shapes]
    parameters = [*weights, *biases]
    updates = [optimizer() for _ in parameters]
    teacher = rng.normal(0, 0.5, (sizes[0], sizes[-1]))
    kept: list[Weights] = [[] for _ in parameters]
    for step in range(STEPS + 1):
        if step in KEPT:
            for history, values in zip(kept, parameters, strict=True):
                history.append(values.ravel().copy())
        inputs = rng.normal(size=(64, sizes[0]))
        gradients = _gradients(parameters, inputs, np.sin(inputs @ teacher), activate, slope)
        parameters = [
            update(values, gradient, step + 1)
            for update, values, gradient in zip(updates, parameters, gradients, strict=True)
        ]
    yield from kept


def _gradients(
    parameters: Weights,
    inputs: np.ndarray,
    targets: np.ndarray,
    activate: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
) -> Weights:
    """Of the mean squared error, for the weights and then the biases."""
    layers = len(parameters) // 2
    weights, biases = parameters[:layers], parameters[layers:]
    outputs = [inputs]
    for matrix, bias in zip(weights[:-1], biases[:-1], strict=True):
        outputs.append(activate(outputs[-1] @ matrix + bias))
    error = 2 * (outputs[-1] @ weights[-1] + biases[-1] - targets) / len(inputs)
    for_weights, for_biases = [], []
    for layer in reversed(range(layers)):
        for_weights.append(outputs[layer].T @ error)
        for_biases.append(error.sum(axis=0))
        if layer:
            error = error @ weights[layer].T * slope(outputs[layer])
    return for_weights[::-1] + for_biases[::-1]
