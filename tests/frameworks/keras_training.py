"""A small Keras training whose weights are saved beside its records; also run as a script.

Arguments of the script: a folder, and how many of TensorFlow's logical devices to train on.
"""

import contextlib
import importlib
import sys
from pathlib import Path

import keras
import numpy as np

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
        self._save()

    def on_train_batch_end(self, batch, logs=None) -> None:
        self.step += 1
        if self.step % EVERY in (0, EVERY - 1):
            self._save()

    def _save(self) -> None:
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


def main_of_phases(folder: Path) -> None:
    """Three fits with one callback: a layer is frozen for the second, all train in the third."""
    model, saved = network(), SavedWeights()
    with WeightDeltaCallback(folder, every=EVERY) as recorded:
        for frozen in (("frozen",), ("frozen", "conv"), ()):
            for layer in model.layers:
                layer.trainable = layer.name not in frozen
            model.compile(keras.optimizers.Adam(1e-2), model.loss)
            callbacks = [recorded, saved]
            model.fit(*data(), batch_size=8, shuffle=False, callbacks=callbacks, verbose=0)
    save_states(folder, saved.states)


def main() -> None:
    folder, devices = Path(sys.argv[1]), int(sys.argv[2])
    with scope(devices):
        model = network()
    states = train(model, folder)
    save_states(folder, states)


if __name__ == "__main__":
    main()
