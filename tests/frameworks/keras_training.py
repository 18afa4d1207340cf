"""A small Keras training whose weights are saved beside its records; also run as a script.

Arguments of the script: a folder, and how many of TensorFlow's logical devices to train on, or
which other of the trainings here it is.
"""

import contextlib
import importlib
import sys
from pathlib import Path

import keras
import numpy as np

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.keras import WeightDeltaCallback
from tests.support.records import save_states

EVERY = 3
BATCHES = 6
EPOCHS = 2

States = dict[int, dict[str, np.ndarray]]


class SavedWeights(keras.callbacks.Callback):
    """Keeps the weights that records are made of: at each recorded step, and one before."""

    def __init__(self) -> None:
        super().__init__()
        self.states: States = {}
        self.step = 0

    def on_train_begin(self, logs=None) -> None:
        self.save()

    def on_train_batch_end(self, batch, logs=None) -> None:
        self.step += 1
        if self.step % EVERY in (0, EVERY - 1):
            self.save()

    def save(self) -> None:
        self.states[self.step] = {
            each.path: np.asarray(keras.ops.convert_to_numpy(each), dtype=np.float64)
            for each in self.model.weights
        }


def network(**compiled) -> keras.Model:
    """Convolutions, a norm with moving averages, and a frozen layer."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, name="frozen", trainable=False),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Conv2D(8, 3, activation="relu", name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, name="head"),
        ],
        name="net",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(**{"optimizer": keras.optimizers.Adam(1e-2), "loss": loss, **compiled})
    return model


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(8 * BATCHES, 8, 8, 1)).astype("float32"), np.arange(8 * BATCHES) % 3


def train(model: keras.Model, folder: Path, **options) -> States:
    """Train for EPOCHS, recorded; the saved weights."""
    saved = SavedWeights()
    with WeightDeltaCallback(folder, **{"every": EVERY, **options}) as recorded:
        model.fit(
            *data(),
            batch_size=8,
            epochs=EPOCHS,
            shuffle=False,
            callbacks=[recorded, saved],
            verbose=0,
        )
    return saved.states


def tune(folder: Path) -> States:
    """Train in three phases, compiled anew; another layer stands still in each of the first two."""
    model, saved = network(), SavedWeights()
    frozen, conv = (model.get_layer(name) for name in ("frozen", "conv"))
    with WeightDeltaCallback(folder, every=EVERY) as recorded:
        for frozen.trainable, conv.trainable in ((False, True), (False, False), (True, True)):
            model.compile(keras.optimizers.Adam(1e-2), model.loss)
            model.fit(*data(), batch_size=8, shuffle=False, callbacks=[recorded, saved], verbose=0)
    return saved.states


def loop(folder: Path) -> States:
    """Train by hand on JAX, whose updates are functions of the weights; every step is logged."""
    model = network()
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(model.trainable_variables)
    inputs, targets = data()

    def loss(trained, others):
        outputs, others = model.stateless_call(trained, others, inputs, training=True)
        return model.loss(targets, outputs), others

    jax = importlib.import_module("jax")
    gradient = jax.value_and_grad(loss, has_aux=True)

    def update(trained, others, kept):
        (_, others), gradients = gradient(trained, others)
        trained, kept = optimizer.stateless_apply(kept, gradients, trained)
        return trained, others, kept

    update = jax.jit(update, donate_argnums=(0, 1, 2))
    saved = SavedWeights()
    saved.set_model(model)
    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    with Recorder(folder, every=EVERY) as recorder:
        for saved.step in range(BATCHES + 1):
            saved.save()
            recorder.log(saved.step, model)
            values = update(*([each.value for each in group] for group in variables))
            for group, new in zip(variables, values, strict=True):
                for variable, value in zip(group, new, strict=True):
                    variable.assign(value)
    return saved.states


def scope(devices: int) -> contextlib.AbstractContextManager:
    """Training on so many of TensorFlow's logical devices."""
    if devices == 1:
        return contextlib.nullcontext()
    tf = importlib.import_module("tensorflow")  # as the backend asked for
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy([f"CPU:{n}" for n in range(devices)])
    assert strategy.num_replicas_in_sync == devices
    return strategy.scope()


def main() -> None:
    folder, which = Path(sys.argv[1]), sys.argv[2]
    if which in OTHERS:
        save_states(folder, OTHERS[which](folder))
        return
    with scope(int(which)):
        model = network()
    save_states(folder, train(model, folder))


OTHERS = {each.__name__: each for each in (tune, loop)}


if __name__ == "__main__":
    main()
