"""Measure the page in headless Chromium, print the table and keep it in ``page.md``.

Run from the project's root as ``python -m checks.benchmarks.page`` (``make bench-page`` does).
"""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from playwright.sync_api import Browser, Frame, Page, Route, expect, sync_playwright

from checks.benchmarks.frame_work import worst_frame_work
from checks.benchmarks.logdirs import write_run
from tests.browser.tab import Tab, launched
from tests.support.first_bundle import first_bundle
from tests.support.places import ROOT
from tests.support.servers.tensorboard_process import RUST, TensorBoard

HERE = Path(__file__).parent
LAST = HERE / "page.md"
CLOCK = HERE / "frame_clock.js"
STATIC = ROOT / "tb_plugin_weightdelta" / "static"

MANY, FEW = "many", "few"
TENSORS, STEPS = 2000, 100
CARDS, CARD_STEPS = 24, 500
KEEP_ALL = "--samples_per_plugin=histograms=1000"
ROUNDS = 9
FRAMES = 120
ROWS_A_FRAME = 10 * 30  # pixels
TYPED = "layer_12"

# Wide and high enough for all cards at once.
NORMAL, LARGE = (1400, 900), (2560, 1440)


@dataclass(frozen=True)
class Result:
    """One measure; ``measured`` and ``limit`` in ``unit``."""

    what: str
    measured: list[float]
    limit: float
    unit: str
    how: str

    @property
    def median(self) -> float:
        return statistics.median(self.measured)


def main() -> None:
    """Measure everything; misses are reported, not failed: they depend on the machine."""
    results = [_bundle()]
    with served() as board, chromium() as browser:
        for part in (_table, _scroll, _heat_map, _cards):
            print(f"{part.__name__.strip('_')} …", file=sys.stderr)
            results += part(browser, board.url)
        text = markdown(results, browser.version)
    LAST.write_text(text)
    print(text)


@contextmanager
def served() -> Iterator[TensorBoard]:
    """A TensorBoard on a run of many tensors and one of many steps."""
    with TemporaryDirectory() as folder:
        print("writing logs …", file=sys.stderr)
        logs = Path(folder) / "logs"
        write_run(logs / MANY, TENSORS, 0, STEPS)
        write_run(logs / FEW, CARDS, 0, CARD_STEPS)
        with TensorBoard(logs, RUST, KEEP_ALL, log=Path(folder) / "log.txt") as board:
            expected = {MANY: (TENSORS, STEPS - 1), FEW: (CARDS, CARD_STEPS - 1)}
            board.wait_until(
                lambda runs: {r["run"]: (r["series"], r["last_step"]) for r in runs} == expected
            )
            # The page is measured, not the server: it has read everything once before.
            for run in expected:
                board.table("overview", run=run)
            yield board


def markdown(results: list[Result], chromium: str) -> str:
    """The table of results."""
    lines = [
        "# The last run of `python -m checks.benchmarks.page`",
        "",
        f"Headless Chromium {chromium} on {platform.machine()} with {os.cpu_count()} cores, its",
        "own TensorBoard and data server on the same; medians of several repeats, with the worst",
        f"beside them. {TENSORS:,} tensors x {STEPS} steps, {CARDS} tensors x {CARD_STEPS} steps.",
        f"Load average of the last minute: {os.getloadavg()[0]:.1f}; `met` compares the median.",
        "A time ends just after the frame that shows the change was laid out and painted, waiting",
        "for the screen's next frame included.",
        "",
        "| what | median | worst | limit | met | measured |",
        "|---|---|---|---|---|---|",
        *map(_line, results),
    ]
    return "\n".join(lines) + "\n"


def _line(result: Result) -> str:
    median, worst = result.median, max(result.measured)
    met = "yes" if median <= result.limit else "**no**"
    numbers = (f"{value:.3g} {result.unit}" for value in (median, worst, result.limit))
    return f"| {result.what} | {' | '.join(numbers)} | {met} | {result.how} |"


def _bundle() -> Result:
    size = sum(first_bundle(STATIC).values()) / 1000
    how = "`index.js` and all scripts and styles it names to be loaded with the app, gzipped"
    return Result("first bundle", [size], 60, "kB", how)


def _table(browser: Browser, url: str) -> list[Result]:
    """Opening, filtering and sorting the table of many tensors."""
    ready = []
    with _opened(browser, url, MANY) as (tab, _):
        for _ in range(ROUNDS):
            tab.page.reload()
            reloaded = _frame_with(tab, "[data-testid=chart-movement] svg")
            ready.append(reloaded.evaluate("clock.tableReady"))
        loaded = _plugin_frame(tab.page)
        filtering = _timed(loaded, "input", lambda: _type(tab))
        sorting = _timed(loaded, "click", lambda: _sort(tab))
    many = f"{TENSORS:,} tensors"
    return [
        Result(
            f"{many}: table ready",
            *(ready, 300, "ms"),
            "from the last byte of the overview to its rows on the screen, JSON included",
        ),
        Result(
            f"{many}: filter",
            *(filtering, 50, "ms"),
            f"from each key stroke of `{TYPED}`, typed and deleted, to the rows on the screen",
        ),
        Result(
            f"{many}: sort",
            *(sorting, 50, "ms"),
            "from each click on a column's head, every column both ways",
        ),
    ]


def _scroll(browser: Browser, url: str) -> list[Result]:
    call = f"clock.worstScrollFrame('.table-scroller', {ROWS_A_FRAME}, {FRAMES})"
    with _opened(browser, url, MANY) as (tab, frame):
        frame.evaluate(call)  # warm
        worst = [frame.evaluate(call) for _ in range(ROUNDS)]
        work = [worst_frame_work(browser, tab.page, lambda: frame.evaluate(call)) for _ in range(3)]
    what = f"{TENSORS:,} tensors: worst scroll frame"
    how = f"the longest of {FRAMES} frames while the table scrolls by 10 rows in each"
    own = "the same, without waiting for the screen and for other processes: the frame's own time"
    return [
        Result(what, worst, 50, "ms", how),
        Result(f"{what}, work", work, 50, "ms", f"{own} on the page's thread, traced"),
    ]


def _heat_map(browser: Browser, url: str) -> list[Result]:
    with _opened(browser, url, MANY) as (_, frame):
        drawn = _switched(frame, "heatmap", "[data-testid=heat-canvas]", 1)
        mapped = _switched(frame, "map", "[data-testid=map-canvas]", 1)
    how = "from the click on the view to its cells on the screen"
    return [
        Result(f"heat map {TENSORS:,} x {STEPS}", drawn, 100, "ms", f"{how}, all steps asked for"),
        Result(f"map of {TENSORS:,} tensors", mapped, 100, "ms", how),
    ]


def _cards(browser: Browser, url: str) -> list[Result]:
    with _opened(browser, url, FEW, LARGE) as (tab, frame):
        tab.part("view-cards").click()
        lines = tab.part("tensor-cards").locator("path.median-line")
        expect(lines).to_have_count(CARDS)
        drawn = _switched(frame, "cards", ".card path.median-line", CARDS)
    how = "from the click on the view to all bands on the screen, their series read before"
    return [Result(f"{CARDS} visible cards of {CARD_STEPS} steps", drawn, 150, "ms", how)]


def _switched(frame: Frame, view: str, selector: str, count: int) -> list[float]:
    """Milliseconds from the table to another view, again and again; its code is there before."""
    table = "[data-testid=tensor-table] tr[data-tag]"
    taken = []
    for _ in range(ROUNDS + 1):
        frame.evaluate(f"clock.shows('[data-testid=view-table]', '{table}', 1)")
        call = f"clock.shows('[data-testid=view-{view}]', '{selector}', {count})"
        taken.append(frame.evaluate(call))
    return taken[1:]


def _timed(frame: Frame, event: str, act: Callable[[], None]) -> list[float]:
    """What each event of a kind took while something was done."""
    frame.evaluate(f"clock.samples.{event}.length = 0")
    act()
    taken: list[float] = frame.evaluate(f"clock.samples.{event}")
    return taken


def _type(tab: Tab) -> None:
    """One key after the other, each once the page has come to rest."""
    tab.part("tag-filter").focus()
    for key in [*TYPED, *["Backspace"] * len(TYPED)]:
        tab.page.keyboard.press(key)
        tab.page.wait_for_timeout(150)


def _sort(tab: Tab) -> None:
    for _ in range(3):
        for column in ("tag", "verdict", "movement"):
            tab.part(f"sort-{column}").click()
            tab.page.wait_for_timeout(150)


@contextmanager
def _opened(
    browser: Browser, url: str, run: str, size: tuple[int, int] = NORMAL
) -> Iterator[tuple[Tab, Frame]]:
    """The tab on a run with every step of it, and its frame, loaded and at rest."""
    tab = Tab(browser, *size, framed=True)
    tab.page.add_init_script(path=CLOCK)
    tab.page.route("**/weight_delta/overview?*", _with_all_steps)
    tab.open(url, run=run)
    yield tab, _frame_with(tab, "[data-testid=chart-movement] svg")
    tab.close()


def _with_all_steps(route: Route) -> None:
    """The page asks for the sparklines' few steps; the heat map is measured with all."""
    route.continue_(url=f"{route.request.url}&{urlencode({'points': STEPS})}")


def _frame_with(tab: Tab, selector: str) -> Frame:
    expect(tab.frame.locator(selector)).to_be_visible(timeout=60_000)
    tab.page.wait_for_load_state("networkidle")
    return _plugin_frame(tab.page)


def _plugin_frame(page: Page) -> Frame:
    (frame,) = (each for each in page.frames if "name=weight_delta" in each.url)
    return frame


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
