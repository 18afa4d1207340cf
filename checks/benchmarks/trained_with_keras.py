"""The network of the question in Keras on TensorFlow, for ``benchmarks.recorder``."""

import itertools
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tb_plugin_weightdelta.recording.keras import WeightDeltaCallback

BATCH, SIDE = 32, 96

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Clock(keras.callbacks.Callback):
    """Notes when each step begins."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        self.starts.append(time.process_time())


def step_seconds(folder: str, every: int, steps: int) -> list[float]:
    """The processor time of each step of a recorded training."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(size=(BATCH, SIDE, SIDE, 1)).astype("float32")
    batch = pictures, rng.normal(size=(BATCH, 1)).astype("float32")
    data, clock = tf.data.Dataset.from_tensors(batch).repeat(), Clock()
    with WeightDeltaCallback(folder, every=every) as recorded:
        network().fit(
            data,
            steps_per_epoch=steps + 1,
            callbacks=[clock, recorded],
            shuffle=False,
            verbose=0,
        )
    return [after - before for before, after in itertools.pairwise(clock.starts)]


def network() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            convolution(32, 5, 4),
            convolution(32, 3, 1),
            layers.MaxPooling2D(3, 2, "same"),
            convolution(64, 3, 1),
            layers.MaxPooling2D(3, 2, "same"),
            convolution(64, 3, 1),
            convolution(64, 3, 1),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(512, "relu"),
            layers.Dense(512, "relu"),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-4), "mse")
    return model


def convolution(width: int, size: int, stride: int) -> keras.Layer:
    return layers.Conv2D(width, size, stride, "same", activation="relu")
