"""Become TensorBoard's data server, so that several processes share one reader of the logs.

``python data_server.py --logdir=runs --port=6806 --samples-per-plugin=weight_delta=1000``
"""

import os
import sys

import tensorboard_data_server

binary = tensorboard_data_server.server_binary()
if binary is None:
    sys.exit("TensorBoard's data server does not run on this platform.")
os.execv(binary, [binary, *sys.argv[1:]])
