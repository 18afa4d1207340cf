"""Headless Chromium on a real TensorBoard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.tab import Tab, launched
from tests.support.patience import GENEROUS
from tests.support.places import DEMO_LOGS, DEMO_SERIES
from tests.support.servers.front_doors import OpenBoard, credentials_for
from tests.support.servers.tensorboard_process import RUST, TensorBoard

# A busy machine may be slow; only what never comes is wrong.
expect.set_options(timeout=1000 * GENEROUS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def signed_in(request: pytest.FixtureRequest) -> None:
    """Every tab gives the password that the front door asks for."""
    Tab.credentials = credentials_for(request.config.getoption("--front-door"))


@pytest.fixture
def serve(open_board: OpenBoard, tmp_path: Path) -> Iterator[Callable[..., TensorBoard]]:
    """Starts TensorBoards that live until the test, and its tab, are over."""
    boards: list[TensorBoard] = []

    def start(logdir: Path | None, *flags: str) -> TensorBoard:
        log = tmp_path / f"log{len(boards)}.txt"
        boards.append(open_board(logdir, *(flags or (RUST,)), log=log))
        return boards[-1]

    yield start
    for board in boards:
        board.close()


@pytest.fixture
def tab(
    chromium: Browser, serve: Callable[..., TensorBoard], request: pytest.FixtureRequest
) -> Iterator[Tab]:
    """A fresh browser window, closed before its TensorBoard; its console must have stayed clean."""
    tab = Tab(chromium, framed=request.node.get_closest_marker("framed") is not None)
    yield tab
    tab.close()
    assert tab.complaints == []


@pytest.fixture(scope="session")
def demo_board(
    open_board: OpenBoard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TensorBoard]:
    log: Path = tmp_path_factory.mktemp("browser") / "log.txt"
    with open_board(DEMO_LOGS, RUST, log=log) as board:
        board.wait_for_series(DEMO_SERIES)
        yield board


@pytest.fixture
def question(tab: Tab, demo_board: TensorBoard) -> Tab:
    """The tab on a weight of the network of the question, loaded."""
    tab.open(demo_board.url, run="question", tag="local1_weights")
    expect(tab.row("local1_weights")).to_be_visible()
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    return tab
