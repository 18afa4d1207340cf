"""A client that asks ever new questions and waits for no answer, and what another waits."""

import itertools
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checks.benchmarks.logdirs import logdir
from tests.support.servers.tensorboard_process import TensorBoard

RUNS, TAGS, STEPS = 2, 40, 200
# So many times what a question takes alone it may take beside such a client.
MOST_TIMES: Final = 10.0
QUESTIONS: Final = 8  # alone, and at least as many in the crowd


@dataclass(frozen=True)
class Crowding:
    """What a new question of somebody else took, in seconds, and what was answered by status.

    asked: how many questions the crowding client asked meanwhile.
    """

    loader: str
    alone: float
    crowded: float
    statuses: dict[int, int]
    asked: int

    @property
    def wrong(self) -> list[str]:
        found = [f"beside one that crowds: {code}" for code in self.statuses if code != 200]
        if self.crowded > MOST_TIMES * self.alone:
            found.append(f"beside one that crowds a question takes {self.times:.1f} times as long")
        return found

    @property
    def times(self) -> float:
        """How many times as long a question took."""
        return self.crowded / self.alone


def crowd(loader: str, seconds: float, folder: Path) -> Crowding:
    """Ask alone, then for so many seconds beside one that crowds; ``folder`` is for its log."""
    names = [f"run{number}" for number in range(RUNS)]
    with (
        logdir(RUNS, TAGS, STEPS) as logs,
        TensorBoard(logs, loader, log=folder / "crowded.txt") as board,
    ):
        board.wait_for_series(dict.fromkeys(names, TAGS))
        for run in names:
            board.table("overview", run=run)
        new = itertools.count(1)  # no question comes twice
        statuses: Counter[int] = Counter()

        def taken() -> float:
            number = next(new)
            start = time.perf_counter()
            reply = board.get("overview", run=names[number % RUNS], until=STEPS + number)
            statuses[reply.status] += 1
            return time.perf_counter() - start

        alone = [taken() for _ in range(QUESTIONS)]
        over = threading.Event()
        asked = Counter[str]()

        def ask_on() -> None:
            for number in itertools.count(10**6):
                if over.is_set():
                    return
                new_answer = {"until": number, "moved": number / 10**9, "wait": 0.001}
                board.get("overview", run=names[0], **new_answer)
                asked["questions"] += 1

        crowding = threading.Thread(target=ask_on, daemon=True)
        crowding.start()
        end, crowded = time.monotonic() + seconds, list[float]()
        while len(crowded) < QUESTIONS or time.monotonic() < end:
            crowded.append(taken())
        over.set()
        crowding.join()
    middle = statistics.median
    return Crowding(loader, middle(alone), middle(crowded), dict(statuses), asked["questions"])
