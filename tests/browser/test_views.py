"""The three views of the tensors: table, cards and heat map, one selection."""

import math
import re
from contextlib import closing
from itertools import accumulate
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab, quoted
from tests.support.event_logs import EventLog, drifting
from tests.support.patience import wait_until
from tests.support.places import ODD_RUN, ODD_TAG

SIZES = [(1400, 900), (1024, 700), (700, 900)]
VIEWS = {"table": "tensor-table", "cards": "tensor-cards", "heatmap": "tensor-heatmap"}


@pytest.fixture
def show(tab, demo_board):
    """Opens the tab on one view of a demo run."""

    def open_view(view: str, run: str = "question", **link: str) -> Tab:
        tab.open(demo_board.url, run=run, view=view, **link)
        expect(tab.part(VIEWS[view])).to_be_visible()
        expect(tab.frame.locator("[aria-busy=true]")).to_have_count(0)
        return tab

    return open_view


def tags_of(tab: Tab, view: str) -> list[str]:
    """Tags in the order of the view."""
    return [each.get_attribute("data-tag") for each in tab.part(view).locator("[data-tag]").all()]


def point(tab: Tab, x: float, y: float) -> None:
    """Moves the pointer to a place of the heat map, both as fractions of its cells."""
    box = tab.part("heat-canvas").bounding_box()
    tab.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


class TestSwitching:
    def test_three_views_show_the_same_tensors_and_keep_the_selection(self, question):
        order = tags_of(question, "tensor-table")
        for view, part in VIEWS.items():
            question.part(f"view-{view}").click()
            expect(question.part(part)).to_be_visible()
            expect(question.part(f"view-{view}")).to_have_attribute("aria-pressed", "true")
            shown = tags_of(question, part)
            start = order.index(shown[0])
            assert shown == order[start : start + len(shown)]
            expect(question.part("detail")).to_have_attribute("data-tag", "local1_weights")

    def test_the_view_lives_in_the_link_and_the_default_is_left_out(self, question):
        question.part("view-heatmap").click()
        question.page.wait_for_url(re.compile("view=heatmap"))
        question.page.reload()
        expect(question.part("tensor-heatmap")).to_be_visible()
        question.part("view-table").click()
        question.page.wait_for_url(lambda url: "view=" not in url)

    def test_a_filter_holds_in_every_view(self, show):
        tab = show("cards", filter="conv1")
        expect(tab.part("tensor-card")).to_have_count(2)
        tab.part("view-heatmap").click()
        expect(tab.part("tensor-heatmap").locator("[data-tag]")).to_have_count(2)
        tab.part("tag-filter").fill("nothing like this")
        expect(tab.part("no-match")).to_be_visible()

    def test_a_wide_table_tells_sizes_and_first_moves_and_sorts_by_them(self, chromium, demo_board):
        with closing(Tab(chromium, 1920, 900)) as tab:
            tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer1.bias")
            head = tab.part("sort-elements")
            expect(tab.part("sort-tag")).to_be_visible()
            expect(head).to_be_hidden()
            tab.part("divider").focus()
            tab.page.keyboard.press("End")
            head.click()
            rows = tab.part("tensor-table").locator("tr[data-tag]")
            sizes = demo_board.table("overview", run="torch_rates/lr-1")["columns"]
            largest = max(zip(sizes["elements"], sizes["tag"], strict=True))[1]
            expect(rows.first).to_have_attribute("data-tag", largest)
            step = sizes["moved_step"][sizes["tag"].index(largest)]
            expect(rows.first.locator(".cell-moved")).to_have_text(f"step {step}")
            assert tab.complaints == []

    @pytest.mark.parametrize("view", VIEWS)
    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_no_view_is_wider_than_the_window(self, chromium, demo_board, view, width, height):
        tab = Tab(chromium, width, height)
        tab.open(demo_board.url, run="question", tag="local1_weights", view=view, group="scope")
        expect(tab.part(VIEWS[view])).to_be_visible()
        for element in ("html", ".table-panel"):
            overflow = tab.frame.locator(element).evaluate("e => e.scrollWidth - e.clientWidth")
            assert overflow <= 0, element
        tab.close()

    @pytest.mark.parametrize("view", VIEWS)
    def test_names_from_logs_are_text_in_every_view(self, tab, dialects_board, view):
        tab.open(dialects_board.url, run=ODD_RUN, tag=ODD_TAG, view=view, group="scope")
        named = tab.part(VIEWS[view]).locator(f"[data-tag={quoted(ODD_TAG)}]")
        expect(named.first).to_contain_text("script>é")
        assert tab.frame.locator("main script").count() == 0


class TestGroups:
    @pytest.fixture
    def grouped(self, show):
        return show("table", run="torch_rates/lr-1", tag="layer2.weight", group="scope")

    def test_each_scope_has_a_head_with_the_totals_of_its_tensors(self, grouped, demo_board):
        columns = demo_board.table("overview", run="torch_rates/lr-1")["columns"]
        expect(grouped.part("group-row")).to_have_count(2)
        for scope in ("layer1", "layer2"):
            members = [i for i, tag in enumerate(columns["tag"]) if tag.startswith(scope)]
            head = grouped.frame.locator(f"[data-scope={scope}]")
            expect(head).to_contain_text(re.compile(rf"{scope}{len(members)}"))
            largest = max(columns["relative_movement"][i] for i in members)
            shown = f"{largest * 100:.0f} %" if largest < 10 else f"{largest:.0f} ×"
            expect(head).to_contain_text(shown)
            elements = sum(columns["elements"][i] for i in members)
            expect(head.locator(".group-elements")).to_have_attribute(
                "title", f"{elements:,} values in all"
            )
        expect(grouped.frame.locator("[data-scope=layer1]")).to_contain_text("exploding")

    def test_what_is_no_parameter_stands_below_the_layers_folded(self, show):
        tab = show("table", run="question", group="scope")
        heads = tab.part("group-row").locator(".group-name")
        expect(heads.last).to_have_text("Activations")
        expect(tab.row("con5_before_relu")).to_have_count(0)

    def test_a_click_folds_a_group_and_another_opens_it(self, grouped):
        head = grouped.frame.locator("[data-scope=layer1]")
        head.get_by_role("button").click()
        expect(grouped.row("layer1.bias")).to_have_count(0)
        expect(head.get_by_role("button")).to_have_attribute("aria-expanded", "false")
        head.get_by_role("button").click()
        expect(grouped.row("layer1.bias")).to_be_visible()

    def test_arrow_keys_fold_the_group_of_the_selection_and_skip_heads(self, grouped):
        table = grouped.part("tensor-table")
        table.focus()
        table.press("ArrowLeft")
        expect(grouped.row("layer2.weight")).to_have_count(0)
        expect(grouped.frame.locator("[data-scope=layer2]")).to_have_attribute(
            "aria-selected", "true"
        )
        table.press("ArrowUp")
        expect(grouped.part("detail")).to_have_attribute("data-tag", "layer1.weight")
        table.press("ArrowDown")
        expect(grouped.part("detail")).to_have_attribute("data-tag", "layer1.weight")
        grouped.frame.locator("[data-scope=layer2] button").press("ArrowRight")
        table.press("ArrowDown")
        expect(grouped.part("detail")).to_have_attribute("data-tag", "layer2.bias")

    def test_grouping_is_kept_in_the_link(self, question):
        question.part("group-by-scope").click()
        question.page.wait_for_url(re.compile("group=scope"))
        expect(question.part("group-row")).not_to_have_count(0)
        question.part("group-by-scope").click()
        question.page.wait_for_url(lambda url: "group=" not in url)

    def test_an_end_that_all_names_share_makes_no_scope(self, show):
        tab = show("table", run="keras_frozen/train", group="scope")
        expect(tab.part("group-row").first).to_be_visible()
        scopes = [each.get_attribute("data-scope") for each in tab.part("group-row").all()]
        assert not any(scope.endswith(("kernel", "bias")) for scope in scopes)


class TestCards:
    def test_every_card_in_sight_draws_its_bands_and_names_verdict_and_movement(self, show):
        tab = show("cards", run="torch_rates/lr-1")
        expect(tab.part("tensor-card")).to_have_count(4)
        expect(tab.part("tensor-cards").locator("path.median-line")).to_have_count(4)
        card = tab.part("tensor-card").filter(has_text="layer1.bias")
        expect(card).to_contain_text("exploding")
        expect(card).to_contain_text(re.compile(r"\d ×"))
        expect(card.locator("path.median-line")).to_have_attribute("d", re.compile("^M"))

    def test_no_text_lies_over_a_drawing(self, show):
        tab = show("cards")
        expect(tab.part("tensor-cards").locator("path.median-line").first).to_be_visible()
        over = """all => all.flatMap(plot => {
            const { left, right, top, bottom } = plot.querySelector('svg').getBoundingClientRect()
            return [...plot.querySelectorAll('span')].filter(each => {
                const box = each.getBoundingClientRect()
                return box.left < right && box.right > left && box.top < bottom && box.bottom > top
            }).map(each => each.textContent)
        })"""
        plots = tab.frame.locator(".card-plot")
        expect(plots.locator("span").nth(10)).to_be_attached()
        assert plots.evaluate_all(over) == []

    def test_the_chosen_measure_is_on_the_cards_and_tells_their_order(self, show):
        tab = show("cards", measure="norm", sort="-movement")
        expect(tab.frame.locator(".view-order")).to_contain_text("by norm, largest first")
        card = tab.part("tensor-card").first
        expect(card).to_have_accessible_name(re.compile(r"Norm [\d.]+$"))
        expect(tab.part("measure")).to_have_value("norm")

    def test_series_are_asked_for_as_cards_scroll_in_and_four_at_a_time(self, tab, demo_board):
        told, given_up = [], []
        for event, change in (("request", 1), ("requestfinished", -1)):
            tab.page.on(event, lambda request, change=change: told.append((change, request.url)))
        tab.page.on("requestfailed", lambda request: given_up.append(request.url))

        def asked():
            return [url for change, url in told if change == 1 and "/series?" in url]

        tab.page.set_viewport_size({"width": 1000, "height": 600})
        tab.open(demo_board.url, run="question", view="cards", sort="-movement")
        expect(tab.part("tensor-cards").locator("path.median-line").first).to_be_visible()
        expect(tab.part("tensor-cards").locator("[aria-busy=true]")).to_have_count(0)
        before = len(asked())
        assert before < 30
        # Of what was scrolled away meanwhile, the browser says late that it is given up.
        answered = [change for change, url in told if "/series?" in url and url not in given_up]
        assert max(accumulate(answered)) <= 5  # four for the cards and one for the detail
        tab.frame.locator(".cards-scroller").evaluate("e => { e.scrollTop = e.scrollHeight }")
        expect(
            tab.part("tensor-card").filter(has_text="softmax_biases").locator("path.median-line")
        ).to_be_visible()
        assert len(asked()) > before

    @pytest.mark.parametrize("act", ["click", "Enter"])
    def test_a_click_and_enter_select(self, show, act):
        tab = show("cards", run="torch_rates/lr-1", tag="layer1.bias")
        card = tab.part("tensor-card").filter(has_text="layer2.bias")
        if act == "click":
            card.click()
        else:
            card.focus()
            card.press(act)
        expect(tab.part("detail")).to_have_attribute("data-tag", "layer2.bias")
        expect(card).to_have_attribute("aria-selected", "true")

    def test_arrow_keys_move_from_card_to_card(self, show):
        tab = show("cards", run="torch_rates/lr-1", tag="layer1.bias")
        expect(tab.part("tensor-card")).to_have_count(4)
        order = tags_of(tab, "tensor-cards")
        tab.part("tensor-card").first.focus()
        tab.page.keyboard.press("ArrowRight")
        expect(tab.part("detail")).to_have_attribute("data-tag", order[1])
        expect(tab.part("tensor-card").nth(1)).to_be_focused()

    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_the_chosen_card_is_in_sight(self, chromium, demo_board, width, height):
        tab = Tab(chromium, width, height)
        tab.open(demo_board.url, run="question", tag="weights_conv4", view="cards")
        card = tab.part("tensor-card").filter(has_text="weights_conv4")
        expect(card).to_be_in_viewport(ratio=0.95)
        tab.close()

    def test_groups_have_heads_among_the_cards(self, show):
        tab = show("cards", run="torch_rates/lr-1", group="scope")
        head = tab.frame.locator(".card-head").filter(has_text="layer1")
        head.get_by_role("button").click()
        expect(tab.part("tensor-card")).to_have_count(2)

    def test_a_failed_series_says_so_in_its_card(self, chromium, demo_board):
        tab = Tab(chromium)
        tab.page.route("**/weight_delta/series?*", lambda route: route.abort())
        tab.open(demo_board.url, run="torch_rates/lr-1", view="cards")
        expect(tab.part("tensor-card").first).to_contain_text("does not answer")
        tab.close()


class TestHeatmap:
    def test_hover_reads_out_tensor_step_and_movement(self, show, demo_board):
        tab = show("heatmap", run="torch_rates/lr-1")
        sparkline = demo_board.table("overview", run="torch_rates/lr-1")
        columns = sparkline["columns"]
        point(tab, 0.99, 0.125)
        readout = tab.part("heat-readout")
        expect(readout).to_contain_text(columns["tag"][0])
        expect(readout).to_contain_text(f"step {columns['last_step'][0]}")
        expect(readout).to_contain_text(f"moved {columns['relative_movement'][0]:.0f} ×")
        point(tab, 0.01, 0.125)
        expect(readout).to_contain_text("the baseline itself")

    def test_a_click_selects_the_row(self, show):
        tab = show("heatmap")
        box = tab.part("heat-canvas").bounding_box()
        tab.page.mouse.click(box["x"] + 100, box["y"] + 3)
        first = tags_of(tab, "tensor-heatmap")[0]
        expect(tab.part("detail")).to_have_attribute("data-tag", first)

    def test_arrow_keys_move_a_cell_that_is_read_out_and_enter_selects(self, show, demo_board):
        tab = show("heatmap", tag="con5_before_relu")
        steps = demo_board.table("series", run="question", tag="con5_before_relu")["steps"]
        heatmap = tab.part("tensor-heatmap")
        heatmap.focus()
        heatmap.press("End")
        expect(tab.part("heat-readout")).to_contain_text(f"con5_before_relustep {steps[-1]}")
        heatmap.press("ArrowLeft")
        expect(tab.part("heat-readout")).to_contain_text(f"step {steps[-2]}")
        heatmap.press("ArrowDown")
        order = tags_of(tab, "tensor-heatmap")
        below = order[order.index("con5_before_relu") + 1]
        expect(tab.part("heat-readout")).to_contain_text(below)
        expect(tab.part("heat-cursor")).to_be_visible()
        heatmap.press("Enter")
        expect(tab.part("detail")).to_have_attribute("data-tag", below)
        heatmap.press("Escape")
        expect(tab.part("heat-cursor")).to_have_count(0)

    def test_the_legend_names_the_scale_and_what_is_beside_it(self, show):
        tab = show("heatmap")
        for word in (
            "% of spread",
            "0.01 %",
            "1 %",
            "100 %",
            "unchanged",
            "gap",
        ):
            expect(tab.part("heat-legend")).to_contain_text(word)
        expect(tab.frame.locator(".heat-axis")).to_contain_text("training step")

    def test_gaps_unscaled_and_unchanged_tensors_are_told(self, tab, serve, tmp_path):
        values = drifting(3, range(10))
        with EventLog(tmp_path / "logs" / "a") as log:
            for step, each in enumerate(values):
                if step != 5:
                    log.values("gappy/kernel", 10 * step, each)
                log.values("still/kernel", 10 * step, values[0])
                log.values("zero/bias", 10 * step, each[:20] * 0 + 0.01 * step)
        board = serve(tmp_path / "logs")
        board.wait_for_series({"a": 3})
        tab.open(board.url, view="heatmap", sort="tag")
        expect(tab.part("tensor-heatmap").locator("[data-tag]")).to_have_count(3)
        said = {
            "gap": (0.55, 1 / 6),
            "unchanged": (0.55, 3 / 6),
            "own largest value so far": (0.55, 5 / 6),
        }
        for word, (x, y) in said.items():
            point(tab, x, y)
            expect(tab.part("heat-readout")).to_contain_text(word)

    def test_dark_mode_paints_other_colours(self, show):
        tab = show("heatmap")
        canvas = tab.part("heat-canvas")
        light = canvas.evaluate("canvas => canvas.toDataURL()")
        tab.set_theme("dark")
        expect(tab.frame.locator("html")).to_have_attribute("data-theme", "dark")
        wait_until(lambda: canvas.evaluate("canvas => canvas.toDataURL()") != light)

    def test_more_rows_than_fit_scroll_and_the_chosen_one_is_in_sight(self, chromium, demo_board):
        tab = Tab(chromium, 1024, 700)
        tab.open(
            demo_board.url, run="question", tag="softmax_biases", view="heatmap", sort="-movement"
        )
        label = tab.part("tensor-heatmap").locator("[data-tag=softmax_biases]")
        expect(label).to_be_in_viewport()
        scrolled = tab.part("tensor-heatmap").evaluate("e => e.scrollHeight > e.clientHeight")
        assert scrolled
        tab.close()


# What the scale of colours shows, at one moment.
RAMP: Final = """ramp => {
  const boxOf = (element) => element.getBoundingClientRect().toJSON()
  return {
    colours: boxOf(ramp.querySelector("canvas")),
    band: boxOf(document.querySelector("[data-testid=update-band]")),
    ticks: [...ramp.querySelectorAll("div span")].map((tick) => [tick.innerText, boxOf(tick)]),
  }
}"""


class TestMeasures:
    def test_another_measure_fills_column_map_and_heat_map_and_lives_in_the_link(
        self, tab, demo_board
    ):
        tab.open(demo_board.url, run="question_exact", tag="weights_conv1")
        tab.part("measure").select_option("update_ratio")
        table = demo_board.table("overview", run="question_exact", measure="update_ratio")
        place = table["columns"]["tag"].index("weights_conv1")
        value = table["sparkline"]["values"][place][-1]
        cell = tab.row("weights_conv1").get_by_test_id("cell-movement")
        expect(cell).to_have_attribute("data-value", re.compile(re.escape(f"{value:.6g}"[:6])))
        expect(tab.part("sort-movement")).to_have_text("Update ratio")
        tab.page.wait_for_url(re.compile("measure=update_ratio"))
        tab.part("view-map").click()
        expect(tab.part("map-legend")).to_contain_text("Update ratio")
        expect(tab.part("update-band")).to_be_visible()
        expect(tab.part("map-legend")).to_contain_text("0.001")
        tab.part("view-heatmap").click()
        expect(tab.part("heat-legend")).to_contain_text("Update ratio")
        tab.page.wait_for_url(re.compile("view=heatmap"))
        tab.page.reload()
        expect(tab.part("heat-legend")).to_contain_text("Update ratio")

    @pytest.mark.parametrize("view", ["map", "heatmap"])
    def test_the_usual_update_ratios_lie_where_the_scale_of_colours_has_them(
        self, tab, demo_board, view
    ):
        tab.open(demo_board.url, run="question_exact", measure="update_ratio", view=view)
        band, ramp = tab.part("update-band"), tab.frame.locator(".colour-ramp")
        expect(band).to_be_visible()

        def is_in_place() -> bool:
            seen = ramp.evaluate(RAMP)
            colours, place = seen["colours"], seen["band"]
            ticks = [
                (math.log10(float(text)), box["x"] + box["width"] / 2)
                for text, box in seen["ticks"]
            ]
            (first, start), (last, end) = ticks[0], ticks[-1]

            def at(power: float) -> float:
                return float(start + (power - first) / (last - first) * (end - start))

            found = [place["x"], place["x"] + place["width"], *(x for _, x in ticks)]
            wanted = [at(power) for power in (-4, -2, *(power for power, _ in ticks))]
            inside = colours["x"] - 1 <= start < end <= colours["x"] + colours["width"] + 1
            return inside and found == pytest.approx(wanted, abs=1.5)

        # The scale widens as tensors are measured.
        wait_until(is_in_place)

    def test_update_ratios_far_from_the_usual_are_told_as_a_rule_of_thumb(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", measure="update_ratio")
        exact = demo_board.table("overview", run="question_exact")["columns"]["exact"]
        below = sum(each["update_ratio"] < 1e-4 for each in exact)
        advice = tab.part("update-advice")
        expect(advice.locator("summary")).to_contain_text(f"{below} tensors below 0.0001")
        expect(advice.locator("p").first).to_be_hidden()
        advice.locator("summary").click()
        expect(advice).to_contain_text("A rule of thumb, from CS231n")
        advice.get_by_role("button", name="biases_conv1", exact=True).click()
        expect(tab.part("detail")).to_have_attribute("data-tag", "biases_conv1")
        tab.part("view-runs").click()
        expect(tab.part("all-runs")).to_be_visible()
        expect(advice).to_have_count(0)

    def test_update_ratios_leave_the_first_row_in_the_upper_quarter(self, chromium, demo_board):
        with closing(Tab(chromium, 1280, 800)) as tab:
            tab.open(demo_board.url, run="question_exact", measure="update_ratio")
            expect(tab.part("update-advice")).to_be_visible()
            first = tab.part("tensor-table").locator("tr[data-tag]").first
            quarter = (800 - 64) / 4
            wait_until(lambda: (box := first.bounding_box()) is not None and box["y"] <= quarter)

    def test_a_run_is_offered_what_it_has_something_of(self, tab, demo_board):
        tab.open(demo_board.url, run="question")
        expect(tab.part("measure")).to_be_visible()
        offered = tab.part("measure").locator("option").all_inner_texts()
        assert {"Movement", "Speed", "Spread ratio", "Norm"} <= set(offered)
        assert "Update ratio" not in offered


# The logarithmic bars of the table: their lines stand at the thresholds in force.


def lines(tab: Tab) -> list[float]:
    """Where the two lines of a bar stand: as shares of its width."""
    places: list[float] = tab.frame.locator(".log-bar").first.evaluate(
        """bar => ["::before", "::after"].map(
            line => parseFloat(getComputedStyle(bar, line).left) / bar.clientWidth)"""
    )
    return places


def share(fraction: float) -> float:
    """From 0.001 % to 1,000 %."""
    return math.log10(fraction / 1e-5) / 6


@pytest.mark.parametrize(("moved", "moved_far"), [("0.01", "0.1"), ("0.003", "0.5")])
def test_lines_and_axis_follow_the_thresholds(tab, demo_board, moved, moved_far):
    tab.open(demo_board.url, run="question", moved=moved, moved_far=moved_far)
    axis = tab.part("log-bar-axis")
    label = axis.get_by_text(f"{float(moved) * 100:g} %", exact=True)
    expect(label).to_be_visible()
    expect(axis).to_have_attribute("title", re.compile(f"far from {float(moved_far) * 100:g} %"))
    limits = [share(float(moved)), share(float(moved_far))]
    wait_until(lambda: lines(tab) == pytest.approx(limits, abs=0.01))
    far = axis.get_by_text(f"{float(moved_far) * 100:g} %", exact=True)
    place, far_place, bar = (each.bounding_box() for each in (label, far, axis))
    ends = [place["x"] + place["width"], far_place["x"]]
    assert [(end - bar["x"]) / bar["width"] for end in ends] == pytest.approx(limits, abs=0.02)


def test_lines_move_with_a_threshold_that_is_typed(question):
    question.part("thresholds").click()
    question.part("threshold-moved").fill("5")
    expect(question.part("log-bar-axis")).to_contain_text("5 %")
    wait_until(lambda: lines(question)[0] == pytest.approx(share(0.05), abs=0.01))
