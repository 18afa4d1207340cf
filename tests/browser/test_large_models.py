"""The page on the logs of large models: what is read first, and names that can be told apart."""

import pytest
from playwright.sync_api import expect

from demo.large_models import NAMES, gpt2, write_transformer
from tests.browser.tab import Tab

TENSORBOARDS_HEADER = 64  # pixels


@pytest.fixture(scope="module")
def board(open_board, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    for kind, names in NAMES.items():
        write_transformer(folder / "logs" / kind, names(), adapters=kind == "peft", frozen=4)
    write_transformer(folder / "logs" / "diverged", gpt2(), diverges=True)
    with open_board(folder / "logs", log=folder / "log.txt") as board:
        board.wait_until(lambda runs: len(runs) == 6 and all(r["series"] > 147 for r in runs))
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
    # Of fewer names more is shared.
    tab.part("tag-filter").fill("attn")
    expect(tab.part("shared-ends")).to_contain_text("transformer")
    tab.close()


class TestHeader:
    @pytest.mark.parametrize("run", ["diverged", "peft", "gpt2"])
    def test_takes_a_quarter_of_a_small_laptop_at_most(self, chromium, board, run):
        tab = Tab(chromium, 1280, 800)
        tab.open(board.url, run=run)
        first = tab.part("tensor-table").locator("[data-tag]").first
        expect(first).to_be_visible()
        frame = 800 - TENSORBOARDS_HEADER
        assert first.bounding_box()["y"] <= frame / 4
        tab.close()

    @pytest.mark.parametrize("run", ["diverged", "peft"])
    def test_leaves_a_chart_in_sight_of_a_small_window(self, chromium, board, run):
        tab = Tab(chromium, 1024, 700)
        tab.open(board.url, run=run)
        chart = tab.part("chart-movement").locator("[aria-roledescription=chart]")
        expect(chart).to_be_in_viewport(ratio=0.9)
        tab.close()

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

    def test_what_was_left_out_is_said_once_for_each_reason_and_leads_to_its_tensors(
        self, tab, board
    ):
        tab.open(board.url, run="diverged")
        expect(tab.part("left-out")).to_have_text("48 histograms left out")
        tab.part("left-out").click()
        listed = tab.part("left-out-list")
        expect(listed.locator("h3")).to_have_count(1)
        expect(listed.locator("li")).to_have_count(24)
        expect(listed.locator("li").first).to_contain_text("2 steps, 5,700 to 6,000")
        name = listed.locator("li button").first.inner_text()
        listed.locator("li button").first.click()
        expect(tab.part("detail")).to_have_attribute("data-tag", name)
