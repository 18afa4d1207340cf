"""A scalar of the run beside the movement of its tensors."""

import re

from playwright.sync_api import expect


def test_the_loss_stands_beside_movement_over_the_same_steps(question, demo_board):
    table = demo_board.table("scalars", run="question")
    chart = question.part("chart-scalar")
    expect(chart.locator("h3")).to_have_text("loss")
    expect(chart.locator("path.scalar-line")).to_have_attribute("d", re.compile("^M"))
    question.part("chart-movement").locator("svg").hover(position={"x": 200, "y": 60})
    expect(chart.locator(".step-mark.hover")).to_have_count(1)
    chart.locator("[aria-roledescription=chart]").press("Home")
    first = table["values"][0]
    expect(chart.get_by_test_id("spoken")).to_contain_text(f"loss {first:.4g}")


def test_another_can_be_chosen_and_lives_in_the_link(tab, demo_board):
    tab.open(demo_board.url, run="keras_frozen/train")
    expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_loss")
    tab.part("scalar-choice").select_option("epoch_accuracy")
    expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_accuracy")
    tab.page.wait_for_url(re.compile("scalar=epoch_accuracy"))
    tab.page.reload()
    expect(tab.part("chart-scalar").locator("h3")).to_have_text("epoch_accuracy")


def test_a_run_without_scalars_has_no_such_chart(tab, demo_board):
    tab.open(demo_board.url, run="question_exact", tag="weights_conv1")
    expect(tab.part("chart-speed").locator("svg").last).to_be_visible()
    expect(tab.part("chart-scalar")).to_have_count(0)
