"""Long work, done in batches by a few threads: shared by all who wait for it.

Every piece of work has its batches done in turn with those of others, so that a long one
holds up no other, and measuring takes the memory of a few batches however many ask. A piece
that nobody waits for any more stops after the batch that is being done. Who waits, and how
long, is told by ``Waiting``.
"""

import itertools
import math
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Self, TypeVar

from tb_plugin_weightdelta.core.errors import Abandoned, TooMany
from tb_plugin_weightdelta.core.timings import Timings

# Where servers put the connection of a request.
_CONNECTIONS: Final = ("werkzeug.socket", "gunicorn.socket")

_THREADS: Final = 3

# How often those who wait are looked after: whether they are still there.
_LOOK_SECONDS: Final = 0.25

# Whoever got a part of an answer asks for the rest when that part has been sent and shown.
_LINGER_SECONDS: Final = 5.0

# Many more than people can look at; a script that asks on and on must not fill the memory.
_MOST_PIECES: Final = 200
_MOST_LINGERING: Final = 20
_MOST_IN_LANE: Final = 2

# A turn goes on for so long at least: what is known already comes in one.
_TURN_SECONDS: Final = 0.01

T = TypeVar("T")


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Waiting:
    """Somebody waits until a time of ``time.monotonic``, unless they are gone before."""

    end: float = math.inf
    is_gone: Callable[[], bool] = _never

    @classmethod
    def of(cls, seconds: float, is_gone: Callable[[], bool] = _never) -> Self:
        """For so many seconds from now on."""
        return cls(time.monotonic() + seconds, is_gone)


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

    def __init__(self, key: Hashable, lane: Hashable, batches: Iterator[T]) -> None:
        self.key = key
        self.lane = lane
        self.batches = batches
        self.done: list[T] = []
        self.error: Exception | None = None
        self.is_over = False
        self.waiting = 0
        self.wanted_until = 0.0
        self.begun = time.monotonic()
        self.turns = 0


class Work(Generic[T]):
    """Does pieces of work; two of one lane are never worked on at the same time.

    Those that somebody waits for go before those that only linger, and lanes take turns: whoever
    asks for one thing after the other, and waits for none, holds up nobody.
    """

    def __init__(
        self,
        threads: int = _THREADS,
        linger: float = _LINGER_SECONDS,
        most_pieces: int = _MOST_PIECES,
        timings: Timings | None = None,
        is_last: Callable[[T], bool] = lambda _: False,
    ) -> None:
        """Start no thread before there is something to do: a server may fork until then.

        linger: seconds for which work goes on after a part of it was given away.
        most_pieces: how many may be waited for.
        is_last: whether nothing comes behind a batch, as far as it tells.
        """
        self._threads = threads
        self._linger = linger
        self._most_pieces = most_pieces
        self._timings = timings or Timings()
        self._is_last = is_last
        self._changed = threading.Condition()
        self._pieces: dict[Hashable, _Piece[T]] = {}
        self._ready: list[_Piece[T]] = []
        self._turns = itertools.count(1)
        self._last_turn: dict[Hashable, int] = {}  # of each lane
        self._busy: set[Hashable] = set()
        self._idle = 0
        self._running = 0

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def waiting(self) -> int:
        """How many wait now."""
        with self._changed:
            return sum(piece.waiting for piece in self._pieces.values())

    def ask(
        self, key: Hashable, lane: Hashable, begin: Callable[[], Iterator[T]], waiting: Waiting
    ) -> tuple[list[T], bool]:
        """The batches done of the work called ``key``, and whether those are all.

        Begins it unless it is under way. Raises what a batch raised, Abandoned when nobody
        waits any more, TooMany when so much is waited for already.
        """
        with self._changed:
            piece = self._pieces.get(key) or self._begun(key, lane, begin)
            piece.waiting += 1
        try:
            self._wait(piece, waiting)
        finally:
            with self._changed:
                piece.waiting -= 1
                # Together: the last batches may be done at this moment.
                done, is_over = list(piece.done), piece.is_over
                self._give_up_unwanted()
        if piece.error is not None:
            raise piece.error.with_traceback(None)
        return done, is_over

    def _wait(self, piece: _Piece[T], waiting: Waiting) -> None:
        """Return when the piece is over, or the time is."""
        while not piece.is_over and (left := waiting.end - time.monotonic()) > 0:
            if waiting.is_gone():
                raise Abandoned("Nobody waits for this answer any more.")
            with self._changed:
                if not piece.is_over:
                    self._changed.wait(min(left, _LOOK_SECONDS))
        piece.wanted_until = time.monotonic() + self._linger

    def _begun(self, key: Hashable, lane: Hashable, begin: Callable[[], Iterator[T]]) -> _Piece[T]:
        if sum(1 for piece in self._pieces.values() if piece.waiting) >= self._most_pieces:
            raise TooMany(
                f"There are {self._most_pieces} runs or questions about runs being measured; ask "
                "again when some are done."
            )
        piece = _Piece(key, lane, begin())
        if len(self._ready) >= self._idle and self._running < self._threads:
            self._start_thread()
        self._pieces[key] = piece
        self._ready.append(piece)
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
        """Give a turn to the piece that is next, once there is one."""
        with self._changed:
            while (piece := self._next()) is None:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            self._busy.add(piece.lane)
        goes_on = self._one_turn(piece)
        with self._changed:
            self._busy.discard(piece.lane)
            piece.turns = self._last_turn[piece.lane] = next(self._turns)
            if goes_on:
                self._ready.append(piece)
                self._give_up_unwanted()
            else:
                piece.is_over = True
                self._forget(piece)
            self._changed.notify_all()

    def _next(self) -> _Piece[T] | None:
        """Takes the piece whose turn it is, None when there is none to be done now."""
        self._give_up_unwanted()
        free = [piece for piece in self._ready if piece.lane not in self._busy]
        if not free:
            return None
        chosen = min(
            free, key=lambda it: (it.waiting == 0, self._last_turn.get(it.lane, 0), it.turns)
        )
        self._ready.remove(chosen)
        if chosen.turns == 0:
            self._timings.note("queue", time.monotonic() - chosen.begun)
        return chosen

    def _give_up_unwanted(self) -> None:
        """Forget the pieces that nobody waits for any more, and of those that linger all but few.

        The newest stay: somebody may be about to ask for the rest of them.
        """
        now = time.monotonic()
        lingering = [piece for piece in self._ready if not piece.waiting]
        lingering.sort(key=lambda piece: piece.wanted_until, reverse=True)
        in_lane: Counter[Hashable] = Counter()
        for place, piece in enumerate(lingering):
            in_lane[piece.lane] += 1
            too_many = place >= _MOST_LINGERING or in_lane[piece.lane] > _MOST_IN_LANE
            if now >= piece.wanted_until or too_many:
                self._ready.remove(piece)
                self._forget(piece)

    def _forget(self, piece: _Piece[T]) -> None:
        del self._pieces[piece.key]
        if all(other.lane != piece.lane for other in self._pieces.values()):
            self._last_turn.pop(piece.lane, None)

    def _one_turn(self, piece: _Piece[T]) -> bool:
        """Does batches of a piece until some time is used; returns whether there may be more."""
        end = time.monotonic() + _TURN_SECONDS
        while True:
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
                is_wanted = piece.waiting or time.monotonic() < piece.wanted_until
            if self._is_last(batch):
                return False
            if not is_wanted or time.monotonic() >= end:
                return True
