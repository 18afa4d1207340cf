"""Exact movement on the page: beside its floor, alone, and in what is taken along."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_plugin_weightdelta.recording import Recorder
from tests.browser.tab import Tab
from tests.support.servers.tensorboard_process import TensorBoard


@pytest.fixture
def recorded(tab: Tab, demo_board: TensorBoard) -> Tab:
    """The tab on a recorded weight of the network of the question, loaded."""
    tab.open(demo_board.url, run="question_exact", tag="weights_conv1")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    return tab


def record(folder: Path, **options: bool) -> None:
    """A weight and a bias that walk at random, and one that is frozen."""
    rng = np.random.default_rng(0)
    weights = {"dense/kernel": rng.normal(0, 0.05, (40, 20)), "dense/bias": np.zeros(20)}
    with Recorder(folder, every=10, **options) as recorder:
        for step in range(51):
            recorder.log(step, {**weights, "frozen/kernel": np.ones((3, 4))})
            weights = {name: w + rng.normal(0, 1e-3, w.shape) for name, w in weights.items()}


class TestBesideItsFloor:
    def test_the_headline_is_that_of_the_exact_movement(self, recorded, demo_board):
        answer = demo_board.table("overview", run="question_exact")["headline"]["sentence"]
        assert "2.5 to 10 %" in answer
        expect(recorded.part("headline").locator("h1")).to_have_text(answer)

    def test_rows_lead_with_exact_movement_and_say_so(self, recorded, demo_board):
        columns = demo_board.table("overview", run="question_exact")["columns"]
        place = columns["tag"].index("weights_conv1")
        exact, floor = columns["exact"][place], columns["relative_movement"][place]
        assert exact["relative_movement"] > 5 * floor
        cell = recorded.row("weights_conv1").get_by_test_id("cell-movement")
        expect(cell).to_have_attribute("data-value", str(exact["relative_movement"]))
        expect(cell).to_have_text(re.compile(r"=\s*10 %\s*spread"))
        expect(cell).to_have_attribute(
            "title", re.compile(r"^Exact.*Its histograms show 1\.6 %\.$")
        )
        floors = recorded.row("weights_conv1").locator(".log-bar-floor")
        expect(floors).to_have_count(1)

    def test_one_chart_holds_both_and_reads_both(self, recorded):
        chart = recorded.part("chart-movement")
        expect(chart.get_by_test_id("exact-line").locator("circle")).to_have_count(26)
        expect(chart.locator(".legend")).to_contain_text("exact")
        expect(chart.locator(".legend")).to_contain_text("distribution")
        chart.locator(".plot").press("End")
        said = recorded.part("spoken")
        expect(said).to_contain_text(re.compile(r"weights, on average 0\.0049\d* \(10 %\)"))
        expect(said).to_contain_text("distribution 0.0007865 (1.6 %)")
        expect(said).to_contain_text("last update")

    def test_the_evidence_holds_every_recorded_figure(self, recorded):
        recorded.part("verdict-button").click()
        evidence = recorded.part("evidence")
        for name in ("exact mean movement", "mean |w − w₀|", "cosine", "last update ‖Δ‖/‖w‖"):
            expect(evidence).to_contain_text(name)

    def test_the_change_of_each_weight_takes_the_place_of_the_quantiles_and_stays_in_the_link(
        self, recorded
    ):
        chart = recorded.part("chart-delta-bands")
        expect(chart.locator("h3")).to_have_text("Change of each quantile")
        before = chart.locator("path.median-line").get_attribute("d")
        chart.get_by_test_id("change-of-weights").click()
        expect(chart.locator("h3")).to_have_text("Change of each weight")
        expect(chart.locator("path.median-line")).not_to_have_attribute("d", before)
        recorded.page.wait_for_url(re.compile(r"change=weights"))
        recorded.page.reload()
        expect(chart.locator("h3")).to_have_text("Change of each weight")

    def test_why_it_looks_flat_is_told_with_the_recorded_numbers(self, recorded):
        expect(recorded.part("why-flat")).to_contain_text("weight by weight the values moved")

    def test_with_another_baseline_records_answer_nothing(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", tag="weights_conv1", baseline="previous")
        expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
        expect(tab.part("exact-line")).to_have_count(0)
        expect(tab.part("change-of")).to_have_count(0)
        expect(tab.frame.locator(".exact-mark")).to_have_count(0)

    def test_beside_a_run_without_records_only_floors_are_compared(self, tab, demo_board):
        tab.open(demo_board.url, run="question_exact", view="runs", **{"with": "question"})
        ratio = tab.part("runs-table").locator("[data-tag=weights_conv1] .run-ratio[data-kind]")
        expect(ratio.filter(has_text=re.compile("as far"))).to_have_count(1)

    def test_steps_are_saved_with_what_was_recorded(self, recorded):
        recorded.part("export").click()
        with recorded.page.expect_download() as download:
            recorded.part("export-steps-csv").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        lines = list(csv.DictReader(io.StringIO(text)))
        assert len(lines) == 26
        assert float(lines[-1]["exact_mean_abs"]) == pytest.approx(0.0049246, rel=1e-3)
        assert float(lines[-1]["exact_mean_abs"]) > 5 * float(lines[-1]["movement"])


class TestAlone:
    def test_a_tensor_without_histograms_is_shown_and_asks_for_none(self, tab, serve, tmp_path):
        record(tmp_path / "logs" / "a", histograms=False)
        board = serve(tmp_path / "logs")
        board.wait_for_series({"a": 3})
        asked: list[str] = []
        tab.page.on("request", lambda request: asked.append(request.url))
        tab.open(board.url, run="a", tag="dense/kernel")
        expect(tab.part("exact-line").locator("circle")).to_have_count(6)
        expect(tab.part("chart-delta-bands").locator("h3")).to_have_text("Change of each weight")
        expect(tab.part("chart-histogram")).to_have_count(0)
        expect(tab.part("chart-bands")).to_have_count(0)
        expect(tab.part("step-facts")).to_contain_text("weights, of RMS")
        expect(tab.row("frozen/kernel")).to_contain_text("unchanged")
        assert not [url for url in asked if "/histogram?" in url]

    def test_its_cards_draw_the_change_of_each_weight(self, tab, serve, tmp_path):
        record(tmp_path / "logs" / "a", histograms=False)
        board = serve(tmp_path / "logs")
        board.wait_for_series({"a": 3})
        tab.open(board.url, run="a", view="cards")
        cards = tab.part("tensor-card")
        expect(cards.locator("path.median-line")).to_have_count(3)
        expect(cards.filter(has_text="frozen")).to_contain_text("no weight changed")
