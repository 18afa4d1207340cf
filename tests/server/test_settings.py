"""The flags: set when TensorBoard is started, and never in its way."""

import argparse
import subprocess
import sys

import pytest

from tb_plugin_weightdelta.loader import WeightDeltaLoader
from tb_plugin_weightdelta.serving import settings
from tests.support.servers.tensorboard_process import RUST, TensorBoard


def test_defaults_hold_where_tensorboard_was_started_without_the_flags():
    assert settings.values(None)["moved"] == 0.01
    assert settings.values(argparse.Namespace(weightdelta_moved=0.5))["moved"] == 0.5


def test_a_flag_that_is_already_taken_costs_no_more_than_our_flags(caplog):
    parser = argparse.ArgumentParser()
    parser.add_argument("--weightdelta_cache")
    WeightDeltaLoader().define_flags(parser)
    assert "The flags of Weight Delta are not available" in caplog.text
    parser.parse_args([])


def test_flags_set_the_thresholds_of_every_answer(logdir, tmp_path):
    flags = (RUST, "--weightdelta_moved=0.5", "--weightdelta_moved_far=0.9")
    with TensorBoard(logdir, *flags, log=tmp_path / "log.txt") as board:
        board.wait_for_series({"a": 2})
        thresholds = board.table("overview", run="a")["thresholds"]
    assert (thresholds["moved"], thresholds["moved_far"]) == (0.5, 0.9)


@pytest.mark.parametrize("value", ["0", "-1", "many", "inf"])
def test_a_flag_that_makes_no_sense_is_named_at_start(value, tmp_path):
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={tmp_path}"]
    done = subprocess.run(
        [*command, f"--weightdelta_cache={value}"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "--weightdelta_cache" in done.stderr


def test_help_lists_every_flag_with_its_default():
    parser = argparse.ArgumentParser()
    settings.define(parser)
    text = " ".join(parser.format_help().split())
    for name, (default, _) in settings.SETTINGS.items():
        assert f"--weightdelta_{name}" in text
        assert f"(default: {default:g})" in text
