"""The same values as each writer's histogram, the way each loader hands it to a plugin."""

from collections.abc import Callable

import numpy as np
from tensorboard import data_compat
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.histogram.summary import histogram_pb
from tensorboard.util import tensor_util
from torch.utils.tensorboard.summary import make_histogram


def tf2(values: np.ndarray) -> np.ndarray:
    """30 equal buckets: tf.summary.histogram, Keras, ``histogram_pb``."""
    return tensor_util.make_ndarray(histogram_pb("tag", values).value[0].tensor)


def torch_limits() -> np.ndarray:
    """Bucket limits of PyTorch, tensorboardX and TensorFlow 1: each 10 % beyond the last."""
    limits = [1e-12]
    while limits[-1] * 1.1 < 1e20:
        limits.append(limits[-1] * 1.1)
    return np.array([-limit for limit in reversed(limits)] + [0.0] + limits)


LIMITS = torch_limits()


def legacy_python(values: np.ndarray) -> np.ndarray:
    """A legacy histogram as the Python loader hands it over: trimmed, float32."""
    value = summary_pb2.Summary.Value(tag="tag")
    value.histo.MergeFromString(make_histogram(values, LIMITS).SerializeToString())
    return tensor_util.make_ndarray(data_compat.migrate_value(value).tensor)


def legacy_rust(values: np.ndarray) -> np.ndarray:
    """The same as the Rust data server hands it over: untrimmed, float64."""
    proto = make_histogram(values, LIMITS)
    inner = list(proto.bucket_limit)[:-1]
    return np.array([[proto.min, *inner], [*inner, proto.max], proto.bucket]).T


WRITERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "TF2": tf2,
    "legacy": legacy_python,
    "legacy (Rust)": legacy_rust,
}
