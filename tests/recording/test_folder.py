"""Trainings are never mixed in one folder, and none is replaced without a word."""

import os
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tb_plugin_weightdelta.recording import Recorder, read
from tests.support.places import ROOT
from tests.support.records import records


def weights(value: float) -> dict[str, np.ndarray]:
    return {"w": np.full(3, value)}


def train(folder, steps=3, **options):
    with Recorder(folder, **options) as recorder:
        for step in range(steps):
            recorder.log(step, weights(1.0 + step))


class Writer:
    """As PyTorch's SummaryWriter is one."""

    def __init__(self, folder) -> None:
        self.log_dir = str(folder)
        self.file_writer = EventFileWriter(self.log_dir)
        self.add_event = self.file_writer.add_event


def test_a_second_training_in_a_folder_says_that_it_takes_the_place_of_the_first(tmp_path, said):
    for _ in range(2):
        train(tmp_path)
    (sentence,) = said()
    assert sentence == (
        f"{tmp_path} has records of an earlier training: from step 0 on, those of this one take "
        "their place. Give each training a folder of its own."
    )


def test_a_second_training_through_a_writer_says_so_too(tmp_path, said):
    for _ in range(2):
        writer = Writer(tmp_path)
        train(writer)
        writer.file_writer.close()
    (sentence,) = said()
    assert "has records of an earlier training" in sentence


def test_a_writer_whose_folder_has_other_files_is_no_second_training(tmp_path, said):
    first, second = Writer(tmp_path), Writer(tmp_path)
    first.file_writer.close()
    train(second)
    second.file_writer.close()
    assert said() == []


def test_two_models_with_tensors_of_one_name_are_told_to_have_prefixes(tmp_path, said):
    one, two = Recorder(tmp_path), Recorder(tmp_path)
    for step in range(3):
        one.log(step, weights(1.0 + step))
        two.log(step, weights(50.0))
    one.close()
    two.close()
    assert [each["mean_abs"] for each in records(tmp_path)["w"].values()] == [0, 1, 2]
    (sentence,) = said()
    assert sentence == (
        f"Nothing is recorded: w in {tmp_path} is recorded already, by another recorder of "
        "this process. Record a model once, and give each of several a prefix='…'."
    )


@pytest.mark.parametrize(("prefix", "name"), [("D", "D/w"), ("D/", "D/w"), ("D.", "D.w")])
def test_with_prefixes_two_models_share_a_folder(tmp_path, said, prefix, name):
    one, two = Recorder(tmp_path), Recorder(tmp_path, prefix=prefix)
    for step in range(3):
        one.log(step, weights(1.0 + step))
        two.log(step, weights(1.0 + 2 * step))
    one.close()
    two.close()
    found = records(tmp_path)
    assert [figures["mean_abs"] for figures in found["w"].values()] == [0, 1, 2]
    assert [figures["mean_abs"] for figures in found[name].values()] == [0, 2, 4]
    assert said() == []


def test_a_later_training_of_one_process_ends_the_one_before_it(tmp_path, said):
    before = Recorder(tmp_path)
    for step in range(3):
        before.log(step, weights(1.0 + step))
    train(tmp_path, 2)
    before.log(3, weights(9.0))
    told = said()
    assert len(told) == 2
    assert told[0].startswith("No more is recorded here: a later recording goes on in")
    assert "has records of an earlier training" in told[1]


def test_a_training_that_was_left_behind_at_its_start_is_no_other_model(tmp_path, said):
    left = Recorder(tmp_path)
    left.log(0, weights(1.0))
    left.itself = left  # as a notebook's traceback would keep it
    del left
    train(tmp_path)
    assert read(tmp_path)["w"]["mean_abs"].tolist() == [0, 1, 2]
    (sentence,) = said()
    assert "has records of an earlier training" in sentence


def test_a_cell_that_runs_again_goes_on_though_its_first_training_is_still_there(tmp_path, said):
    """As IPython keeps the traceback of the interrupt, and with it the optimizer."""
    left = Recorder(tmp_path, every=100)
    for step in range(3):
        left.log(step, weights(1.0 + step))
    train(tmp_path)
    assert read(tmp_path)["w"]["mean_abs"].tolist() == [0, 1, 2]
    assert len(said()) == 2


def test_two_models_of_other_tensors_are_both_resumed(tmp_path, said):
    for first in (0, 3):
        recorders = [Recorder(tmp_path), Recorder(tmp_path)]
        for step in range(first, first + 3):
            for recorder, name in zip(recorders, "ab", strict=True):
                recorder.log(step, {name: np.full(3, 1.0 + step)})
        for recorder in recorders:
            recorder.close()
    for columns in read(tmp_path).values():
        assert columns["mean_abs"].tolist() == [0, 1, 2, 3, 4, 5]
        assert set(columns["baseline_step"]) == {0}
    assert said() == []


def test_what_was_forked_does_not_keep_the_folder_of_a_training_that_ended(tmp_path, said):
    recorder = Recorder(tmp_path)
    recorder.log(0, weights(1.0))
    ends, begins = os.pipe()
    child = os.fork()
    if child == 0:  # as a worker that loads data, for as long as the parent lets it
        os.close(begins)
        os.read(ends, 1)
        os._exit(0)
    recorder.close()
    train(tmp_path)
    os.close(begins)
    os.waitpid(child, 0)
    os.close(ends)
    (sentence,) = said()
    assert "has records of an earlier training" in sentence


def test_a_folder_is_the_same_by_another_path(tmp_path, said):
    (tmp_path / "runs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    one, two = Recorder(tmp_path / "runs"), Recorder(tmp_path / "link", prefix="b")
    for step in range(2):
        one.log(step, weights(1.0 + step))
        two.log(step, weights(1.0 + step))
    one.close()
    two.close()
    assert set(records(tmp_path / "runs")) == {"w", "b/w"}
    assert said() == []


def test_only_one_file_of_earlier_initial_weights_is_kept_unasked(tmp_path):
    for value in range(4):
        with Recorder(tmp_path) as recorder:
            recorder.log(0, weights(float(value)))
    kept = sorted(path.name.partition(".npz")[2] for path in tmp_path.glob("initial*"))
    assert kept == ["", ".previous"]


CHILD = """
import sys, numpy
from tb_plugin_weightdelta.recording import Recorder
from tests.recording.test_folder import Writer
writer = Writer(sys.argv[1]) if "writer" in sys.argv else None
recorder = Recorder(writer or sys.argv[1])
recorder.log(0, {"w": numpy.ones(3)})
print("recording", flush=True)
sys.stdin.read()
recorder.log(1, {"w": numpy.zeros(3)})
if writer:
    writer.file_writer.close()
"""


@pytest.mark.parametrize("kind", ["folder", "writer"])
def test_of_two_processes_the_second_records_nothing_and_says_so(tmp_path, said, kind):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout.readline() == "recording\n"
    writer = Writer(tmp_path) if kind == "writer" else None
    train(writer or tmp_path)
    if writer:
        writer.file_writer.close()
    child.communicate("", timeout=60)
    (sentence,) = said()
    assert sentence.startswith(f"Nothing is recorded: another process records into {tmp_path} (")
    assert [each["mean_abs"] for each in records(tmp_path)["w"].values()] == [0, 1]


def test_what_a_process_left_that_is_gone_is_only_an_earlier_training(tmp_path, said):
    subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        input="",
        check=True,
        text=True,
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    )
    train(tmp_path)
    (sentence,) = said()
    assert "has records of an earlier training" in sentence


def test_a_fork_that_trains_on_does_not_write_into_its_parent_s_file(tmp_path):
    recorder = Recorder(tmp_path)
    recorder.log(0, weights(1.0))
    child = os.fork()
    if child == 0:
        for step in (1, 2):
            recorder.log(step, weights(7.0))
        os._exit(0)
    os.waitpid(child, 0)
    recorder.log(1, weights(2.0))
    recorder.close()
    assert [each["mean_abs"] for each in records(tmp_path)["w"].values()] == [0, 1]


@pytest.mark.parametrize(
    ("log_dir", "remedy"),
    [
        (None, "give a folder, or a writer"),
        (type("Logger", (), {"experiment": property(lambda _: 1)})(), "give its .experiment"),
        (type("Tracker", (), {"writer": property(lambda _: 1)})(), "give its .writer"),
    ],
    ids=["none", "logger", "tracker"],
)
def test_what_takes_no_events_is_refused_with_what_does(log_dir, remedy):
    with pytest.raises(TypeError, match=remedy):
        Recorder(log_dir)


def test_initial_weights_are_kept_in_the_folder_unasked_so_that_resuming_works(tmp_path, said):
    train(tmp_path)
    with Recorder(tmp_path) as recorder:
        for step in range(3, 5):
            recorder.log(step, weights(1.0 + step))
    found = records(tmp_path)["w"]
    assert [figures["mean_abs"] for figures in found.values()] == [0, 1, 2, 3, 4]
    assert {figures["baseline_step"] for figures in found.values()} == {0}
    assert said() == []


def test_large_initial_weights_are_not_kept_unasked_and_that_is_mentioned(
    tmp_path, mentioned, monkeypatch
):
    monkeypatch.setattr("tb_plugin_weightdelta.recording.initial.LARGEST_UNASKED", 20)
    train(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".weight_delta"]
    assert any("needs initial='…'" in sentence for sentence in mentioned())


def test_nobody_has_to_keep_them(tmp_path):
    train(tmp_path, initial=False)
    assert [path.suffix for path in tmp_path.iterdir()] == [".weight_delta"]
