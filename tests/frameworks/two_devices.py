"""Where the recorder keeps the initial weights of a variable on TensorFlow's second device.

Prints the devices of what is kept, and of what is restored, with ``reference="device"`` and with
``"host"``; run by test_keras.py. Arguments: a folder.
"""

import sys
from pathlib import Path

import tensorflow as tf

from tb_plugin_weightdelta.recording import Recorder


def main() -> None:
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    with tf.device("CPU:1"):
        weight = tf.Variable(tf.ones(3))
    for reference in ("device", "host"):
        with Recorder(Path(sys.argv[1]) / reference, reference=reference) as recorder:
            recorder.log(0, {"w": weight})
            state = recorder.state_dict()
            print(state["initial"]["w"].device.rpartition("/")[2])
        with Recorder(Path(sys.argv[1]) / reference, reference=reference) as recorder:
            recorder.load_state_dict(state)
            recorder.log(1, {"w": weight})
            print(recorder.state_dict()["initial"]["w"].device.rpartition("/")[2])


if __name__ == "__main__":
    main()
