"""A cache bounded in bytes, shared by threads, in which data age by what changed.

Every entry carries a token: what the data provider said of the series (its last step
and wall time) when the entry was made. A different token means the series changed,
and the entry is as good as absent.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_LIMIT: Final = 256 * 10**6  # bytes

# What an entry takes beside its arrays: key, token, objects around the arrays.
_OVERHEAD: Final = 2_000  # bytes


@dataclass(frozen=True)
class _Entry:
    token: Hashable
    value: Any
    size: int


class Cache:
    """Values by key, the least recently used forgotten beyond ``limit`` bytes."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    @property
    def size(self) -> int:
        """Bytes held now."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def table(self) -> dict[str, int]:
        """How it fares, for the person who runs the server."""
        return {
            "bytes": self.size,
            "limit_bytes": self.limit,
            "entries": len(self),
            "hits": self.hits,
            "misses": self.misses,
        }

    def get(self, key: Hashable, token: Hashable) -> Any | None:
        """The value stored under ``key`` if it was stored with this token, else None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.token != token:
                self.misses += 1
                return None
            self.hits += 1
            self._entries.move_to_end(key)
            return entry.value

    def put(self, key: Hashable, token: Hashable, value: Any, array_bytes: int) -> None:
        """Store a value; one larger than the whole cache is not kept."""
        size = array_bytes + _OVERHEAD
        with self._lock:
            self._drop(key)
            if size > self.limit:
                return
            self._entries[key] = _Entry(token, value, size)
            self._size += size
            while self._size > self.limit:
                self._drop(next(iter(self._entries)))

    def forget(self, gone: Callable[[Any], bool]) -> None:
        """Release every entry whose key is ``gone``."""
        with self._lock:
            for key in [key for key in self._entries if gone(key)]:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
