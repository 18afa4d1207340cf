"""TensorBoard as a WSGI app below a sub-path, for gunicorn.

From the environment: ``TENSORBOARD_FLAGS``, as they would stand on TensorBoard's command
line, and ``TENSORBOARD_MOUNT``, the path that it is found at.
"""

import logging
import os
import shlex
from typing import Any

from tensorboard import program
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware


class _NoServer(program.TensorBoardServer):
    """Takes the app that TensorBoard made for its own web server, and serves nothing."""

    def __init__(self, app: Any, flags: Any) -> None:
        self.app = app

    def serve_forever(self) -> None:
        pass

    def get_url(self) -> str:
        return ""


def tensorboard_app(flags: list[str]) -> Any:
    """The whole of TensorBoard as a WSGI app; starts what reads the logs."""
    made: list[_NoServer] = []

    def keep(app: Any, flags: Any) -> _NoServer:
        made.append(_NoServer(app, flags))
        return made[0]

    board = program.TensorBoard(server_class=keep)
    board.configure(["tensorboard", *flags])
    board.launch()
    return made[0].app


# Gunicorn sets up its own loggers alone, and without this those of plugins are not heard.
logging.basicConfig()
mount = os.environ.get("TENSORBOARD_MOUNT", "/tensorboard").rstrip("/")
flags = shlex.split(os.environ.get("TENSORBOARD_FLAGS", ""))
app = DispatcherMiddleware(NotFound(), {mount: tensorboard_app(flags)})
