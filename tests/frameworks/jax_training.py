"""A small JAX training whose weights are saved beside its records; run by test_jax.py.

Arguments: a folder, and over how many devices its weights are sharded.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tb_plugin_weightdelta.recording import Recorder
from tests.support.records import save_states

STEPS = 6
EVERY = 3

Weights = dict[str, Any]


def weights(devices: int, dtype: str) -> Weights:
    """One is large enough to be sampled, one is frozen, one is all zeros."""
    rng = np.random.default_rng(0)
    mesh = Mesh(np.array(jax.devices()[:devices]).reshape(devices, 1), ("rows", "columns"))
    assert len(mesh.devices) == devices
    shapes = {"hidden/kernel": (300, 250), "hidden/bias": (250,), "head/kernel": (250, 2)}
    laid_out = {
        "hidden/kernel": PartitionSpec("columns", "rows"),
        "hidden/bias": PartitionSpec("rows"),
        "head/kernel": PartitionSpec("rows"),
    }
    values = {name: rng.normal(0, 0.1, shape) for name, shape in shapes.items()}
    values["hidden/bias"] *= 0
    return {
        name: jax.device_put(value.astype(dtype), NamedSharding(mesh, laid_out[name]))
        for name, value in values.items()
    }


@partial(jax.jit, donate_argnums=0)
def update(weights: Weights, inputs: Any, targets: Any) -> Weights:
    """One step of gradient descent, which takes the memory of the weights it is given."""

    def loss(weights: Weights) -> Any:
        hidden = jnp.tanh(inputs @ weights["hidden/kernel"] + weights["hidden/bias"])
        return ((hidden @ weights["head/kernel"] - targets) ** 2).mean()

    gradients = jax.grad(loss)(weights)
    gradients["head/kernel"] = gradients["head/kernel"] * 0
    return jax.tree.map(lambda weight, gradient: weight - 0.5 * gradient, weights, gradients)


def train(folder: Path, devices: int, dtype: str, see: Callable[[int, Weights], None]) -> None:
    """Train and record; ``see`` is shown all weights at all steps."""
    rng = np.random.default_rng(1)
    now = weights(devices, dtype)
    with Recorder(folder, every=EVERY) as recorder:
        for step in range(STEPS + 1):
            see(step, now)
            recorder.log(step, now)
            now = update(
                now,
                rng.normal(size=(8, 300)).astype(dtype),
                rng.normal(size=(8, 2)).astype(dtype),
            )


def main() -> None:
    folder, devices, dtype = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    states: dict[int, dict[str, np.ndarray]] = {}

    def see(step: int, weights: Weights) -> None:
        states[step] = {name: np.asarray(w).astype(np.float64) for name, w in weights.items()}

    train(folder, devices, dtype, see)
    save_states(folder, states)


if __name__ == "__main__":
    main()
