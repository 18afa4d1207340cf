"""A folded group is its head in every view: the heat map lists what table and cards list."""

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.patience import wait_until


@pytest.fixture
def heatmap(tab, demo_board) -> Tab:
    """Four tensors in two scopes, none of them chosen in ``layer1``."""
    tab.open(
        demo_board.url, run="torch_rates/lr-1", tag="layer2.weight", view="heatmap", group="scope"
    )
    expect(tab.part("tensor-heatmap").locator("[data-tag]")).to_have_count(4)
    return tab


def listed(tab: Tab, view: str) -> list[str]:
    """Heads and tensors in the order of a view, as their whole texts."""
    lines = tab.part(view).locator(".group-name, [data-tag] .tag-name")
    return [text.strip() for text in lines.all_inner_texts()]


def fold(tab: Tab, scope: str) -> None:
    tab.part("tensor-heatmap").get_by_role("button", name=scope).click()


def test_the_heat_map_lists_the_lines_of_the_table(heatmap):
    fold(heatmap, "layer1")
    expect(heatmap.part("tensor-heatmap").locator("[data-tag]")).to_have_count(2)
    lines = listed(heatmap, "tensor-heatmap")
    assert len(lines) == 4
    heatmap.part("view-table").click()
    expect(heatmap.part("tensor-table")).to_be_visible()
    wait_until(lambda: listed(heatmap, "tensor-table") == lines)


def test_a_folded_group_keeps_its_name_and_opens_again_by_key(heatmap):
    fold(heatmap, "layer1")
    head = heatmap.part("tensor-heatmap").get_by_role("button", name="layer1")
    expect(head).to_have_attribute("aria-expanded", "false")
    head.press("Enter")
    expect(heatmap.part("tensor-heatmap").locator("[data-tag]")).to_have_count(4)


def test_what_is_folded_stays_so_after_a_reload(heatmap):
    fold(heatmap, "layer1")
    heatmap.page.wait_for_url("**fold=layer1**")
    heatmap.page.reload()
    head = heatmap.part("tensor-heatmap").get_by_role("button", name="layer1")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(heatmap.part("tensor-heatmap").locator("[data-tag]")).to_have_count(2)


def test_the_cell_skips_heads_and_the_steps_stay_where_they_are(heatmap):
    ticks = heatmap.frame.locator(".heat-tick")
    before = ticks.all_inner_texts()
    fold(heatmap, "layer1")
    wait_until(lambda: ticks.all_inner_texts() == before)
    cells = heatmap.part("tensor-heatmap")
    cells.focus()
    for key in ("End", "Home", "ArrowUp", "ArrowUp", "ArrowUp"):
        cells.press(key)
    expect(heatmap.part("heat-readout")).to_contain_text("layer2.")
    expect(heatmap.part("heat-cursor")).to_be_visible()


def test_a_chosen_tensor_that_is_folded_away_marks_its_head(heatmap):
    fold(heatmap, "layer2")

    def marks_its_head() -> bool:
        mark = heatmap.frame.locator(".heat-mark.chosen").bounding_box()
        head = heatmap.part("tensor-heatmap").get_by_role("button", name="layer2").bounding_box()
        return mark["y"] <= head["y"] + head["height"] / 2 <= mark["y"] + mark["height"]

    wait_until(marks_its_head)
