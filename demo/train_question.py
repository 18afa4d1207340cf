"""Train the network of the question: biases that fan out, weights that look like flat stripes.

Someone trains a five-layer convolutional network on a regression task in TensorFlow's graph
mode, with Adam at 1e-4 and biases from 0.1, and TensorBoard's Distributions tab shows the
biases moving and the weights not. This is that network, scaled down, with its tags. The same
training is recorded a second time by the recorder of exact movement, as a run of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from event_file import empty_run, give_stable_name

from tb_plugin_weightdelta.recording import Recorder

tf1 = tf.compat.v1

SEED = 20160614
STEPS = 500
LOG_EVERY = 20
BATCH = 32
LEARNING_RATE = 1e-4
SIDE = 96
PICTURES = 1024

# A summary op named like its variable would be logged under "weights_conv1_1".
PREFIX = "variables/"

Variables = dict[str, np.ndarray]


def blob_pictures(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures of one bright blob, and as target how far right of the middle it is.

    Shapes: (PICTURES, SIDE, SIDE, 1) and (PICTURES, 1); targets lie in [-1, 1].
    """
    centre_x, centre_y = rng.uniform(-1, 1, (2, PICTURES, 1, 1))
    radius = rng.uniform(0.15, 0.4, (PICTURES, 1, 1))
    x = np.linspace(-1.3, 1.3, SIDE)[None, None, :]
    y = np.linspace(-1.3, 1.3, SIDE)[None, :, None]
    squared_distance = (x - centre_x) ** 2 + (y - centre_y) ** 2
    pictures = np.exp(-squared_distance / (2 * radius**2))
    pictures += rng.normal(0, 0.1, pictures.shape)
    return pictures[..., None].astype(np.float32), centre_x[:, :, 0].astype(np.float32)


def logged_variable(tag: str, shape: list[int], initializer: object) -> tf.Tensor:
    """A trainable variable whose values are logged as a histogram under `tag`."""
    variable = tf1.get_variable(PREFIX + tag, shape, initializer=initializer)
    tf1.summary.histogram(tag, variable)
    return variable


def convolution(pictures: tf.Tensor, layer: int, size: int, stride: int, width: int) -> tf.Tensor:
    """Convolution with bias and ReLU; the tags of its outputs say `con`, as in the question."""
    shape = [size, size, int(pictures.shape[-1]), width]
    kernel = logged_variable(f"weights_conv{layer}", shape, tf1.glorot_normal_initializer(SEED))
    biases = logged_variable(f"biases_conv{layer}", [width], tf1.constant_initializer(0.1))
    before_relu = tf.nn.bias_add(tf.nn.conv2d(pictures, kernel, stride, "SAME"), biases)
    output = tf.nn.relu(before_relu)
    tf1.summary.histogram(f"con{layer}_before_relu", before_relu)
    tf1.summary.histogram(f"con{layer}_output_distribution", output)
    return output


def pool(pictures: tf.Tensor) -> tf.Tensor:
    """Halve both sides by taking maxima."""
    return tf.nn.max_pool2d(pictures, ksize=3, strides=2, padding="SAME")


def normalise(pictures: tf.Tensor, layer: int) -> tf.Tensor:
    """Local response normalisation, with the constants of the CIFAR-10 tutorial."""
    output = tf.nn.lrn(pictures, 4, bias=1.0, alpha=0.001 / 9.0, beta=0.75)
    tf1.summary.histogram(f"norm{layer}_output_distribution", output)
    return output


def dense(inputs: tf.Tensor, name: str, width: int) -> tf.Tensor:
    """Fully connected layer with bias and ReLU."""
    shape = [int(inputs.shape[-1]), width]
    weights = logged_variable(f"{name}_weights", shape, tf1.glorot_normal_initializer(SEED))
    biases = logged_variable(f"{name}_biases", [width], tf1.constant_initializer(0.1))
    output = tf.nn.relu(tf.matmul(inputs, weights) + biases)
    tf1.summary.histogram(f"{name}_output_distribution", output)
    return output


def softmax_linear(inputs: tf.Tensor) -> tf.Tensor:
    """The last layer: linear, one output; it kept its name when the task became regression."""
    width = int(inputs.shape[-1])
    initializer = tf1.truncated_normal_initializer(stddev=0.04, seed=SEED)
    weights = logged_variable("softmax_weights", [width, 1], initializer)
    biases = logged_variable("softmax_biases", [1], tf1.constant_initializer(0.0))
    return tf.matmul(inputs, weights) + biases


def predict(pictures: tf.Tensor) -> tf.Tensor:
    """The whole network, from pictures (N, SIDE, SIDE, 1) to predictions (N, 1)."""
    x = convolution(pictures, 1, size=5, stride=4, width=32)
    x = convolution(x, 2, size=3, stride=1, width=32)
    x = normalise(pool(x), 1)
    x = convolution(x, 3, size=3, stride=1, width=64)
    x = normalise(pool(x), 2)
    x = convolution(x, 4, size=3, stride=1, width=64)
    x = convolution(x, 5, size=3, stride=1, width=64)
    x = tf.reshape(pool(x), [-1, 3 * 3 * 64])
    x = dense(x, "local1", 512)
    x = dense(x, "local2", 512)
    return softmax_linear(x)


def train(
    pictures: np.ndarray, targets: np.ndarray, folder: str, recorder: Recorder
) -> tuple[Variables, Variables]:
    """Train, log and record, each step before its update; return the variables before and after."""
    rng = np.random.default_rng(SEED)
    tf1.set_random_seed(SEED)
    picture_batch = tf1.placeholder(tf.float32, [None, SIDE, SIDE, 1])
    target_batch = tf1.placeholder(tf.float32, [None, 1])
    loss = tf.sqrt(tf.reduce_mean((predict(picture_batch) - target_batch) ** 2))
    tf1.summary.scalar("loss", loss)
    update = tf1.train.AdamOptimizer(LEARNING_RATE).minimize(loss)
    summaries = tf1.summary.merge_all()
    variables = {v.op.name.removeprefix(PREFIX): v for v in tf1.trainable_variables()}

    with tf1.Session() as session, tf1.summary.FileWriter(folder) as writer:
        session.run(tf1.global_variables_initializer())
        before = session.run(variables)
        for step in range(STEPS + 1):
            chosen = rng.integers(PICTURES, size=BATCH)
            batch = {picture_batch: pictures[chosen], target_batch: targets[chosen]}
            if step % LOG_EVERY == 0:
                summary, loss_now = session.run([summaries, loss], batch)
                writer.add_summary(summary, step)
                print(f"step {step:3d}  RMSE {loss_now:.3f}")
            if step % LOG_EVERY in (0, LOG_EVERY - 1):
                recorder.log(step, session.run(variables))
            if step < STEPS:
                session.run(update, batch)
        return before, session.run(variables)


def print_true_movement(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> None:
    """Print what each weight really did beside what the histograms can show of it.

    Both are in the tensor's own unit: the mean of |after - before| element by element, and
    the same after sorting both, which is the distance W1 between the two distributions.
    """
    print(f"{'tensor':16} {'elements':>8} {'std before':>10} {'true move':>10} {'histogram':>10}")
    for tag, first in before.items():
        true_move = np.abs(after[tag] - first).mean()
        histogram_move = np.abs(np.sort(after[tag], axis=None) - np.sort(first, axis=None)).mean()
        print(
            f"{tag:16} {first.size:8d} {first.std():10.5f} {true_move:10.6f} {histogram_move:10.6f}"
        )


def main() -> None:
    """Write both runs and print the movement that only the exact weights show."""
    folder, recorded = empty_run("question"), empty_run("question_exact")
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    pictures, targets = blob_pictures(np.random.default_rng(SEED))
    with tf.Graph().as_default(), Recorder(recorded, every=LOG_EVERY) as recorder:
        before, after = train(pictures, targets, str(folder), recorder)
    give_stable_name(folder)
    give_stable_name(recorded)
    print_true_movement(before, after)


if __name__ == "__main__":
    main()
