"""The tab in headless Chromium, on real logs served by a real TensorBoard."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.patience import wait_until
from tests.support.places import ODD_RUN, ODD_TAG
from tests.support.servers.tensorboard_process import LOADERS

BAND_NAMES = ["min", "6.7 %", "16 %", "31 %", "median", "69 %", "84 %", "93 %", "max"]


def shown_rows(tab: Tab) -> list[str]:
    """Tags in the order of the table."""
    rows = tab.part("tensor-table").locator("[data-tag]")
    return [row.get_attribute("data-tag") for row in rows.all()]


class TestDemoLogs:
    @pytest.mark.framed
    def test_the_headline_is_the_answer_of_the_api(self, question, demo_board):
        answer = demo_board.table("overview", run="question")["headline"]
        expect(question.part("headline").locator("h1")).to_have_text(answer["sentence"])
        expect(question.ask_why()).to_contain_text(answer["detail"])
        expect(question.part("live")).to_contain_text("step 500, read ")
        expect(question.part("follow")).to_be_checked()

    def test_the_table_names_every_tensor_with_the_numbers_of_the_api(self, question, demo_board):
        question.part("tensor-table").get_by_role("button", name="Activations").click()
        columns = demo_board.table("overview", run="question")["columns"]
        expect(question.part("tensor-table").locator("[data-tag]")).to_have_count(
            len(columns["tag"])
        )
        assert shown_rows(question) == columns["tag"]
        for tag, shown in zip(columns["tag"], columns["shown"], strict=True):
            cell = question.row(tag).get_by_test_id("cell-movement")
            relative, movement = shown["relative_movement"], shown["movement"]
            value = float(cell.get_attribute("data-value"))
            assert value == (movement if relative is None else relative), tag

    def test_the_detail_shows_the_sentence_of_the_api(self, question, demo_board):
        table = demo_board.table("series", run="question", tag="local1_weights")
        expect(question.part("detail")).to_contain_text(table["sentence"].replace("\u00a0", " "))

    @pytest.mark.parametrize(
        ("chart", "labels"),
        [
            ("chart-movement", ["training step", "% of spread"]),
            ("chart-delta-bands", ["training step", "in the tensor's own unit"]),
            ("chart-bands", ["training step", "in the tensor's own unit"]),
            ("chart-histogram", ["in the tensor's own unit", "per unit"]),
        ],
    )
    def test_every_axis_has_a_label_with_a_unit(self, question, chart, labels):
        for label in labels:
            expect(question.part(chart)).to_contain_text(label)

    @pytest.mark.parametrize("chart", ["chart-delta-bands", "chart-bands"])
    def test_every_band_is_named_beside_the_chart_and_on_hover(self, question, chart):
        plot = question.part(chart).locator("svg").last
        plot.scroll_into_view_if_needed()
        named = question.part(chart).inner_text()
        legend = {name for name in BAND_NAMES if re.search(rf"{re.escape(name)}", named)}
        assert legend >= {"median"}
        plot.hover(position={"x": 150, "y": 60})
        for name in BAND_NAMES:
            expect(question.part(chart)).to_contain_text(name)
        expect(question.part(chart)).to_contain_text(re.compile(r"step \d+"))

    def test_the_step_slider_changes_the_histogram(self, question, demo_board):
        slider = question.part("step-slider")
        slider.focus()
        for _ in range(3):
            slider.press("ArrowLeft")
        steps = demo_board.table("series", run="question", tag="local1_weights")["steps"]
        expect(question.part("chart-histogram")).to_contain_text(f"step {steps[-4]}")

    def test_another_run_can_be_picked(self, question, demo_board):
        question.part("run-picker").click()
        question.frame.get_by_test_id("run-option").filter(has_text="keras_frozen").click()
        frozen = question.row("frozen/frozen_features/kernel/histogram")
        expect(frozen).to_contain_text("unchanged")
        answer = demo_board.table("overview", run="keras_frozen/train")["headline"]["sentence"]
        expect(question.part("headline").locator("h1")).to_have_text(answer)


class TestFilters:
    def test_text_and_regular_expressions_filter_the_table(self, question):
        question.part("tag-filter").fill("conv1")
        expect(question.part("tensor-table").locator("[data-tag]")).to_have_count(2)
        question.part("tag-filter").fill("^(local|softmax).*weights$")
        expect(question.part("tensor-table").locator("[data-tag]")).to_have_count(3)
        assert set(shown_rows(question)) == {"local1_weights", "local2_weights", "softmax_weights"}

    def test_a_bad_regular_expression_is_explained(self, question):
        question.part("tag-filter").fill("conv(")
        expect(question.part("filter-problem")).to_be_visible()

    def test_a_filter_that_matches_nothing_can_be_taken_back(self, question):
        question.part("tag-filter").fill("nothing like this")
        expect(question.part("no-match")).to_be_visible()
        question.part("no-match").get_by_role("button").click()
        expect(question.part("tensor-table").locator("[data-tag]")).to_have_count(16)
        expect(question.part("group-row")).to_contain_text("Activations14")

    def test_role_buttons_keep_their_role(self, question):
        question.part("roles").click()
        question.part("role-bias").click()
        expect(question.part("tensor-table").locator("[data-tag]")).to_have_count(8)
        assert all("biases" in tag for tag in shown_rows(question))

    def test_columns_sort_both_ways(self, question):
        before = shown_rows(question)
        question.part("sort-tag").click()
        wait_until(lambda: shown_rows(question)[0].startswith("biases_conv1"))
        ascending = shown_rows(question)
        question.part("sort-tag").click()
        wait_until(lambda: shown_rows(question) == ascending[::-1])
        question.part("sort-tag").click()
        wait_until(lambda: shown_rows(question) == before)


class TestSelection:
    def test_arrow_keys_move_the_selection(self, question):
        tags = shown_rows(question)
        question.part("tensor-table").focus()
        question.part("tensor-table").press("ArrowDown")
        after = tags[tags.index("local1_weights") + 1]
        expect(question.part("detail")).to_have_attribute("data-tag", after)

    @pytest.mark.framed
    def test_a_link_restores_run_tensor_and_filter_after_a_reload_of_the_page(
        self, tab, demo_board
    ):
        tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer2.bias", filter="layer2")
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.bias")
        tab.row("layer2.weight").click()
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.weight")
        tab.page.wait_for_url(re.compile("tag=layer2.weight"))
        tab.page.reload()
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.weight")
        expect(tab.part("tag-filter")).to_have_value("layer2")
        expect(tab.part("run-picker")).to_contain_text("lr-1")


@pytest.mark.framed
class TestTensorBoardsControls:
    def test_dark_mode_is_followed_live(self, question):
        def background() -> str:
            return question.frame.locator("body").evaluate(
                "body => getComputedStyle(body).backgroundColor"
            )

        light = background()
        question.set_theme("dark")
        expect(question.frame.locator("body")).not_to_have_css("background-color", light)
        question.set_theme("light")
        expect(question.frame.locator("body")).to_have_css("background-color", light)

    def test_the_reload_button_brings_new_data_and_keeps_the_selection(self, tab, serve, logdir):
        board = serve(logdir)
        board.wait_for_series({"a": 2})
        tab.open(board.url)
        expect(tab.row("dense/bias")).to_be_visible()
        tab.row("dense/bias").click()
        with EventLog(logdir / "a", "events.out.tfevents.1800000000.later") as log:
            log.values("added/kernel", 30, drifting(3, [0])[0])
            board.wait_for_series({"a": 3})
            assert tab.row("added/kernel").count() == 0
            tab.reload_data()
            expect(tab.row("added/kernel")).to_be_visible()
        expect(tab.part("detail")).to_have_attribute("data-tag", "dense/bias")

    def test_a_run_that_appears_can_be_picked_after_a_reload(self, tab, serve, logdir):
        board = serve(logdir)
        board.wait_for_series({"a": 2})
        tab.open(board.url)
        expect(tab.row("dense/bias")).to_be_visible()
        with EventLog(logdir / "fresh") as log:
            log.values("late/kernel", 0, drifting(3, [0])[0])
        board.wait_for_series({"a": 2, "fresh": 1})
        tab.reload_data()
        expect(tab.part("run-picker")).to_contain_text("1 of 2")
        expect(tab.row("dense/bias")).to_be_visible()
        tab.part("run-picker").click()
        tab.frame.get_by_test_id("run-option").filter(has_text="fresh").click()
        expect(tab.row("late/kernel")).to_be_visible()


class TestStates:
    @pytest.mark.framed
    def test_an_empty_logdir_shows_how_to_write_histograms(self, tab, serve, tmp_path):
        (tmp_path / "logs").mkdir()
        board = serve(tmp_path / "logs")
        # Without histograms the tab is inactive; a link still opens it.
        tab.open(board.url)
        empty = tab.part("empty-state")
        expect(empty).to_contain_text("No histogram summaries in this logdir")
        for snippet in ("tf.summary.histogram", "histogram_freq=1", "add_histogram"):
            expect(empty).to_contain_text(snippet)

    def test_an_error_shows_the_servers_sentence_and_can_be_retried(self, chromium, demo_board):
        tab = Tab(chromium)
        broken = {"error": "The event files are on fire."}
        tab.page.route(
            "**/weight_delta/runs*", lambda route: route.fulfill(status=503, json=broken)
        )
        tab.open(demo_board.url)
        expect(tab.part("error-state")).to_contain_text("The event files are on fire.")
        tab.page.unroute("**/weight_delta/runs*")
        tab.part("error-state").get_by_role("button").click()
        expect(tab.part("tensor-table").locator("[data-tag]").first).to_be_visible()
        tab.close()

    def test_stale_data_stay_with_a_notice_when_the_server_is_gone(self, chromium, serve, logdir):
        tab = Tab(chromium, framed=True)
        board = serve(logdir)
        board.wait_for_series({"a": 2})
        tab.open(board.url)
        expect(tab.row("dense/bias")).to_be_visible()
        tab.page.route("**/weight_delta/**", lambda route: route.abort())
        tab.reload_data()
        expect(tab.part("notice")).to_be_visible()
        expect(tab.row("dense/bias")).to_be_visible()
        tab.close()

    def test_a_module_that_does_not_load_leaves_an_error_not_a_blank_tab(
        self, chromium, demo_board
    ):
        tab = Tab(chromium, framed=True)
        tab.page.route("**/static/assets/*.js", lambda route: route.abort())
        tab.open(demo_board.url)
        expect(tab.frame.locator("body")).to_contain_text("Weight Delta")
        tab.close()

    @pytest.mark.parametrize(
        ("button", "module"),
        [("view-cards", "tensor-cards"), ("thresholds", "forms"), ("help-button", "guide")],
    )
    def test_a_part_that_does_not_load_says_so_and_how_to_go_on(
        self, tab, demo_board, button, module
    ):
        files = f"**/static/assets/{module}-*.js"
        tab.page.route(files, lambda route: route.abort())
        tab.open(demo_board.url, run="question", tag="local1_weights")
        expect(tab.row("local1_weights")).to_be_visible()
        tab.part(button).click()
        expect(tab.part("not-loaded")).to_contain_text("could not be loaded")
        tab.page.unroute(files)
        tab.part("not-loaded").get_by_role("button").click()
        tab.part(button).click()
        expect(tab.part("not-loaded")).to_have_count(0)
        tab.complaints.clear()  # of the file that did not come

    def test_an_estimate_is_told_and_drawn_as_one(self, tab, serve, tmp_path):
        rng = np.random.default_rng(0)
        start, drift = rng.uniform(-0.1, 0.1, 2000), rng.normal(0, 0.03, 2000)
        with EventLog(tmp_path / "logs" / "a") as log:
            for step in range(4):
                log.values("fc.weight", step, start + step / 3 * drift)
        tab.open(serve(tmp_path / "logs").url, run="a", tag="fc.weight")
        expect(tab.part("headline")).to_contain_text("moved by about")
        expect(tab.part("detail")).to_contain_text("Single values moved by about")
        chart = tab.part("chart-movement")
        expect(chart).to_contain_text("single values, about")
        expect(chart.get_by_test_id("about-line").locator("path").first).to_have_attribute(
            "d", re.compile("^M")
        )

    def test_what_was_left_out_is_counted_and_named(self, tab, serve, tmp_path):
        values = drifting(2, range(2))
        with EventLog(tmp_path / "logs" / "a") as log:
            log.values("good", 0, values[0])
            log.values("good", 1, values[1])
            log.rows("good", 2, [[0.0, 1.0, -4.0]])
        board = serve(tmp_path / "logs")
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 2)
        tab.open(board.url)
        left_out = tab.part("left-out")
        expect(left_out).to_have_text("1 left out")
        left_out.click()
        listed = tab.part("left-out-list")
        expect(listed).to_contain_text("a count is negative")
        expect(listed).to_contain_text("step 2")
        listed.get_by_role("button", name="good").click()
        expect(listed).to_have_count(0)
        expect(tab.part("detail")).to_have_attribute("data-tag", "good")


class TestNames:
    @pytest.mark.framed
    def test_names_from_logs_are_text_never_markup(self, tab, dialects_board):
        tab.open(dialects_board.url, run=ODD_RUN, tag=ODD_TAG)
        expect(tab.row(ODD_TAG)).to_be_visible()
        expect(tab.part("detail").locator("h2")).to_have_attribute("title", ODD_TAG)
        expect(tab.part("run-picker")).to_contain_text("<script>é")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        assert tab.frame.locator("main script, td script").count() == 0


class TestServing:
    @pytest.mark.framed
    @pytest.mark.parametrize("loader", LOADERS)
    def test_the_tab_works_below_a_path_prefix_with_both_loaders(self, tab, serve, logdir, loader):
        flags = (loader, "--path_prefix=/tb/here")
        board = serve(logdir, *flags)
        board.wait_for_series({"a": 2})
        tab.open(board.url)
        expect(tab.row("dense/kernel")).to_be_visible()
        expect(tab.part("chart-movement").locator("svg")).to_be_visible()

    @pytest.mark.parametrize(("width", "height"), [(1400, 900), (1024, 700), (700, 900)])
    def test_nothing_is_wider_than_the_window(self, chromium, demo_board, width, height):
        tab = Tab(chromium, width, height, framed=True)
        tab.open(demo_board.url, run="question", tag="local1_weights")
        expect(tab.part("chart-movement").locator("svg")).to_be_visible()
        overflow = tab.frame.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        assert overflow <= 0
        tab.close()
