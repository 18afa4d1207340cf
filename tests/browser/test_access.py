"""For everyone: what axe finds, the keyboard, screen readers, reduced motion."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, expect

from demo.large_models import gpt2, write_transformer
from tests.browser.tab import Tab
from tests.support.event_logs import log_drifting
from tests.support.places import DEMO_SERIES
from tests.support.servers.data_server import DataServer
from tests.support.servers.front_doors import OpenBoard
from tests.support.servers.tensorboard_process import RUST, TensorBoard

BROKEN: Final = "diverged"
SWEEP: Final = [f"lr={rate},seed={seed}" for rate in ("0.1", "0.01", "0.001") for seed in range(20)]

# What opens, by the button that opens it.
OPENERS: Final = {
    "run-picker": "run-option",
    "baseline-picker": "baseline-form",
    "thresholds": "thresholds-form",
    "export": "copy-markdown",
    "roles": "role-weight",
    "why": "explanation",
    "chart-menu": "chart-png",
    "help-button": "help",
    "verdict-button": "evidence",
    "picture-menu": "picture-png",
    "left-out": "left-out-list",
    "strip-order": "strip-list",
}
# Where a button is that the network of the question has none of.
OF_BROKEN: Final = ("left-out", "strip-order")
STEP_CHARTS: Final = ("movement", "delta-bands", "bands", "parts", "speed")
VIEWS: Final = {
    "table": "tensor-table",
    "map": "tensor-map",
    "heatmap": "tensor-heatmap",
    "cards": "tensor-cards",
}

ESCAPE_WHEN_OPEN: Final = """(button) => {
  const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true })
  new MutationObserver((_, observer) => {
    observer.disconnect()
    button.dispatchEvent(escape)
    button.dataset.escaped = ""
  }).observe(button, { attributeFilter: ["aria-expanded"] })
}"""


@pytest.fixture(scope="module")
def many_board(
    open_board: OpenBoard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TensorBoard]:
    """Sixty runs of a sweep, and a transformer that diverged."""
    folder = tmp_path_factory.mktemp("many")
    for run in SWEEP:
        log_drifting(folder / "logs" / run, [0, 1], ["dense/kernel", "dense/bias"])
    write_transformer(folder / "logs" / BROKEN, gpt2(), diverges=True)
    with open_board(folder / "logs", RUST, log=folder / "log.txt") as board:
        board.wait_for_series({**dict.fromkeys(SWEEP, 2), BROKEN: len(gpt2())})
        yield board


@pytest.fixture
def page_with(tab: Tab, request: pytest.FixtureRequest) -> Callable[[str], Tab]:
    """Opens the tab where a button is, loaded."""

    def show(opener: str) -> Tab:
        if opener in OF_BROKEN:
            tab.open(request.getfixturevalue("many_board").url, run=BROKEN)
        else:
            view = "map" if opener == "picture-menu" else "table"
            board = request.getfixturevalue("demo_board")
            tab.open(board.url, run="question", tag="local1_weights", view=view)
        expect(tab.part(opener).first).to_be_visible()
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        return tab

    return show


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
    tab.set_theme("dark")
    expect(tab.frame.locator("html")).to_have_attribute("data-theme", "dark")
    return found + [f"dark: {each}" for each in found_by_axe(tab)]


class TestAxe:
    @pytest.mark.parametrize("view", VIEWS)
    @pytest.mark.parametrize("group", ["", "scope"])
    def test_finds_nothing_in_a_view_and_the_detail_beside_it(self, tab, demo_board, view, group):
        link = {"tag": "layer1.bias", "pins": "layer2.bias", "view": view, "group": group}
        tab.open(demo_board.url, run="torch_rates/lr-1", **link)
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.part("chart-pinned").get_by_test_id("run-line")).to_have_count(2)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        if view == "cards":
            expect(tab.part("tensor-cards").locator("path.median-line")).to_have_count(4)
        assert found_in_both_themes(tab) == []

    @pytest.mark.framed
    def test_finds_nothing_in_runs_side_by_side_nor_where_there_is_one_alone(self, tab, demo_board):
        tab.open(demo_board.url, run="torch_rates/lr-1", view="runs")
        expect(tab.part("all-runs")).to_be_visible()
        assert found_by_axe(tab) == []
        tab.part("compare-all").click()
        expect(tab.part("chart-runs").get_by_test_id("run-line")).to_have_count(3)
        tab.part("run-picker").click()
        expect(tab.part("run-option")).to_have_count(len(DEMO_SERIES))
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_among_many_runs(self, tab, many_board):
        tab.open(many_board.url, run=SWEEP[7], view="runs")
        expect(tab.part("all-runs").locator("tbody tr")).to_have_count(61)
        tab.part("run-picker").click()
        expect(tab.part("run-option")).to_have_count(61)
        expect(tab.part("run-filter")).to_be_focused()
        assert found_in_both_themes(tab) == []

    @pytest.mark.parametrize("view", VIEWS)
    def test_finds_nothing_in_a_view_of_a_run_that_broke(self, tab, many_board, view):
        tab.open(many_board.url, run=BROKEN, view=view)
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.part("strip")).to_be_visible()
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_in_advice_that_is_opened(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", measure="update_ratio")
        tab.part("update-advice").locator("summary").click()
        expect(tab.part("update-advice").get_by_role("button").first).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_where_the_baseline_lacks_the_tensor(self, tab, demo_board):
        tab.open(
            demo_board.url, run="question", tag="local1_weights", baseline="run:keras_frozen/train"
        )
        expect(tab.part("detail")).to_contain_text("cannot be compared")
        assert found_in_both_themes(tab) == []

    @pytest.mark.parametrize(("opener", "opened"), OPENERS.items())
    def test_finds_nothing_in_what_opens(self, page_with, opener, opened):
        page = page_with(opener)
        page.part(opener).first.click()
        expect(page.part(opened).first).to_be_visible()
        assert found_in_both_themes(page) == []

    def test_finds_nothing_in_the_tables_behind_the_charts(self, question):
        for chart in (*STEP_CHARTS, "histogram"):
            figure = question.part(f"chart-{chart}")
            figure.get_by_test_id("chart-menu").click()
            figure.get_by_test_id("chart-as-table").click()
            expect(figure.get_by_test_id("chart-table")).to_be_visible()
        assert found_in_both_themes(question) == []

    def test_finds_nothing_in_the_table_behind_the_heat_map(self, tab, demo_board):
        tab.open(demo_board.url, run="question", view="heatmap")
        tab.frame.locator(".heat-line").get_by_test_id("picture-menu").click()
        tab.part("picture-as-table").click()
        table = tab.frame.locator(".heat-stage").get_by_test_id("chart-table")
        expect(table.get_by_role("row")).to_have_count(1 + DEMO_SERIES["question"])
        expect(table.get_by_role("row", name="weights_conv1")).to_contain_text("1.6 %")
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_in_the_table_behind_the_map(self, tab, demo_board):
        tab.open(demo_board.url, run="torch_rates/lr-1", view="map")
        tab.frame.locator(".map-line").get_by_test_id("picture-menu").click()
        tab.part("picture-as-table").click()
        table = tab.frame.locator(".map-view").get_by_test_id("chart-table")
        expect(table.get_by_role("row")).to_have_count(1 + DEMO_SERIES["torch_rates/lr-1"])
        expect(table.get_by_role("row", name="layer1").first).to_contain_text("exploding")
        assert found_in_both_themes(tab) == []
        tab.frame.locator(".map-line").get_by_test_id("picture-menu").click()
        tab.part("picture-as-table").click()
        expect(tab.part("tensor-map")).to_be_visible()

    def test_finds_nothing_where_everything_is_changed_from_its_default(self, tab, demo_board):
        chosen = {"roles": "weight", "verdicts": "moved,barely_moved", "sort": "-tag", "y": "log"}
        compared = {"baseline": "previous", "moved": "0.002", "zoom": "100..300", "filter": "w("}
        tab.open(demo_board.url, run="question", tag="local1_weights", **chosen, **compared)
        expect(tab.part("filter-problem")).to_be_visible()
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert found_in_both_themes(tab) == []

    def test_finds_nothing_in_exact_movement_beside_its_floor(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", tag="weights_conv1", change="weights")
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        tab.part("verdict-button").click()
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

    def test_finds_nothing_in_what_is_not_known_without_event_files(
        self, tab, serve, logdir, tmp_path
    ):
        with DataServer(logdir, tmp_path) as server:
            board = serve(None, server.flag)
            board.wait_for_series({"a": 2})
            tab.open(board.url)
            tab.part("why").press("Enter")
            expect(tab.part("without-files")).to_be_visible()
            assert found_in_both_themes(tab) == []
            tab.page.goto("about:blank")  # it would look for news where nobody answers

    def test_finds_nothing_in_an_error_and_in_a_notice(self, chromium, demo_board: TensorBoard):
        tab = Tab(chromium, framed=True)
        tab.page.route("**/weight_delta/runs*", lambda route: route.abort())
        tab.open(demo_board.url)
        expect(tab.part("error-state")).to_be_visible()
        assert found_in_both_themes(tab) == []
        tab.page.unroute("**/weight_delta/runs*")
        # The page tries again by itself, too: the button may be gone by now.
        buttons = tab.part("error-state").get_by_role("button")
        buttons.evaluate_all("all => all.forEach(each => each.click())")
        expect(tab.part("chart-histogram").locator("svg").last).to_be_visible()
        tab.page.route("**/weight_delta/**", lambda route: route.abort())
        tab.reload_data()
        expect(tab.part("notice")).to_be_visible()
        assert found_in_both_themes(tab) == []
        tab.close()


# What a person sees of an element: its own frame, or that of what is around it.
LOOKS = """
window.lookOf = element => [element, element.parentElement].map(each => {
  const style = getComputedStyle(each)
  const outline = style.outlineStyle === 'none' ? '' : style.outlineWidth + style.outlineColor
  return outline + style.boxShadow
}).join()
window.nameOf = element => element.outerHTML.slice(0, 120)
// Arrow keys choose a card, and with it the menu that the Tab key reaches.
window.ofAnotherCard = element => element.closest('.card-menu') &&
  element.closest('.card-menu').dataset.tag !==
  document.querySelector('[role=option][aria-selected=true]').dataset.tag
window.focusable = () => [...document.querySelectorAll(
  'button, input, select, summary, a[href], [tabindex="0"]'
)].filter(each => !each.disabled && each.checkVisibility() && !ofAnotherCard(each))
window.before = new Map(focusable().map(each => [each, lookOf(each)]))
window.reached = new Set()
"""
NEXT = """
() => {
  const element = document.activeElement
  if (!document.hasFocus() || element === document.body || reached.has(element)) return null
  reached.add(element)
  return { name: nameOf(element), seen: lookOf(element) !== before.get(element) }
}
"""


def tabbed_through(tab: Tab) -> tuple[list[str], list[str]]:
    """What the Tab key never reaches, and what does not show that it was reached."""
    frame = plugin_frame(tab)
    frame.evaluate(LOOKS)
    frame.evaluate("focusable()[0].focus()")
    unseen = []
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Shift+Tab")
    while stop := frame.evaluate(NEXT):
        if not stop["seen"]:
            unseen.append(stop["name"])
        tab.page.keyboard.press("Tab")
    missed = "focusable().filter(each => !reached.has(each)).map(nameOf)"
    return frame.evaluate(missed), unseen


# What can be clicked, with its label, by its smaller side. The divider is as thin as it must be:
# arrow keys move it, too.
SMALL = """() => {
  const all = 'button, select, input, summary, [role=option], [role=button]'
  return [...document.querySelectorAll(all)].flatMap(each => {
    if (!each.checkVisibility() || each.closest('.unseen, [inert]')) return []
    const boxes = [each, each.closest('label')].flatMap(part => part?.getBoundingClientRect() ?? [])
    const least = Math.max(...boxes.map(({ width, height }) => Math.min(width, height)))
    return least < 23.5 ? [`${least} pixels: ${each.outerHTML.slice(0, 140)}`] : []
  })
}"""


class TestTargets:
    """WCAG 2.2 asks for 24 pixels."""

    @pytest.mark.parametrize("view", VIEWS)
    def test_everything_to_click_on_is_large_enough_in_a_view(self, tab, demo_board, view):
        tab.open(demo_board.url, run="question", tag="local1_weights", view=view, group="scope")
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert plugin_frame(tab).evaluate(SMALL) == []

    @pytest.mark.parametrize("listing", ["", "torch_rates%2Flr-1e-2"])
    def test_everything_to_click_on_is_large_enough_among_runs(self, tab, demo_board, listing):
        tab.open(demo_board.url, run="torch_rates/lr-1", view="runs", **{"with": listing})
        expect(tab.part("runs-table" if listing else "all-runs")).to_be_visible()
        assert plugin_frame(tab).evaluate(SMALL) == []

    @pytest.mark.parametrize(("opener", "opened"), OPENERS.items())
    def test_everything_to_click_on_is_large_enough_in_what_opens(self, page_with, opener, opened):
        page = page_with(opener)
        page.part(opener).first.click()
        expect(page.part(opened).first).to_be_visible()
        assert plugin_frame(page).evaluate(SMALL) == []


# Every text that is seen, by its size.
TINY = """() => {
  const seen = [...document.querySelectorAll('body *')].filter(each =>
    each.checkVisibility() && !each.closest('.unseen') &&
    [...each.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  return seen.filter(each => parseFloat(getComputedStyle(each).fontSize) < 12)
    .map(each => `${getComputedStyle(each).fontSize}: ${each.outerHTML.slice(0, 120)}`)
}"""


class TestText:
    @pytest.mark.parametrize("view", VIEWS)
    def test_no_text_is_smaller_than_12_pixels_in_charts_and_views(self, tab, demo_board, view):
        link = {"tag": "local1_weights", "pins": "local2_weights", "view": view}
        tab.open(demo_board.url, run="question", **link)
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.part("chart-pinned").get_by_test_id("run-line")).to_have_count(2)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert plugin_frame(tab).evaluate(TINY) == []

    def test_nor_in_the_list_of_all_runs(self, tab, many_board):
        tab.open(many_board.url, run=BROKEN, view="runs")
        expect(tab.part("all-runs").locator("tbody tr")).to_have_count(61)
        expect(tab.part("all-runs").locator(".skeleton")).to_have_count(0)
        assert plugin_frame(tab).evaluate(TINY) == []

    @pytest.mark.parametrize(("opener", "opened"), OPENERS.items())
    def test_nor_in_what_opens(self, page_with, opener, opened):
        page = page_with(opener)
        page.part(opener).first.click()
        expect(page.part(opened).first).to_be_visible()
        assert plugin_frame(page).evaluate(TINY) == []


class TestKeyboard:
    @pytest.mark.parametrize("view", [*VIEWS, "runs"])
    def test_the_tab_key_reaches_everything_and_shows_where_it_is(self, tab, demo_board, view):
        link = {"with": "torch_rates%2Flr-1e-2", "pins": "layer2.bias", "zoom": "0..50"}
        tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer1.bias", view=view, **link)
        expect(tab.part({**VIEWS, "runs": "runs-table"}[view])).to_be_visible()
        expect(tab.part("chart-runs").get_by_test_id("run-line")).to_have_count(2)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert tabbed_through(tab) == ([], [])

    def test_the_tab_key_reaches_every_run_of_the_list(self, tab, demo_board):
        tab.open(demo_board.url, run="torch_rates/lr-1", view="runs")
        expect(tab.part("all-runs").locator("tbody tr")).to_have_count(len(DEMO_SERIES))
        expect(tab.part("all-runs").locator(".skeleton")).to_have_count(0)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        assert tabbed_through(tab) == ([], [])

    @pytest.mark.parametrize(("opener", "opened"), OPENERS.items())
    def test_escape_closes_what_is_open_and_returns_to_its_button(self, page_with, opener, opened):
        page = page_with(opener)
        button = page.part(opener).first
        button.focus()
        button.press("Enter")
        expect(page.part(opened).first).to_be_visible()
        page.page.keyboard.press("Escape")
        expect(page.part(opened)).to_have_count(0)
        expect(button).to_be_focused()

    @pytest.mark.parametrize("opener", ["chart-menu", "verdict-button"])
    def test_escape_is_heard_as_soon_as_something_is_open(self, question, opener):
        """Before the page is painted again: a quick hand and a slow machine do that."""
        button = question.part(opener).first
        button.evaluate(ESCAPE_WHEN_OPEN)
        button.press("Enter")
        expect(button).to_have_attribute("data-escaped", "")
        expect(question.part(OPENERS[opener])).to_have_count(0)

    def test_what_is_open_closes_when_the_focus_goes_elsewhere(self, question):
        question.part("export").press("Enter")
        last = question.part("export-steps-json")
        expect(last).to_be_visible()
        last.focus()
        question.page.keyboard.press("Tab")
        expect(question.part("copy-link")).to_be_focused()
        expect(last).to_have_count(0)

    def test_columns_are_sorted_by_key_and_say_so(self, question):
        question.part("sort-tag").press("Enter")
        column = question.frame.get_by_role("columnheader", name=re.compile("^Tensor"))
        expect(column).to_have_attribute("aria-sort", "ascending")
        question.part("sort-tag").press("Enter")
        expect(column).to_have_attribute("aria-sort", "descending")
        expect(question.frame.locator("[aria-sort]:not([aria-sort=none])")).to_have_count(1)

    def test_arrow_keys_read_the_histogram_bucket_by_bucket(self, question):
        chart = question.part("chart-histogram").locator(".plot")
        chart.press("Home")
        spoken = question.part("spoken")
        expect(spoken).to_contain_text(re.compile(r"^at −0\.\d+: step 500 .* in .*, baseline "))
        first = spoken.inner_text()
        chart.press("ArrowRight")
        expect(spoken).not_to_have_text(first)
        expect(chart.locator(".step-mark.hover")).to_have_count(1)
        chart.press("ArrowLeft")
        expect(spoken).to_have_text(first)
        chart.press("Escape")
        expect(spoken).to_have_count(0)
        expect(chart.locator(".step-mark.hover")).to_have_count(0)

    def test_a_point_mass_is_read_by_key(self, tab, demo_board):
        tab.open(demo_board.url, run="question", tag="biases_conv2")
        chart = tab.part("chart-histogram").locator(".plot")
        stops = []
        chart.press("Home")
        while (said := tab.part("spoken").inner_text()) not in stops:
            stops.append(said)
            chart.press("ArrowRight")
        assert any("baseline 32 values at 0.1" in said for said in stops), stops

    def test_plus_and_minus_zoom_around_the_step_that_is_read(self, question):
        chart = question.part("chart-movement").locator(".plot")
        chart.press("Home")
        chart.press("+")
        expect(question.part("zoom")).to_contain_text("steps 0 to 260")
        chart.press("+")
        expect(question.part("zoom")).to_contain_text("steps 0 to 140")
        expect(question.part("spoken")).to_contain_text("step 0")
        chart.press("-")
        expect(question.part("zoom")).to_contain_text("steps 0 to 280")
        chart.press("0")
        expect(question.part("zoom")).not_to_contain_text("steps")


class TestScreenReaders:
    @pytest.mark.parametrize("view", [*VIEWS, "runs"])
    def test_every_picture_has_a_name_or_is_hidden(self, tab, demo_board, view):
        tab.open(demo_board.url, run="question", tag="local1_weights", view=view)
        expect(tab.part({**VIEWS, "runs": "all-runs"}[view])).to_be_visible()
        expect(tab.frame.locator(".skeleton")).to_have_count(0)
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        nameless = """all => all
            .filter(each => !each.closest('[aria-hidden=true], [role=application]'))
            .filter(each => each.getAttribute('role') !== 'img' || !each.ariaLabel)
            .map(each => each.outerHTML.slice(0, 120))"""
        assert tab.frame.locator("svg, canvas").evaluate_all(nameless) == []

    @pytest.mark.parametrize("chart", [*STEP_CHARTS, "histogram"])
    def test_every_chart_is_named_after_its_tensor_and_tells_its_keys(self, question, chart):
        group = question.part(f"chart-{chart}").get_by_role("group")
        expect(group.first).to_have_accessible_name(
            re.compile(r"local1_weights .*Left and right read it")
        )

    def test_the_table_tells_how_many_rows_it_has_and_which_is_chosen(self, chromium, demo_board):
        tab = Tab(chromium, 1024, 700)
        tab.open(demo_board.url, run="question", tag="local1_weights")
        table = tab.part("tensor-table")
        expect(tab.row("local1_weights")).to_be_visible()
        expect(table).to_have_attribute("aria-rowcount", str(1 + 16 + 1))
        chosen = table.get_attribute("aria-activedescendant")
        assert tab.row("local1_weights").get_attribute("id") == chosen
        place = tab.row("local1_weights").get_attribute("aria-rowindex")
        assert int(place) == int(chosen.removeprefix("tensor-row-")) + 2
        tab.close()

    def test_a_card_tells_verdict_and_movement(self, tab, demo_board):
        tab.open(demo_board.url, run="question", tag="local1_weights", view="cards")
        name = re.compile(r"^local1_weights: barely moved, moved at least 0\.81\s% spread$")
        expect(tab.frame.get_by_role("option", name=name)).to_be_visible()

    def test_what_was_done_is_told_in_a_place_that_was_there_before(self, question):
        question.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        region = question.part("toast")
        expect(region).to_have_attribute("role", "status")
        expect(region).to_have_text("")
        question.part("copy-link").click()
        expect(region).to_contain_text("Link copied")


# Everything that would move by itself: animations, transitions, smooth scrolling.
MOVING = """
() => [...document.querySelectorAll('*')].flatMap(element =>
  [null, '::before', '::after'].flatMap(pseudo => {
    const style = getComputedStyle(element, pseudo)
    const still = style.animationName === 'none' && style.scrollBehavior === 'auto'
      && style.transitionDuration.split(', ').every(each => each === '0s')
    return still ? [] : [element.outerHTML.slice(0, 80)]
  }))
"""


class TestReducedMotion:
    def test_nothing_moves_while_loading_or_waiting(self, tab, demo_board):
        tab.page.route("**/weight_delta/overview*", lambda route: None)
        tab.open(demo_board.url, run="question")
        expect(tab.frame.locator(".skeleton").first).to_be_visible()
        assert plugin_frame(tab).evaluate(MOVING) != []
        tab.page.emulate_media(reduced_motion="reduce")
        assert plugin_frame(tab).evaluate(MOVING) == []
        tab.page.unroute("**/weight_delta/overview*")
        tab.page.reload()
        expect(tab.part("chart-histogram").locator("svg").last).to_be_visible()
        tab.page.route("**/weight_delta/series*", lambda route: None)
        tab.part("tensor-table").press("ArrowDown")
        expect(tab.frame.locator(".charted.waiting")).to_have_count(1)
        assert plugin_frame(tab).evaluate(MOVING) == []
