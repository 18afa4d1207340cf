"""Several runs side by side: picker, table of tensor by run, one chart, the link."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.large_models import write_sweep
from tests.browser.tab import Tab, quoted
from tests.support.event_logs import EventLog, drifting
from tests.support.patience import wait_until
from tests.support.places import DEMO_SERIES, ODD_RUN

RATES = ["torch_rates/lr-1", "torch_rates/lr-1e-2", "torch_rates/lr-1e-6"]
LEAD = RATES[1]
BESIDE = "torch_rates%2Flr-1,torch_rates%2Flr-1e-6"
TAG = "layer2.weight"


@pytest.fixture
def rates(tab, demo_board) -> Tab:
    """The three learning rates beside each other."""
    tab.open(demo_board.url, run=LEAD, tag=TAG, view="runs", **{"with": BESIDE})
    expect(cell(tab, TAG, RATES[2])).to_contain_text("×")
    return tab


def cell(tab: Tab, tag: str, run: str):
    """What the table says of a tensor in a run."""
    return tab.part("runs-table").locator(f"tr[data-tag='{tag}'] td[data-run='{run}']")


def box(tab: Tab, run: str):
    """The box in the list of runs that sets a run beside the others."""
    return (
        tab.part("run-option")
        .and_(tab.frame.locator(f"[data-run='{run}']"))
        .get_by_test_id("run-box")
    )


class TestChoosing:
    def test_runs_are_set_beside_each_other_in_the_list_of_runs(self, tab, demo_board):
        tab.open(demo_board.url, run=LEAD, view="runs")
        tab.part("run-picker").click()
        box(tab, RATES[2]).click()
        expect(tab.part("runs-table").locator("th[data-run]")).to_have_count(2)
        expect(tab.part("run-picker")).to_contain_text(f"2 of {len(DEMO_SERIES)}")
        tab.page.wait_for_url(re.compile("p.weight_delta.with=torch_rates"))
        box(tab, RATES[2]).click()
        expect(tab.part("all-runs")).to_be_visible()

    def test_shift_and_enter_do_the_same_by_keyboard(self, tab, demo_board):
        tab.open(demo_board.url, run=LEAD, view="runs")
        tab.part("run-picker").click()
        expect(tab.part("run-filter")).to_be_focused()
        # Both keys before the page is drawn again.
        tab.part("run-filter").evaluate(
            """filter => {
              for (const [key, shiftKey] of [["ArrowDown", false], ["Enter", true]]) {
                const how = { key, shiftKey, bubbles: true };
                filter.dispatchEvent(new KeyboardEvent("keydown", how));
              }
            }"""
        )
        tab.page.keyboard.press("Escape")
        expect(tab.part("run-picker")).to_be_focused()
        wait_until(lambda: heads(tab) == [LEAD, RATES[2]])

    def test_a_single_run_is_told_how_to_find_company(self, tab, demo_board):
        tab.open(demo_board.url, run=LEAD, view="runs")
        expect(tab.part("all-runs").get_by_role("button", name=LEAD, exact=True)).to_be_visible()
        compare_with(tab, RATES[0])
        expect(cell(tab, TAG, RATES[0])).to_contain_text("%")


def compare_with(tab: Tab, run: str) -> None:
    """Chosen in the list of all runs."""
    row = tab.part("all-runs").locator(f"[data-run={quoted(run)}]")
    row.get_by_test_id("run-compare").check()
    tab.part("compare-chosen").click()


def heads(tab: Tab) -> list[str]:
    """The runs in the order of their columns."""
    columns = tab.part("runs-table").locator("th[data-run]")
    expect(columns.nth(1)).to_be_visible()
    return [str(each.get_attribute("data-run")) for each in columns.all()]


class TestTable:
    def test_each_cell_says_how_far_and_how_that_compares(self, rates, demo_board):
        def movement(run: str) -> float:
            columns = demo_board.table("overview", run=run)["columns"]
            return columns["relative_movement"][columns["tag"].index("layer2.bias")]

        reference = movement(LEAD)
        for run in (RATES[0], RATES[2]):
            times = movement(run) / reference
            shown = cell(rates, "layer2.bias", run).inner_text()
            factor = float(re.search(r"([\d.]+) ×", shown)[1])
            assert factor == pytest.approx(times, rel=0.05)
        expect(cell(rates, "layer2.bias", LEAD)).not_to_contain_text("×")

    def test_below_resolution_only_what_the_bounds_prove_is_said(self, rates):
        expect(cell(rates, TAG, RATES[2])).to_contain_text("≤")
        expect(cell(rates, TAG, RATES[2]).locator(".run-ratio")).to_contain_text("<")

    def test_cells_and_ratios_are_of_the_chosen_measure(self, rates, demo_board):
        rates.part("measure").select_option("norm")
        expect(rates.part("compared-at")).to_contain_text("Norm: each tensor's")

        def norm(run: str) -> float:
            table = demo_board.table("overview", run=run, measure="norm")
            return table["sparkline"]["values"][table["columns"]["tag"].index(TAG)][-1]

        times = norm(RATES[0]) / norm(LEAD)
        ratio = cell(rates, TAG, RATES[0]).locator(".run-ratio")
        expect(ratio).to_have_text(re.compile(r"^[\d.]+ ×$"))
        assert float(ratio.inner_text()[:-1]) == pytest.approx(times, rel=0.05)
        expect(rates.part("run-sentences")).to_contain_text("its norm is")
        rates.part("back-to-runs").click()
        expect(rates.part("measure")).to_have_count(0)

    def test_all_runs_of_a_logdir_are_compared_at_steps_that_each_tensor_s_runs_share(
        self, tab, demo_board
    ):
        runs = sorted(DEMO_SERIES)
        others = ",".join(run.replace("/", "%2F") for run in runs[1:])
        tab.open(demo_board.url, run=runs[0], view="runs", **{"with": others})
        table = tab.part("runs-table")
        expect(table.locator("td.cell-step").first).to_be_visible()
        expect(table.locator(".skeleton")).to_have_count(0)
        for run in runs:
            columns = demo_board.table("overview", run=run)["columns"]
            far = zip(columns["tag"], columns["relative_movement"], strict=True)
            moved = {tag for tag, movement in far if movement}
            for shown in table.locator(f"td[data-run='{run}'] .run-movement").all():
                row = shown.locator("xpath=ancestor::tr").get_attribute("data-tag")
                assert shown.inner_text() not in ("0 %", "0") or row not in moved

    def test_another_run_becomes_the_reference(self, rates):
        head = rates.part("runs-table").locator(f"th[data-run='{RATES[0]}']")
        head.get_by_test_id("make-reference").click()
        expect(head).to_contain_text("reference")
        expect(cell(rates, TAG, LEAD)).to_contain_text("×")
        rates.page.wait_for_url(re.compile("reference=torch_rates%2Flr-1&|reference=.*lr-1$"))
        expect(rates.part("run-sentences")).to_contain_text(
            re.compile(rf"In {LEAD} it moved .* times as far as in {RATES[0]}\.")
        )

    def test_a_column_orders_the_rows_by_its_ratio(self, rates):
        rows = rates.part("runs-table").locator("tr[data-tag]")
        head = rates.part("runs-table").locator(f"th[data-run='{RATES[0]}']")
        head.get_by_test_id("run-order").click()
        expect(head).to_have_attribute("aria-sort", "descending")
        expect(rows.first).to_have_attribute("data-tag", "layer1.weight")
        head.get_by_test_id("run-order").click()
        expect(rows.first).to_have_attribute("data-tag", TAG)

    def test_a_row_chosen_by_click_or_key_is_the_selection_of_all_views(self, rates):
        rates.part("runs-table").locator("[data-tag='layer1.bias']").click()
        expect(rates.part("detail")).to_have_attribute("data-tag", "layer1.bias")
        rates.part("runs-table").press("ArrowDown")
        expect(rates.part("detail")).not_to_have_attribute("data-tag", "layer1.bias")
        chosen = rates.part("detail").get_attribute("data-tag")
        rates.part("view-table").click()
        expect(rates.row(chosen)).to_have_attribute("aria-selected", "true")


class TestTakingItAlong:
    def test_the_comparison_in_sight_is_what_is_exported(self, rates):
        rates.part("export").click()
        with rates.page.expect_download() as download:
            rates.part("export-shown-csv").click()
        lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
        assert {(line["run"], line["reference"]) for line in lines} == {(r, LEAD) for r in RATES}
        told = next(line for line in lines if (line["run"], line["tag"]) == (RATES[0], TAG))
        assert float(told["ratio"]) == pytest.approx(0.49, abs=0.02)
        unresolved = next(line for line in lines if (line["run"], line["tag"]) == (RATES[2], TAG))
        assert unresolved["ratio_kind"] == "beyond"


class TestChart:
    def test_one_line_for_each_run_in_a_colour_and_dash_of_its_own(self, rates):
        lines = rates.part("chart-runs").get_by_test_id("run-line")
        expect(lines).to_have_count(3)
        looks = lines.evaluate_all(
            """groups => groups.map(group => {
                const style = getComputedStyle(group.querySelector(".run-line"));
                return [style.stroke, style.strokeDasharray];
            })"""
        )
        colours, dashes = zip(*looks, strict=True)
        assert len(set(colours)) == len(set(dashes)) == 3

    def test_the_look_of_a_run_does_not_depend_on_its_company(self, rates):
        drawn = f"[data-testid=run-line][data-name='{RATES[2]}'] path"
        line = rates.part("chart-runs").locator(drawn)
        look = "path => getComputedStyle(path).stroke"
        before = line.first.evaluate(look)
        rates.part("run-picker").click()
        box(rates, RATES[0]).click()
        rates.page.keyboard.press("Escape")
        expect(rates.part("chart-runs").get_by_test_id("run-line")).to_have_count(2)
        wait_until(lambda: line.first.evaluate(look) == before)

    def test_the_cross_hair_reads_every_run_out(self, rates):
        chart = rates.part("chart-runs").locator(".plot")
        area = chart.bounding_box()
        rates.page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
        readout = rates.part("chart-runs").locator(".readout")
        for run in RATES:
            expect(readout).to_contain_text(run)
        hovered = rates.part("chart-movement").locator(".step-mark.hover")
        expect(hovered).to_have_count(1)


class TestLink:
    def test_runs_reference_and_order_survive_a_reload(self, rates):
        rates.part("runs-table").locator(f"th[data-run='{RATES[2]}']").get_by_test_id(
            "make-reference"
        ).click()
        rates.part("runs-table").locator(f"th[data-run='{RATES[0]}']").get_by_test_id(
            "run-order"
        ).click()
        rates.page.wait_for_url(re.compile(r"by=-torch_rates"))
        rates.page.reload()
        reference = rates.part("runs-table").locator(f"th[data-run='{RATES[2]}']")
        expect(reference).to_contain_text("reference")
        expect(rates.part("runs-table").locator(f"th[data-run='{RATES[0]}']")).to_have_attribute(
            "aria-sort", "descending"
        )
        wait_until(lambda: heads(rates) == RATES)


class TestUnequalRuns:
    @pytest.fixture
    def unequal(self, serve, tmp_path):
        """One run of 200 steps and one of 600, at the same speed; the names are markup."""
        for name, steps in ((ODD_RUN, range(0, 201, 100)), ("long", range(0, 601, 100))):
            with EventLog(tmp_path / "logs" / name) as log:
                for step, values in zip(steps, drifting(1, steps), strict=True):
                    log.values("w", step, values)
        board = serve(tmp_path / "logs")
        board.wait_for_series({ODD_RUN: 1, "long": 1})
        return board

    def test_they_are_compared_at_the_last_step_that_both_have(self, tab, unequal):
        tab.open(unequal.url, run="long", view="runs")
        compare_with(tab, ODD_RUN)
        expect(tab.part("compared-at")).to_contain_text("at step 200, the last that all runs have")
        ratio = tab.part("runs-table").locator("td.run-cell").locator(".run-ratio")
        expect(ratio.filter(has_text="as far")).to_have_text("as far")
        tab.part("toggle-aligned").click()
        expect(tab.part("compared-at")).to_contain_text("own last step")
        expect(ratio.filter(has_text="×")).to_have_text(re.compile("0.3[345] ×"))

    def test_where_there_is_no_common_step_each_is_at_its_last_with_a_remark(
        self, tab, serve, tmp_path
    ):
        for name, steps in (("early", range(0, 101, 50)), ("late", range(300, 501, 100))):
            with EventLog(tmp_path / "logs" / name) as log:
                for step, values in zip(steps, drifting(1, steps), strict=True):
                    log.values("w", step, values)
                    log.values("v", step % 300, values)
        board = serve(tmp_path / "logs")
        board.wait_for_series({"early": 2, "late": 2})
        tab.open(board.url, run="early", view="runs", **{"with": "late"})
        row = tab.part("runs-table").locator("tr[data-tag='w']")
        expect(row.get_by_test_id("no-common-step")).to_be_visible()
        expect(tab.part("compared-at")).to_contain_text("1 tensor without one")
        expect(row.locator("td[data-run=late]")).not_to_contain_text("0 %")

    def test_a_name_that_is_markup_is_shown_as_written(self, tab, unequal):
        tab.open(unequal.url, run=ODD_RUN, view="runs")
        compare_with(tab, "long")
        expect(tab.part("runs-table")).to_contain_text(ODD_RUN)
        expect(tab.part("chart-runs")).to_contain_text(ODD_RUN)
        expect(tab.frame.locator("img")).to_have_count(0)


@pytest.fixture(scope="module")
def sweep(open_board, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    write_sweep(folder / "logs", runs=24)
    with open_board(folder / "logs", log=folder / "log.txt") as board:
        board.wait_until(lambda runs: len(runs) == 24 and all(r["series"] == 8 for r in runs))
        yield board


class TestAllRuns:
    def test_each_has_its_state_median_and_what_differs(self, tab, sweep):
        tab.open(sweep.url, view="runs")
        rows = tab.part("all-runs").locator("tbody tr")
        expect(rows).to_have_count(24)
        expect(tab.part("all-runs").locator("tbody .skeleton")).to_have_count(0)
        heads = tab.part("all-runs").locator("th").all_inner_texts()
        assert {"lr", "wd", "seed", "Median movement"} <= {head.strip("↑↓") for head in heads}
        assert "bs" not in heads
        run = rows.first.get_attribute("data-run")
        headline = sweep.table("overview", run=run)["headline"]
        expect(rows.first).to_contain_text(headline["state"].replace("_", " ").capitalize())
        expect(rows.first).to_have_attribute("title", headline["sentence"])

    @pytest.mark.parametrize("width", [1280, 700])
    def test_all_of_a_row_is_in_sight_and_said_once(self, tab, sweep, width):
        tab.page.set_viewport_size({"width": width, "height": 800})
        tab.open(sweep.url, view="runs")
        expect(tab.part("all-runs").locator("tbody .skeleton")).to_have_count(0)
        expect(tab.part("all-runs").locator("tbody .sparkline")).to_have_count(24)
        beyond = "table => table.parentElement.scrollWidth - table.parentElement.clientWidth"
        assert tab.part("all-runs").evaluate(beyond) == 0
        heads = [head.strip("↑↓") for head in tab.part("all-runs").locator("th").all_inner_texts()]
        assert heads[1:] == ["State", "Median movement", "Over steps", "lr", "wd", "seed"]
        expect(tab.part("shared-by-runs")).to_contain_text("mnist_mlp, bs=128, opt=adamw")

    def test_is_filtered_and_sorted_by_hyper_parameters(self, tab, sweep):
        tab.open(sweep.url, view="runs")
        rows = tab.part("all-runs").locator("tbody tr")
        expect(rows).to_have_count(24)
        tab.part("runs-filter").fill("lr=0.0001 ")
        expect(rows).to_have_count(12)
        tab.part("runs-filter").fill("")
        tab.part("sort-runs-param-lr").click()
        expect(rows.first).to_have_attribute("data-run", re.compile("lr=1e-05"))
        tab.part("sort-runs-param-lr").click()
        expect(rows.first).to_have_attribute("data-run", re.compile("lr=0.0001"))

    def test_how_it_is_filtered_and_sorted_and_that_it_is_listed_survive_a_reload(self, tab, sweep):
        tab.open(sweep.url, view="runs")
        rows = tab.part("all-runs").locator("tbody tr")
        expect(rows).to_have_count(24)
        tab.part("runs-filter").fill("lr=0.0001 ")
        tab.part("sort-runs-param-seed").click()
        tab.part("sort-runs-param-seed").click()
        for n in (0, 1):
            rows.nth(n).get_by_test_id("run-compare").check()
        shown = [row.get_attribute("data-run") for row in rows.all()]
        tab.page.wait_for_url(re.compile("list=runs.*runs=lr%3D0.0001%20&.*runs_sort=-param-seed"))
        tab.page.reload()
        expect(rows).to_have_count(12)
        expect(tab.part("runs-filter")).to_have_value("lr=0.0001 ")
        assert [row.get_attribute("data-run") for row in rows.all()] == shown
        tab.part("compare-chosen").click()
        tab.page.wait_for_url(lambda url: "list=" not in url)
        tab.page.reload()
        expect(tab.part("runs-table")).to_be_visible()

    def test_a_click_leads_and_several_are_compared(self, tab, sweep):
        tab.open(sweep.url, view="runs")
        rows = tab.part("all-runs").locator("tbody tr")
        expect(rows).to_have_count(24)
        wanted = [rows.nth(n).get_attribute("data-run") for n in (3, 5, 7)]
        rows.nth(3).locator(".run-link").click()
        expect(rows.nth(3).locator(".run-link")).to_have_attribute("aria-current", "true")
        for n in (5, 7):
            rows.nth(n).get_by_test_id("run-compare").check()
        tab.part("compare-chosen").click()
        wait_until(lambda: sorted(heads(tab)) == sorted(wanted))
        tab.part("back-to-runs").click()
        expect(rows).to_have_count(24)
