"""Who waits for an answer, and how long."""

import math
import select
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
    poll = getattr(select, "poll", None)  # not on every system
    if connection is None or poll is None:
        return _never

    def is_closed() -> bool:
        try:
            if connection.fileno() < 0:
                return True
            readable = poll()  # recv would wait as long as the server lets its connections wait
            readable.register(connection, select.POLLIN)
            return bool(readable.poll(0) and connection.recv(1, socket.MSG_PEEK) == b"")
        except BlockingIOError:
            return False
        except OSError:
            return True
        except Exception:  # an encrypted connection, for one, cannot be peeked into
            return False

    return is_closed
