"""All steps can be read back, as columns."""

import numpy as np
import pytest

from tb_plugin_weightdelta import recording
from tb_plugin_weightdelta.core.exact import CAUSES, FIELDS
from tests.support.records import records

STATES = [{"a.weight": np.full(4, 1.0 + step), "b": np.ones((2, 2))} for step in range(6)]


def record(folder, steps, **options):
    with recording.Recorder(folder, **options) as recorder:
        for step in steps:
            recorder.log(step, STATES[step])


def test_columns_are_what_was_recorded(tmp_path):
    record(tmp_path, range(6), every=2)
    found, wanted = recording.read(tmp_path), records(tmp_path)
    assert found.keys() == wanted.keys() == {"a.weight", "b"}
    for name, columns in found.items():
        assert columns.keys() == {"step", "wall_time", *FIELDS}
        assert columns["step"].tolist() == list(wanted[name])
        for field in FIELDS:
            told = [figures[field] for figures in wanted[name].values()]
            if field == "cause":
                told = [CAUSES[int(place)] for place in told]
            np.testing.assert_array_equal(columns[field], told)
    assert (np.diff(found["b"]["wall_time"]) >= 0).all()


def test_a_training_that_began_again_replaces_what_came_later(tmp_path):
    record(tmp_path, range(6))
    record(tmp_path, range(3))
    assert recording.read(tmp_path)["b"]["step"].tolist() == [0, 1, 2]


def test_a_resumed_training_is_one_series(tmp_path):
    record(tmp_path, range(4))
    record(tmp_path, range(3, 6))
    columns = recording.read(tmp_path)["a.weight"]
    assert columns["step"].tolist() == [0, 1, 2, 3, 4, 5]
    assert columns["mean_abs"].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_folder_without_records_has_no_tensors_and_one_that_is_not_there_is_named(tmp_path):
    assert recording.read(tmp_path) == {}
    with pytest.raises(FileNotFoundError, match="nowhere"):
        recording.read(tmp_path / "nowhere")


def test_what_is_recorded_is_passed_on(tmp_path):
    passed = []
    record(tmp_path, range(4), every=2, prefix="G", on_record=lambda *told: passed.append(told))
    columns = recording.read(tmp_path)
    assert [step for step, _ in passed] == [0, 2]
    for place, (_, tensors) in enumerate(passed):
        assert tensors.keys() == columns.keys() == {"G/a.weight", "G/b"}
        for name, figures in tensors.items():
            told = [columns[name][field][place] for field in figures]
            np.testing.assert_array_equal(list(figures.values()), told)


def test_what_fails_with_a_record_stops_nothing(tmp_path, said):
    def fail(step, figures):
        raise OSError("no network")

    record(tmp_path, range(3), on_record=fail)
    assert recording.read(tmp_path)["b"]["step"].tolist() == [0, 1, 2]
    assert said() == ["on_record failed at step 0: OSError: no network"]
