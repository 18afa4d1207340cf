"""The page on the logs of large models: what is read first, and names that can be told apart."""

import re

import pytest
from playwright.sync_api import expect

from demo.large_models import NAMES, gpt2, write_transformer
from tests.browser.tab import Tab
from tests.support.event_logs import log_drifting
from tests.support.patience import wait_until
from tests.support.places import DEMO_SERIES

TENSORBOARDS_HEADER = 64  # pixels
# All that is read or told, by eye, by ear or by the pointer.
TOLD = """() => [
  document.body.innerText,
  ...[...document.querySelectorAll('svg text')].map(each => each.textContent),
  ...[...document.querySelectorAll('[title], [aria-label]')]
    .flatMap(each => [each.title, each.ariaLabel ?? '']),
].join('\\n')"""
# Multiples without their space or before their number, and thousands that nothing separates;
# the pointer is told every digit of a number.
ODD_NUMBERS = re.compile(r"\d×|× \d|(?<![\w.,])\d{4,}(?![\w.])|\d[kKG]\b")
TREE = (
    *(f"enc/self/{layer}/{kind}" for layer in ("key", "query") for kind in ("kernel", "bias")),
    "enc/cross/kernel",
    "dec/kernel",
)


@pytest.fixture(scope="module")
def board(open_board, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    for kind, names in NAMES.items():
        write_transformer(folder / "logs" / kind, names(), adapters=kind == "peft", frozen=4)
    write_transformer(folder / "logs" / "diverged", gpt2(), diverges=True)
    log_drifting(folder / "logs" / "tree", [0, 1], TREE)
    with open_board(folder / "logs", log=folder / "log.txt") as board:
        board.wait_until(
            lambda runs: len(runs) == 7 and all(r["series"] in (6, 148, 196) for r in runs)
        )
        yield board


def texts_in(tab: Tab, part: str) -> list[str]:
    return tab.part(part).locator(".tag-name").all_inner_texts()


@pytest.mark.parametrize("view", ["table", "heatmap", "cards"])
@pytest.mark.parametrize("run", NAMES)
def test_no_two_rows_in_sight_show_the_same_text_and_none_is_cut_by_its_cell(
    chromium, board, run, view
):
    tab = Tab(chromium, 1280, 800)
    tab.open(board.url, run=run, view=view)
    names = tab.part(f"tensor-{view}").locator(".tag-name")
    expect(names.first).to_be_visible()
    expect(tab.part("shared-ends").first if view == "table" else names.first).to_be_visible()
    for top in (0, 2_000, 4_000):
        tab.frame.locator(".table-scroller, .heat-scroller, .cards-scroller").evaluate(
            "(scroller, top) => { scroller.scrollTop = top }", top
        )
        tab.page.wait_for_timeout(100)
        shown = texts_in(tab, f"tensor-{view}")
        assert len(set(shown)) == len(shown) > 5
    cut = names.evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length")
    assert cut == 0
    tab.close()


@pytest.mark.parametrize("run", NAMES)
def test_what_all_names_share_is_said_once_above_them(chromium, board, run):
    tab = Tab(chromium, 1280, 800)
    tab.open(board.url, run=run)
    expect(tab.part("shared-ends")).to_have_text(
        {
            "gpt2": "transformer.…",
            "peft": "base_model.model.transformer.…",
            "fsdp": "_fsdp_wrapped_module.transformer.…",
            "compiled": "_orig_mod.transformer.…",
            "flax": "params/transformer/…",
        }[run]
    )
    for view in ("heatmap", "cards"):
        tab.part(f"view-{view}").click()
        expect(tab.part(f"tensor-{view}")).to_be_visible()
        expect(tab.part("shared-ends")).to_be_visible()
        expect(tab.part("shared-ends")).to_contain_text("transformer")
        if view == "heatmap":
            chosen = tab.frame.locator(".heat-label.selected .tag-name")
            assert chosen.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
    tab.part("view-table").click()
    # Of fewer names more is shared.
    tab.part("tag-filter").fill("attn")
    expect(tab.part("shared-ends")).to_contain_text("transformer")
    tab.close()


class TestHeader:
    @pytest.mark.parametrize("run", [*NAMES, "diverged", *DEMO_SERIES])
    def test_takes_a_quarter_of_a_small_laptop_at_most(self, chromium, board, demo_board, run):
        tab = Tab(chromium, 1280, 800)
        tab.open((demo_board if run in DEMO_SERIES else board).url, run=run)
        first = tab.part("tensor-table").locator("[data-tag]").first
        expect(first).to_be_visible()
        quarter = (800 - TENSORBOARDS_HEADER) / 4
        wait_until(lambda: (box := first.bounding_box()) is not None and box["y"] <= quarter)
        tab.close()

    def test_shows_every_count_in_a_small_window(self, chromium, board):
        tab = Tab(chromium, 1024, 700)
        tab.open(board.url, run="diverged")
        counts = tab.frame.locator(".counts")
        expect(counts.locator(".count")).to_have_count(5)
        last = counts.locator(".count").last
        ends = [each.evaluate("e => e.getBoundingClientRect().right") for each in (counts, last)]
        assert ends[1] <= ends[0] + 1
        tab.close()

    def test_tells_how_old_it_is_in_a_small_window_too(self, chromium, board):
        tab = Tab(chromium, 1024, 700)
        tab.open(board.url, run="gpt2")
        expect(tab.part("live").get_by_text("step 6,000 · ")).to_be_visible()
        tab.close()

    @pytest.mark.parametrize("run", [*NAMES, "diverged", *DEMO_SERIES])
    def test_leaves_the_first_chart_in_sight_of_a_small_window(
        self, chromium, board, demo_board, run
    ):
        tab = Tab(chromium, 1024, 700)
        tab.open((demo_board if run in DEMO_SERIES else board).url, run=run)
        chart = tab.part("chart-movement").locator("[aria-roledescription=chart]")
        expect(chart).to_be_in_viewport(ratio=1)
        assert chart.bounding_box()["height"] > 120
        tab.close()

    def test_charts_are_lower_in_low_windows_only(self, tab, board):
        tab.open(board.url, run="gpt2")
        chart = tab.part("chart-movement").locator("svg[role=img]")
        expect(chart).to_have_attribute("height", "196")
        tab.page.set_viewport_size({"width": 1400, "height": 636})
        expect(chart).to_have_attribute("height", "136")

    def test_tells_the_state_by_icon_and_word_and_shows_what_it_speaks_of(self, tab, board):
        tab.open(board.url, run="diverged", tag="transformer.wte.weight", filter="wte")
        headline = board.table("overview", run="diverged")["headline"]
        state = tab.part("state")
        expect(state).to_have_text("Broke")
        expect(state.locator("svg path")).to_have_count(1)
        tab.part("show-me").click()
        subject = headline["subject"]
        expect(tab.part("detail")).to_have_attribute("data-tag", subject["tag"])
        expect(tab.part("chart-histogram")).to_contain_text(f"step {subject['step']:,}")
        expect(tab.part("tag-filter")).to_have_value("")
        expect(tab.row(subject["tag"])).to_be_in_viewport()

    def test_what_broke_stands_first_in_every_view(self, tab, board):
        broken = board.table("overview", run="diverged")["headline"]["onset"]["order"]
        for view in ("table", "heatmap", "cards"):
            tab.open(board.url, run="diverged", view=view)
            tab.page.reload()
            first = tab.part(f"tensor-{view}").locator("[data-tag]").first
            expect(first).to_have_attribute("data-tag", broken[0]["tag"])

    def test_layers_that_broke_stand_above_single_tensors_that_did_not(self, tab, board):
        tab.open(board.url, run="diverged", group="scope", fold="h")
        rows = tab.part("tensor-table").locator("tr[data-scope], tr[data-tag]")
        lines = ("^h144NaN", "^wpe.weight", "^wte.weight", "^ln_f2", "^weight", "^bias")
        expect(rows).to_have_text([re.compile(line) for line in lines])

    def test_what_was_left_out_is_said_once_for_each_reason_and_leads_to_its_tensors(
        self, tab, board
    ):
        tab.open(board.url, run="diverged")
        expect(tab.part("left-out")).to_have_text("48 left out")
        tab.part("left-out").click()
        listed = tab.part("left-out-list")
        expect(listed.locator("h2")).to_have_count(1)
        expect(listed.locator("li")).to_have_count(24)
        expect(listed.locator("li").first).to_contain_text("2 steps, 5,700 to 6,000")
        name = listed.locator("li button").first.inner_text()
        listed.locator("li button").first.click()
        expect(tab.part("detail")).to_have_attribute("data-tag", name)

    def test_a_link_to_what_was_left_out_leads_there_whatever_was_filtered(self, tab, board):
        tab.open(board.url, run="diverged", filter="ln_f", roles="norm")
        expect(tab.part("tensor-table").locator("tr[data-tag]")).to_have_count(2)
        tab.part("left-out").click()
        link = tab.part("left-out-list").locator("li button").first
        name = link.inner_text()
        link.click()
        expect(tab.row(name)).to_have_attribute("aria-selected", "true")
        expect(tab.part("tag-filter")).to_have_value("")


class TestNumbers:
    @pytest.mark.parametrize("view", ["table", "map", "heatmap", "cards", "runs"])
    def test_have_one_form_wherever_they_stand(self, tab, board, view):
        exploded = "transformer.h.6.attn.c_attn.weight"
        tab.open(board.url, run="diverged", tag=exploded, view=view, **{"with": "gpt2"})
        expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
        expect(tab.frame.locator("[aria-busy=true]")).to_have_count(0)
        for figure in ("chart-movement", "chart-histogram"):
            tab.part(figure).get_by_test_id("chart-menu").click()
            tab.part(figure).get_by_test_id("chart-as-table").click()
            expect(tab.part(figure).get_by_test_id("chart-table")).to_be_visible()
        if view in ("map", "heatmap"):
            line = tab.frame.locator(".map-line, .heat-line")
            line.get_by_test_id("picture-menu").click()
            tab.part("picture-as-table").click()
            table = tab.frame.get_by_role("region", name="map as a table")
            expect(table).to_be_visible()
        told = tab.frame.locator("body").evaluate(TOLD)
        assert re.search(r"\d ×", told)
        assert re.search(r"\bstep \d,\d{3}\b", told)
        assert ODD_NUMBERS.findall(told) == []


class TestWhenItWentWrong:
    def test_a_strip_names_the_last_good_step_and_what_came_first_of_each_kind(self, tab, board):
        tab.open(board.url, run="diverged")
        onset = board.table("overview", run="diverged")["headline"]["onset"]
        expect(tab.part("event-last_good")).to_have_text(f"last good {onset['last_good_step']:,}")
        for what, word in (("exploding", "first exploding"), ("non_finite", "first NaN")):
            hit = [each["step"] for each in onset["order"] if each["what"] == what]
            expect(tab.part(f"event-{what}")).to_have_text(f"{word} {min(hit):,}({len(hit)})")

    @pytest.mark.parametrize("size", [(1600, 1000), (1280, 800), (1024, 700), (700, 900)])
    def test_a_line_shows_where_on_the_way_each_lies_in_any_window(self, chromium, board, size):
        tab = Tab(chromium, *size)
        tab.open(board.url, run="diverged")
        expect(tab.part("strip-line")).to_be_in_viewport(ratio=1)
        line = tab.part("strip-line").bounding_box()
        marks = [mark.bounding_box() for mark in tab.part("strip-line").locator("circle").all()]
        shares = [(mark["x"] + mark["width"] / 2 - line["x"]) / line["width"] for mark in marks]
        assert shares == pytest.approx([step / 6000 for step in (5100, 5400, 5700)], abs=0.01)
        # Under the words, which stay on one line.
        words = [each.bounding_box() for each in tab.part("strip").get_by_role("button").all()]
        middles = [word["y"] + word["height"] / 2 for word in words]
        assert max(middles) - min(middles) < 2
        assert line["y"] > max(middles) + 10
        assert line["width"] > words[-1]["x"] - words[0]["x"]
        tab.close()

    def test_a_click_sets_the_step_everywhere(self, tab, board):
        tab.open(board.url, run="diverged", view="heatmap", tag="transformer.wte.weight")
        tab.part("event-last_good").click()
        expect(tab.part("detail")).to_have_attribute("data-tag", "transformer.wte.weight")
        expect(tab.part("chart-histogram")).to_contain_text("step 5,100")
        expect(tab.part("heat-step")).to_be_visible()
        assert "step=5100" in tab.page.url or tab.page.wait_for_url("**step=5100**") is None
        tab.part("event-exploding").click()
        expect(tab.part("detail")).to_have_attribute(
            "data-tag", "transformer.h.6.attn.c_attn.weight"
        )
        expect(tab.part("chart-histogram")).to_contain_text("step 5,400")

    def test_the_tensors_are_listed_in_the_order_in_which_they_were_hit(self, tab, board):
        tab.open(board.url, run="diverged")
        order = board.table("overview", run="diverged")["headline"]["onset"]["order"]
        broke = [each for each in order if each["what"] in ("exploding", "non_finite")]
        tab.part("strip-order").press("Enter")
        listed = tab.part("strip-list").locator("li button")
        expect(listed).to_have_text([each["tag"] for each in broke])
        listed.last.click()
        expect(tab.part("detail")).to_have_attribute("data-tag", broke[-1]["tag"])

    def test_a_run_in_which_nothing_went_wrong_has_none(self, tab, board):
        tab.open(board.url, run="gpt2")
        expect(tab.part("detail")).to_have_attribute(
            "data-tag", "transformer.h.11.mlp.c_proj.weight"
        )
        expect(tab.part("strip")).to_have_count(0)

    def test_nan_is_in_the_verdicts_red_and_the_scale_goes_on_above_100_percent(self, tab, board):
        tab.open(board.url, run="diverged", view="heatmap", filter="ln_f|h.11.attn")
        legend = tab.part("heat-legend")
        expect(legend).to_contain_text("NaN or infinity")
        expect(tab.part("heat-canvas")).to_be_visible()
        at_the_end = """canvas => {
            const context = canvas.getContext("2d");
            return [...context.getImageData(canvas.width - 3, 5, 1, 1).data];
        }"""
        assert tab.part("heat-canvas").evaluate(at_the_end) == [194, 47, 47, 255]
        tab.part("tag-filter").fill("")
        expect(legend).to_contain_text("10,000 ×")


class TestDivider:
    """The list's width can be dragged; names have what is free before anything else does."""

    @staticmethod
    def widths(tab: Tab) -> dict[str, float]:
        """Of each column that is in sight."""
        told: dict[str, float] = tab.frame.locator(".tensor-table thead th").evaluate_all(
            "all => Object.fromEntries(all.map(e => [e.className, e.getBoundingClientRect().width])"
            ".filter(([, width]) => width > 0))"
        )
        return told

    @staticmethod
    def drag(tab: Tab, pixels: float) -> None:
        box = tab.part("divider").bounding_box()
        tab.page.mouse.move(box["x"], box["y"] + 200)
        tab.page.mouse.down()
        tab.page.mouse.move(box["x"] + pixels, box["y"] + 200, steps=4)
        tab.page.mouse.up()

    def test_all_that_it_gives_the_list_is_for_names_while_any_is_cut(self, chromium, board):
        tab = Tab(chromium, 1024, 700)
        tab.open(board.url, run="peft")
        names = tab.part("tensor-table").locator(".tag-name")
        expect(names.filter(has_text="…")).not_to_have_count(0)
        before = self.widths(tab)
        self.drag(tab, 200)
        expect(names.filter(has_text="…")).to_have_count(0)
        after = self.widths(tab)
        assert after["cell-tag"] - before["cell-tag"] == pytest.approx(200, abs=3)
        assert {**after, "cell-tag": 0} == pytest.approx({**before, "cell-tag": 0}, abs=1)
        tab.close()

    def test_further_columns_come_once_names_are_whole(self, chromium, board):
        tab = Tab(chromium, 1920, 900)
        tab.open(board.url, run="peft")
        expect(tab.part("shared-ends")).to_be_visible()
        names = tab.part("tensor-table").locator(".tag-name")
        tab.part("divider").press("Home")
        expect(names.filter(has_text="…")).not_to_have_count(0)
        columns = self.widths(tab)
        assert "cell-bar" not in columns
        while "cell-elements" not in columns:
            tab.part("divider").press("ArrowRight")
            columns = self.widths(tab)
            if "cell-bar" in columns:
                expect(names.filter(has_text="…")).to_have_count(0)
        assert {"cell-bar", "cell-role", "cell-elements", "cell-moved"} <= columns.keys()
        tab.close()

    def test_names_are_whole_before_columns_of_runs_take_more_than_they_need(self, chromium, board):
        tab = Tab(chromium, 1280, 800)
        tab.open(board.url, run="peft", view="runs", **{"with": "gpt2"})
        names = tab.part("runs-table").locator("tr[data-tag] .tag-name")
        expect(names.first).to_have_text("h.10.attn.c_attn.lora_A.default.weight")
        widest = max(box["width"] for box in (name.bounding_box() for name in names.all()))
        assert self.widths(tab)["cell-tag"] >= widest + 24
        self.drag(tab, 200)
        expect(names.first).to_have_text("h.10.attn.c_attn.lora_A.default.weight")
        runs = [width for name, width in self.widths(tab).items() if "cell-run" in name]
        assert min(runs) > 200
        tab.close()

    def test_names_are_whole_beside_a_heat_map_that_keeps_most_of_the_width(self, chromium, board):
        tab = Tab(chromium, 1280, 800)
        tab.open(board.url, run="peft", view="heatmap")
        names = tab.part("tensor-heatmap").locator(".tag-name")
        expect(names.first).to_have_text("h.10.attn.c_attn.lora_A.default.weight")
        canvas = tab.part("heat-canvas").bounding_box()
        ends = [box["x"] + box["width"] for box in (name.bounding_box() for name in names.all())]
        assert max(ends) < canvas["x"]
        assert canvas["width"] > tab.frame.locator(".heatmap").bounding_box()["width"] / 2
        tab.close()

    def test_where_it_was_put_is_remembered(self, chromium, board):
        tab = Tab(chromium, 1280, 800)
        tab.open(board.url, run="peft")
        expect(tab.part("shared-ends")).to_be_visible()
        before = tab.part("divider").bounding_box()["x"]
        self.drag(tab, 150)
        after = tab.part("divider").bounding_box()["x"]
        assert after == pytest.approx(before + 150, abs=2)
        tab.page.reload()
        expect(tab.part("shared-ends")).to_be_visible()
        assert tab.part("divider").bounding_box()["x"] == pytest.approx(after, abs=2)
        tab.part("divider").press("ArrowLeft")
        assert tab.part("divider").bounding_box()["x"] < after - 10
        tab.close()


class TestMap:
    def test_has_layers_down_and_modules_across(self, tab, board):
        tab.open(board.url, run="peft", view="map")
        layers = tab.part("tensor-map").locator(".map-layer")
        expect(layers).to_have_text(["ln_f", "wpe", "wte", *(f"h.{n}" for n in range(12))])
        modules = tab.part("tensor-map").locator(".map-module").all_inner_texts()
        assert len(set(modules)) == len(modules)
        assert {"attn.c_attn.lora_A.default", "mlp.c_fc"} <= set(modules)

    def test_hover_reads_and_a_click_selects(self, tab, board):
        tab.open(board.url, run="gpt2", view="map", tag="transformer.wte.weight")
        chosen = tab.part("map-chosen")
        expect(chosen).to_be_visible()
        box = tab.part("tensor-map").locator(".map-layer", has_text="h.11").bounding_box()
        first = tab.part("tensor-map").locator(".map-module", has_text="attn.c_attn").bounding_box()
        tab.page.mouse.move(first["x"] + 8, box["y"] + 9)
        readout = tab.part("map-readout")
        expect(readout).to_contain_text("transformer.h.11.attn.c_attn.bias")
        expect(readout).to_contain_text("moved")
        tab.page.mouse.click(first["x"] + 8, box["y"] + 9)
        expect(tab.part("detail")).to_have_attribute(
            "data-tag", "transformer.h.11.attn.c_attn.bias"
        )

    def test_keys_go_from_tensor_to_tensor_and_are_read_out(self, tab, board):
        tab.open(board.url, run="gpt2", view="map", tag="transformer.h.3.attn.c_attn.weight")
        expect(tab.part("map-chosen")).to_be_visible()
        themap = tab.part("tensor-map")
        themap.press("ArrowDown")
        expect(tab.part("map-readout")).to_contain_text("transformer.h.4.attn.c_attn.weight")
        themap.press("ArrowRight")
        expect(tab.part("map-readout")).to_contain_text("transformer.h.4.attn.c_proj.bias")
        expect(tab.part("map-cursor")).to_be_visible()
        themap.press("Enter")
        expect(tab.part("detail")).to_have_attribute("data-tag", "transformer.h.4.attn.c_proj.bias")
        themap.press("Escape")
        expect(tab.part("map-cursor")).to_have_count(0)

    def test_what_broke_is_red_and_what_never_moved_is_hatched(self, tab, board):
        colours = """([canvas, x]) => {
            const context = canvas.getContext("2d");
            const column = context.getImageData(x, 0, 4, canvas.height).data;
            const found = new Set();
            for (let i = 0; i < column.length; i += 4)
                if (column[i + 3]) found.add([...column.slice(i, i + 3)].join());
            return [...found];
        }"""
        for run, colour in (("diverged", "194,47,47"), ("gpt2", "138,146,158")):
            tab.open(board.url, run=run, view="map")
            tab.page.reload()
            canvas = tab.part("map-canvas")
            expect(canvas).to_be_visible()
            expect(tab.part("map-legend")).to_contain_text("never moved")
            found = canvas.evaluate(f"canvas => ({colours})([canvas, 8])")
            assert colour in found

    def test_groups_follow_the_same_layers_and_fold(self, tab, board):
        tab.open(board.url, run="fsdp", group="scope")
        blocks, last = tab.part("group-row").nth(0), tab.part("group-row").nth(1)
        expect(blocks.locator(".group-button")).to_have_text("h144")
        expect(last.locator(".group-button")).to_have_text("h.1112")
        tab.row("_fsdp_wrapped_module.transformer.h.11.ln_1.weight").click()
        tab.part("tensor-table").press("ArrowLeft")
        expect(last.get_by_role("button")).to_have_attribute("aria-expanded", "false")
        tab.part("tensor-table").press("ArrowLeft")
        expect(blocks.get_by_role("button")).to_have_attribute("aria-expanded", "false")
        expect(last).not_to_contain_text("h.11")
        tab.part("tensor-table").press("ArrowRight")
        tab.part("tensor-table").press("ArrowRight")
        expect(last.get_by_role("button")).to_have_attribute("aria-expanded", "true")

    def test_is_a_tree_where_names_have_no_grid(self, tab, board):
        tab.open(board.url, run="tree", view="map", tag="enc/self/key/kernel")
        layers = tab.part("tensor-map").locator(".map-layer")
        expect(layers).to_have_text(["dec", "enc5", "cross", "self4", "key", "query"])
        chosen = tab.part("map-chosen")
        expect(chosen).to_be_visible()
        button = tab.part("tensor-map").get_by_role("button", name="enc")
        button.press("Enter")
        expect(layers).to_have_text(["dec", "enc5"])
        expect(button).to_have_attribute("aria-expanded", "false")
        # Its tensors are seen in the line that stands for them.
        expect(chosen).to_be_visible()
        tab.part("view-table").click()
        tab.part("group-by-scope").click()
        heads = tab.part("group-row")
        expect(heads).to_have_text([re.compile("^enc5")])
        expect(tab.row("enc/self/key/kernel")).to_have_count(0)

    @pytest.mark.parametrize("run", ["keras_frozen/train", "question", "torch_rates/lr-1"])
    def test_every_parameter_has_a_cell_whatever_it_is_called(self, tab, demo_board, run):
        tab.open(demo_board.url, run=run, view="map")
        columns = demo_board.table("overview", run=run)["columns"]
        others = {"statistic", "activation", "gradient", "optimizer", "other"}
        count = sum(role not in others for role in columns["role"])
        expect(tab.part("map-readout")).to_contain_text(f"{count} tensors")
        for tag, role in zip(columns["tag"], columns["role"], strict=True):
            if role not in others:
                tab.open(demo_board.url, run=run, view="map", tag=tag)
                expect(tab.part("detail")).to_have_attribute("data-tag", tag)
                expect(tab.part("map-chosen")).to_be_visible()


class TestWidths:
    @pytest.mark.parametrize(
        "size", [(1600, 1000), (1366, 768), (1280, 800), (1024, 700), (700, 900)]
    )
    @pytest.mark.parametrize("view", ["table", "map", "heatmap", "cards"])
    def test_nothing_leaves_the_window(self, chromium, board, view, size):
        tab = Tab(chromium, *size)
        tab.open(board.url, run="diverged", view=view)
        expect(tab.part("strip")).to_be_visible()
        expect(tab.part(f"tensor-{view}")).to_be_visible()
        beyond = """e => [...e.querySelectorAll("button, select, h1, input")]
            .filter(each => !each.closest(".counts, .table-scroller, [inert], .unseen"))
            .map(each => each.getBoundingClientRect())
            .filter(({ right, width }) => width > 0 && right > innerWidth + 1).length"""
        assert tab.frame.locator("body").evaluate(beyond) == 0
        tab.close()
