"""Taking it along: pictures of cards and heat map, every step of a tensor, names as text."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.tab import Tab, quoted
from tests.event_logs import EventLog, drifting
from tests.tensorboard_process import TensorBoard

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
MARKUP = "<img src=x onerror=alert(1)>"
FORMULA = "=cmd()"
NAMES = (MARKUP, FORMULA)


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


def texts_in(svg: bytes) -> list[str | None]:
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def size_of(picture: bytes, svg: bytes) -> tuple[int, int]:
    """Width and height of a PNG, in pixels of the SVG of the same."""
    assert picture.startswith(PNG_MAGIC)
    root = ElementTree.fromstring(svg)
    return (
        int.from_bytes(picture[16:20]) // int(root.attrib["width"]),
        int.from_bytes(picture[20:24]) // int(root.attrib["height"]),
    )


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
    def test_a_card_is_saved_as_svg_with_title_axes_and_legend(self, cards, demo_board):
        name, content = saved(cards, card_menu(cards, "local1_weights"), "picture-svg")
        texts = texts_in(content)
        assert name == "question-local1_weights-card.svg"
        assert texts[0] == "local1_weights"
        for text in ("change since step 0, in the tensor's own unit", "training step", "median"):
            assert text in texts
        sentence = demo_board.table("series", run="question", tag="local1_weights")["sentence"]
        assert sentence in " ".join(filter(None, texts))

    def test_a_card_is_saved_as_a_sharp_png(self, cards):
        menu = card_menu(cards, "local1_weights")
        _, svg = saved(cards, menu, "picture-svg")
        name, png = saved(cards, menu, "picture-png")
        assert name == "question-local1_weights-card.png"
        assert size_of(png, svg) == (2, 2)

    def test_saving_a_card_neither_chooses_it_nor_makes_a_tab_stop_of_every_menu(self, cards):
        expect(cards.frame.locator(".card-menu button:not([tabindex='-1'])")).to_have_count(1)
        other = cards.frame.locator(".card-menu:not([data-tag=local1_weights]) button").first
        saved(cards, other, "picture-svg")
        expect(cards.part("detail")).to_have_attribute("data-tag", "local1_weights")

    def test_a_card_that_is_still_read_is_saved_when_it_is_there(self, tab, demo_board):
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        tab.page.route("**/weight_delta/series?*local2_weights*", hold)
        tab.open(demo_board.url, run="question", tag="local1_weights", view="cards")
        menu = card_menu(tab, "local2_weights")
        menu.click()
        with tab.page.expect_download() as download:
            tab.part("picture-svg").click()
            expect(menu).to_have_attribute("aria-expanded", "false")
            held.pop().continue_()
        assert download.value.suggested_filename == "question-local2_weights-card.svg"


class TestHeatMap:
    def test_the_heat_map_is_saved_whole_in_the_order_shown(self, tab, demo_board):
        tab.open(demo_board.url, run="question", view="heatmap", sort="tag")
        _, content = saved(tab, heat_menu(tab), "picture-svg")
        texts = texts_in(content)
        tags = sorted(demo_board.table("overview", run="question")["columns"]["tag"])
        assert [text for text in texts if text in tags] == tags
        for text in ("training step", "% of initial spread (or value)", "gap", "100 %+"):
            assert text in texts
        assert "30 tensors by name" in " ".join(filter(None, texts))

    def test_a_filter_and_folded_groups_hold_in_the_picture(self, tab, demo_board):
        tab.open(
            demo_board.url, run="torch_rates/lr-1", view="heatmap", group="scope", filter="weight"
        )
        tab.part("tensor-heatmap").get_by_role("button", name="layer1").click()
        _, content = saved(tab, heat_menu(tab), "picture-svg")
        texts = texts_in(content)
        assert "layer1: 1 tensor" in texts
        assert "layer2.weight" in texts
        assert not {"layer1.weight", "layer2.bias"} & set(texts)
        assert "2 of 4 tensors" in " ".join(filter(None, texts))

    def test_the_heat_map_is_saved_as_a_sharp_png(self, tab, demo_board):
        tab.open(demo_board.url, run="question", view="heatmap")
        _, svg = saved(tab, heat_menu(tab), "picture-svg")
        name, png = saved(tab, heat_menu(tab), "picture-png")
        assert name == "question-heat-map.png"
        assert size_of(png, svg) == (2, 2)


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
        pictures = [saved(odd, heat_menu(odd), "picture-svg")]
        odd.part("view-cards").click()
        expect(odd.frame.locator(".card path.median-line")).to_have_count(2)
        pictures += [saved(odd, card_menu(odd, tag), "picture-svg") for tag in NAMES]
        for name, content in pictures:
            root = ElementTree.fromstring(content)
            assert {element.tag for element in root.iter()}.isdisjoint({f"{SVG}img", "img"})
            assert set(name).isdisjoint("<>=()")
        shown = [" ".join(filter(None, texts_in(content))) for _, content in pictures]
        assert MARKUP in shown[0]
        assert f"run {FORMULA}" in shown[0]
        assert shown[1].startswith(MARKUP)
        assert shown[2].startswith(FORMULA)


def plain(cell: str) -> str | float:
    """Numbers are compared as such: each side writes them in its own way."""
    try:
        return float(cell)
    except ValueError:
        return cell
