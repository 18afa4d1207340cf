"""What happens to a logdir that many people write to: all of it, over and over, at once."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from tests.support.event_logs import EventLog
from tests.support.servers.tensorboard_process import PYTHON, RUST

TAGS: Final = tuple(f"layer{number}/{kind}" for number in range(3) for kind in ("kernel", "bias"))
ELEMENTS: Final = 300
FILE: Final = "events.out.tfevents.{:010d}.soak"

# TensorBoard never reads on in a file that was cut or spoilt, and does not notice one that was
# replaced by another of the same name; its Python loader does not get past a file that it was
# reading when it was deleted, as long as the folder is there. A fresh reader knows more of these
# runs than it does.
DAMAGED: Final = {
    RUST: ("truncated", "garbage", "in_place"),
    PYTHON: ("truncated", "garbage", "in_place", "replaced"),
}
_RUNS: Final = (
    *("steady0", "steady1", "restarted", "replaced"),
    *("deleted", "truncated", "garbage", "in_place"),
)

Stops = Callable[[], bool]


class Training:
    """One run: its tensors drift away from where they started, a little with each step."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.step = 0
        self.log: EventLog | None = None
        self._seed = seed
        self._files = 0

    def start(self, step: int = 0, same_file: bool = False) -> None:
        """Begin, or begin again at a step, in an event file of its own."""
        self.close()
        self.step = step
        self._files += not same_file or not self._files
        # No two trainings were logged at the same times, as with real clocks.
        started = 1_700_000_000 + 10_000 * self._files + 1_000_000 * (self._seed % 1000)
        self.log = EventLog(self.folder, FILE.format(self._files), started)

    def begin_anew(self, same_file: bool = False) -> None:
        """Another training under the same name."""
        self._seed += 17
        self.start(same_file=same_file)

    def go_on(self, steps: int = 1) -> None:
        if self.log is None or not self.log.path.exists():
            return
        for _ in range(steps):
            for number, tag in enumerate(TAGS):
                rng = np.random.default_rng((self._seed, number))
                drift = 0.0003 * (number + 1) * self.step
                self.log.values(tag, self.step, rng.normal(0, 0.05, ELEMENTS) + drift)
            self.step += 1

    def delete(self) -> None:
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        if self.log is not None:
            self.log.close()
            self.log = None


class Trainings:
    """All that happens, a little of it with each call of ``go_on``."""

    def __init__(self, logdir: Path, is_listed: Callable[[str], bool]) -> None:
        """``is_listed`` tells whether TensorBoard still knows a run."""
        self._runs = {name: Training(logdir / name, 100 + n) for n, name in enumerate(_RUNS)}
        self._logdir = logdir
        self._is_listed = is_listed
        self._new: list[Training] = []
        self._gone: list[str] = []
        self.events: dict[str, int] = {}
        for run in self._runs.values():
            run.start()
            run.go_on(20)

    def happen(self, over: Stops, pause: float = 0.25) -> None:
        """Let it all happen until it is over."""
        disasters = self._disasters()
        turn = 0
        while not over():
            for run in [*self._runs.values(), *self._new]:
                run.go_on()
            turn += 1
            if turn % 4 == 0:
                what = next(disasters)
                self.events[what] = self.events.get(what, 0) + 1
            time.sleep(pause)

    def settle(self, damaged: Iterable[str]) -> dict[str, int]:
        """End well, without the damaged runs. Returns the last step of each other run."""
        for name in damaged:
            self._runs.pop(name).delete()
        left = [run for run in [*self._runs.values(), *self._new] if run.log is not None]
        for run in left:
            run.go_on(5)
            run.close()
        return {str(run.folder.relative_to(self._logdir)): run.step - 1 for run in left}

    def _disasters(self) -> Iterator[str]:
        runs, number = self._runs, 0
        while True:
            number += 1
            runs["restarted"].start(max(0, runs["restarted"].step - 7))
            yield "a training restarted from a checkpoint"
            _cut(runs["truncated"])
            yield "an event file cut in half"
            runs["deleted"].delete()
            yield "a run deleted"
            _spoil(runs["garbage"])
            yield "garbage in an event file"
            runs["replaced"].delete()
            runs["replaced"].begin_anew()
            runs["replaced"].go_on(3)
            yield "a run replaced by another"
            runs["in_place"].delete()
            runs["in_place"].begin_anew(same_file=True)
            yield "a run replaced by another, in a file of the same name"
            yield self._one_more(number)
            for name in ("truncated", "garbage"):
                runs[name].delete()
                runs[name].begin_anew()
            yield "a damaged run begun anew"
            if not self._is_listed("deleted"):
                runs["deleted"].begin_anew(same_file=True)
                yield "a deleted run begun anew, in a file of the same name"

    def _one_more(self, number: int) -> str:
        """Nobody has seen its name before; the oldest of its kind is deleted."""
        run = Training(self._logdir / "new" / f"run{number}", 1000 + number)
        run.start()
        run.go_on(3)
        self._new.append(run)
        if len(self._new) > 3:
            self._new.pop(0).delete()
        return "a run of a new name"


def _cut(run: Training) -> None:
    """The writer goes on where it was, as one does that does not know of it."""
    if run.log is not None:
        with suppress(FileNotFoundError), run.log.path.open("r+b") as file:
            file.truncate(run.log.path.stat().st_size // 2)


def _spoil(run: Training) -> None:
    if run.log is not None:
        with suppress(FileNotFoundError), run.log.path.open("ab") as file:
            file.write(np.random.default_rng(run.step).bytes(300))
