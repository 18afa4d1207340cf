"""Taking it along: pictures of cards and heat map, every step of a tensor, names as text."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.tab import Tab, quoted
from tests.support.event_logs import EventLog, drifting
from tests.support.servers.tensorboard_process import TensorBoard

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
MARKUP = "<img src=x onerror=alert(1)>"
FORMULA = "=cmd()"
NAMES = (MARKUP, FORMULA)
# What a picture is drawn from, before it is pixels.
KEEP_SOURCES = """
const { set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src')
Object.defineProperty(HTMLImageElement.prototype, 'src', {
  set(address) { (window.sources ??= []).push(address); set.call(this, address) },
})
"""
TAKEN = re.compile(r"\d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d")


def saved(tab: Tab, menu: Locator, item: str) -> tuple[str, bytes]:
    """The name and the content of what an item of a menu saves."""
    menu.click()
    with tab.page.expect_download() as download:
        tab.part(item).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def export(tab: Tab, item: str) -> tuple[str, bytes]:
    return saved(tab, tab.part("export"), item)


def card_menu(tab: Tab, tag: str) -> Locator:
    return tab.frame.locator(f".card-menu[data-tag={quoted(tag)}]").get_by_test_id("picture-menu")


def heat_menu(tab: Tab) -> Locator:
    return tab.frame.locator(".heat-line").get_by_test_id("picture-menu")


def picture(tab: Tab, menu: Locator) -> tuple[str, ElementTree.Element]:
    """The name of the PNG that a menu saves, twice as sharp as its source, and that source."""
    name, content = saved(tab, menu, "picture-png")
    address = tab.frame.locator("body").evaluate("() => window.sources.at(-1)")
    source = ElementTree.fromstring(unquote(address.partition(",")[2]))
    assert content.startswith(PNG_MAGIC)
    for at, side in ((16, "width"), (20, "height")):
        assert int.from_bytes(content[at : at + 4]) == 2 * int(source.attrib[side])
    return name, source


def texts_in(source: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in source.iter(f"{SVG}text")]


@pytest.fixture
def tab(tab: Tab) -> Tab:
    tab.page.context.add_init_script(KEEP_SOURCES)
    return tab


@pytest.fixture
def cards(tab: Tab, demo_board: TensorBoard) -> Tab:
    tab.open(demo_board.url, run="question", tag="local1_weights", view="cards")
    card = tab.part("tensor-card").and_(tab.frame.locator("[data-tag=local1_weights]"))
    expect(card.locator("path.median-line")).to_be_visible()
    return tab


@pytest.fixture
def odd(tab: Tab, serve, tmp_path) -> Tab:
    """A run and tensors with names that must stay text."""
    with EventLog(tmp_path / "logs" / FORMULA) as log:
        for step, values in enumerate(drifting(0, range(3))):
            for name in NAMES:
                log.values(name, step, values)
    board = serve(tmp_path / "logs")
    board.wait_for_series({FORMULA: 2})
    tab.open(board.url, run=FORMULA, tag=MARKUP)
    expect(tab.part("chart-movement").locator("svg")).to_be_visible()
    return tab


class TestCards:
    def test_a_card_is_saved_as_it_looks_with_its_run_baseline_and_date(self, cards):
        name, source = picture(cards, card_menu(cards, "local1_weights"))
        texts = texts_in(source)
        assert name == "question-local1_weights-card.png"
        assert texts[0] == "local1_weights"
        notes = " ".join(texts)
        assert "since the first step, in the tensor's own unit, over training steps" in notes
        assert "run question · baseline: step 0, the first logged" in notes
        assert TAKEN.search(notes)
        assert {"31–69 %", "median", "barely moved", "0.81 %", "0", "500"} <= set(texts)
        drawn = cards.frame.locator(".card[data-tag=local1_weights] path.median-line")
        paths = [path.attrib["d"] for path in source.iter(f"{SVG}path")]
        assert drawn.get_attribute("d") in paths

    def test_against_another_baseline_a_card_says_which(self, tab, demo_board):
        tab.open(
            demo_board.url,
            run="question",
            tag="local1_weights",
            view="cards",
            baseline="run:question_exact",
        )
        _, source = picture(tab, card_menu(tab, "local1_weights"))
        assert "baseline: the first step of run question_exact" in " ".join(texts_in(source))

    def test_saving_a_card_neither_chooses_it_nor_makes_a_tab_stop_of_every_menu(self, cards):
        expect(cards.frame.locator(".card-menu button:not([tabindex='-1'])")).to_have_count(1)
        other = cards.frame.locator(".card-menu:not([data-tag=local1_weights]) button").first
        saved(cards, other, "picture-png")
        expect(cards.part("detail")).to_have_attribute("data-tag", "local1_weights")

    def test_a_card_that_is_still_read_is_saved_when_it_is_there(self, tab, demo_board):
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        tab.page.route("**/weight_delta/series?*local2_weights*", hold)
        tab.open(demo_board.url, run="question", tag="local1_weights", view="cards")
        menu = card_menu(tab, "local2_weights")
        with tab.page.expect_request("**/weight_delta/series?*local2_weights*"):
            menu.click()  # which brings its card in sight
        with tab.page.expect_download() as download:
            tab.part("picture-png").click()
            expect(menu).to_have_attribute("aria-expanded", "false")
            held.pop().continue_()
        assert download.value.suggested_filename == "question-local2_weights-card.png"


class TestHeatMap:
    def test_the_heat_map_is_saved_as_it_looks_in_the_order_shown(self, tab, demo_board):
        tab.open(demo_board.url, run="question", view="heatmap", sort="tag")
        name, source = picture(tab, heat_menu(tab))
        texts = texts_in(source)
        assert name == "question-heat-map.png"
        tags = sorted(demo_board.table("overview", run="question")["columns"]["tag"])
        names = "".join(texts)
        assert [names.index(tag) for tag in tags] == sorted(names.index(tag) for tag in tags)
        for text in ("training step", "Relative movement, % of spread (or value)"):
            assert text in texts
        assert {"unchanged", "gap", "0.01 %", "100 %", "0", "500"} <= set(texts)
        assert texts[0] == "30 tensors by name"
        assert texts[1] == "run question · baseline: step 0, the first logged"
        assert TAKEN.fullmatch(texts[2])
        cells = tab.part("heat-canvas").evaluate("canvas => canvas.toDataURL()")
        assert cells in [image.attrib["href"] for image in source.iter(f"{SVG}image")]

    def test_a_filter_and_folded_groups_hold_in_the_picture(self, tab, demo_board):
        tab.open(
            demo_board.url,
            run="torch_rates/lr-1",
            view="heatmap",
            group="scope",
            filter="layer1|layer2.bias",
        )
        tab.part("tensor-heatmap").get_by_role("button", name="layer1").click()
        _, source = picture(tab, heat_menu(tab))
        texts = texts_in(source)
        assert texts[0] == "3 of 4 tensors by what matters, most first"
        assert {"layer1", "layer2.bias"} <= set(texts)
        assert not {"weight", "layer2"} & set(texts)

    def test_of_more_rows_than_fit_the_picture_has_those_in_sight_and_says_so(
        self, tab, demo_board
    ):
        tab.page.set_viewport_size({"width": 1400, "height": 520})
        tab.open(demo_board.url, run="question", tag="biases_conv1", view="heatmap", sort="tag")
        _, source = picture(tab, heat_menu(tab))
        texts = texts_in(source)
        assert texts[0] == "what is in sight of 30 tensors by name"
        assert "biases_conv1" in texts
        assert not {"weights_conv5", "softmax_weights"} & set(texts)


class TestMap:
    def test_the_map_is_saved_as_it_looks_with_its_run_baseline_and_date(self, tab, demo_board):
        tab.open(demo_board.url, run="question", view="map")
        expect(tab.part("map-canvas")).to_be_visible()
        menu = tab.frame.locator(".map-line").get_by_test_id("picture-menu")
        name, source = picture(tab, menu)
        texts = texts_in(source)
        assert name == "question-map.png"
        assert texts[0] == "16 tensors: layers down, modules across"
        assert texts[1] == "run question · baseline: step 0, the first logged"
        assert TAKEN.fullmatch(texts[2])
        assert {"softmax", "conv1", "local2", "never moved", "100 %"} <= set(texts)
        modules = [text for text in source.iter(f"{SVG}text") if text.text == "weights"]
        assert len(modules) == 3
        assert all(module.attrib["transform"].startswith("rotate(-90 ") for module in modules)
        cells = tab.part("map-canvas").evaluate("canvas => canvas.toDataURL()")
        assert cells in [image.attrib["href"] for image in source.iter(f"{SVG}image")]


class TestTables:
    def test_every_step_of_the_chosen_tensor_is_saved_as_csv(self, question, demo_board):
        series = demo_board.table("series", run="question", tag="local1_weights")
        name, content = export(question, "export-steps-csv")
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert name == "question-local1_weights-steps.csv"
        assert [int(row["step"]) for row in rows] == series["steps"]
        for measure in ("movement", "movement_upper", "resolution", "shape_change"):
            assert [float(row[measure]) for row in rows] == series[measure]
        assert [float(row["band_5000"]) for row in rows] == series["bands"][4]
        assert [float(row["delta_band_0"]) for row in rows] == series["delta_bands"][0]

    def test_every_step_as_json_is_the_reply_of_the_api(self, question, demo_board):
        _, content = export(question, "export-steps-json")
        assert json.loads(content) == demo_board.table(
            "series", run="question", tag="local1_weights"
        )

    def test_everything_as_csv_has_the_columns_and_values_of_the_servers_export(
        self, question, demo_board
    ):
        theirs = demo_board.get("export", run="question").body.decode()
        _, ours = export(question, "export-all-csv")
        mine, yours = (list(csv.reader(io.StringIO(text))) for text in (ours.decode(), theirs))
        assert mine[0] == yours[0]
        assert [[plain(cell) for cell in row] for row in mine] == [
            [plain(cell) for cell in row] for row in yours
        ]

    def test_everything_as_json_has_all_keys_of_the_servers_export(self, question, demo_board):
        theirs = demo_board.get("export", run="question", format="json").json()
        _, ours = export(question, "export-all-json")
        for mine, yours in zip(json.loads(ours)["tensors"], theirs, strict=True):
            assert {key: mine[key] for key in yours} == yours

    def test_another_baseline_is_named_by_the_file(self, tab, demo_board):
        tab.open(demo_board.url, run="question", tag="local1_weights", baseline="previous")
        expect(tab.part("chart-movement").locator("svg")).to_be_visible()
        assert export(tab, "export-all-csv")[0] == "question-all-tensors-against-previous.csv"
        name, content = export(tab, "export-steps-csv")
        assert name == "question-local1_weights-steps-against-previous.csv"
        assert next(csv.DictReader(io.StringIO(content.decode())))["baseline"] == "previous"


class TestNames:
    def test_in_tables_a_name_is_text_and_no_formula(self, odd):
        for item in ("export-all-csv", "export-steps-csv"):
            name, content = export(odd, item)
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            assert {row["run"] for row in rows} == {f"'{FORMULA}"}
            assert {row["tag"] for row in rows} <= {MARKUP, f"'{FORMULA}"}
            assert set(name).isdisjoint("<>=()")
        _, content = export(odd, "export-all-json")
        assert {tensor["tag"] for tensor in json.loads(content)["tensors"]} == set(NAMES)

    def test_in_markdown_a_name_is_no_markup(self, odd):
        odd.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        odd.part("export").click()
        odd.part("copy-markdown").click()
        expect(odd.part("toast")).to_contain_text("2 rows copied")
        table = odd.page.evaluate("navigator.clipboard.readText()")
        assert "<img" not in table
        assert "| &lt;img src=x onerror=alert(1)\\> |" in table

    def test_in_pictures_a_name_is_text(self, odd):
        odd.part("view-heatmap").click()
        expect(odd.part("heat-canvas")).to_be_visible()
        pictures = [picture(odd, heat_menu(odd))]
        odd.part("view-cards").click()
        expect(odd.frame.locator(".card path.median-line")).to_have_count(2)
        pictures += [picture(odd, card_menu(odd, tag)) for tag in NAMES]
        for name, source in pictures:
            assert {element.tag for element in source.iter()}.isdisjoint({f"{SVG}img", "img"})
            assert set(name).isdisjoint("<>=()")
        shown = [texts_in(source) for _, source in pictures]
        assert MARKUP in "".join(shown[0])
        assert f"run {FORMULA}" in shown[0][1]
        assert "".join(shown[1]).startswith(MARKUP[:12])
        assert shown[2][0] == FORMULA


def plain(cell: str) -> str | float:
    """Numbers are compared as such: each side writes them in its own way."""
    try:
        return float(cell)
    except ValueError:
        return cell
