"""The page follows logs that grow and servers that come and go, without losing anything."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.patience import wait_until

TENSORS = 60


def write(logdir, steps) -> None:
    """Appends histograms of many tensors to the run ``a``."""
    with EventLog(logdir / "a") as log:
        for number in range(TENSORS):
            series = drifting(number, range(max(steps) // 100 + 1))
            for step in steps:
                log.values(f"layer{number:02d}/kernel", step, series[step // 100])


@pytest.fixture
def grown(serve, tmp_path):
    """A TensorBoard that has read 300 steps, of 500 that are written by now."""

    def start(interval: int):
        write(tmp_path / "logs", range(0, 301, 100))
        board = serve(tmp_path / "logs", f"--reload_interval={interval}")
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 300)
        write(tmp_path / "logs", range(400, 501, 100))
        return board

    return start


class TestGrowingLogs:
    def test_what_is_read_later_comes_by_itself(self, tab, grown):
        tab.open(grown(interval=4).url)
        expect(tab.row("layer01/kernel")).to_be_visible()
        expect(tab.part("detail")).to_contain_text("0 to 500", timeout=30_000)

    @pytest.mark.framed
    def test_a_reload_keeps_scroll_selection_and_every_row_in_its_place(self, tab, grown, tmp_path):
        board = grown(interval=1)
        board.wait_until(lambda runs: runs[0]["last_step"] == 500)
        tab.open(board.url, tag="layer30/kernel", sort="tag")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        scroller = tab.frame.locator(".table-scroller")
        scroller.evaluate("element => { element.scrollTop = 600; }")
        expect(tab.row("layer25/kernel")).to_be_visible()
        tab.frame.locator("body").evaluate(
            """body => {
                const seen = (window.seen = { removed: 0, skeletons: 0 });
                new MutationObserver((changes) => {
                    for (const { removedNodes, addedNodes } of changes) {
                        for (const node of removedNodes)
                            if (node.matches?.("tr, figure")) seen.removed++;
                        for (const node of addedNodes)
                            if (node.matches?.(".skeleton") || node.querySelector?.(".skeleton"))
                                seen.skeletons++;
                    }
                }).observe(body, { childList: true, subtree: true });
            }"""
        )
        write(tmp_path / "logs", range(600, 701, 100))
        # All of it: TensorBoard may stop reading anywhere, and goes on a second later.
        wait_until(lambda: {*board.table("overview", run="a")["columns"]["last_step"]} == {700})
        tab.reload_data()
        expect(tab.part("detail")).to_contain_text("0 to 700")
        assert tab.frame.locator("body").evaluate("() => window.seen") == {
            "removed": 0,
            "skeletons": 0,
        }
        assert scroller.evaluate("element => element.scrollTop") == 600
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer30/kernel")

    def test_an_empty_list_fills_by_itself(self, chromium, demo_board):
        tab = Tab(chromium)
        waiting = {"version": "0", "without_files": None, "left_out": [], "runs": []}
        tab.page.route("**/weight_delta/runs*", lambda route: route.fulfill(json=waiting))
        tab.open(demo_board.url)
        expect(tab.part("empty-state")).to_contain_text("this page looks again by itself")
        tab.page.unroute("**/weight_delta/runs*")
        expect(tab.part("tensor-table").locator("[data-tag]").first).to_be_visible(timeout=15_000)
        tab.close()


class TestFollowing:
    def test_a_tensor_that_stops_is_announced_and_stands_in_the_strip(self, tab, serve, tmp_path):
        values = drifting(1, range(7))

        def log(steps: range) -> None:
            with EventLog(tmp_path / "logs" / "a") as file:
                for step in steps:
                    file.values("moving/kernel", 100 * step, values[step])
                    file.values("stopping/kernel", 100 * step, values[min(step, 3)])

        log(range(4))
        board = serve(tmp_path / "logs")
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 300)
        tab.open(board.url, tag="moving/kernel")
        expect(tab.row("stopping/kernel")).to_be_visible()
        expect(tab.part("strip")).to_have_count(0)
        log(range(4, 7))
        expect(tab.part("toast")).to_have_text("stopping/kernel stopped.", timeout=40_000)
        expect(tab.part("event-stopped")).to_have_text("stopped 300(1)")
        tab.part("event-stopped").click()
        expect(tab.part("detail")).to_have_attribute("data-tag", "stopping/kernel")
        expect(tab.part("chart-histogram")).to_contain_text("step 300")

    def test_new_steps_come_without_a_jump(self, tab, grown, tmp_path):
        board = grown(interval=1)
        board.wait_until(lambda runs: runs[0]["last_step"] == 500)
        link = {"tag": "layer30/kernel", "sort": "tag", "step": "200", "zoom": "100..400"}
        tab.open(board.url, **link)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        tops = {".table-scroller": 600, ".detail": 150}
        for scroller, top in tops.items():
            tab.frame.locator(scroller).evaluate("(e, top) => { e.scrollTop = top }", top)
        axis = tab.part("chart-movement").locator("svg text")
        before = axis.all_inner_texts()
        write(tmp_path / "logs", range(600, 701, 100))
        expect(tab.part("detail")).to_contain_text("0 to 700", timeout=40_000)
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer30/kernel")
        expect(tab.part("chart-histogram")).to_contain_text("step 200")
        expect(tab.part("zoom")).to_contain_text("steps 100 to 400")
        assert axis.all_inner_texts() == before
        for scroller, top in tops.items():
            assert tab.frame.locator(scroller).evaluate("e => e.scrollTop") == top

    @pytest.mark.framed
    def test_rests_while_another_tab_is_seen_and_goes_on_after(self, tab, demo_board):
        tab.page.clock.install()
        tab.open(demo_board.url, run="question", tag="local1_weights")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        tabs = tab.page.get_by_role("tab")
        tabs.filter(has_text=re.compile("histograms", re.I)).click()
        expect(tab.frame.locator("body")).to_be_hidden()
        asked: list[str] = []
        tab.page.on("request", lambda request: asked.append(request.url))
        tab.page.clock.run_for(120_000)
        assert not [url for url in asked if "weight_delta/runs" in url]
        tabs.filter(has_text=re.compile("weight delta", re.I)).click()
        expect(tab.part("headline")).to_be_visible()
        with tab.page.expect_request("**/weight_delta/runs*"):
            tab.page.clock.run_for(120_000)

    def test_the_switch_is_remembered_over_a_reload(self, question):
        question.part("follow").uncheck()
        question.page.reload()
        expect(question.part("follow")).not_to_be_checked()
        question.part("follow").check()
        question.page.reload()
        expect(question.part("follow")).to_be_checked()


class TestLongLoads:
    def test_a_long_overview_says_how_many_tensors_are_measured(self, tab, demo_board):
        whole = demo_board.table("overview", run="question")
        held: list[Route] = []

        def nothing_first(route: Route) -> None:
            if held or "wait=0.4" not in route.request.url:
                held.append(route)
            else:
                route.fulfill(json=first_of(whole, 0))

        tab.page.route("**/weight_delta/overview?*", nothing_first)
        tab.open(demo_board.url, run="question")
        expect(tab.part("overview-progress")).to_contain_text("0 of 30 tensors so far")
        expect(tab.part("headline").locator(".skeletons")).to_be_visible()
        (rest,) = held
        rest.continue_()
        expect(tab.row("local1_weights")).to_be_visible()
        expect(tab.part("overview-progress")).to_have_count(0)

    def test_what_is_measured_of_a_large_run_is_there_before_the_rest(self, tab, demo_board):
        whole = demo_board.table("overview", run="question")
        held: list[Route] = []

        def part_first(route: Route) -> None:
            if held or "wait=0.4" not in route.request.url:
                held.append(route)
            else:
                route.fulfill(json=first_of(whole, 5))

        tab.page.route("**/weight_delta/overview?*", part_first)
        tab.open(demo_board.url, run="question")
        rows = tab.part("tensor-table").locator("[data-tag]")
        expect(rows).to_have_count(5)
        expect(tab.part("overview-progress")).to_contain_text("5 of 30 tensors so far")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        selected = (
            tab.part("tensor-table").locator("[aria-selected=true]").get_attribute("data-tag")
        )
        tab.part("export").click()
        menu = tab.frame.locator(".menu-heading")
        expect(menu.filter(has_text="Measured so far: 5 of 30 tensors")).to_be_visible()
        tab.page.keyboard.press("Escape")
        (rest,) = held
        rest.continue_()
        expect(tab.part("overview-progress")).to_have_count(0)
        expect(tab.part("headline")).to_contain_text(whole["headline"]["sentence"][:40])
        assert rows.count() > 5
        expect(tab.row(str(selected))).to_have_attribute("aria-selected", "true")


def first_of(whole: dict[str, Any], rows: int) -> dict[str, Any]:
    """A part of an overview."""
    return {
        **whole,
        "columns": {name: column[:rows] for name, column in whole["columns"].items()},
        "sparkline": {
            name: value if name == "measure" else value[:rows]
            for name, value in whole["sparkline"].items()
        },
        "measured": rows,
        "complete": False,
    }


FETCHED = """
['forms', 'run-list', 'guide', 'model-map', 'heatmap', 'tensor-cards', 'runs-table',
 'export', 'picture'].every(
  part => performance.getEntriesByType('resource').some(({ name }) => name.includes(part))
)
"""
# What is no part of the first page, by the button that opens it.
MENUS = {
    "run-picker": "run-option",
    "baseline-picker": "baseline-form",
    "thresholds": "thresholds-form",
    "export": "copy-markdown",
    "help-button": "help",
    "view-map": "tensor-map",
    "view-heatmap": "tensor-heatmap",
    "view-cards": "tensor-cards",
    "view-runs": "all-runs",
}


class TestLostServer:
    def test_the_page_works_on_with_what_it_has_and_recovers_by_itself(
        self, chromium, serve, logdir
    ):
        tab = Tab(chromium, framed=True)
        board = serve(logdir)
        board.wait_for_series({"a": 2})
        tab.open(board.url, tag="dense/kernel")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        tab.page.route("**/weight_delta/**", lambda route: route.abort())
        tab.reload_data()
        expect(tab.part("notice")).to_contain_text("is still shown. The page keeps trying.")
        tab.part("sort-tag").click()
        expect(tab.row("dense/bias")).to_be_visible()
        tab.page.unroute("**/weight_delta/**")
        expect(tab.part("notice")).to_have_count(0, timeout=30_000)
        expect(tab.part("detail")).to_have_attribute("data-tag", "dense/kernel")
        tab.close()

    @pytest.mark.parametrize(("opener", "opened"), MENUS.items())
    def test_menus_and_views_open_while_the_server_is_away(
        self, chromium, demo_board, opener, opened
    ):
        tab = Tab(chromium)
        tab.open(demo_board.url, run="question", tag="local1_weights")
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        wait_until(lambda: tab.page.evaluate(FETCHED))
        tab.page.context.set_offline(True)
        tab.part(opener).first.click()
        expect(tab.part(opened).first).to_be_visible()
        tab.close()

    def test_tables_and_pictures_are_saved_while_the_server_is_away(self, chromium, demo_board):
        tab = Tab(chromium)
        tab.open(demo_board.url, run="question", tag="local1_weights")
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        wait_until(lambda: tab.page.evaluate(FETCHED))
        tab.page.context.set_offline(True)
        for menu, item in (("export", "export-shown-csv"), ("chart-menu", "chart-svg")):
            tab.part(menu).first.click()
            with tab.page.expect_download():
                tab.part(item).first.click()
        tab.close()

    def test_a_page_that_opened_on_a_dead_server_recovers_too(self, chromium, demo_board):
        tab = Tab(chromium)
        tab.page.route("**/weight_delta/runs*", lambda route: route.abort())
        tab.page.route("**/weight_delta/overview*", lambda route: route.abort())
        tab.open(demo_board.url, run="question")
        expect(tab.part("error-state")).to_contain_text("The page keeps trying by itself.")
        tab.page.unroute("**/weight_delta/runs*")
        tab.page.unroute("**/weight_delta/overview*")
        expect(tab.row("local1_weights")).to_be_visible(timeout=30_000)
        tab.close()
