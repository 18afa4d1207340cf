"""Train a small Keras network with one frozen layer, logged by the stock callback alone.

The callback logs at the END of an epoch, so its step 0 is the state after one epoch, and
the frozen layer is the one whose histograms never change.
"""

from __future__ import annotations

import keras
import numpy as np
from event_file import empty_run, give_stable_name

SEED = 7
EPOCHS = 16
ROWS = 1280
FEATURES = 24
CLASSES = 3


def labelled_points(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (ROWS, FEATURES) and the class (ROWS,) of the random prototype each is nearest to."""
    points = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    prototypes = rng.normal(size=(CLASSES, FEATURES))
    return points, (points @ prototypes.T).argmax(axis=1)


def network() -> keras.Model:
    """A dense network whose first layer stands in for pretrained, frozen features."""
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            keras.layers.Dense(48, activation="relu", name="frozen_features", trainable=False),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dense(32, activation="relu", name="hidden"),
            keras.layers.Dense(CLASSES, activation="softmax", name="classes"),
        ],
        name="frozen",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Write demo/logs/keras_frozen/train and its validation run."""
    folder = empty_run("keras_frozen")
    keras.utils.set_random_seed(SEED)
    points, classes = labelled_points(np.random.default_rng(SEED))
    callback = keras.callbacks.TensorBoard(str(folder), histogram_freq=1, write_graph=False)
    network().fit(
        points,
        classes,
        validation_split=0.2,
        epochs=EPOCHS,
        callbacks=[callback],
        verbose=2,
    )
    for run in ("train", "validation"):
        give_stable_name(folder / run)


if __name__ == "__main__":
    main()
