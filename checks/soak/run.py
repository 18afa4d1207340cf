"""One soak of one loader, and what is wrong with it afterwards."""

import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

import tb_plugin_weightdelta
from checks.soak.clients import Answers, Clients
from checks.soak.memory import Memory
from checks.soak.trainings import DAMAGED, TAGS, Trainings
from checks.soak.truth import untrue
from tests.support.servers.tensorboard_process import TensorBoard

# Small, so that what is measured is forgotten again and again.
CACHE_MB: Final = 1
KEPT: Final = 30
# What TensorBoard and the allocator may come to hold beside the cache meanwhile.
SLACK: Final = 25 * 10**6  # bytes

_FLAGS: Final = (
    f"--weightdelta_cache={CACHE_MB}",
    f"--samples_per_plugin=histograms={KEPT}",
)


@dataclass
class Soak:
    """What was seen.

    memory: bytes in each tenth of the time. cache: what ``status`` tells.
    """

    loader: str
    seconds: float
    answers: Answers
    events: dict[str, int]
    memory: list[float]
    cache: dict[str, int]
    wrong: list[str] = field(default_factory=list)

    def percentiles(self) -> dict[str, tuple[int, float, float, float]]:
        """By route: answers, median, 99th percentile and maximum in seconds."""
        return {
            route: (len(all_), *(float(np.quantile(all_, q)) for q in (0.5, 0.99, 1.0)))
            for route, all_ in sorted(self.answers.seconds.items())
        }


def soak(loader: str, seconds: float, folder: Path) -> Soak:
    """Let it all happen for so long; ``folder`` is for the logs."""
    logdir = folder / "logs"
    logdir.mkdir()
    with TensorBoard(logdir, loader, *_FLAGS, log=folder / "log.txt") as board:
        url = urllib.parse.urlsplit(board.url)
        clients = Clients((url.hostname or "", url.port or 0), _page_files())
        trainings = Trainings(logdir, clients.is_listed)
        memory = Memory(board.pid)
        end = time.monotonic() + seconds
        writer = threading.Thread(target=trainings.happen, args=(lambda: time.monotonic() > end,))
        for each in (clients, memory, writer):
            each.start()
        writer.join()
        answered = clients.stop()
        memory.stop()
        found = Soak(
            loader,
            seconds,
            clients.answers,
            trainings.events,
            memory.tenths(),
            board.table("status")["cache"],
        )
        found.wrong = _wrong(found, answered, board)
        last_steps = trainings.settle(DAMAGED[loader])
        board.wait_until(
            lambda runs: (
                {entry["run"]: entry["last_step"] for entry in runs} == last_steps
                and all(entry["series"] == len(TAGS) for entry in runs)
            )
        )
        found.wrong += untrue(board, logdir)
    return found


def _wrong(found: Soak, answered: bool, board: TensorBoard) -> list[str]:
    wrong = list(found.answers.faults)
    if not answered:
        wrong.append("a client still waits for its answer")
    # What fills at first is over after a fifth of the time.
    before, after = found.memory[len(found.memory) // 5], found.memory[-1]
    if after - before > CACHE_MB * 10**6 + SLACK:
        wrong.append(f"memory grew from {before / 1e6:.0f} MB to {after / 1e6:.0f} MB")
    wrong += [line for line in board.log_text().splitlines() if "Weight Delta route" in line]
    for name, cache in found.cache.items():
        if cache["bytes"] > cache["limit_bytes"]:
            wrong.append(f"the cache of {name} holds more than its limit: {cache}")
    return wrong


def _page_files() -> list[str]:
    static = Path(tb_plugin_weightdelta.__file__).parent / "static"
    return sorted(str(path.relative_to(static)) for path in static.rglob("*") if path.is_file())
