"""The page on a data server that was started separately: what it admits, and how it recovers."""

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.servers.data_server import DataServer


@pytest.fixture
def logs(tmp_path):
    """A run of fifty steps."""
    with EventLog(tmp_path / "logs" / "a") as log:
        for step, values in enumerate(drifting(0, range(50))):
            log.values("dense/kernel", step, values)
            log.values("dense/bias", step, values[:20])
    return tmp_path / "logs"


@pytest.fixture
def server(logs, tmp_path):
    with DataServer(logs, tmp_path, "--samples-per-plugin=histograms=5") as server:
        yield server


def test_what_is_not_known_without_event_files_is_said_once_and_opens_to_the_rest(
    server, tab, serve
):
    board = serve(None, server.flag)
    board.wait_for_series({"a": 2})
    tab.open(board.url)
    why = tab.ask_why()
    notice = tab.part("without-files")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text(f"the data server at {server.address}")
    expect(notice).to_contain_text("--logdir beside --grpc_data_provider")
    expect(why).to_contain_text("the first kept – perhaps not the first logged")
    expect(why).to_contain_text("may keep only a random sample of the steps")
    tab.page.keyboard.press("Escape")
    expect(why).to_have_count(0)


def test_with_the_files_at_hand_nothing_is_said(server, tab, serve, logs):
    board = serve(logs, server.flag)
    board.wait_for_series({"a": 2})
    tab.open(board.url)
    expect(tab.row("dense/kernel")).to_be_visible()
    expect(tab.ask_why()).to_contain_text("step 0, the first logged")
    expect(tab.part("without-files")).to_have_count(0)


def test_a_data_server_that_goes_and_comes_is_named_and_found_again(chromium, serve, server):
    tab = Tab(chromium)
    board = serve(None, server.flag)
    board.wait_for_series({"a": 2})
    tab.open(board.url, tag="dense/kernel")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    server.kill()
    tab.row("dense/bias").click()
    said = f"The data server at {server.address} does not answer."
    expect(tab.part("detail").get_by_test_id("error-state")).to_contain_text(said)
    expect(tab.part("notice")).to_contain_text("is still shown. The page keeps trying.")
    tab.part("sort-tag").click()
    expect(tab.row("dense/kernel")).to_be_visible()
    server.start()
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible(timeout=60_000)
    expect(tab.part("notice")).to_have_count(0, timeout=60_000)
    expect(tab.row("dense/kernel")).to_be_visible()
    expect(tab.part("detail")).to_have_attribute("data-tag", "dense/bias")
    tab.close()
