"""What the page shows of movements that buckets do not resolve, of flags and of evidence."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.servers.tensorboard_process import LOADERS


def column(table, name, tag):
    return table["columns"][name][table["columns"]["tag"].index(tag)]


@pytest.fixture
def unresolved(tab, demo_board):
    """The tab on a kernel whose movement is not resolved."""
    tab.open(demo_board.url, run="question", tag="local2_weights")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    return tab


class TestUnresolvedMovement:
    def test_the_table_shows_bounds_exactly_where_movement_is_below_resolution(
        self, unresolved, demo_board
    ):
        columns = demo_board.table("overview", run="question")["columns"]
        unresolved.part("sort-tag").click()  # the list of all, in no groups
        expect(unresolved.part("tensor-table").locator("[data-tag]")).to_have_count(30)
        for tag, shown in zip(columns["tag"], columns["shown"], strict=True):
            cell = unresolved.row(tag).get_by_test_id("cell-movement")
            shows_bounds = re.search(r"[\d.]+–[\d.]+ [%×]|≤", cell.inner_text()) is not None
            assert shows_bounds == (shown["basis"] == "bounds"), tag

    def test_the_cell_explains_its_bounds_and_still_sorts_by_movement(self, unresolved, demo_board):
        table = demo_board.table("overview", run="question")
        cell = unresolved.row("local2_weights").get_by_test_id("cell-movement")
        expect(cell).to_have_attribute("title", re.compile("too wide to tell more: between .* and"))
        relative = column(table, "relative_movement", "local2_weights")
        assert float(cell.get_attribute("data-value")) == relative

    def test_the_step_facts_give_bounds_and_the_readout_marks_what_is_below_resolution(
        self, unresolved
    ):
        expect(unresolved.part("step-facts")).to_contain_text(re.compile(r"[\d.]+–[\d.]+ %"))
        plot = unresolved.part("chart-movement").locator("svg")
        plot.hover(position={"x": 150, "y": 60})
        readout = unresolved.part("chart-movement").locator(".readout")
        expect(readout).to_contain_text(re.compile(r"of spread[\d.]+ %, below resolution"))
        expect(readout).to_contain_text(re.compile(r"between[\d.]+ % and [\d.]+ %"))
        expect(readout).to_contain_text(re.compile(r"resolution[\d.]+ %"))


class TestExactSums:
    def test_a_bias_that_left_one_value_is_told_exactly_and_drawn_dashed(self, tab, demo_board):
        tab.open(demo_board.url, run="question", tag="local1_biases")
        cell = tab.row("local1_biases").get_by_test_id("cell-movement")
        expect(cell).to_have_text(re.compile("^= *0.97 %"))
        expect(cell).to_have_attribute(
            "title", re.compile("Exact, the root mean square.*between 0.30 % and 0.97 %")
        )
        chart = tab.part("chart-movement")
        expect(chart.get_by_test_id("rms-line")).to_be_visible()
        expect(chart.get_by_test_id("rms-line")).to_have_css("stroke-dasharray", "5px, 3px")
        expect(chart.locator("figcaption")).to_contain_text("root mean square")
        expect(tab.part("step-facts")).to_contain_text("RMS, of value0.97 %")


class TestMovementChart:
    def test_bounds_and_resolution_are_drawn_and_named(self, question):
        chart = question.part("chart-movement")
        expect(chart.get_by_test_id("bounds-band")).to_be_visible()
        expect(chart.get_by_test_id("resolution-zone")).to_be_visible()
        expect(chart.locator("figcaption")).to_contain_text("below resolution")
        # The upper bound is ten times the movement: cut off at the axis, and named.
        expect(chart.locator("figcaption")).to_contain_text(
            re.compile(r"bounds \(up to [\d.]+ %\)")
        )

    def test_the_upper_bound_never_flattens_the_line(self, question):
        svg = question.part("chart-movement").locator("svg")
        heights = [
            svg.locator(shape).evaluate("shape => shape.getBBox().height")
            for shape in (".movement-line", ".bounds-band")
        ]
        assert heights[0] > 0.3 * heights[1]

    def test_a_movement_without_a_scale_has_bounds_too(self, tab, demo_board):
        tab.open(demo_board.url, run="question", tag="softmax_biases")
        chart = tab.part("chart-movement")
        expect(chart).to_contain_text("in the tensor's own unit")
        expect(chart.get_by_test_id("bounds-band")).to_have_attribute("d", re.compile("^M"))
        chart.locator("svg").hover(position={"x": 150, "y": 60})
        expect(chart.locator(".readout")).to_contain_text("between")

    def test_an_unchanged_tensor_has_no_band(self, tab, demo_board):
        tag = "frozen/frozen_features/kernel/histogram"
        tab.open(demo_board.url, run="keras_frozen/train", tag=tag)
        expect(tab.part("chart-movement").locator("svg")).to_be_visible()
        expect(tab.part("bounds-band")).to_have_count(0)


class TestFlags:
    @pytest.fixture
    def flagged(self, tab, serve, tmp_path):
        """A tensor that stops after step 1 and lost a histogram at step 2."""
        first, second = drifting(3, range(2))
        with EventLog(tmp_path / "logs" / "a") as log:
            for step in range(8):
                if step == 2:
                    log.rows("w/kernel", step, [[0.0, 1.0, -4.0]])
                else:
                    log.values("w/kernel", step, second if step else first)
                log.values("fine/kernel", step, first + 0.001 * step)
        board = serve(tmp_path / "logs")
        board.wait_for_series({"a": 2})
        tab.open(board.url, run="a", tag="w/kernel")
        expect(tab.part("flags")).to_be_visible()
        return tab, board.table("overview", run="a")

    def test_each_flag_has_a_badge_and_a_readable_reason(self, flagged):
        tab, table = flagged
        assert column(table, "flags", "w/kernel") == ["stopped", "invalid_rows"]
        for flag, reason in column(table, "evidence", "w/kernel")["flags"].items():
            expect(tab.part(f"flag-{flag}")).to_be_visible()
            expect(tab.part(f"flag-reason-{flag}")).to_contain_text(reason)

    def test_a_row_is_marked_with_its_reasons_and_only_where_it_has_any(self, flagged):
        tab, _ = flagged
        mark = tab.row("w/kernel").get_by_test_id("flag-mark")
        expect(mark).to_have_attribute("title", re.compile("stopped: It moved, but"))
        expect(tab.row("fine/kernel").get_by_test_id("flag-mark")).to_have_count(0)
        tab.row("fine/kernel").click()
        expect(tab.part("flags")).to_have_count(0)

    @pytest.mark.parametrize("loader", LOADERS)
    def test_a_sampled_baseline_is_announced_with_the_flag_that_helps(
        self, tab, serve, tmp_path, loader
    ):
        with EventLog(tmp_path / "logs" / "a") as log:
            for step, values in enumerate(drifting(3, range(700), elements=30)):
                log.values("w/kernel", step, values)
        limit = "--weightdelta_first_step_limit=0.0001"
        board = serve(tmp_path / "logs", loader, limit, "--samples_per_plugin=histograms=20")
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 699)
        tab.open(board.url)
        expect(tab.ask_why()).to_contain_text("--samples_per_plugin=histograms=")
        expect(tab.part("baseline")).to_contain_text(
            "the first kept – perhaps not the first logged"
        )
        expect(tab.part("detail")).to_contain_text("the first kept – perhaps not the first logged")

    def test_a_known_baseline_is_called_the_first_logged_without_a_note(self, question):
        expect(question.ask_why()).to_contain_text("step 0, the first logged")
        expect(question.part("headline")).not_to_contain_text("samples_per_plugin")


class TestEvidence:
    @pytest.mark.parametrize("key", ["Enter", "Space"])
    def test_the_verdict_tells_what_it_rests_on_by_keyboard(self, question, demo_board, key):
        table = demo_board.table("overview", run="question")
        rule = column(table, "evidence", "local1_weights")["rule"]
        button = question.part("verdict-button")
        button.focus()
        button.press(key)
        expect(question.part("evidence")).to_contain_text(rule)
        expect(question.part("evidence")).to_contain_text("threshold")
        expect(question.part("evidence")).to_contain_text("value")
        question.page.keyboard.press("Escape")
        expect(question.part("evidence")).to_have_count(0)
        expect(button).to_be_focused()

    def test_a_click_opens_it_another_closes_it_and_it_never_outlives_its_tensor(self, question):
        question.part("verdict-button").click()
        expect(question.part("evidence")).to_be_visible()
        question.part("verdict-button").click()
        expect(question.part("evidence")).to_have_count(0)
        question.part("verdict-button").click()
        question.row("weights_conv5").click()
        expect(question.part("detail")).to_have_attribute("data-tag", "weights_conv5")
        expect(question.part("evidence")).to_have_count(0)


class TestSlowServer:
    def test_skeletons_keep_the_place_until_the_overview_comes(self, chromium, demo_board):
        tab = Tab(chromium)
        held = []

        def hold(route):
            held.append(route)

        tab.page.route("**/weight_delta/overview*", hold)
        tab.open(demo_board.url, run="question")
        for part in ("headline", "tensor-table", "detail"):
            expect(tab.part(part).locator(".skeleton").first).to_be_visible()
        expect(tab.part("tensor-table")).to_have_attribute("aria-busy", "true")
        held[0].continue_()
        expect(tab.part("tensor-table")).to_have_attribute("aria-busy", "false")
        expect(tab.frame.locator(".skeleton")).to_have_count(0)
        tab.close()
