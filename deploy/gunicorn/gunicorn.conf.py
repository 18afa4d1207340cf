"""Gunicorn for TensorBoard: two processes, each with threads."""

from pathlib import Path

wsgi_app = "board:app"
chdir = str(Path(__file__).parent)
bind = "127.0.0.1:6006"

workers = 2
# A page asks for many things at once, and a slow answer holds a thread.
worker_class = "gthread"
threads = 16
# What reads the logs runs in threads of each worker, and threads do not survive a fork.
preload_app = False
# One control socket for each user of the machine: two gunicorns would fight for it.
control_socket_disable = True
