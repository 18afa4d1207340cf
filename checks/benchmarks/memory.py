"""Whether memory stays bounded: the process, the cache, and what it holds of runs that are gone."""

import gc
import os
import shutil
from pathlib import Path

from tensorboard.context import RequestContext

from checks.benchmarks.logdirs import logdir
from checks.benchmarks.providers import HISTOGRAMS, PROVIDERS, SAMPLES, Loaded, rust
from checks.benchmarks.table import Row
from tb_plugin_weightdelta.answering.answers import Answers
from tb_plugin_weightdelta.answering.tables import run_table
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.names import SPARKLINE_POINTS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader
from tb_plugin_weightdelta.serving.http import encode

RUNS, TAGS, STEPS = 2, 10, 30
FEW, MANY = 10, 1000
GROWTH = 0.02  # what the allocator may keep
SMALL_LIMIT = 100_000  # bytes; the series take three times as much

_NAMES = [f"run{number}" for number in range(RUNS)]

NOTES = (
    f"memory: {RUNS} runs x {TAGS} tensors x {STEPS} steps. *Too small* is a cache of "
    f"{SMALL_LIMIT / 1e6:g} MB, so that most of every request is read and measured again; "
    f"no growth means at most {GROWTH:.0%}.",
)


class Overviews:
    """Answers overview requests, as the route does, with a cache that can be looked into."""

    def __init__(self, loaded: Loaded, limit: int) -> None:
        first_steps = FirstStepReader(
            RunFolders([loaded.context.logdir]),
            samples=SAMPLES[HISTOGRAMS],
            migrates=loaded.context.multiplexer is not None,
        )
        self._series = Cache(limit // 2)
        self._rows = Cache(limit // 2)
        self.largest = 0
        reader = LogReader(Provider(loaded.provider), first_steps, self._series)
        self._answers = Answers(reader, self._rows)

    @property
    def size(self) -> int:
        """Bytes in both caches."""
        return self._series.size + self._rows.size

    def ask(self, times: int) -> None:
        question = Question()
        for number in range(times):
            run = _NAMES[number % RUNS]
            found = self._answers.run_rows(RequestContext(), "", run, question, SPARKLINE_POINTS)
            encode(run_table(run, question, found.rows, found.unread))
            self.largest = max(self.largest, self.size)

    def list_runs(self) -> None:
        self._answers.runs(RequestContext(), "")


def rows() -> list[Row]:
    """The process' memory through each provider; the cache's through the Rust one."""
    with logdir(RUNS, TAGS, STEPS) as folder:
        found = []
        for start in PROVIDERS:
            loaded = start(folder)
            loaded.until(dict.fromkeys(_NAMES, STEPS - 1))
            found.append(_growth(f"{loaded.name}: resident set", Overviews(loaded, 10**8)))
            small = Overviews(loaded, SMALL_LIMIT)
            found.append(_growth(f"{loaded.name}: resident set, cache too small", small))
            found.append(_bounded(loaded.name, small))
        return [*found, _released(folder)]


def _growth(what: str, overviews: Overviews) -> Row:
    overviews.ask(FEW)
    few = _resident_set()
    overviews.ask(MANY - FEW)
    many = _resident_set()
    return Row(
        f"{what} after {MANY:,} overview requests, beside after {FEW}",
        f"{many / 1e6:.1f} MB",
        f"{few / 1e6:.1f} MB",
        f"{many / few - 1:+.1%}",
        "no growth",
        many <= few * (1 + GROWTH),
    )


def _bounded(name: str, overviews: Overviews) -> Row:
    return Row(
        f"{name}: largest size of the cache that is too small, beside its limit",
        f"{overviews.largest / 1e6:.3f} MB",
        f"{SMALL_LIMIT / 1e6:.3f} MB",
        f"{overviews.largest / SMALL_LIMIT:.0%}",
        "≤ its limit",
        overviews.largest <= SMALL_LIMIT,
    )


def _released(folder: Path) -> Row:
    """Half of the runs disappear."""
    loaded = rust(folder)
    loaded.until(dict.fromkeys(_NAMES, STEPS - 1))
    overviews = Overviews(loaded, 10**8)
    overviews.ask(RUNS)
    before = overviews.size
    for run in _NAMES[RUNS // 2 :]:
        shutil.rmtree(folder / run)
    loaded.until(dict.fromkeys(_NAMES[: RUNS // 2], STEPS - 1))
    overviews.list_runs()
    after = overviews.size
    return Row(
        "size of the cache after half of the runs disappeared, beside before",
        f"{after / 1e6:.3f} MB",
        f"{before / 1e6:.3f} MB",
        f"{after / before:.0%}",
        "half",
        after * 2 == before,
    )


def _resident_set() -> int:
    """Bytes of this process in memory (Linux)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
