"""The logarithmic bars of the table: their lines stand at the thresholds in force."""

import math
import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab
from tests.support.patience import wait_until


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
    place, bar = label.bounding_box(), axis.bounding_box()
    middle = (place["x"] + place["width"] / 2 - bar["x"]) / bar["width"]
    assert middle == pytest.approx(limits[0], abs=0.02)


def test_lines_move_with_a_threshold_that_is_typed(question):
    question.part("thresholds").click()
    question.part("threshold-moved").fill("5")
    expect(question.part("log-bar-axis")).to_contain_text("5 %")
    wait_until(lambda: lines(question)[0] == pytest.approx(share(0.05), abs=0.01))
