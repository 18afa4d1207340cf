"""Time and memory by size of the logdir, beside what smaller ones predict; kept in ``scaling.md``.

``make bench-scale`` runs it. Needs Linux, 4 GB of disk and some minutes.
"""

import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Request, expect

from checks.benchmarks.logdirs import write_run
from checks.benchmarks.page import chromium
from tests.browser.tab import Tab
from tests.support.servers.tensorboard_process import RUST, TensorBoard

LAST = Path(__file__).parent / "scaling.md"

STEPS = 100
CACHE = 256  # MB, the flag's default
CLIENTS = 8
ROUNDS = 5
FIRST_SCREEN = 2.0  # seconds
FIRST_WAIT = 0.4  # seconds, as the page asks
MOST_RUNS_ASKED = 40
PATIENCE = 600  # seconds


@dataclass(frozen=True)
class Size:
    """A logdir of equal runs, every tensor of which has ``STEPS`` histograms of 30 buckets."""

    runs: int
    tensors: int

    @property
    def series(self) -> int:
        return self.runs * self.tensors

    @property
    def histograms_of_a_run(self) -> int:
        return self.tensors * STEPS

    def __str__(self) -> str:
        return f"{self.runs} x {self.tensors:,}"


MANY_RUNS = (Size(20, 100), Size(200, 100))
LARGE_RUNS = (Size(5, 500), Size(5, 5000))


@dataclass(frozen=True)
class Measured:
    """One logdir. Seconds; megabytes of TensorBoard's process, the data server not counted.

    shell: from opening TensorBoard's address until it asks for the tab. screen: from there to
        the first tensors on the page, with nothing read before.
    part: the first part of a run's overview, and how many of its tensors are in it.
    overview, warm: all of it, cold and once more. read: all that the provider holds of the run.
    at_rest: memory when nothing was asked. peak: when CLIENTS have asked for all runs.
    cached: what the cache held by then.
    """

    size: Size
    runs: float
    shell: float
    screen: float
    part: float
    part_tensors: int
    overview: float
    warm: float
    at_rest: float
    peak: float
    cached: float

    @property
    def beside_cache(self) -> float:
        """Memory that is neither TensorBoard's own nor the cache's."""
        return self.peak - self.at_rest - self.cached


def main() -> None:
    """Measure everything, print it and keep it."""
    measured = {}
    with chromium() as browser:
        for size in (*MANY_RUNS, *LARGE_RUNS):
            print(f"{size} …", file=sys.stderr)
            with logdir(size) as folder:
                measured[size] = measure(size, folder, browser)
            print(measured[size], file=sys.stderr)
    text = markdown(measured)
    LAST.write_text(text)
    print(text)


@contextmanager
def logdir(size: Size) -> Iterator[Path]:
    """Equal runs, gone afterwards."""
    with TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        write_run(logs / "run0", size.tensors, 0, STEPS)
        for number in range(1, size.runs):
            shutil.copytree(logs / "run0", logs / f"run{number}")
        yield logs


@contextmanager
def loaded(size: Size, logs: Path) -> Iterator[TensorBoard]:
    """A TensorBoard that has read all of it."""
    log = logs.parent / "log.txt"
    with TensorBoard(logs, RUST, f"--weightdelta_cache={CACHE}", log=log) as board:
        deadline = time.monotonic() + PATIENCE
        while not _is_loaded(board, size):
            if time.monotonic() > deadline:
                raise TimeoutError(f"The logs were not loaded within {PATIENCE} s.")
            time.sleep(1)
        yield board


def _is_loaded(board: TensorBoard, size: Size) -> bool:
    runs = board.table("runs")["runs"]
    return len(runs) == size.runs and all(
        (entry["series"], entry["last_step"]) == (size.tensors, STEPS - 1) for entry in runs
    )


def measure(size: Size, logs: Path, browser: Browser) -> Measured:
    """Everything about one logdir: a fresh TensorBoard for the page, another for the routes."""
    with loaded(size, logs) as board:
        shell, screen = _screen(board, browser)
    with loaded(size, logs) as board:
        at_rest = board.memory("VmRSS")
        names = [entry["run"] for entry in board.table("runs")["runs"]]
        part, table = _timed(board, "overview", run=names[0], wait=FIRST_WAIT)
        while board.table("status")["work"]["pieces"]:
            time.sleep(0.1)  # it goes on for a while
        overview, _ = _timed(board, "overview", run=names[1])
        warm = [_timed(board, "overview", run=names[1])[0] for _ in range(ROUNDS)]
        runs = [_timed(board, "runs")[0] for _ in range(ROUNDS)]
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda run: board.get("overview", run=run), names[:MOST_RUNS_ASKED]))
        return Measured(
            size=size,
            runs=statistics.median(runs),
            shell=shell,
            screen=screen,
            part=part,
            part_tensors=int(str(table["measured"])),
            overview=overview,
            warm=statistics.median(warm),
            at_rest=at_rest,
            peak=board.memory("VmHWM"),
            cached=sum(each["bytes"] for each in board.table("status")["cache"].values()) / 1e6,
        )


def _timed(board: TensorBoard, route: str, **query: object) -> tuple[float, dict[str, object]]:
    start = time.perf_counter()
    reply = board.get(route, **query)
    taken = time.perf_counter() - start
    if reply.status != 200:
        raise RuntimeError(f"{route} {query}: {reply.body.decode()}")
    return taken, reply.json()


def _screen(board: TensorBoard, browser: Browser) -> tuple[float, float]:
    """Seconds to the tab, and from there to its first tensors, the first time ever."""
    tab = Tab(browser, framed=True)
    asked: list[float] = []

    def note(request: Request) -> None:
        if "plugin_entry.html" in request.url:
            asked.append(time.perf_counter())

    tab.page.on("request", note)
    start = time.perf_counter()
    tab.open(board.url)
    rows = tab.part("tensor-table").locator("[data-tag]")
    expect(rows.first).to_be_visible(timeout=60_000)
    there = time.perf_counter()
    tab.close()
    return asked[0] - start, there - asked[0]


def markdown(measured: dict[Size, Measured]) -> str:
    """What was measured by size, and what the smaller predict for the larger."""
    lines = [
        "# The last run of `python -m checks.benchmarks.scaling`",
        "",
        f"{platform.machine()} with {os.cpu_count()} cores, shared by TensorBoard, its Rust data",
        f"server, Chromium and the clients. Runs x tensors, {STEPS} steps of 30 buckets each, a",
        f"cache of {CACHE} MB. Load average of the last minute: {os.getloadavg()[0]:.1f}.",
        "",
        "| logdir | list of runs | TensorBoard | first screen | first part | overview of a run "
        "| again | memory at rest | peak | in the cache | beside it |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(_line(each) for each in measured.values()),
        "",
        "| predicted from the logdir a tenth its size | predicted | measured |",
        "|---|---|---|",
        *_predictions(measured),
        "",
        "Seconds and megabytes. *TensorBoard*: from opening its address until its own page asks",
        "for the tab; *first screen*: from there to the first tensors on it, in a server that was",
        f"asked nothing before; {FIRST_SCREEN:g} s are wanted. *First part*: what the",
        f"page asks for first, `overview?wait={FIRST_WAIT}`, and how many tensors were in it.",
        f"*Peak*: the highest resident set after {CLIENTS} clients asked for the overviews of all",
        f"runs, of {MOST_RUNS_ASKED} at most, as fast as they could.",
    ]
    return "\n".join(lines) + "\n"


def _line(found: Measured) -> str:
    seconds = [f"{value:.2f}" for value in (found.runs, found.shell, found.screen, found.part)]
    seconds[2] += "" if found.screen <= FIRST_SCREEN else " **too long**"
    seconds[3] += f" ({found.part_tensors:,} of {found.size.tensors:,})"
    seconds += [f"{value:.2f}" for value in (found.overview, found.warm)]
    memory = (found.at_rest, found.peak, found.cached, found.beside_cache)
    cells = [str(found.size), *seconds, *(f"{value:.0f}" for value in memory)]
    return f"| {' | '.join(cells)} |"


def _predictions(measured: dict[Size, Measured]) -> Iterator[str]:
    for small, large in (MANY_RUNS, LARGE_RUNS):
        before, after = measured[small], measured[large]
        times = large.series / small.series
        seconds = f"{times * before.runs:.2f} s | {after.runs:.2f} s"
        yield f"| list of {large.series:,} series | {seconds} |"
    small, large = LARGE_RUNS
    before, after = measured[small], measured[large]
    times = large.histograms_of_a_run / small.histograms_of_a_run
    yield (
        f"| overview of {large.histograms_of_a_run:,} histograms "
        f"| {times * before.overview:.1f} s | {after.overview:.1f} s |"
    )
    yield (
        f"| peak of {large}: at rest, the whole cache, and what {small} has beside it "
        f"| {after.at_rest + CACHE + before.beside_cache:.0f} MB | {after.peak:.0f} MB |"
    )


if __name__ == "__main__":
    main()
