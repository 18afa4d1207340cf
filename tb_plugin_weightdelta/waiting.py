"""Who waits for an answer, and how long."""

import math
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# Where servers put the connection of a request.
_CONNECTIONS: Final = ("werkzeug.socket", "gunicorn.socket")


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Waiting:
    """Somebody waits for at most so many seconds, unless they are gone before."""

    seconds: float = math.inf
    is_gone: Callable[[], bool] = _never


def hung_up(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """Tells whether the client of a WSGI request has closed its connection.

    Never where the server does not give the connection away, or it cannot be looked into.
    """
    connection = next((environ[name] for name in _CONNECTIONS if name in environ), None)
    peek = getattr(socket, "MSG_DONTWAIT", None)  # not on every system
    if connection is None or peek is None:
        return _never

    def is_closed() -> bool:
        try:
            return bool(connection.recv(1, socket.MSG_PEEK | peek) == b"")
        except BlockingIOError:  # open, and silent
            return False
        except OSError:
            return True
        except Exception:  # an encrypted connection, for one, cannot be peeked into
            return False

    return is_closed
