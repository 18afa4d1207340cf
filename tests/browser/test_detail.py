"""The detail and what acts on the whole page: steps, zoom, baseline, links, exports, help."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.tab import Tab
from tests.support.event_logs import EventLog, drifting
from tests.support.places import ODD_RUN, ODD_TAG

STEP_CHARTS = ("chart-movement", "chart-delta-bands", "chart-bands", "chart-parts", "chart-speed")
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def plot(tab: Tab, chart: str) -> Locator:
    return tab.part(chart).locator(".plot")


def drag(tab: Tab, chart: str, start: float, end: float) -> None:
    """Drag over a chart, between two shares of its width."""
    area = plot(tab, chart)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    height = box["y"] + box["height"] / 2
    tab.page.mouse.move(box["x"] + start * box["width"], height)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + end * box["width"], height, steps=5)
    tab.page.mouse.up()


def address(tab: Tab) -> str:
    return unquote(tab.page.url)


def saved(tab: Tab, menu: str, item: str) -> tuple[str, bytes]:
    """The name and the content of what an item of a menu saves."""
    tab.part(menu).click()
    with tab.page.expect_download() as download:
        tab.part(item).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def saved_chart(tab: Tab, chart: str, item: str) -> tuple[str, bytes]:
    figure = tab.part(chart)
    figure.scroll_into_view_if_needed()
    figure.get_by_test_id("chart-menu").click()
    with tab.page.expect_download() as download:
        figure.get_by_test_id(item).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


class TestLinkedSteps:
    def test_one_cross_hair_runs_through_all_step_charts(self, question):
        expect(question.part("chart-speed").locator("svg")).to_be_visible()
        plot(question, "chart-movement").hover(position={"x": 150, "y": 60})
        for chart in STEP_CHARTS:
            expect(question.part(chart).locator(".step-mark.hover")).to_have_count(1)

    def test_a_click_pins_the_histograms_step_and_the_link_keeps_it(self, question):
        plot(question, "chart-movement").click(position={"x": 150, "y": 60})
        histogram = question.part("chart-histogram")
        expect(histogram).not_to_contain_text("step 500")
        said = re.search(r"(?<!baseline, )step (\d+)", histogram.inner_text())
        question.page.wait_for_url(re.compile(f"step={said[1]}"))
        question.page.reload()
        expect(question.part("chart-histogram")).to_contain_text(f"step {said[1]}")

    def test_the_arrow_keys_read_a_chart_and_enter_pins(self, question):
        chart = plot(question, "chart-movement")
        chart.focus()
        chart.press("Home")
        chart.press("ArrowRight")
        expect(question.part("spoken")).to_contain_text(re.compile("step 20: .*movement"))
        for other in STEP_CHARTS:
            expect(question.part(other).locator(".step-mark.hover")).to_have_count(1)
        chart.press("Enter")
        expect(question.part("chart-histogram")).to_contain_text("step 20")
        chart.press("Escape")
        expect(question.part("chart-movement").locator(".step-mark.hover")).to_have_count(0)

    def test_play_runs_to_the_last_step_and_escape_stops_it(self, question):
        question.part("play").click()
        expect(question.part("play")).to_have_attribute("aria-label", "Pause")
        expect(question.part("step-slider")).not_to_have_js_property("value", "25")
        question.page.keyboard.press("Escape")
        expect(question.part("play")).to_have_attribute("aria-label", "Play all steps")
        question.part("step-slider").press("End")
        question.part("step-slider").press("ArrowLeft")
        question.part("play").click()
        expect(question.part("step-slider")).to_have_js_property("value", "25")
        expect(question.part("play")).to_have_attribute("aria-label", "Play all steps")

    def test_with_reduced_motion_each_press_goes_one_step(self, tab, demo_board):
        tab.page.emulate_media(reduced_motion="reduce")
        tab.open(demo_board.url, run="question", tag="local1_weights", step="0")
        expect(tab.part("play")).to_have_attribute("aria-label", "Next step")
        tab.part("play").click()
        expect(tab.part("chart-histogram")).to_contain_text("step 20")
        tab.page.wait_for_timeout(500)
        expect(tab.part("step-slider")).to_have_js_property("value", "1")


# By how many pixels a read-out leaves what can be seen of the detail.
OUTSIDE = """readout => {
  const [box, pane] = [readout, readout.closest('.detail')].map(e => e.getBoundingClientRect())
  const { clientWidth, clientHeight } = document.documentElement
  return Math.max(pane.left - box.left, box.right - clientWidth,
    Math.max(0, pane.top) - box.top, box.bottom - clientHeight)
}"""


class TestReadouts:
    @pytest.mark.parametrize("width", [700, 1024, 1280, 1600])
    def test_no_read_out_leaves_the_window(self, question, width):
        question.page.set_viewport_size({"width": width, "height": 640})
        for chart in ("chart-movement", "chart-histogram", "chart-delta-bands"):
            area = plot(question, chart)
            for block in ("start", "end"):
                area.evaluate("(plot, block) => plot.scrollIntoView({ block })", block)
                box = area.bounding_box()
                for share in (0.15, 0.5, 0.95):
                    area.hover(position={"x": share * box["width"], "y": box["height"] / 2})
                    outside = area.locator(".readout").evaluate(OUTSIDE)
                    assert outside <= 0, (chart, block, share)


class TestAxes:
    @pytest.mark.parametrize(
        ("axis", "label"), [("relative", "time since step 0, in seconds"), ("wall", "wall time, ")]
    )
    def test_all_charts_share_an_axis_of_time_and_the_link_keeps_it(self, question, axis, label):
        question.part(f"x-axis-{axis}").click()
        for chart in STEP_CHARTS:
            expect(question.part(chart)).to_contain_text(label)
        question.page.wait_for_url(re.compile(f"x={axis}"))
        question.page.reload()
        expect(question.part("chart-movement")).to_contain_text(label)

    def test_a_logarithmic_axis_shows_decades_and_keeps_bounds_and_resolution(self, question):
        question.part("movement-axis-log").click()
        chart = question.part("chart-movement")
        expect(chart.get_by_test_id("bounds-band")).to_have_attribute("d", re.compile("^M"))
        expect(chart.get_by_test_id("resolution-zone")).to_have_attribute("d", re.compile("^M"))
        path = chart.locator(".movement-line").get_attribute("d")
        assert "NaN" not in path
        question.page.wait_for_url(re.compile("y=log"))

    def test_dragging_zooms_all_charts_and_a_double_click_shows_all_again(self, question):
        drag(question, "chart-movement", 0.3, 0.7)
        expect(question.part("zoom")).to_contain_text(re.compile(r"steps \d+ to \d+"))
        expect(question.part("chart-histogram")).to_contain_text("step 500")
        zoom = re.search(r"zoom=(\d+)\.\.(\d+)", wait_for(question, "zoom="))
        assert 0 < int(zoom[1]) < int(zoom[2]) < 500
        question.page.reload()
        expect(question.part("zoom")).to_contain_text(f"steps {zoom[1]} to {zoom[2]}")
        plot(question, "chart-bands").dblclick()
        expect(question.part("zoom")).not_to_contain_text("steps")
        question.page.wait_for_url(re.compile("^((?!zoom=).)*$"))


def wait_for(tab: Tab, part: str) -> str:
    tab.page.wait_for_url(re.compile(re.escape(part)))
    return address(tab)


class TestComparison:
    def test_a_baseline_is_asked_for_shown_and_kept_in_the_link(self, question, demo_board):
        question.part("baseline-picker").click()
        question.part("baseline-step").check()
        question.part("baseline-step-number").fill("100")
        table = demo_board.table("overview", run="question", baseline="step:100")
        sentence = table["headline"]["sentence"].replace("\u00a0", " ")
        expect(question.part("headline")).to_contain_text(sentence)
        expect(question.ask_why()).to_contain_text("step 100")
        expect(question.part("chart-histogram")).to_contain_text("baseline, step 100")
        assert "baseline=step:100" in wait_for(question, "baseline=")
        question.page.reload()
        expect(question.part("baseline-picker")).to_contain_text("step 100")
        expect(question.part("headline")).to_contain_text(sentence)

    def test_another_run_can_be_the_baseline(self, tab, demo_board):
        tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer2.bias")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        tab.part("baseline-picker").click()
        tab.part("baseline-run-name").select_option("torch_rates/lr-1e-6")
        expect(tab.part("baseline-picker")).to_contain_text("torch_rates/lr-1e-6")
        tab.page.keyboard.press("Escape")
        expect(tab.part("baseline-form")).to_have_count(0)
        expect(tab.part("baseline-picker")).to_be_focused()

    def test_the_page_never_jumps_to_skeletons_for_another_baseline(self, question):
        question.page.route("**/weight_delta/overview*", lambda route: None)
        question.part("baseline-picker").click()
        question.part("baseline-previous").check()
        expect(question.part("baseline-picker")).to_contain_text("previous step")
        expect(question.frame.locator(".skeleton")).to_have_count(0)
        expect(question.row("local1_weights")).to_be_visible()

    def test_thresholds_change_the_verdicts_and_can_be_taken_back(self, question, demo_board):
        question.part("thresholds").click()
        question.part("threshold-moved").fill("0.2")
        table = demo_board.table("overview", run="question", moved="0.002")
        expect(question.part("verdict-moved")).to_contain_text(str(table["counts"]["moved"]))
        assert "moved=0.002" in wait_for(question, "moved=")
        question.part("threshold-moved").fill("20")
        expect(question.part("thresholds-form")).to_contain_text("must stay below")
        question.part("thresholds-reset").click()
        expect(question.part("threshold-moved")).to_have_value("1")
        before = demo_board.table("overview", run="question")["counts"]["moved"]
        expect(question.part("verdict-moved")).to_contain_text(str(before))
        question.page.wait_for_url(re.compile("^((?!moved=).)*$"))


@pytest.mark.framed
class TestLinks:
    def test_back_returns_to_the_tensor_and_the_run_before(self, question):
        detail = question.part("detail")
        question.row("weights_conv5").click()
        wait_for(question, "tag=weights_conv5")
        question.part("run-picker").click()
        question.frame.get_by_test_id("run-option").filter(has_text="keras_frozen").click()
        wait_for(question, "keras_frozen")
        expect(question.row("frozen/frozen_features/kernel/histogram")).to_be_visible()
        question.page.wait_for_timeout(400)
        question.page.go_back()
        expect(detail).to_have_attribute("data-tag", "weights_conv5")
        question.page.go_back()
        expect(detail).to_have_attribute("data-tag", "local1_weights")
        question.page.go_forward()
        expect(detail).to_have_attribute("data-tag", "weights_conv5")

    def test_back_returns_to_the_view_before(self, question):
        question.part("view-cards").click()
        wait_for(question, "view=cards")
        question.part("view-heatmap").click()
        wait_for(question, "view=heatmap")
        question.page.go_back()
        expect(question.part("tensor-cards")).to_be_visible()
        question.page.go_back()
        expect(question.part("tensor-table")).to_be_visible()
        expect(question.part("view-table")).to_have_attribute("aria-pressed", "true")
        question.page.go_forward()
        expect(question.part("tensor-cards")).to_be_visible()

    def test_bands_taken_out_of_a_chart_stay_out_after_a_reload(self, question):
        def band(chart: str, name: str) -> Locator:
            return question.part(chart).get_by_role("button", name=name)

        band("chart-bands", "min–max").click()
        band("chart-delta-bands", "min–max").click()
        wait_for(question, "hide=delta~bands-0")
        question.page.reload()
        expect(band("chart-bands", "min–max")).to_have_attribute("aria-pressed", "false")
        expect(question.part("chart-bands").locator("path.band")).to_have_count(3)
        expect(question.part("chart-delta-bands").locator("path.band")).to_have_count(4)
        band("chart-bands", "min–max").click()
        question.page.wait_for_url(re.compile("hide=delta(&|$)"))

    def test_what_is_set_on_the_way_makes_no_stops_for_back(self, question):
        length = question.page.evaluate("history.length")
        question.part("movement-axis-log").click()
        wait_for(question, "y=log")
        question.part("tag-filter").fill("local")
        wait_for(question, "filter=local")
        assert question.page.evaluate("history.length") == length

    def test_the_copied_link_opens_the_same_page_even_before_the_address_follows(
        self, chromium, question
    ):
        question.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        question.part("x-axis-wall").click()
        question.part("copy-link").click()
        expect(question.part("toast")).to_contain_text("Link copied")
        copied = question.page.evaluate("navigator.clipboard.readText()")
        other = Tab(chromium, framed=True)
        other.page.goto(copied)
        expect(other.part("detail")).to_have_attribute("data-tag", "local1_weights")
        expect(other.part("chart-movement")).to_contain_text("wall time")
        other.close()

    def test_another_tab_of_tensorboard_and_back_loses_nothing(self, question):
        question.part("movement-axis-log").click()
        wait_for(question, "y=log")
        tabs = question.page.get_by_role("tab")
        tabs.filter(has_text=re.compile("histograms", re.I)).click()
        question.page.wait_for_url(re.compile("#histograms"))
        tabs.filter(has_text=re.compile("weight delta", re.I)).click()
        expect(question.part("movement-axis-log")).to_have_attribute("aria-pressed", "true")
        expect(question.part("detail")).to_have_attribute("data-tag", "local1_weights")


class TestExport:
    def test_csv_of_what_is_shown_has_the_rows_and_numbers_of_the_page(self, question, demo_board):
        question.part("tag-filter").fill("local")
        columns = demo_board.table("overview", run="question")["columns"]
        name, content = saved(question, "export", "export-shown-csv")
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert name == "question-tensors.csv"
        assert {row["tag"] for row in rows} == {tag for tag in columns["tag"] if "local" in tag}
        for row in rows:
            i = columns["tag"].index(row["tag"])
            assert float(row["movement"]) == columns["movement"][i]
            assert row["run"] == "question"

    def test_json_of_everything_holds_every_tensor_and_the_thresholds(self, question, demo_board):
        question.part("tag-filter").fill("local")
        table = demo_board.table("overview", run="question")
        _, content = saved(question, "export", "export-all-json")
        told = json.loads(content)
        assert [tensor["tag"] for tensor in told["tensors"]] == table["columns"]["tag"]
        assert told["thresholds"] == table["thresholds"]
        assert told["tensors"][0]["movement_upper"] == table["columns"]["movement_upper"][0]

    def test_the_markdown_table_has_a_line_for_each_row_in_sight(self, question):
        question.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        question.part("tag-filter").fill("local1_weights")
        question.part("export").click()
        question.part("copy-markdown").click()
        expect(question.part("toast")).to_contain_text("1 row copied")
        lines = question.page.evaluate("navigator.clipboard.readText()").splitlines()
        assert len(lines) == 3
        assert lines[2].startswith("| local1\\_weights | weight | barely moved | ≥ 0.81 % |")

    @pytest.mark.parametrize("chart", [*STEP_CHARTS, "chart-histogram"])
    def test_each_chart_is_saved_as_svg_with_all_that_says_of_what_it_is(self, question, chart):
        title = question.part(chart).locator("h3").inner_text()
        name, content = saved_chart(question, chart, "chart-svg")
        root = ElementTree.fromstring(content)
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert name.startswith("question-local1_weights-")
        assert name.endswith(".svg")
        assert title in texts
        assert "local1_weights" in texts
        notes = " ".join(texts)
        assert "run question · baseline: step 0, the first logged" in notes
        steps = "step 500" if chart == "chart-histogram" else "steps 0 to 500"
        assert re.search(rf"{steps} · \d+ \w+ \d{{4}}, \d\d:\d\d:\d\d", notes)
        assert any("unit" in text or "spread" in text for text in texts)
        assert b"class=" not in content

    @pytest.mark.parametrize("chart", ["chart-runs", "chart-pinned", "chart-scalar"])
    def test_a_chart_with_a_legend_of_lines_is_saved_as_it_is_drawn(self, tab, demo_board, chart):
        link = {"with": "torch_rates%2Flr-1e-2", "pins": "layer2.bias"}
        tab.open(demo_board.url, run="torch_rates/lr-1", tag="layer1.bias", **link)
        drawing = tab.part(chart).locator(".plot > svg")
        expect(drawing).to_be_visible()
        _, content = saved_chart(tab, chart, "chart-svg")
        root = ElementTree.fromstring(content)
        assert float(root.attrib["width"]) >= drawing.evaluate("svg => svg.clientWidth")
        assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) >= 1

    def test_a_chart_is_saved_as_a_sharp_png(self, question, tmp_path):
        name, content = saved_chart(question, "chart-movement", "chart-png")
        width = int.from_bytes(content[16:20])
        assert name == "question-local1_weights-movement.png"
        assert content.startswith(PNG_MAGIC)
        assert width >= 2 * question.part("chart-movement").locator("svg").evaluate(
            "svg => svg.clientWidth"
        )

    def test_names_from_logs_are_text_in_every_export(self, tab, dialects_board):
        tab.open(dialects_board.url, run=ODD_RUN, tag=ODD_TAG)
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        _, content = saved_chart(tab, "chart-movement", "chart-svg")
        root = ElementTree.fromstring(content)
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert ODD_TAG in texts
        name, content = saved(tab, "export", "export-all-csv")
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert ODD_TAG in {row["tag"].removeprefix("'") for row in rows}
        assert re.fullmatch(r"[\w.-]+", name)


class TestTables:
    @pytest.mark.parametrize("chart", [*STEP_CHARTS, "chart-histogram"])
    def test_behind_each_chart_there_is_a_table(self, question, chart):
        figure = question.part(chart)
        figure.scroll_into_view_if_needed()
        figure.get_by_test_id("chart-menu").click()
        figure.get_by_test_id("chart-as-table").click()
        table = figure.get_by_test_id("chart-table")
        expect(table.locator("tbody tr").first).to_be_visible()
        if chart != "chart-histogram":
            expect(table.locator("tbody tr")).to_have_count(26)
            expect(table.locator("thead th").first).to_have_text("step")
        figure.get_by_test_id("chart-menu").click()
        figure.get_by_test_id("chart-as-table").click()
        expect(figure.locator("svg")).to_be_visible()


class TestHelp:
    def test_the_question_mark_opens_the_guide_and_escape_closes_it(self, question):
        question.part("tensor-table").focus()
        question.page.keyboard.press("?")
        guide = question.part("help")
        for word in ("movement", "floor", "resolution", "bands", "exploding", "barely moved"):
            expect(guide).to_contain_text(word)
        question.page.keyboard.press("Escape")
        expect(guide).to_have_count(0)
        question.part("help-button").click()
        expect(guide).to_be_visible()
        question.part("help-close").click()
        expect(guide).to_have_count(0)
        expect(question.part("help-button")).to_be_focused()

    def test_a_slash_goes_to_the_filter_and_is_typed_there(self, question):
        question.part("tensor-table").focus()
        question.page.keyboard.press("/")
        expect(question.part("tag-filter")).to_be_focused()
        question.page.keyboard.type("a/?")
        expect(question.part("tag-filter")).to_have_value("a/?")
        expect(question.part("help")).to_have_count(0)
        question.page.keyboard.press("Escape")
        expect(question.part("tag-filter")).not_to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1024, 700), (700, 900)])
def test_no_popover_is_wider_than_the_window(chromium, demo_board, width, height):
    tab = Tab(chromium, width, height)
    tab.open(demo_board.url, run="question", tag="local1_weights")
    expect(tab.part("chart-movement").locator("svg")).to_be_visible()
    for opener in ("baseline-picker", "thresholds", "export"):
        tab.part(opener).click()
        box = tab.frame.locator(".popover").bounding_box()
        assert box["x"] >= 0, opener
        assert box["x"] + box["width"] <= width, opener
        tab.page.keyboard.press("Escape")
    tab.close()


class TestScalar:
    """A scalar of the run beside the movement of its tensors."""

    def test_the_loss_stands_beside_movement_over_the_same_steps(self, question, demo_board):
        table = demo_board.table("scalars", run="question")
        chart = question.part("chart-scalar")
        expect(chart.locator("h3")).to_have_text("loss")
        expect(chart.locator("path.scalar-line")).to_have_attribute("d", re.compile("^M"))
        question.part("chart-movement").locator("svg").hover(position={"x": 200, "y": 60})
        expect(chart.locator(".step-mark.hover")).to_have_count(1)
        movement = question.part("chart-movement")
        chart.locator("svg").hover(position={"x": 120, "y": 60})
        expect(movement.locator(".step-mark.hover")).to_have_count(1)
        axes = [
            each.locator("text.tick[text-anchor=middle]").all_text_contents()
            for each in (movement, chart)
        ]
        assert axes[0] == axes[1] != []
        chart.locator("[aria-roledescription=chart]").press("Home")
        first = table["values"][0]
        expect(chart.get_by_test_id("spoken")).to_contain_text(f"loss {first:.4g}")

    def test_its_table_has_each_of_its_own_steps(self, tab, serve, tmp_path):
        with EventLog(tmp_path / "logs" / "a") as log:
            for step, values in zip((0, 30), drifting(0, [0, 30]), strict=True):
                log.values("w", step, values)
            for step in range(31):
                log.scalar("loss", step, 1 / (1 + step))
        tab.open(serve(tmp_path / "logs").url, run="a", tag="w")
        chart = tab.part("chart-scalar")
        chart.get_by_test_id("chart-menu").click()
        chart.get_by_test_id("chart-as-table").click()
        rows = chart.get_by_test_id("chart-table").locator("tbody tr")
        expect(rows).to_have_count(31)
        expect(rows.nth(4)).to_have_text("40.2")

    def test_another_can_be_chosen_and_lives_in_the_link(self, tab, demo_board):
        tab.open(demo_board.url, run="keras_frozen/train")
        expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_loss")
        tab.part("scalar-choice").select_option("epoch_accuracy")
        expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_accuracy")
        tab.page.wait_for_url(re.compile("scalar=epoch_accuracy"))
        tab.page.reload()
        expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_accuracy")

    def test_a_run_without_scalars_has_no_such_chart(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", tag="weights_conv1")
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        expect(tab.part("chart-scalar")).to_have_count(0)


@pytest.mark.parametrize(
    ("run", "tag", "against"),
    [
        (
            "keras_frozen/train",
            "frozen/frozen_features/bias/histogram",
            "started at 0: 0 % of the scale of frozen/frozen_features/kernel/histogram, of its",
        ),
        ("question", "softmax_biases", "of its own largest value so far"),
    ],
)
def test_what_started_at_0_names_what_it_is_compared_with(tab, demo_board, run, tag, against):
    tab.open(demo_board.url, run=run, tag=tag)
    expect(tab.part("detail")).to_have_attribute("data-tag", tag)
    expect(tab.part("detail").locator(".fact-line").last).to_contain_text(against)
