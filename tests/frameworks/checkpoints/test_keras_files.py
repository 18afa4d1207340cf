"""What Keras writes is read without it: every element is the same."""

import keras
import numpy as np
import pytest

from tb_plugin_weightdelta.checkpoints import hdf5
from tests.checkpoints.stored_values import assert_holds

# Keras turns TensorFlow's variables into numpy arrays in a way of before numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def trained():
    keras.utils.set_random_seed(0)
    keras.utils.clear_session()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, name="first", dtype="float16"),
            layers.BatchNormalization(),
            layers.Dense(2, dtype="bfloat16"),
        ]
    )
    model.compile("adam", "mse")
    model.fit(np.ones((8, 6)), np.ones((8, 2)), verbose=0)
    return model


def variables(model):
    """Where Keras 3 puts them: by the class of a layer and the place of a variable."""
    kinds = dict(zip(model.layers, ["dense", "batch_normalization", "dense_1"], strict=True))
    return {
        f"layers/{kind}/vars/{place}": keras.ops.convert_to_numpy(each)
        for layer, kind in kinds.items()
        for place, each in enumerate(layer.variables)
    }


def test_keras_saves_a_model_and_weights(tmp_path):
    model = trained()
    model.save(tmp_path / "x.keras")
    model.save_weights(tmp_path / "x.weights.h5")
    for name in ("x.keras", "x.weights.h5"):
        tensors, left_out = hdf5.tensors_in(tmp_path / name)
        assert_holds(tensors, variables(model))
        assert {each.unpack for each in tensors} == {None}
        assert left_out == {}


def test_keras_saves_a_model_as_before(tmp_path):
    model = trained()
    model.save(tmp_path / "x.h5")
    tensors, left_out = hdf5.tensors_in(tmp_path / "x.h5")
    wanted = {
        f"{layer.name}/{each.path}": keras.ops.convert_to_numpy(each)
        for layer in model.layers
        for each in layer.variables
    }
    assert_holds(tensors, wanted)
    assert left_out == {}
