"""Whatever a tensor is compared with, each chart is of that tensor, or says why there is none."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import Tab, quoted

# Runs that share all of their tensors, some and none.
PAIRS = [
    ("torch_rates/lr-1", "torch_rates/lr-1e-2"),
    ("question_exact", "question"),
    ("question", "question_exact"),
    ("question", "keras_frozen/train"),
    ("keras_frozen/train", "torch_rates/lr-1"),
]
WITHOUT_BASELINE = ("chart-histogram", "chart-speed")
CHARTS = ("chart-movement", "chart-delta-bands", "chart-bands", "chart-parts", *WITHOUT_BASELINE)


def tensors_of(board, run: str, other: str) -> tuple[list[str], list[str]]:
    """Some that the other run lacks, and some that it has."""
    own, theirs = (board.table("overview", run=each)["columns"]["tag"] for each in (run, other))
    lacking, shared = ([tag for tag in own if (tag in theirs) is has] for has in (False, True))
    return lacking[:2], shared[:2]


def check(tab: Tab, tag: str, *, is_compared: bool) -> None:
    detail = tab.part("detail")
    expect(detail).to_have_attribute("data-tag", tag)
    expect(detail.locator(".charted:not(.waiting)")).to_be_visible()
    expect(tab.part("chart-failed")).to_have_count(0)
    expect(tab.part("nothing-to-compare")).to_have_count(0 if is_compared else 1)
    for name in CHARTS:
        charts = tab.part(name).locator("[aria-roledescription=chart]")
        if is_compared or name in WITHOUT_BASELINE:
            of_it = re.compile(rf"(?<![\w./]){re.escape(tag)}(?![\w./])")
            expect(charts.first).to_have_attribute("aria-label", of_it)
        else:
            expect(charts).to_have_count(0)
    assert tab.complaints == []


@pytest.mark.parametrize(("run", "other"), PAIRS)
def test_by_link_each_chart_is_of_the_tensor(demo_board, tab, run, other):
    lacking, shared = tensors_of(demo_board, run, other)
    for tag in [*lacking[:1], *shared[:1]]:
        tab.open(demo_board.url, run=run, tag=tag, baseline=f"run:{other}")
        tab.page.reload()
        check(tab, tag, is_compared=tag in shared)


@pytest.mark.parametrize(("run", "other"), PAIRS)
def test_by_click_after_any_sequence_of_baselines_too(demo_board, tab, run, other):
    lacking, shared = tensors_of(demo_board, run, other)
    tags = itertools.cycle([*lacking, *shared])
    tab.open(demo_board.url, run=run, tag=next(tags))
    for kind in ("first", "run", "previous", "run", "step", "first"):
        tab.part("baseline-picker").click()
        if kind != "run":
            tab.part(f"baseline-{kind}").check()
        elif shared:
            tab.part("baseline-run-name").select_option(other)
        tab.page.keyboard.press("Escape")
        for _ in range(2):
            tag = next(tags)
            tab.part("tag-filter").fill(f"^{re.escape(tag)}$")
            tab.row(tag).click()
            check(tab, tag, is_compared=kind != "run" or not shared or tag in shared)


# From a run that shares tensors with the baseline's to that run itself, to one that shares none,
# and back.
WALKS = {
    "question": ("question_exact", "question", "keras_frozen/train", "question_exact"),
    "torch_rates/lr-1": ("torch_rates/lr-1e-2", "torch_rates/lr-1", "question", "torch_rates/lr-1"),
}


@pytest.mark.parametrize("baseline", WALKS)
def test_by_click_from_run_to_run_against_one_of_them(demo_board, tab, baseline):
    runs, tag = WALKS[baseline], ""
    tab.open(demo_board.url, run=runs[0], baseline=f"run:{baseline}")
    for run in runs:
        tab.part("run-picker").click()
        tab.frame.locator(f"[data-testid=run-option][data-run={quoted(run)}]").click()
        expect(tab.part("run-picker")).to_have_attribute("title", run)
        lacking, shared = tensors_of(demo_board, run, baseline)
        table = demo_board.table("overview", run=run, baseline=f"run:{baseline}")
        # The tensor that was shown stays where the run has it.
        first = tag if tag in table["columns"]["tag"] else table["headline"]["subject"]["tag"]
        has_it = demo_board.table("overview", run=baseline)["columns"]["tag"]
        check(tab, first, is_compared=first in has_it)
        for tag in [*lacking[:1], *shared[:1]]:
            tab.part("tag-filter").fill(f"^{re.escape(tag)}$")
            tab.row(tag).click()
            check(tab, tag, is_compared=tag in shared)
        tab.part("tag-filter").fill("")


@pytest.mark.parametrize(
    ("run", "offered"),
    [
        ("question", ["question_exact (has 16 of 30)"]),
        ("torch_rates/lr-1", [f"torch_rates/lr-{rate} (has 4 of 4)" for rate in ("1e-2", "1e-6")]),
    ],
)
def test_runs_that_share_tensors_are_offered_with_how_many(demo_board, tab, run, offered):
    tab.open(demo_board.url, run=run)
    tab.part("baseline-picker").click()
    expect(tab.part("baseline-run-name").locator("option")).to_have_text(offered)


def test_where_no_run_shares_any_that_is_said(demo_board, tab):
    tab.open(demo_board.url, run="keras_frozen/train")
    tab.part("baseline-picker").click()
    expect(tab.part("baseline-form")).to_contain_text("No other run has any of these tensors.")


@pytest.mark.parametrize("baseline", ["first", "run:torch_rates/lr-1e-2"])
def test_while_runs_cannot_be_read_that_is_said_and_they_come_when_they_can(
    demo_board, tab, baseline
):
    beside = "**/weight_delta/runs?shared_with=*"
    tab.page.route(beside, lambda route: route.abort())
    tab.open(demo_board.url, run="torch_rates/lr-1", baseline=baseline)
    tab.part("baseline-picker").click()
    expect(tab.part("baseline-unread")).to_contain_text(
        "Runs cannot be read: TensorBoard does not answer."
    )
    chosen = 0 if baseline == "first" else 1
    expect(tab.part("baseline-run-name").locator("option")).to_have_count(chosen)
    tab.page.unroute(beside)
    expect(tab.part("baseline-run-name").locator("option")).to_have_count(2)
    expect(tab.part("baseline-unread")).to_have_count(0)
    assert all("ERR_FAILED" in each for each in tab.complaints)
    tab.complaints.clear()


def test_a_chart_that_fails_takes_nothing_else_along(demo_board, tab):
    """A reply that breaks the contract: bands of another number than steps, without a number."""

    def broken(route):
        table = route.fetch().json()
        table["speed"] = None
        route.fulfill(json=table)

    tab.page.route("**/weight_delta/series*", broken)
    tab.open(demo_board.url, run="question", tag="local1_weights")
    expect(tab.part("chart-failed")).to_contain_text("could not be drawn")
    expect(tab.part("chart-movement").locator("svg").first).to_be_visible()
    tab.page.unroute("**/weight_delta/series*")
    tab.row("local2_weights").click()
    expect(tab.part("chart-failed")).to_have_count(0)
    expect(tab.part("chart-speed").locator("svg").first).to_be_visible()
    assert tab.complaints
    tab.complaints.clear()
