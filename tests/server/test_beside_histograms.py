"""What stands beside histograms: a run's scalars and hyper-parameters, and other measures."""

import json
import re

import numpy as np
import pytest
from tensorboard.plugins.hparams import summary_v2 as hparams

from tb_plugin_weightdelta.core.names import MEASURES
from tb_plugin_weightdelta.reading.hparams import MOST_HPARAMS, parsed
from tb_plugin_weightdelta.reading.provider import MOST_SCALARS
from tests.support.event_logs import EventLog, log_drifting
from tests.support.patience import wait_until
from tests.support.places import ROOT
from tests.support.servers.tensorboard_process import TensorBoard

EXAMPLE = (ROOT / "tb_plugin_weightdelta" / "http_api.md").read_text().split("## `scalars`")[1]


class TestScalars:
    def test_of_a_run_are_listed_and_its_loss_is_given(self, board):
        table = board.table("scalars", run="keras_frozen/train")
        assert table["tags"] == ["epoch_accuracy", "epoch_learning_rate", "epoch_loss"]
        assert table["tag"] == "epoch_loss"
        assert table["steps"] == sorted(table["steps"])
        assert len(table["steps"]) == len(table["values"]) == len(table["wall_times"]) > 1
        assert table["values"][-1] < table["values"][0]

    def test_has_the_keys_of_the_documented_example(self, board):
        example = json.loads(re.search(r"```json\n(.*?)```", EXAMPLE, re.DOTALL)[1])
        assert list(board.table("scalars", run="question")) == list(example)

    def test_another_may_be_chosen(self, board):
        table = board.table("scalars", run="keras_frozen/train", tag="epoch_accuracy")
        assert table["tag"] == "epoch_accuracy"
        assert max(table["values"]) <= 1

    def test_a_run_without_any_says_so(self, board):
        table = board.table("scalars", run="question_exact")
        assert (table["tags"], table["tag"], table["steps"]) == ([], None, [])

    def test_what_is_not_there_is_named(self, board):
        answer = board.get("scalars", run="question", tag="gone")
        assert (answer.status, answer.json()) == (
            404,
            {"error": "The run 'question' has no scalar 'gone'."},
        )
        assert board.get("scalars", run="nowhere").status == 404
        assert board.get("scalars").status == 400

    def test_a_step_twice_counts_once_and_nan_is_null(self, loader, tmp_path):
        log_drifting(tmp_path / "logs" / "a", [0, 1], ["dense/kernel"])
        with EventLog(tmp_path / "logs" / "a", "events.out.tfevents.1700000001.b") as log:
            for step, value in enumerate([3.0, 2.0, float("nan")]):
                log.scalar("loss", step, value)
            log.scalar("loss", 2, 1.0)
            log.scalar("loss", 3, float("nan"))
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_until(bool)
            table = board.table("scalars", run="a")
        assert table["steps"] == [0, 1, 2, 3]
        assert table["values"] == [3.0, 2.0, 1.0, None]

    @pytest.mark.parametrize(("kept", "given"), [(2 * MOST_SCALARS, MOST_SCALARS), (3, 3)])
    def test_there_are_as_many_steps_as_were_kept_up_to_a_limit(
        self, loader, tmp_path, kept, given
    ):
        last = MOST_SCALARS + 200
        log_drifting(tmp_path / "logs" / "a", [0, 1], ["dense/kernel"])
        with EventLog(tmp_path / "logs" / "a", "events.out.tfevents.1700000001.b") as log:
            for step in range(last + 1):
                log.scalar("loss", step, step / 2)
        flag = f"--samples_per_plugin=scalars={kept}"
        with TensorBoard(tmp_path / "logs", loader, flag, log=tmp_path / "log.txt") as board:
            board.wait_until(bool)
            wait_until(lambda: board.table("scalars", run="a")["steps"][-1:] == [last])
            table = board.table("scalars", run="a")
        assert len(table["steps"]) == len(table["values"]) == len(table["wall_times"]) == given
        assert table["steps"] == sorted(set(table["steps"]))
        assert table["values"] == [step / 2 for step in table["steps"]]


class TestHParams:
    def test_are_listed_with_their_run(self, loader, tmp_path):
        logs = tmp_path / "logs"
        given = {"lr": 0.001, "optimizer": "adamw", "nesterov": False}
        for folder in ("own", "below/hparams", "around"):
            summary = hparams.hparams_pb(given)
            with EventLog(logs / folder, "events.out.tfevents.1700000001.h") as log:
                log.summary(0, summary.value)
        for run in ("own", "below", "around/train", "without"):
            log_drifting(logs / run, [0, 1], ["dense/kernel"])
        with TensorBoard(logs, loader, log=tmp_path / "log.txt") as board:
            board.wait_until(lambda runs: len(runs) == 4)
            told = {each["run"]: each["hparams"] for each in board.table("runs")["runs"]}
        assert told == {**dict.fromkeys(("own", "below", "around/train"), given), "without": {}}

    def test_what_cannot_be_read_is_nothing_and_what_is_long_is_cut(self):
        assert parsed(b"\xff\xff") == {}
        assert parsed(b"") == {}
        many = {f"h{number:04}": "x" * 300 for number in range(MOST_HPARAMS + 1)}
        pb = hparams.hparams_pb(many)
        start = next(each for each in pb.value if each.tag.endswith("session_start_info"))
        found = parsed(start.metadata.plugin_data.content)
        assert len(found) == MOST_HPARAMS
        assert found["h0000"] == "x" * 200


class TestMeasures:
    @pytest.mark.parametrize("measure", MEASURES)
    def test_each_is_what_the_series_says_step_by_step(self, board, measure):
        """Of a recorded run: records lead where they are of the same thing."""
        table = board.table("overview", run="question_exact", measure=measure, points=5)
        assert table["sparkline"]["measure"] == measure
        known = 0
        # A table knows of what was summed at the ends alone, a series of every step.
        within = 0.01 if measure in ("spread_ratio", "norm", "estimate") else 1e-9
        for place, tag in enumerate(table["columns"]["tag"]):
            steps, values = (table["sparkline"][key][place] for key in ("steps", "values"))
            series = board.table("series", run="question_exact", tag=tag)
            leads = (series["exact"] or {}).get("leads", False)
            assert not (leads and series["estimate"])
            if measure == "movement" or (measure == "estimate" and leads):
                expected = series["shown"]["steps"], series["shown"]["movement"]
            elif measure == "estimate":
                told = series["estimate"] or {"mean_abs": [None] * len(series["steps"])}
                expected = series["steps"], told["mean_abs"]
            elif measure in ("update_ratio", "fraction_changed"):
                expected = series["exact"]["steps"], series["exact"][measure]
            elif measure == "norm":
                expected = steps, _norms(board, tag, steps)
            else:
                expected = series["steps"], series[measure]
            by_step = dict(zip(*expected, strict=True))
            for step, value in zip(steps, values, strict=True):
                assert (value is None) == (by_step[step] is None), (tag, step)
                if value is not None:
                    known += 1
                    assert value == pytest.approx(by_step[step], rel=within), (tag, step)
        assert known > 10

    def test_another_measure_leaves_the_rest_of_the_table_as_it_is(self, board):
        plain = board.table("overview", run="question")
        other = board.table("overview", run="question", measure="norm")
        del plain["sparkline"], other["sparkline"]
        assert plain == other

    def test_one_that_is_none_is_refused(self, board):
        answer = board.get("overview", run="question", measure="beauty")
        assert answer.status == 400
        assert "'measure' is 'beauty', not movement or estimate" in answer.json()["error"]


def _norms(board, tag, steps):
    norms = []
    for step in steps:
        table = board.table("histogram", run="question_exact", tag=tag, step=step)
        edges, counts = np.array(table["edges"]), np.array(table["counts"])
        left, right = edges[:-1], edges[1:]
        norms.append(np.sqrt((counts * (left**2 + left * right + right**2) / 3).sum()))
    return norms
