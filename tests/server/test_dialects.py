"""Logs of every writer, through both of TensorBoard's loaders."""

import json
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import SessionLog

from tests.support.event_logs import EventLog, drifting
from tests.support.places import DIALECTS, ODD_RUN, ODD_TAG, run_named
from tests.support.servers.tensorboard_process import TensorBoard

EXPECTED = json.loads((DIALECTS / "expected.json").read_text())
# In these the truth has NaN, no elements, or two writes per step: own tests below.
PLAIN = [
    (run, tag)
    for run, tags in EXPECTED.items()
    for tag in tags
    if tag.split("/")[0] not in ("not_finite", "empty", "repeated_step")
]


class TestDialects:
    @pytest.mark.parametrize(("run", "tag"), PLAIN)
    def test_every_writer_and_tag_keeps_steps_elements_minimum_and_maximum(
        self, dialects_board, run, tag
    ):
        truth = EXPECTED[run][tag]
        reply = dialects_board.table("series", run=run_named(run), tag=tag)
        assert reply["steps"] == [write["step"] for write in truth]
        assert reply["elements"] == truth[-1]["elements"]
        # float32 is what the Python loader keeps of a legacy histogram.
        assert reply["bands"][0] == pytest.approx([write["min"] for write in truth], rel=1e-6)
        assert reply["bands"][-1] == pytest.approx([write["max"] for write in truth], rel=1e-6)
        assert reply["left_out"] == []

    @pytest.mark.parametrize(("run", "tag"), PLAIN)
    def test_movement_is_the_exact_one_but_for_the_width_of_buckets(self, dialects_board, run, tag):
        truth = EXPECTED[run][tag]
        reply = dialects_board.table("series", run=run_named(run), tag=tag)
        for index, write in enumerate(truth):
            widths = [
                mean_bucket_width(dialects_board, run_named(run), tag, reply["steps"][step])
                for step in (0, index)
            ]
            slack = sum(widths) + 1e-6 * max(abs(write["min"]), abs(write["max"]))
            assert reply["movement"][index] == pytest.approx(write["w1_to_first"], abs=slack)

    def test_a_constant_has_no_width_in_any_dialect(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("bias_constant_then_spread"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["scale_kind"] == "constant", run
                    assert reply["scale"] == pytest.approx(0.1, rel=1e-6), run

    def test_a_constant_that_stays_is_unchanged_in_every_dialect(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("constant_forever"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["verdict"] == "unchanged", run
                    assert reply["movement"] == [0.0] * len(reply["steps"]), run

    def test_empty_histograms_are_left_out_by_name(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("empty"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["verdict"] == "no_data", run
                    assert [out["step"] for out in reply["left_out"]] == [
                        write["step"] for write in tags[tag]
                    ]

    @pytest.mark.parametrize("run", [run for run, tags in EXPECTED.items() if "not_finite" in tags])
    def test_nan_and_infinity_are_a_verdict_and_the_finite_steps_stay(self, dialects_board, run):
        reply = dialects_board.table("series", run=run, tag="not_finite")
        assert reply["verdict"] == "non_finite"
        assert reply["steps"] == [0, 10]
        assert [out["step"] for out in reply["left_out"]] == [20, 30]

    @pytest.mark.parametrize(
        "run", [run for run, tags in EXPECTED.items() if "repeated_step" in tags]
    )
    def test_a_repeated_step_keeps_its_last_write(self, dialects_board, run):
        truth = {write["step"]: write for write in EXPECTED[run]["repeated_step"]}
        reply = dialects_board.table("series", run=run, tag="repeated_step")
        assert reply["steps"] == list(truth)
        assert reply["bands"][-1] == pytest.approx(
            [write["max"] for write in truth.values()], rel=1e-6
        )

    def test_odd_names_are_found_as_they_are(self, dialects_board):
        assert dialects_board.table("series", run=ODD_RUN, tag=ODD_TAG)["tag"] == ODD_TAG


def mean_bucket_width(board: Any, run: str, tag: str, step: int) -> float:
    """The width of the bucket that an element is in, on average over the elements."""
    reply = board.table("histogram", run=run, tag=tag, step=step)
    counts = np.array(reply["counts"])
    return float((np.diff(reply["edges"]) * counts).sum() / counts.sum())


def test_a_training_of_tf1_that_began_anew_at_step_0_costs_no_other_run(loader, tmp_path):
    """The Python loader discards every step of the one before, and lists its tags on."""
    begun = SessionLog(status=SessionLog.START)
    for run in "ab":
        with EventLog(tmp_path / "logs" / run) as log:
            log.session(begun)
            log.values("w", 0, drifting(0, [0])[0])
            log.values("w", 1, drifting(1, [0])[0])
            if run == "a":
                log.session(begun)
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(lambda runs: any(entry["run"] == "b" for entry in runs))
        assert board.table("overview", run="b")["columns"]["last_step"] == [1]
        assert board.get("overview", run="a").status in (200, 404)
