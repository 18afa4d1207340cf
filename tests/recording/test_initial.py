"""A training that is resumed: the first baseline is kept, or is said to be missing."""

import numpy as np
import pytest
from tensorboard.compat import tf

from tb_plugin_weightdelta.recording import Recorder
from tests.support.records import layouts, records

STATES = [{"w": np.full(4, 1.0 + step), "b": np.full(2, 0.5)} for step in range(9)]


def first_part(folder, **options):
    """Record steps 0 to 4, and give what a checkpoint needs."""
    with Recorder(folder, every=2, **options) as recorder:
        for step in range(5):
            recorder.log(step, STATES[step])
        return recorder.state_dict()


def assert_one_series(folder):
    """Both parts, as one training would have recorded them."""
    series = records(folder)["w"]
    assert [(step, figures["mean_abs"]) for step, figures in sorted(series.items())] == [
        *((0, 0), (2, 2), (4, 4), (6, 6), (8, 8))
    ]
    assert {figures["baseline_step"] for figures in series.values()} == {0}


def test_a_state_brings_the_baseline_back(tmp_path, said):
    state = first_part(tmp_path)
    with Recorder(tmp_path, every=2) as recorder:
        recorder.load_state_dict(state)
        for step in range(5, 9):
            recorder.log(step, STATES[step])
    assert_one_series(tmp_path)
    assert said() == []


def test_what_is_resumed_says_that_its_baseline_was_restored(tmp_path):
    state = first_part(tmp_path / "first")
    assert layouts(tmp_path / "first")["w"].initial == "kept"
    with Recorder(tmp_path / "second") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, STATES[5])
    assert layouts(tmp_path / "second")["w"].initial == "restored"


def test_the_state_of_a_recorder_that_was_closed_is_no_baseline(tmp_path, said):
    with Recorder(tmp_path / "a", initial=False) as recorder:
        recorder.log(0, STATES[0])
    with Recorder(tmp_path / "b", initial=False) as again:
        again.load_state_dict(recorder.state_dict())
        again.log(5, STATES[5])
    assert layouts(tmp_path / "b")["w"].initial == "missing"
    assert "are missing" in said()[0]


def test_what_cannot_be_written_any_more_leaves_the_state_for_checkpoints(tmp_path, monkeypatch):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, STATES[0])

        def full(*_):
            raise OSError("disk full")

        monkeypatch.setattr(tf.io.gfile.GFile, "write", full)
        recorder.log(1, STATES[1])
        recorder.log(2, STATES[2])
        assert set(recorder.state_dict()["initial"]) == {"w", "b"}


def test_a_file_brings_the_baseline_back(tmp_path, said):
    file = tmp_path / "checkpoints" / "initial.npz"
    first_part(tmp_path / "run", initial=file)
    assert [path.name for path in file.parent.iterdir()] == ["initial.npz"]
    with Recorder(tmp_path / "run", every=2, initial=file) as recorder:
        for step in range(5, 9):
            recorder.log(step, STATES[step])
    assert_one_series(tmp_path / "run")
    assert said() == []


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_file_keeps_the_precision(tmp_path, dtype):
    weights = {"a/b": np.array([0.1, 1 / 3], dtype)}
    for step in (0, 1):
        with Recorder(tmp_path / str(step), initial=tmp_path / "initial.npz") as recorder:
            recorder.log(step, weights)
    assert records(tmp_path / "1")["a/b"][1]["max_abs"] == 0


def test_a_missing_baseline_is_told_once_and_recorded(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        recorder.begin(5, STATES[5], resumed=True)
        recorder.record(6, STATES[6])
    assert layouts(tmp_path)["w"].initial == "missing"
    series = records(tmp_path)["w"]
    assert [figures["baseline_step"] for figures in series.values()] == [5, 5]
    (sentence,) = said()
    assert sentence.startswith(
        "The weights before the first update are missing: movement is measured from step 5 on."
    )


@pytest.mark.parametrize("options", [{}, {"initial": "none.npz"}], ids=["no file", "a file"])
def test_a_first_step_after_the_first_update_misses_its_baseline(
    tmp_path, monkeypatch, said, options
):
    monkeypatch.chdir(tmp_path)
    with Recorder("run", **options) as recorder:
        for step in (5, 6):
            recorder.log(step, STATES[step])
    series = records(tmp_path / "run")["w"]
    assert [figures["baseline_step"] for figures in series.values()] == [5, 5]
    assert layouts(tmp_path / "run")["w"].initial == "missing"
    where = " (none.npz does not exist)" if options else ""
    (sentence,) = said()
    assert sentence.startswith(
        f"The weights before the first update are missing{where}: movement is measured from step 5"
    )


def test_what_stands_in_for_a_missing_baseline_does_so_in_a_file_too(tmp_path):
    file = tmp_path / "none.npz"
    for folder, steps in (("a", (5, 6)), ("b", (7, 8))):
        with Recorder(tmp_path / folder, initial=file) as recorder:
            for step in steps:
                recorder.log(step, STATES[step])
    assert layouts(tmp_path / "b")["w"].initial == "missing"
    assert records(tmp_path / "b")["w"][8]["baseline_step"] == 5


def test_a_baseline_that_was_missing_stays_so(tmp_path):
    with Recorder(tmp_path / "a") as recorder:
        recorder.begin(5, STATES[5], resumed=True)
        state = recorder.state_dict()
    with Recorder(tmp_path / "b") as recorder:
        recorder.load_state_dict(state)
        recorder.begin(6, STATES[6], resumed=True)
        recorder.record(7, STATES[7])
    assert layouts(tmp_path / "b")["w"].initial == "missing"
    assert records(tmp_path / "b")["w"][7]["baseline_step"] == 5


def test_a_damaged_file_is_told_once_and_left_alone(tmp_path, said):
    file = tmp_path / "initial.npz"
    file.write_bytes(b"not a file of arrays")
    with Recorder(tmp_path, initial=file) as recorder:
        for step in range(5, 8):
            recorder.log(step, STATES[step])
    unreadable, missing = said()
    assert unreadable.startswith(f"{file} cannot be read: ")
    assert missing.startswith("The weights before the first update are missing: ")
    assert layouts(tmp_path)["w"].initial == "missing"
    assert list(records(tmp_path)["w"]) == [5, 6, 7]
    assert file.read_bytes() == b"not a file of arrays"


def test_a_training_that_starts_again_keeps_the_file_of_the_last_aside(tmp_path, said):
    file = tmp_path / "initial.npz"
    for run, start in (("a", 1.0), ("b", 5.0)):
        with Recorder(tmp_path / run, initial=file) as recorder:
            recorder.log(0, {"w": np.full(3, start)})
    with Recorder(tmp_path / "b", initial=file) as recorder:
        recorder.log(1, {"w": np.full(3, 6.0)})
    assert [figures["mean_abs"] for figures in records(tmp_path / "b")["w"].values()] == [0, 1]
    (sentence,) = said()
    aside = tmp_path / "initial.npz.previous"
    assert sentence.startswith(f"{file} held other initial weights, which are now in {aside}.")
    with Recorder(tmp_path / "a", initial=aside) as recorder:
        recorder.log(1, {"w": np.full(3, 6.0)})
    assert records(tmp_path / "a")["w"][1]["mean_abs"] == 5


def test_no_file_is_lost_however_often_a_training_starts_again(tmp_path):
    for start in range(4):
        with Recorder(tmp_path / str(start), initial=tmp_path / "initial.npz") as recorder:
            recorder.log(0, {"w": np.full(3, float(start))})
    kept = []
    for path in sorted(tmp_path.glob("initial.npz*")):
        with np.load(path) as file:
            kept.append(file["0"][0])
    assert sorted(kept) == [0, 1, 2, 3]


def test_a_training_that_starts_again_with_the_same_weights_leaves_the_file_alone(tmp_path, said):
    for _ in range(2):
        with Recorder(tmp_path / "run", initial=tmp_path / "initial.npz") as recorder:
            recorder.log(0, STATES[0])
    assert [path.name for path in tmp_path.glob("initial*")] == ["initial.npz"]
    (sentence,) = said()
    assert sentence.startswith(f"{tmp_path / 'run'} has records of an earlier training: ")


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path, said):
    (tmp_path / "file").write_text("in the way")
    with Recorder(tmp_path, initial=tmp_path / "file" / "initial.npz") as recorder:
        for step in range(3):
            recorder.log(step, STATES[step])
    (sentence,) = said()
    assert "initial.npz cannot be written: " in sentence
    assert list(records(tmp_path)["w"]) == [0, 1, 2]


@pytest.mark.parametrize("state", [{"version": 2}, {}, None])
def test_a_state_that_cannot_be_read_stops_nothing(tmp_path, said, state):
    with Recorder(tmp_path) as recorder:
        recorder.load_state_dict(state)
        recorder.log(0, STATES[0])
    (sentence,) = said()
    assert sentence.startswith("The initial weights in the checkpoint cannot be used: ")
    assert list(records(tmp_path)["w"]) == [0]


def test_a_tensor_that_the_checkpoint_did_not_know_is_measured_from_its_first_step(tmp_path, said):
    state = first_part(tmp_path / "first")
    with Recorder(tmp_path / "second") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {**STATES[5], "new": np.ones(3)})
    assert records(tmp_path / "second")["new"][5]["baseline_step"] == 5
    assert said() == ["new is measured from step 5 on, its first."]


def test_a_tensor_of_another_shape_than_the_checkpoint_s_is_not_recorded(tmp_path, said):
    state = first_part(tmp_path / "first")
    with Recorder(tmp_path / "second") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {"w": np.ones(7), "b": STATES[5]["b"]})
    assert list(records(tmp_path / "second")) == ["b"]
    assert said()[0].startswith("w is no longer recorded: its shape was (4,) and is (7,)")


def test_weights_are_found_under_a_longer_or_shorter_path(tmp_path, said):
    names = (("net/head/kernel", "head/kernel"), ("body/bias", "net/body/bias"))
    with Recorder(tmp_path / "a") as recorder:
        recorder.log(0, {before: np.full(2, 1.0) for before, _ in names})
        state = recorder.state_dict()
    with Recorder(tmp_path / "b") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {after: np.full(2, 3.0) for _, after in names})
    found = records(tmp_path / "b")
    assert [found[after][5]["mean_abs"] for _, after in names] == [2, 2]
    assert said() == []


def test_a_path_that_two_others_end_in_is_not_guessed_at(tmp_path, said):
    with Recorder(tmp_path / "a") as recorder:
        recorder.log(0, {"one/kernel": np.ones(2), "two/kernel": np.ones(2)})
        state = recorder.state_dict()
    with Recorder(tmp_path / "b") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {"kernel": np.ones(2)})
    assert records(tmp_path / "b")["kernel"][5]["baseline_step"] == 5
    assert "kernel is measured from step 5 on, its first." in said()


def test_a_path_that_two_others_end_with_is_given_to_neither(tmp_path, said):
    with Recorder(tmp_path / "a") as recorder:
        recorder.log(0, {"kernel": np.zeros(2)})
        state = recorder.state_dict()
    with Recorder(tmp_path / "b") as recorder:
        recorder.load_state_dict(state)
        recorder.log(5, {"one/kernel": np.ones(2), "two/kernel": np.ones(2)})
    found = records(tmp_path / "b")
    assert [found[name][5]["baseline_step"] for name in ("one/kernel", "two/kernel")] == [5, 5]
