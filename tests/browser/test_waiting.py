"""While the overview is on its way every view keeps its space with blocks, not numbers."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.tab import Tab

VIEWS = {"table": ".tensor-table", "cards": ".cards-view", "heatmap": ".heatmap"}


@pytest.mark.parametrize("view", VIEWS)
def test_blocks_stand_where_the_tensors_will_and_nothing_jumps(chromium, demo_board, view):
    tab = Tab(chromium)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.page.route("**/weight_delta/overview?*", hold)
    tab.open(demo_board.url, run="question", tag="local1_weights", view=view)
    blocks = tab.frame.locator(f"{VIEWS[view]} .skeleton")
    expect(blocks.first).to_be_visible()
    expect(
        tab.frame.locator(f"{VIEWS[view]} [aria-busy=true], {VIEWS[view]}[aria-busy=true]")
    ).not_to_have_count(0)
    before = tab.frame.locator(".view-body").bounding_box()
    for route in held:
        route.continue_()
    tab.page.unroute("**/weight_delta/overview?*")
    expect(tab.frame.locator(f"{VIEWS[view]} [data-tag]").first).to_be_visible()
    expect(blocks).to_have_count(0)
    after = tab.frame.locator(".view-body").bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=4)
    tab.close()
