"""The true first histogram: found at the head of the event files, whatever a loader dropped."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import fsspec
import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.histograms import MOST_BUCKETS
from tb_plugin_weightdelta.reading.event_files import LARGEST_DECODED, RunFolders
from tb_plugin_weightdelta.reading.first_step import (
    DEFAULT_READ_LIMIT,
    FirstStepReader,
    Repeats,
    read_head,
    recovered_series,
)
from tests.support.event_logs import START, EventLog, drifting, legacy_proto, log_drifting, tf2_rows
from tests.support.hostile_logs import HostileLog, claimed, frame, rows_of, tensor
from tests.support.places import DIALECTS

FIRST = "events.out.tfevents.1000000000.test"
SECOND = "events.out.tfevents.2000000000.test"


def head_of(folder: Path, tags=("w",), limit=DEFAULT_READ_LIMIT):
    return read_head(sorted(map(str, folder.iterdir())), tags, limit)


class TestReadHead:
    def test_finds_the_first_histogram_of_every_tag(self, tmp_path):
        log_drifting(tmp_path, [0, 1, 2], tags=("a", "b"))
        head = head_of(tmp_path, ("a", "b"))
        assert {tag: first.step for tag, first in head.first.items()} == {"a": 0, "b": 0}
        assert head.first["a"].rows == pytest.approx(tf2_rows(drifting(0, [0])[0]))
        assert head.settled

    def test_reads_no_further_than_it_must(self, tmp_path):
        file = log_drifting(tmp_path, range(200))
        with file.open("r+b") as cut:  # everything behind the first few events is rubbish
            cut.truncate(4000)
            cut.seek(0, 2)
            cut.write(b"\xff" * 100_000)
        assert head_of(tmp_path, limit=4000).first["w"].step == 0

    def test_a_tag_that_starts_late_is_found_behind_the_others(self, tmp_path):
        with EventLog(tmp_path) as file:
            for step in range(10):
                file.values("early", step, drifting(0, [0])[0])
                if step >= 7:
                    file.values("late", step, drifting(1, [0])[0])
        head = head_of(tmp_path, ("early", "late"))
        assert (head.first["early"].step, head.first["late"].step) == (0, 7)

    @pytest.mark.parametrize(("restart", "first", "offset"), [(0, 0, 5.0), (3, 0, 0.0)])
    def test_a_later_file_replaces_the_first_step_only_if_it_starts_at_or_before_it(
        self, tmp_path, restart, first, offset
    ):
        log_drifting(tmp_path, range(10))
        log_drifting(tmp_path, range(restart, 20), offset=5.0, name=SECOND)
        found = head_of(tmp_path).first["w"]
        assert found.step == first
        assert found.rows[0, 0] == pytest.approx(drifting(0, [0])[0].min() + offset)

    def test_a_run_that_started_at_step_500_starts_there(self, tmp_path):
        log_drifting(tmp_path, [500, 501])
        assert head_of(tmp_path).first["w"].step == 500

    def test_legacy_histograms_are_read_like_the_rust_data_server_does(self, tmp_path):
        proto = legacy_proto(np.random.default_rng(0).normal(size=100))
        with EventLog(tmp_path) as file:
            file.legacy("w", 0, proto)
        rows = head_of(tmp_path).first["w"].rows
        assert rows.dtype == np.float64
        assert (rows[0, 0], rows[-1, 1]) == (proto.min, proto.max)
        assert rows[:, 2].tolist() == list(proto.bucket)

    def test_several_tensors_under_one_tag_are_noticed_and_a_second_training_is_not_one(
        self, tmp_path
    ):
        log_drifting(tmp_path / "shared", [0, 0, 1, 1])
        log_drifting(tmp_path / "twice", [0, 1])
        log_drifting(tmp_path / "twice", [0, 1], name=SECOND)
        assert head_of(tmp_path / "shared").repeats == {"w": Repeats(2, alike=True)}
        assert head_of(tmp_path / "twice").repeats == {}

    def test_the_limit_is_kept_and_what_it_left_open_is_uncertain(self, tmp_path):
        log_drifting(tmp_path, range(100))
        log_drifting(tmp_path, range(100), name=SECOND)
        generous = head_of(tmp_path, limit=10_000)
        assert generous.certain("w").step == 0
        stingy = head_of(tmp_path, limit=800)
        assert stingy.files_unread
        assert stingy.certain("w") is None

    def test_a_file_still_being_written_is_read_up_to_its_last_whole_record(self, tmp_path):
        file = log_drifting(tmp_path, [0, 1, 2])
        with file.open("r+b") as cut:
            cut.truncate(file.stat().st_size - 5)
        head = head_of(tmp_path, ("w", "not yet"))
        assert head.first["w"].step == 0
        assert not head.settled

    @pytest.mark.parametrize("position", [0, 8, 60, 400])
    def test_flipped_bits_end_a_file_there_and_cost_nothing_else(self, tmp_path, position):
        file = log_drifting(tmp_path, [0, 1, 2])
        content = bytearray(file.read_bytes())
        content[position] ^= 0xFF
        file.write_bytes(content)
        log_drifting(tmp_path, [5, 6], name=SECOND)
        assert head_of(tmp_path).first["w"].step in (0, 5)

    def test_every_writers_first_histogram_is_the_one_the_providers_give(self):
        for run in ("tf1", "tf2", "torch", "tensorboardx"):
            folder = DIALECTS / run
            first = head_of(folder, ("weight",)).first["weight"]
            assert first.step == 0, run
            assert first.rows[:, 2].sum() == 500, run


class TestFirstStepReader:
    def test_a_settled_head_is_read_once_however_the_run_grows(self, tmp_path):
        file = log_drifting(tmp_path / "a", [0, 1])
        reader = FirstStepReader(RunFolders([str(tmp_path)]))
        first = reader.head("a", ["w"])
        with file.open("ab") as grown:
            grown.write(b"more")
        assert reader.head("a", ["w"]) is first

    @pytest.mark.parametrize("more", [1, 30])
    def test_another_file_of_the_same_name_is_read_although_the_head_was_settled(
        self, more, tmp_path
    ):
        """A run that was deleted, and logged anew by a script that names its file itself."""
        file = log_drifting(tmp_path / "a", [0, 1, 2])
        reader = FirstStepReader(RunFolders([str(tmp_path)]))
        before = reader.head("a", ["w"])
        assert before.settled
        file.unlink()
        log_drifting(tmp_path / "a", range(more), offset=5.0, start=START + 9)
        after = reader.head("a", ["w"]).first["w"]
        assert after.wall_time == START + 9
        assert after.rows[0, 0] == pytest.approx(before.first["w"].rows[0, 0] + 5)

    def test_a_file_that_was_cut_and_goes_on_is_read_again(self, tmp_path):
        file = log_drifting(tmp_path / "a", [3, 4, 5])
        reader = FirstStepReader(RunFolders([str(tmp_path)]))
        assert reader.head("a", ["w"]).first["w"].step == 3
        with file.open("r+b") as cut:
            cut.truncate(40)
        assert reader.head("a", ["w"]).first == {}

    def test_an_open_end_is_read_again_when_the_file_has_grown(self, tmp_path):
        log_drifting(tmp_path / "a", [0])
        reader = FirstStepReader(RunFolders([str(tmp_path)]))
        before = reader.head("a", ["w", "late"])
        assert reader.head("a", ["w", "late"]) is before
        log_drifting(tmp_path / "a", [1], tags=("late",))
        assert reader.head("a", ["w", "late"]).first["late"].step == 1

    def test_a_new_file_is_read(self, tmp_path):
        log_drifting(tmp_path / "a", [5, 6])
        reader = FirstStepReader(RunFolders([str(tmp_path)]))
        assert reader.head("a", ["w"]).first["w"].step == 5
        log_drifting(tmp_path / "a", [0, 1], name=SECOND)
        assert reader.head("a", ["w"]).first["w"].step == 0

    def test_a_run_without_files_here_has_no_head(self, tmp_path):
        assert FirstStepReader(RunFolders([str(tmp_path)])).head("a", ["w"]) is None

    def test_tensorboards_file_layer_opens_other_schemes(self, tmp_path):
        file = log_drifting(tmp_path, [0, 1, 2])
        fsspec.filesystem("memory").pipe(f"/logs/a/{FIRST}", file.read_bytes())
        reader = FirstStepReader(RunFolders(["memory://logs"]))
        assert reader.head("a", ["w"]).first["w"].step == 0
        assert reader.head("../a", ["w"]) is None


class TestRecoveredSeries:
    def kept(self, *steps, start=START):
        return [
            SimpleNamespace(step=step, wall_time=start + step, numpy=tf2_rows(array))
            for step, array in zip(steps, drifting(0, steps), strict=True)
        ]

    def test_starts_with_the_first_histogram_where_the_provider_dropped_it(self, tmp_path):
        log_drifting(tmp_path, range(10))
        series = recovered_series(self.kept(3, 9), "w", head_of(tmp_path), samples=2)
        assert list(series.steps) == [0, 3, 9]
        assert not series.first_unknown

    def test_takes_nothing_from_a_training_that_the_provider_has_not_read_yet(self, tmp_path):
        """The run was replaced a moment ago."""
        log_drifting(tmp_path, range(3), start=START + 1000)
        series = recovered_series(self.kept(3, 9), "w", head_of(tmp_path), samples=2)
        assert list(series.steps) == [3, 9]
        assert series.first_unknown

    def test_a_tag_that_several_tensors_share_keeps_its_first_step(self, tmp_path):
        for step in range(3):
            for start in (START, START + 0.5):
                log_drifting(tmp_path, [step], start=start)
        series = recovered_series(self.kept(0, 2), "w", head_of(tmp_path), samples=2)
        assert list(series.steps) == [0, 2]
        assert series.repeats > 1
        assert not series.first_unknown


def test_reading_local_heads_imports_no_tensorflow(tmp_path):
    log_drifting(tmp_path / "a", [0, 1])
    (tmp_path / "path" / "tensorflow").mkdir(parents=True)
    (tmp_path / "path" / "tensorflow" / "__init__.py").write_text("raise SystemExit('imported')")
    code = (
        "from tb_plugin_weightdelta.reading.first_step import FirstStepReader\n"
        "from tb_plugin_weightdelta.reading.event_files import RunFolders\n"
        f"print(FirstStepReader(RunFolders([{str(tmp_path)!r}])).head('a', ['w']).first['w'].step)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(tmp_path / "path")},
    )
    assert done.stdout.strip() == "0"
    shutil.rmtree(tmp_path / "path")


class TestHostileFiles:
    """What one record, one tag or one run costs the others: nothing."""

    def test_a_record_that_says_it_is_longer_than_any_ends_its_file_alone(self, tmp_path):
        log_drifting(tmp_path, [0, 1])
        with (tmp_path / FIRST).open("ab") as file:
            file.write(frame(b"x", length=2**63))
        log_drifting(tmp_path, [5, 6], name=SECOND)
        head = head_of(tmp_path)
        assert head.certain("w").step == 0
        assert not head.files_unread

    def test_a_record_that_is_cut_off_ends_its_file_alone(self, tmp_path):
        log_drifting(tmp_path, [0, 1])
        with (tmp_path / FIRST).open("ab") as file:
            file.write(frame(b"x" * 100, length=1000)[:50])
        assert head_of(tmp_path).certain("w").step == 0

    def test_a_damaged_record_costs_what_comes_behind_it_only_its_certainty(self, tmp_path):
        with HostileLog(tmp_path) as file:
            file.values("before", 0, [1.0, 2.0])
            file.raw(frame(b"\xff\xff\xff"))
            file.values("behind", 0, [1.0, 2.0])
        head = head_of(tmp_path, ("before", "behind"))
        assert head.certain("before").step == 0
        assert head.first["behind"].step == 0
        assert head.certain("behind") is None

    def test_a_record_too_large_to_be_decoded_is_passed_over(self, tmp_path):
        value = Summary.Value(tag="large", tensor=tensor(rows_of(1000)))
        value.metadata.summary_description = "x" * LARGEST_DECODED
        event = Event(step=0, summary=Summary(value=[value]))
        with HostileLog(tmp_path) as file:
            file.values("before", 0, [1.0, 2.0])
            file.raw(frame(event.SerializeToString(), checked=False))
            file.values("before", 1, [1.0, 2.0])
        assert head_of(tmp_path, ("before", "large")).first.keys() == {"before"}

    @pytest.mark.parametrize(
        "proto",
        [
            claimed(2**40, float_val=[1.0]),
            claimed(2**62, tensor_content=b"1234"),
            claimed(-5, float_val=[1.0]),
            claimed(MOST_BUCKETS + 1, float_val=[1.0]),
            claimed(1, 99, float_val=[1.0]),
            claimed(3, tensor_content=b"12"),
        ],
    )
    def test_a_tensor_that_is_not_what_it_says_costs_itself_alone(self, tmp_path, proto):
        with HostileLog(tmp_path) as file:
            file.tensor("bad", 0, proto)
            file.values("good", 0, [1.0, 2.0])
        head = head_of(tmp_path, ("good", "bad"))
        assert head.first.keys() == {"good"}
        assert head.certain("good")

    @pytest.mark.parametrize(
        ("limits", "counts"), [(0, 0), (0, 3), (3, 1), (MOST_BUCKETS + 1,) * 2]
    )
    def test_a_legacy_histogram_that_does_not_add_up_costs_itself_alone(
        self, tmp_path, limits, counts
    ):
        with EventLog(tmp_path) as file:
            proto = HistogramProto(bucket_limit=range(limits), bucket=range(counts))
            file.legacy("bad", 0, proto)
            file.values("good", 0, [1.0, 2.0])
        assert head_of(tmp_path, ("good", "bad")).first.keys() == {"good"}

    def test_heads_of_all_runs_take_no_more_than_the_cache_may(self, tmp_path):
        cache = Cache(12_000)
        reader = FirstStepReader(RunFolders([str(tmp_path)]), cache=cache)
        for run in "abcdef":
            log_drifting(tmp_path / run, [0, 1])
            assert reader.head(run, ["w"]).first["w"].step == 0
        assert 0 < len(cache) < 6
        assert cache.get((FirstStepReader, "f"), None) is not None
