"""Serve the demo logs: TensorBoard with the Weight Delta tab, on a port that is free.

Run with the Python of the environment that the plugin is installed in; ``PORT`` in
the environment names the port to try first.
"""

import os
import socket
import sys
from pathlib import Path

LOGS = Path(__file__).parent / "logs"
HOST = "127.0.0.1"


def main() -> None:
    """Replace this process by TensorBoard, after printing where the tab will be."""
    wanted = int(os.environ.get("PORT") or 6006)
    port = wanted if is_free(wanted) else any_free_port()
    if port != wanted:
        print(f"Port {wanted} is taken; using {port}.")
    print(f"\n  Weight Delta: http://{HOST}:{port}/#weight_delta\n", flush=True)
    command = ["-m", "tensorboard.main", f"--logdir={LOGS}", f"--host={HOST}", f"--port={port}"]
    os.execv(sys.executable, [sys.executable, *command])


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that the system says is free."""
    with socket.socket() as candidate:
        candidate.bind((HOST, 0))
        return int(candidate.getsockname()[1])


if __name__ == "__main__":
    main()
