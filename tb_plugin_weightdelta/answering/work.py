"""Long work, done in batches by a few threads: shared by all who wait for it.

Every piece of work has its batches done in turn with those of others, so that a long one
holds up no other, and measuring takes the memory of a few batches however many ask. A piece
that nobody waits for any more stops after the batch that is being done. Who waits, and how
long, is told by ``Waiting``.
"""

import math
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from tb_plugin_weightdelta.core.errors import Abandoned, TooMany

# Where servers put the connection of a request.
_CONNECTIONS: Final = ("werkzeug.socket", "gunicorn.socket")

_THREADS: Final = 3

# How often those who wait are looked after: whether they are still there.
_LOOK_SECONDS: Final = 0.25

# Whoever got a part of an answer asks for the rest when that part has been sent and shown.
_LINGER_SECONDS: Final = 5.0

# Many more than people can look at; a script that asks on and on must not fill the memory.
_MOST_PIECES: Final = 200

T = TypeVar("T")


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


class _Piece(Generic[T]):
    """One piece of work: what is done of it, and who waits."""

    def __init__(self, lane: Hashable, batches: Iterator[T]) -> None:
        self.lane = lane
        self.batches = batches
        self.done: list[T] = []
        self.error: Exception | None = None
        self.is_over = False
        self.waiting = 0
        self.wanted_until = 0.0


class Work(Generic[T]):
    """Does pieces of work; two of one lane are never worked on at the same time."""

    def __init__(self, threads: int = _THREADS, linger: float = _LINGER_SECONDS) -> None:
        """Start no thread before there is something to do: a server may fork until then.

        linger: seconds for which work goes on after a part of it was given away.
        """
        self._threads = threads
        self._linger = linger
        self._changed = threading.Condition()
        self._pieces: dict[Hashable, _Piece[T]] = {}
        self._ready: deque[tuple[Hashable, _Piece[T]]] = deque()
        self._busy: set[Hashable] = set()
        self._idle = 0
        self._running = 0

    def ask(
        self,
        key: Hashable,
        lane: Hashable,
        begin: Callable[[], Iterator[T]],
        waiting: Waiting,
    ) -> tuple[list[T], bool]:
        """The batches done of the work called ``key``, and whether those are all.

        Begins it unless it is under way. Raises what a batch raised, Abandoned when nobody
        waits any more, TooMany when there is too much to do already.
        """
        end = time.monotonic() + waiting.seconds
        with self._changed:
            piece = self._pieces.get(key) or self._begun(key, lane, begin)
            piece.waiting += 1
        try:
            self._wait(piece, end, waiting)
        finally:
            with self._changed:
                piece.waiting -= 1
                # Together: the last batches may be done at this moment.
                done, is_over = list(piece.done), piece.is_over
        if piece.error is not None:
            raise piece.error.with_traceback(None)
        return done, is_over

    def under_way(self, lane: Hashable) -> list[list[T]]:
        """What is done of each piece of a lane; waits for nothing."""
        with self._changed:
            return [list(piece.done) for piece in self._pieces.values() if piece.lane == lane]

    def _wait(self, piece: _Piece[T], end: float, waiting: Waiting) -> None:
        """Return when the piece is over, or the time is."""
        while not piece.is_over and (left := end - time.monotonic()) > 0:
            if waiting.is_gone():
                raise Abandoned("Nobody waits for this answer any more.")
            with self._changed:
                if not piece.is_over:
                    self._changed.wait(min(left, _LOOK_SECONDS))
        piece.wanted_until = time.monotonic() + self._linger

    def _begun(self, key: Hashable, lane: Hashable, begin: Callable[[], Iterator[T]]) -> _Piece[T]:
        self._give_up_unwanted()
        if len(self._pieces) >= _MOST_PIECES:
            raise TooMany(
                f"There are {len(self._pieces)} runs or questions about runs being measured; ask "
                "again when some are done."
            )
        piece = _Piece(lane, begin())
        if len(self._ready) >= self._idle and self._running < self._threads:
            self._start_thread()
        self._pieces[key] = piece
        self._ready.append((key, piece))
        self._changed.notify_all()
        return piece

    def _start_thread(self) -> None:
        # Not waited for when Python ends: a data server that hangs must not hold it.
        thread = threading.Thread(target=self._work, name="weightdelta", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more
            if self._running == 0:
                raise
        else:
            self._running += 1

    def _work(self) -> None:
        while True:
            self._do_next()

    def _do_next(self) -> None:
        """Do a batch of the piece whose turn it is, once there is one."""
        with self._changed:
            while (chosen := self._next()) is None:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            key, piece = chosen
            self._busy.add(piece.lane)
        goes_on = self._one_batch(piece)
        with self._changed:
            self._busy.discard(piece.lane)
            if goes_on:
                self._ready.append(chosen)
            else:
                piece.is_over = True
                del self._pieces[key]
            self._changed.notify_all()

    def _next(self) -> tuple[Hashable, _Piece[T]] | None:
        """Takes the piece whose turn it is, None when there is none to be done now."""
        self._give_up_unwanted()
        for place, (key, piece) in enumerate(self._ready):
            if piece.lane not in self._busy:
                del self._ready[place]
                return key, piece
        return None

    def _give_up_unwanted(self) -> None:
        """Forget the pieces that nobody waits for any more."""
        now = time.monotonic()
        ready, self._ready = self._ready, deque()
        for key, piece in ready:
            if piece.waiting or now < piece.wanted_until:
                self._ready.append((key, piece))
            else:
                del self._pieces[key]

    def _one_batch(self, piece: _Piece[T]) -> bool:
        """Does the next batch of a piece; returns whether there may be more."""
        try:
            batch = next(piece.batches)
        except StopIteration:
            return False
        except Exception as error:  # for whoever waits
            piece.error = error
            return False
        except BaseException as error:  # the thread has others to work for
            piece.error = RuntimeError(f"the work ended with {type(error).__name__}")
            return False
        with self._changed:
            piece.done.append(batch)
        return True
