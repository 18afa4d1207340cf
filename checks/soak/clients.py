"""Sixteen people and scripts that ask for everything there is, without waiting for each other."""

import http.client
import json
import random
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from checks.soak.trainings import TAGS

CLIENTS: Final = 16
# An answer that takes longer will not come: something waits for itself.
DEADLOCK_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.1  # the longest, between two questions of a client
HANG_UP: Final = 0.03  # the part of questions whose answers nobody waits for

_ROOT: Final = "/data/plugin/weight_delta/"
_KEPT_ETAGS: Final = 200
_UNREAD: Final = b"the data provider cannot read it"


@dataclass
class Answers:
    """What came back, from all clients."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, route: str, seconds: float, status: int, asked: str, body: bytes) -> None:
        with self.lock:
            self.seconds.setdefault(route, []).append(seconds)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if not _is_fine(status, body) and len(self.faults) < 20:
                self.faults.append(f"{status} {asked}: {body[:300].decode(errors='replace')}")

    def note_silence(self, asked: str, error: Exception) -> None:
        with self.lock:
            self.faults.append(f"no answer to {asked}: {error!r}")


class Clients:
    """Ask until they are told to stop."""

    def __init__(self, address: tuple[str, int], page: list[str]) -> None:
        """``page`` the names of the page's files."""
        self._address = address
        self._page = page
        self._runs: list[str] = ["steady0"]
        self._over = threading.Event()
        self.answers = Answers()
        self._threads = [
            threading.Thread(target=self._ask_on, args=(random.Random(seed),), daemon=True)
            for seed in range(CLIENTS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Whether every client has had its last answer."""
        self._over.set()
        deadline = time.monotonic() + DEADLOCK_SECONDS + 5
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def is_listed(self, run: str) -> bool:
        return run in self._runs

    def _ask_on(self, chance: random.Random) -> None:
        etags: dict[str, str] = {}
        while not self._over.is_set():
            route, asked = self._question(chance)
            if chance.random() < HANG_UP:
                self._hang_up(asked)
            else:
                self._ask(route, asked, etags)
            if len(etags) > _KEPT_ETAGS:
                etags.pop(next(iter(etags)))
            time.sleep(chance.uniform(0, PAUSE_SECONDS))

    def _hang_up(self, asked: str) -> None:
        """Ask, and do not wait for the answer."""
        with socket.create_connection(self._address, timeout=DEADLOCK_SECONDS) as connection:
            connection.sendall(f"GET {_ROOT}{asked} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def _ask(self, route: str, asked: str, etags: dict[str, str]) -> None:
        headers = {"Accept-Encoding": "gzip" if route == "page" else "identity"}
        if asked in etags:
            headers["If-None-Match"] = etags[asked]
        start = time.perf_counter()
        connection = http.client.HTTPConnection(*self._address, timeout=DEADLOCK_SECONDS)
        try:
            connection.request("GET", _ROOT + asked, headers=headers)
            response = connection.getresponse()
            body = response.read()
        except Exception as error:
            self.answers.note_silence(asked, error)
            return
        finally:
            connection.close()
        seconds = time.perf_counter() - start
        self.answers.note(route, seconds, response.status, asked, body)
        if etag := response.headers.get("ETag"):
            etags[asked] = etag
        if route == "runs" and response.status == 200:
            listed = [entry["run"] for entry in json.loads(body)["runs"]]
            # Some ask for what was there a moment ago.
            self._runs = listed or self._runs

    def _question(self, chance: random.Random) -> tuple[str, str]:
        run = chance.choice(self._runs)
        tag, step = chance.choice(TAGS), chance.randrange(40)
        tensor = {"run": run, "tag": tag}
        route, parameters = chance.choice(
            (
                ("runs", {}),
                ("status", {}),
                ("overview", {"run": run}),
                ("overview", {"run": run, **self._manner(chance)}),
                ("series", tensor | self._baseline(chance)),
                ("histogram", tensor | self._baseline(chance) | {"step": step}),
                ("export", {"run": run, "format": chance.choice(("csv", "json"))}),
                ("page", {}),
            )
        )
        if route == "page":
            return route, f"static/{chance.choice(self._page)}"
        query = urllib.parse.urlencode(parameters)
        return route, f"{route}?{query}" if query else route

    def _manner(self, chance: random.Random) -> dict[str, Any]:
        """Baselines, thresholds, lengths: as different as people may want them."""
        manner: dict[str, Any] = self._baseline(chance)
        choices: tuple[tuple[str, Callable[[], Any]], ...] = (
            ("points", lambda: chance.choice((2, 20, 40, 300))),
            ("until", lambda: chance.randrange(60)),
            ("wait", lambda: chance.choice((0.01, 0.4, 3))),
            ("moved", lambda: chance.choice((0.001, 0.005, 0.02))),
            ("exploding", lambda: chance.choice((2, 5, 100))),
        )
        return manner | {name: value() for name, value in choices if chance.random() < 0.5}

    def _baseline(self, chance: random.Random) -> dict[str, Any]:
        other, step = chance.choice(self._runs), chance.randrange(50)
        choice = chance.choice((None, "first", "previous", f"step:{step}", f"run:{other}"))
        return {} if choice is None else {"baseline": choice}


def _is_fine(status: int, body: bytes) -> bool:
    """A run that is gone is not there: 404 in a sentence, not an error of the server.

    Nor are its series such that cannot be read.
    """
    if status == 404:
        return body.startswith(b'{"error":')
    return status in (200, 304) and _UNREAD not in body
