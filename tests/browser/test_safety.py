"""The page on hostile logs: nothing in them is run, and nothing it does breaks the CSP."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.hostile_logs import MARKUP, RUNS, write_run
from tests.support.places import DIALECTS

# Told on the console, whose complaints fail a test.
_LISTEN = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} of ${event.blockedURI}`))
"""
# A browser's own engine would try 2**60 ways through the second name.
_BOMB = "^(a+)+$"
DEEP = "deep/" * 400
_LONG, _ALMOST = "a" * 60, f"{'a' * 60}!"


@pytest.fixture
def hostile(tab: Tab, serve, tmp_path) -> Tab:
    logdir = tmp_path / "logs"
    # A longer tag is refused by `series`, which the console tells.
    write_run(logdir / "hostile", longest=DEEP)
    for run in RUNS:
        shutil.copytree(DIALECTS / "tf2", logdir / run)
    with EventLog(logdir / "hostile", "events.out.tfevents.1700000001.test") as log:
        for step, values in zip((0, 10, 20), drifting(1, range(3)), strict=True):
            for tag in (MARKUP, _LONG, _ALMOST):
                log.values(tag, step, values)
    board = serve(logdir)
    board.wait_until(lambda runs: len(runs) == len(RUNS) + 1)
    tab.page.context.add_init_script(_LISTEN)
    tab.open(board.url, run="hostile", tag="good")
    expect(tab.part("chart-movement").locator("svg")).to_be_visible()
    return tab


@pytest.mark.framed
def test_a_walk_through_the_page_breaks_no_security_policy_and_runs_nothing(hostile):
    expect(hostile.row(MARKUP)).to_be_visible()
    expect(hostile.row(DEEP)).to_be_visible()
    hostile.row(MARKUP).click()
    expect(hostile.part("detail")).to_contain_text(MARKUP)
    hostile.part("left-out").click()
    expect(hostile.part("left-out-list")).to_contain_text(
        "buckets, more than the 5000 that are read"
    )
    hostile.page.keyboard.press("Escape")
    for view in ("heatmap", "cards", "table"):
        hostile.part(f"view-{view}").click()
        expect(hostile.part(f"tensor-{view}")).to_be_visible()
    for item in ("export-all-csv", "export-all-json", "export-steps-csv"):
        hostile.part("export").click()
        with hostile.page.expect_download():
            hostile.part(item).click()
    hostile.part("help-button").click()
    expect(hostile.part("help")).to_be_visible()
    hostile.part("help-close").click()
    hostile.part("run-picker").click()
    expect(hostile.part("run-option")).to_have_count(len(RUNS) + 1)
    hostile.part("run-option").filter(has_text=MARKUP).click()
    expect(hostile.part("run-picker")).to_contain_text(MARKUP)
    expect(hostile.part("tensor-table").locator("[data-tag]").first).to_be_visible()
    assert hostile.frame.locator("img").count() == 0


def test_no_regular_expression_of_a_link_freezes_the_tab(hostile):
    hostile.open(hostile.url, run="hostile", tag="good", filter=_BOMB)
    expect(hostile.part("filter-problem")).to_contain_text("came by a link")
    expect(hostile.part("no-match")).to_be_visible()
    hostile.part("tag-filter").fill("^a+$")
    expect(hostile.part("filter-problem")).to_be_empty()
    expect(hostile.part("tensor-table").locator("[data-tag]")).to_have_count(1)
    expect(hostile.row(_LONG)).to_be_visible()


def test_the_listener_hears_what_breaks_the_policy(hostile):
    hostile.frame.locator("body").evaluate(
        "body => body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    expect(hostile.part("tensor-table")).to_be_visible()
    heard = [said for said in hostile.complaints if "CSP: script-src" in said]
    hostile.complaints.clear()
    assert heard
