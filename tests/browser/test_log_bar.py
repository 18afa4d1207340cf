"""The logarithmic bars of the table: their lines stand at the thresholds in force."""

import math

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab


def lines(tab: Tab, part: str) -> list[float]:
    """Where the two lines of a bar, or of the axis above, stand: as shares of its width."""
    places: list[float] = tab.frame.locator(part).first.evaluate(
        """bar => ["::before", "::after"].map(
            line => parseFloat(getComputedStyle(bar, line).left) / bar.clientWidth)"""
    )
    return places


def share(fraction: float) -> float:
    """From 0.001 % to 1,000 %."""
    return math.log10(fraction / 1e-5) / 6


@pytest.mark.parametrize(("moved", "moved_far"), [("0.01", "0.1"), ("0.003", "0.5")])
def test_lines_of_bars_and_axis_follow_the_thresholds(tab, demo_board, moved, moved_far):
    tab.open(demo_board.url, run="question", moved=moved, moved_far=moved_far)
    expect(tab.part("log-bar-axis")).to_contain_text(f"{float(moved) * 100:g} %")
    for part in (".log-bar", ".log-bar-axis"):
        assert lines(tab, part) == pytest.approx(
            [share(float(moved)), share(float(moved_far))], abs=0.01
        )


def test_lines_move_with_a_threshold_that_is_typed(question):
    question.part("thresholds").click()
    question.part("threshold-moved").fill("5")
    expect(question.part("log-bar-axis")).to_contain_text("5 %")
    assert lines(question, ".log-bar")[0] == pytest.approx(share(0.05), abs=0.01)
