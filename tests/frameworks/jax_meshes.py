"""Weights on a mesh of explicit axes, moved and recorded; run by test_jax.py on four devices.

The folder that is given gets two runs, with their weights beside them: one whose training has
set its mesh, and one whose arrays alone know theirs. Each is resumed before its last step.
"""

import sys
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as Parts

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.arrays import arrays_of
from tb_plugin_weightdelta.recording.arrays import jax as of_jax
from tests.support.records import save_states

RESUMED = 3
STEPS = RESUMED + 1
Weights = dict[str, jax.Array]
# The large ones are sampled.
WEIGHTS = {
    "matrix": ((16, 8), Parts("rows", "columns")),
    "vector": ((16,), Parts("columns")),
    "replicated": ((16, 8), Parts()),
    "large/matrix": ((512, 256), Parts("columns", "rows")),
    "large/rows": ((512, 256), Parts("rows")),
    "large/vector": ((100_000,), Parts(("rows", "columns"))),
    "large/replicated": ((512, 256), Parts()),
    "large/cube": ((40, 10, 200), Parts("rows", None, "columns")),
}


def sharded(mesh: jax.sharding.Mesh) -> Weights:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=shape) for name, (shape, _) in WEIGHTS.items()}
    return {
        name: jax.device_put(value.astype(np.float32), NamedSharding(mesh, WEIGHTS[name][1]))
        for name, value in values.items()
    }


@partial(jax.jit, donate_argnums=0)
def update(weights: Weights, step: int) -> Weights:
    """One step, which takes the memory of the weights it is given."""
    return {name: array * (1 - 0.1 * step) for name, array in weights.items()}


def run(folder: Path, mesh: jax.sharding.Mesh) -> None:
    # One comes onto the mesh with its first update.
    late = np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32)
    weights = sharded(mesh) | {"late": jax.device_put(late, jax.devices()[1])}
    states = {}
    with Recorder(folder) as recorder:
        for step in range(RESUMED + 1):
            states[step] = {name: np.asarray(array) for name, array in weights.items()}
            recorder.log(step, weights)
            if step == 0:
                weights["late"] = jax.device_put(late, NamedSharding(mesh, Parts("rows")))
            before = {name: jnp.copy(array) for name, array in weights.items()}
            weights = update(weights, step + 1)
        initial = recorder.state_dict()["initial"]
        assert all(initial[name].sharding == weights[name].sharding for name in WEIGHTS)
    states[RESUMED + 1] = {name: np.asarray(array) for name, array in weights.items()}
    with Recorder(folder) as recorder:
        recorder.log(RESUMED + 1, weights, before)  # against what the first has left in a file
        initial = recorder.state_dict()["initial"]
        assert all(initial[name].sharding == weights[name].sharding for name in weights)
    save_states(folder, states)


def nothing_is_gathered(weights: Weights) -> None:
    """No device is sent the parts of the others."""
    for name, array in weights.items():
        places = None
        if name.startswith("large"):
            places = tuple(np.arange(5, dtype=np.int32) for _ in array.shape)
        laid_out = of_jax._laid_out(array)
        shards = [
            (a.data, b.data)
            for a, b in zip(array.addressable_shards, laid_out.addressable_shards, strict=True)
        ]
        assert all(a.unsafe_buffer_pointer() == b.unsafe_buffer_pointer() for a, b in shards)
        with of_jax._xla():
            for function, arguments in (
                (of_jax._measured, (laid_out, laid_out, laid_out, places)),
                (of_jax._counted, (laid_out, -4.0, 0.3)),
                (of_jax._checked, (laid_out,)),
            ):
                compiled = function.lower(*arguments).compile().as_text()
                if name.startswith("large"):
                    assert "all-gather" not in compiled, (name, function)


def main() -> None:
    folder = Path(sys.argv[1])
    mesh = jax.make_mesh((2, 2), ("rows", "columns"))
    assert set(mesh.axis_types) == {AxisType.Explicit}
    run(folder / "known", mesh)
    with jax.set_mesh(mesh):
        run(folder / "set", mesh)
    nothing_is_gathered(sharded(mesh))
    for array in sharded(mesh).values():
        for each in (array, array.astype("bfloat16")):
            whole = np.asarray(each).astype(np.float32)
            assert arrays_of(each).checksum(each) == arrays_of(whole).checksum(whole)


if __name__ == "__main__":
    main()
