"""For everyone: what axe finds, the keyboard, screen readers, reduced motion."""

from collections.abc import Callable
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, expect

from tests.browser.tab import Tab
from tests.tensorboard_process import TensorBoard

VIEWS: Final = {"table": "tensor-table", "cards": "tensor-cards", "heatmap": "tensor-heatmap"}

Act = Callable[[Tab], None]


def plugin_frame(tab: Tab) -> Frame:
    """The plugin's page alone: what TensorBoard does around it is not counted."""
    return next(frame for frame in tab.page.frames if "name=weight_delta" in frame.url)


def found_by_axe(tab: Tab) -> list[str]:
    """All that axe finds, whatever it thinks of its impact."""
    found = Axe().run(plugin_frame(tab)).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:120]}"
        for violation in found
        for node in violation["nodes"]
    ]


def found_in_both_themes(tab: Tab) -> list[str]:
    found = found_by_axe(tab)
    tab.page.evaluate("document.body.classList.add('dark-mode')")
    expect(tab.frame.locator("html")).to_have_attribute("data-theme", "dark")
    return found + [f"dark: {each}" for each in found_by_axe(tab)]


def pressed(*parts: str) -> Act:
    """Presses one after the other; the last makes something visible that the test names."""

    def act(tab: Tab) -> None:
        for part in parts:
            tab.part(part).first.click()

    return act


class TestAxe:
    @pytest.mark.parametrize("view", VIEWS)
    @pytest.mark.parametrize("group", ["", "scope"])
    def test_finds_nothing_in_a_view_and_the_detail_beside_it(self, tab, demo_board, view, group):
        tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer1.bias", view=view, group=group)
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        if view == "cards":
            expect(tab.part("tensor-cards").locator("path.median-line")).to_have_count(4)
        assert found_in_both_themes(tab) == []

    @pytest.mark.parametrize(
        ("opener", "opened"),
        [
            ("run-picker", "run-option"),
            ("baseline-picker", "baseline-form"),
            ("thresholds", "thresholds-form"),
            ("export", "copy-markdown"),
            ("chart-menu", "chart-png"),
            ("help-button", "help"),
            ("verdict-button", "evidence"),
        ],
    )
    def test_finds_nothing_in_what_opens(self, question, opener, opened):
        question.part(opener).first.click()
        expect(question.part(opened).first).to_be_visible()
        assert found_in_both_themes(question) == []

    def test_finds_nothing_in_the_tables_behind_the_charts(self, question):
        for chart in ("movement", "delta-bands", "bands", "histogram", "parts", "speed"):
            figure = question.part(f"chart-{chart}")
            figure.get_by_test_id("chart-menu").click()
            figure.get_by_test_id("chart-as-table").click()
            expect(figure.get_by_test_id("chart-table")).to_be_visible()
        assert found_in_both_themes(question) == []

    def test_finds_nothing_where_everything_is_changed_from_its_default(self, tab, demo_board):
        chosen = {"roles": "weight", "verdicts": "moved,barely_moved", "sort": "-tag", "y": "log"}
        compared = {"baseline": "previous", "moved": "0.002", "zoom": "100..300", "filter": "w("}
        tab.open(demo_board.url, run="question", tag="local1_weights", **chosen, **compared)
        expect(tab.part("filter-problem")).to_be_visible()
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_where_no_tensor_matches(self, tab, demo_board):
        tab.open(demo_board.url, run="question", filter="nothing like this")
        expect(tab.part("no-match")).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_where_there_is_nothing(self, tab, serve, tmp_path):
        (tmp_path / "logs").mkdir()
        tab.open(serve(tmp_path / "logs").url)
        expect(tab.part("empty-state")).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_in_an_error_and_in_a_notice(self, chromium, demo_board: TensorBoard):
        tab = Tab(chromium)
        tab.page.route("**/weight_delta/runs*", lambda route: route.abort())
        tab.open(demo_board.url)
        expect(tab.part("error-state")).to_be_visible()
        assert found_in_both_themes(tab) == []
        tab.page.unroute("**/weight_delta/runs*")
        tab.part("error-state").get_by_role("button").click()
        expect(tab.part("chart-histogram").locator("svg").last).to_be_visible()
        tab.page.route("**/weight_delta/**", lambda route: route.abort())
        tab.page.locator("app-header-reload button").click()
        expect(tab.part("notice")).to_be_visible()
        assert found_in_both_themes(tab) == []
        tab.close()
