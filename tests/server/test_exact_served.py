"""Exact records through real TensorBoards with both loaders, and through the command line."""

import csv
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from tb_plugin_weightdelta.answering.export import EXACT_KEYS
from tb_plugin_weightdelta.cli import commands as cli
from tb_plugin_weightdelta.core.exact import FIELDS
from tb_plugin_weightdelta.recording import Recorder
from tests.support.exact_logs import ExactLog, figures_of, layout, value_in
from tests.support.loaders import read_by_data_server, read_by_python
from tests.support.servers.tensorboard_process import PYTHON, TensorBoard

SERIES = {
    "alone": 2,
    "hostile": 12,
    "keras": 2,
    "newer": 1,
    "recorder": 3,
    "resumed": 2,
    "thousand": 1,
}
LAST_STEPS = {"alone": 20, "keras": 20, "newer": 20, "recorder": 4, "resumed": 30, "thousand": 9990}
START = np.random.default_rng(0).normal(0, 0.05, 400)
NOISE = np.sign(np.random.default_rng(1).normal(0, 1, START.shape))
TOLD = figures_of(START, START + 0.01)

# Records that no recorder writes, and what a reader of the answer is told of each.
HOSTILE = {
    "no layout": (TOLD, b"", "is damaged"),
    "a layout of nothing": ([], layout(fields=[]), "is damaged"),
    "infinite version": (TOLD, layout(version=math.inf), "is damaged"),
    "too few numbers": ([1.0, 2.0], layout(), "has shape"),
    "two-dimensional": ([[1.0] * len(FIELDS)], layout(), "has shape"),
    "text": (["far"] * len(FIELDS), layout(), "are not numbers"),
    "no elements": ({**TOLD, "elements": 0.0}, layout(), "are damaged"),
    "more elements than there are": ({**TOLD, "elements": 1e300}, layout(), "are damaged"),
    "never": ({**TOLD, "baseline_step": 1e300}, layout(), "are damaged"),
    "an absurd sample": ({**TOLD, "sampled_elements": 1e300}, layout(), "are damaged"),
    "nothing known": (dict.fromkeys(FIELDS, math.nan), layout(), "are damaged"),
}


def states(count: int) -> list[np.ndarray]:
    """Weights that move up and down further with each step."""
    return [START + 0.001 * index * NOISE for index in range(count)]


@pytest.fixture(scope="session")
def recorded_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("recorded")
    with Recorder(logdir / "recorder") as recorder:
        for step, kernel in enumerate(states(5)):
            moving = {"kernel": kernel, "shuffled": np.roll(START, step), "frozen": START}
            recorder.log(step, moving)
    with ExactLog(logdir / "keras") as log:
        for step, kernel in zip((0, 10, 20), states(3), strict=True):
            log.values("dense/kernel/histogram", step, kernel)
            log.values("dense/bias/histogram", step, kernel[:20])
            log.weights("dense/kernel", step, START, kernel)
    with ExactLog(logdir / "alone") as log:
        for step, kernel in zip((0, 10, 20), states(3), strict=True):
            log.weights("kernel", step, START, kernel)
            log.weights("diverging", step, START, kernel if step < 20 else kernel * math.nan)
            log.record("other/kernel", step, TOLD, prefix=False)
    with ExactLog(logdir / "newer") as log:
        for step, kernel in zip((0, 10, 20), states(3), strict=True):
            log.values("kernel", step, kernel)
            log.record("kernel", step, TOLD, layout(version=99))
    for start, steps in ((0, (0, 10, 20)), (20, (20, 30))):  # the second resumes the first
        name = f"events.out.tfevents.17000{start:05}.test"
        with ExactLog(logdir / "resumed", name, start=1_700_000_000.0 + 1000 * start) as log:
            for step in steps:
                kernel = START + 0.001 * (step + start) * NOISE
                log.weights("restored", step, START, kernel)
                initial = START if start == 0 else START + 0.001 * (start + start) * NOISE
                log.record("lost", step, figures_of(initial, kernel, start))
    with ExactLog(logdir / "thousand") as log:
        for index, kernel in enumerate(states(1000)):
            log.weights("kernel", 10 * index, START, kernel)
    with ExactLog(logdir / "hostile") as log:
        for name, (numbers, content, _) in HOSTILE.items():
            log.record(name, 0, numbers, content)
        for step, kernel in enumerate(states(3)):
            log.weights("good", step, START, kernel)
    return logdir


@pytest.fixture(scope="module")
def board(recorded_logs, loader, tmp_path_factory):
    log = tmp_path_factory.mktemp("board") / "log.txt"
    with TensorBoard(recorded_logs, loader, log=log) as board:
        board.wait_for_series(SERIES)
        board.wait_until(
            lambda runs: LAST_STEPS.items() <= {e["run"]: e["last_step"] for e in runs}.items()
        )
        yield board


def column(table: dict, name: str) -> dict:
    return dict(zip(table["columns"]["tag"], table["columns"][name], strict=True))


class TestRecorder:
    def test_what_it_wrote_leads_verdicts_words_and_sparklines(self, board):
        table = board.table("overview", run="recorder")
        assert column(table, "verdict") == {
            "shuffled": "moved_far",
            "kernel": "moved",
            "frozen": "unchanged",
        }
        # Of one of them alone the name says that it is a weight.
        assert table["columns"]["tag"] == ["kernel", "shuffled", "frozen"]
        assert all(exact["leads"] for exact in table["columns"]["exact"])
        assert column(table, "exact")["frozen"]["mean_abs"] == 0
        assert column(table, "movement")["shuffled"] == 0
        assert re.findall(r"[\d.]+ %", table["headline"]["sentence"]) == ["8.0 %"]
        assert table["sparkline"]["values"][0] == pytest.approx([0, 0.001, 0.002, 0.003, 0.004])
        assert table["left_out"] == []

    def test_a_series_has_what_was_recorded_step_by_step(self, board):
        table = board.table("series", run="recorder", tag="kernel")
        exact = table["exact"]
        assert exact["steps"] == table["steps"] == [0, 1, 2, 3, 4]
        assert exact["mean_abs"] == pytest.approx([0, 0.001, 0.002, 0.003, 0.004])
        assert exact["update_ratio"][0] is None
        assert exact["update_ratio"][1:] == pytest.approx(
            [
                np.linalg.norm(now - before) / np.linalg.norm(before)
                for before, now in zip(states(5)[:-1], states(5)[1:], strict=True)
            ]
        )
        assert [len(band) for band in exact["change_bands"]] == [5] * 9
        assert [band[4] for band in exact["change_bands"]][::8] == pytest.approx([-0.004, 0.004])
        assert (exact["leads"], exact["baseline_step"], exact["sampled_elements"]) == (True, 0, 0)
        last = column(board.table("overview", run="recorder"), "exact")["kernel"]
        whole = ("scale", "scale_kind", "leads")
        assert {name: exact[name] for name in whole} == {name: last[name] for name in whole}
        by_step = (exact.keys() & last.keys()) - {*whole}
        assert by_step
        assert {name: exact[name][-1] for name in by_step} == {name: last[name] for name in by_step}

    @pytest.mark.parametrize("baseline", ["previous", "step:0", "run:recorder"])
    def test_with_another_baseline_nothing_is_exact(self, board, baseline):
        table = board.table("overview", run="recorder", baseline=baseline)
        assert table["columns"]["exact"] == [None] * 3
        series = board.table("series", run="recorder", tag="kernel", baseline=baseline)
        assert series["exact"] is None
        assert "distribution" in series["sentence"] or "resolve" in series["sentence"]

    def test_until_a_step_cuts_the_records(self, board):
        table = board.table("overview", run="recorder", until=2)
        exact = column(table, "exact")["kernel"]
        assert (exact["step"], exact["leads"]) == (2, True)
        assert exact["mean_abs"] == pytest.approx(0.002)
        assert table["sparkline"]["steps"] == [[0, 1, 2]] * 3
        before = board.table("overview", run="alone", until=-1)
        assert column(before, "exact") == {"kernel": None, "diverging": None}

    def test_thresholds_are_of_the_exact_movement(self, board):
        table = board.table("overview", run="recorder", moved=0.2, moved_far=2)
        verdicts = column(table, "verdict")
        assert (verdicts["kernel"], verdicts["shuffled"]) == ("barely_moved", "moved")


class TestNames:
    def test_of_keras_are_joined_to_the_names_of_its_weights(self, board):
        table = board.table("overview", run="keras")
        exact = column(table, "exact")
        assert exact["dense/kernel/histogram"]["leads"]
        assert exact["dense/bias/histogram"] is None
        series = board.table("series", run="keras", tag="dense/kernel/histogram")
        assert (series["steps"], series["exact"]["steps"]) == ([0, 10, 20], [0, 10, 20])

    def test_a_name_that_is_not_listed_is_not_answered(self, board):
        assert board.get("series", run="keras", tag="dense/kernel").status == 404
        assert board.get("series", run="alone", tag="other/kernel").status == 404


class TestAlone:
    def test_a_run_of_records_alone_is_listed_and_answered(self, board):
        table = board.table("overview", run="alone")
        assert column(table, "verdict") == {"kernel": "moved", "diverging": "non_finite"}
        for name, value in (("first_step", 0), ("last_step", 20), ("kept_steps", 3)):
            assert column(table, name)["kernel"] == value
        assert column(table, "elements")["kernel"] == 400
        assert column(table, "baseline_step")["kernel"] == 0
        assert column(table, "scale_kind")["kernel"] == "rms"
        assert column(table, "scale")["kernel"] == pytest.approx(np.sqrt(np.mean(START**2)))
        assert column(table, "movement")["kernel"] is None
        assert "at step 20" in column(table, "sentence")["diverging"]

    def test_its_series_has_no_histograms(self, board):
        table = board.table("series", run="alone", tag="kernel")
        assert (table["steps"], table["bands"], table["movement"]) == ([], [], [])
        assert table["exact"]["mean_abs"] == pytest.approx([0, 0.001, 0.002])
        assert board.get("histogram", run="alone", tag="kernel", step=10).status == 404

    def test_with_another_baseline_it_asks_for_the_first(self, board):
        table = board.table("overview", run="alone", baseline="previous")
        assert column(table, "verdict") == {"kernel": "no_data", "diverging": "non_finite"}
        assert "choose the first step" in column(table, "sentence")["kernel"]
        assert column(table, "kept_steps") == {"kernel": 3, "diverging": 3}

    def test_the_baseline_can_be_a_run_without_histograms(self, board):
        table = board.table("overview", run="newer", baseline="run:alone")
        assert column(table, "verdict") == {"kernel": "no_data"}


class TestResumed:
    def test_with_its_initial_weights_it_goes_on(self, board):
        exact = board.table("series", run="resumed", tag="restored")["exact"]
        assert exact["steps"] == [0, 10, 20, 30]
        assert exact["mean_abs"] == pytest.approx([0, 0.01, 0.04, 0.05])
        assert column(board.table("overview", run="resumed"), "flags")["restored"] == []

    def test_without_them_it_says_so(self, board):
        series = board.table("series", run="resumed", tag="lost")
        assert series["exact"]["mean_abs"] == pytest.approx([0, 0.01, 0, 0.01])
        assert (series["flags"], series["baseline_step"]) == (["baseline_lost"], 20)
        assert "From step 20 on" in series["evidence"]["flags"]["baseline_lost"]
        assert "between step 20 and step 30" in series["sentence"]


class TestKept:
    def test_a_thousand_recorded_steps_are_all_there_without_a_flag(self, board):
        exact = board.table("series", run="thousand", tag="kernel")["exact"]
        assert exact["steps"] == list(range(0, 10_000, 10))
        assert exact["mean_abs"] == pytest.approx([0.001 * index for index in range(1000)])
        table = board.table("overview", run="thousand")
        assert table["columns"]["kept_steps"] == [1000]

    def test_a_flag_wins(self, recorded_logs, loader, tmp_path):
        flag = "--samples_per_plugin=weight_delta=7"
        with TensorBoard(recorded_logs, loader, flag, log=tmp_path / "log.txt") as board:
            board.wait_until(
                lambda runs: (
                    {"thousand": 9990}.items() <= {e["run"]: e["last_step"] for e in runs}.items()
                )
            )
            steps = board.table("series", run="thousand", tag="kernel")["exact"]["steps"]
        assert len(steps) == 7


class TestRefused:
    def test_a_newer_layout_is_told_and_the_histograms_are_answered(self, board):
        table = board.table("overview", run="newer")
        (left_out,) = table["left_out"]
        assert (left_out["tag"], left_out["step"]) == ("kernel", None)
        assert "have layout 99" in left_out["reason"]
        assert table["columns"]["exact"] == [None]
        assert table["columns"]["kept_steps"] == [3]
        assert table["columns"]["movement"][0] > 0
        series = board.table("series", run="newer", tag="kernel")
        assert series["left_out"] == [{"step": None, "reason": left_out["reason"]}]
        assert series["exact"] is None

    def test_what_no_recorder_writes_costs_its_own_series_alone(self, board):
        table = board.table("overview", run="hostile")
        reasons = {each["tag"]: each["reason"] for each in table["left_out"]}
        assert reasons.keys() == HOSTILE.keys()
        for name, (_, _, why) in HOSTILE.items():
            assert why in reasons[name]
            series = board.table("series", run="hostile", tag=name)
            assert (series["verdict"], series["exact"]) == ("no_data", None)
        assert column(table, "verdict")["good"] == "moved"
        assert column(table, "verdict") == {**dict.fromkeys(HOSTILE, "no_data"), "good": "moved"}


def test_csv_equals_json(board):
    for run in SERIES:
        objects = board.get("export", run=run, format="json").json()
        lines = csv.DictReader(io.StringIO(board.get("export", run=run).body.decode()))
        for line, told in zip(lines, objects, strict=True):
            exact = {key: line[f"exact_{key}"] for key in EXACT_KEYS}
            read = {key: value_in(cell) for key, cell in exact.items()}
            assert read == (told["exact"] or dict.fromkeys(EXACT_KEYS))


def test_the_terminals_table_says_what_is_exact(recorded_logs, capsys):
    assert cli.main(["report", str(recorded_logs), "--run", "recorder|keras"]) == 0
    lines = capsys.readouterr().out.splitlines()
    movement = {line.split()[0]: line for line in lines if ", exact" in line}
    assert movement.keys() == {"dense/kernel/histogram", "shuffled", "kernel", "frozen"}
    assert "8.0 % of spread, exact" in movement["kernel"]
    assert " 0 % of spread, exact" in movement["frozen"]


def test_the_command_line_agrees_with_the_page(board, loader, recorded_logs, capsys, monkeypatch):
    if loader == PYTHON:
        read_by_python(monkeypatch)
    else:
        read_by_data_server(monkeypatch)
    assert cli.main(["report", str(recorded_logs), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    records = json.loads(out)
    assert {record["run"] for record in records} == SERIES.keys()
    for run in SERIES:
        of_run = [record for record in records if record["run"] == run]
        assert of_run == board.get("export", run=run, format="json").json()
    assert "In run 'newer': The exact records of weight_delta/kernel have layout 99" in err
    assert err.count("\n") == 1 + len(HOSTILE)
