"""The tab through each of the ways that docs/deploy.md describes.

A few things of each kind; `make unit-doors` runs all browser tests through each.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.places import DEMO_LOGS, DEMO_SERIES
from tests.support.servers.front_doors import FRONT_DOORS, credentials_for
from tests.support.servers.tensorboard_process import RUST, TensorBoard

# A name that is not of this machine: over plain http the browser gives such a page less.
FROM_AFAR = "board.test"


@pytest.fixture(scope="module", params=FRONT_DOORS)
def door(request: pytest.FixtureRequest) -> Iterator[str]:
    """A front door, whose password every tab knows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tab, "credentials", credentials_for(request.param))
        yield request.param


@pytest.fixture(scope="module")
def board(door: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """The demo logs behind the door."""
    log = tmp_path_factory.mktemp("door") / "log.txt"
    with FRONT_DOORS[door](DEMO_LOGS, RUST, log=log) as board:
        board.wait_for_series(DEMO_SERIES)
        yield board


@pytest.fixture
def growing(door: str, logdir: Path, tmp_path: Path) -> Iterator[TensorBoard]:
    """A logdir of its own behind the door."""
    with FRONT_DOORS[door](logdir, RUST, log=tmp_path / "log.txt") as board:
        board.wait_for_series({"a": 2})
        yield board


@pytest.fixture
def tab(chromium: Browser, door: str) -> Iterator[Tab]:
    """A fresh browser window that knows the password; its console must have stayed clean."""
    tab = Tab(chromium, framed=True)
    yield tab
    tab.close()
    assert tab.complaints == []


def test_a_deep_link_opens_a_tensor_and_a_chart_can_be_saved(tab, board):
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.open(board.url, run="question", tag="local1_weights")
    expect(tab.part("headline")).to_contain_text("All 8 weights and 8 biases moved")
    expect(tab.part("tensor-table").locator("[data-tag]")).to_have_count(16)
    expect(tab.part("detail")).to_have_attribute("data-tag", "local1_weights")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    tab.part("chart-movement").get_by_test_id("chart-menu").click()
    with tab.page.expect_download() as download:
        tab.part("chart-movement").get_by_test_id("chart-svg").click()
    assert Path(download.value.path()).read_bytes().startswith(b"<svg")
    ours = [url for url in asked if "weight_delta/" in url]
    assert {Path(urlsplit(url).path).name for url in ours} >= {"index.js", "overview", "series"}
    assert all(url.startswith(board.url) for url in ours)


def test_the_copied_link_is_the_address_that_was_opened(tab, board):
    url = board.url.replace("127.0.0.1", FROM_AFAR)
    tab.open(url, run="torch_rates/lr-1", tag="layer2.bias")
    expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.bias")
    assert not tab.page.evaluate("isSecureContext")
    tab.part("copy-link").click()
    expect(tab.part("toast")).to_contain_text("Link copied")
    tab.part("tag-filter").press("Control+V")
    expect(tab.part("tag-filter")).to_have_value(re.compile(f"^{re.escape(url)}#weight_delta&"))
    copied = tab.part("tag-filter").input_value()
    tab.page.goto("about:blank")
    tab.page.goto(copied)
    expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.bias")


def test_new_data_come_with_a_reload_and_a_server_that_is_gone_is_told(tab, growing, logdir):
    tab.open(growing.url, tag="dense/kernel")
    expect(tab.row("dense/bias")).to_be_visible()
    before = growing.get("overview", run="a").headers["ETag"]
    with EventLog(logdir / "a", "events.out.tfevents.1800000000.later") as log:
        log.values("added/kernel", 30, drifting(3, [0])[0])
        growing.wait_for_series({"a": 3})
    tab.reload_data()
    expect(tab.row("added/kernel")).to_be_visible()
    fresh = growing.fetch(
        "data/plugin/weight_delta/overview?run=a", headers={"If-None-Match": before}
    )
    assert "added/kernel" in fresh.json()["columns"]["tag"]

    assert tab.complaints == []
    growing.lose_server()
    tab.row("dense/bias").click()
    expect(tab.part("detail")).to_contain_text(
        re.compile("TensorBoard does not answer|A proxy could not reach TensorBoard")
    )
    expect(tab.row("added/kernel")).to_be_visible()
    tab.complaints.clear()  # the browser tells of every request that failed
