"""How far the event files go, from their ends alone; null wherever that does not tell."""

import gzip
import os
import shutil
import time
from pathlib import Path

import fsspec
import numpy as np
import pytest

from tb_plugin_weightdelta.reading import last_step
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.last_step import LastStepReader
from tests.conftest import DEMO_LOGS, DEMO_SERIES, DIALECTS
from tests.event_logs import EventLog, drifting, legacy_proto
from tests.hostile_logs import HostileLog, frame
from tests.tensorboard_process import PYTHON, RUST, TensorBoard

VALUES = drifting(0, [0])[0]
FIRST = "events.out.tfevents.1000000000.test"
SECOND = "events.out.tfevents.2000000000.test"
LONG_AGO = 1_500_000_000


def log(folder: Path, steps, *tags: str, name=FIRST) -> Path:
    with EventLog(folder, name) as file:
        for step in steps:
            for tag in tags or ("w",):
                file.values(tag, step, VALUES)
    return folder / name


def scalars(folder: Path, count: int, name=FIRST) -> Path:
    with EventLog(folder, name) as file:
        for step in range(count):
            file.scalar("loss", 10_000 + step, 0.5)
    return folder / name


def reader_of(logdir: Path) -> LastStepReader:
    return LastStepReader(RunFolders([str(logdir)]))


def last(logdir: Path, run: str = "a") -> int | None:
    return reader_of(logdir).last_steps([run])[run]


@pytest.fixture
def opened(monkeypatch):
    """The paths of files that were opened."""
    paths: list[str] = []

    def counting(path: str):
        paths.append(path)
        return open(path, "rb")

    monkeypatch.setattr(last_step, "open_file", counting)
    return paths


class TestLastSteps:
    def test_is_the_last_histograms_step_whatever_else_was_logged_later(self, tmp_path):
        log(tmp_path / "a", [0, 10, 20])
        scalars(tmp_path / "a", 5)
        assert last(tmp_path) == 20

    def test_of_every_writer_is_the_one_that_was_logged(self):
        for run in ("tf1", "tf2", "torch", "tensorboardx"):
            assert last(DIALECTS, run) is not None, run
        assert last(DEMO_LOGS, "question") == 500

    def test_legacy_histograms_count(self, tmp_path):
        with EventLog(tmp_path / "a") as file:
            file.legacy("w", 7, legacy_proto(VALUES))
        assert last(tmp_path) == 7

    def test_only_the_end_of_a_long_file_is_read(self, tmp_path, opened, monkeypatch):
        file = log(tmp_path / "a", range(2_000))
        assert file.stat().st_size > 2 * last_step._TAILS[0]
        monkeypatch.setattr(last_step, "_TAILS", last_step._TAILS[:1])
        content = bytearray(file.read_bytes())
        content[: -last_step._TAILS[0]] = bytes(len(content) - last_step._TAILS[0])
        file.write_bytes(content)
        assert last(tmp_path) == 1_999
        assert opened == [str(file)]

    def test_a_record_larger_than_the_end_or_many_scalars_behind_it_are_read_over(self, tmp_path):
        log(tmp_path / "a", [0, 10])
        with EventLog(tmp_path / "a", FIRST) as file:
            file.scalar("x" * last_step._TAILS[0], 11, 0.0)
        assert last(tmp_path) == 10
        log(tmp_path / "b", [0, 10])
        assert scalars(tmp_path / "b", 7_000).stat().st_size > last_step._TAILS[0]
        assert last(tmp_path, "b") == 10

    def test_histograms_too_far_from_the_end_are_not_told(self, tmp_path, monkeypatch):
        monkeypatch.setattr(last_step, "_TAILS", (500, 2_000))
        log(tmp_path / "a", [0, 10], name=FIRST)
        log(tmp_path / "a", [0, 5], name=SECOND)
        scalars(tmp_path / "a", 200, name=SECOND)
        assert last(tmp_path) is None

    @pytest.mark.parametrize("cut", [1, 5, 100])
    def test_a_record_still_being_written_is_not_there_yet(self, tmp_path, cut):
        file = log(tmp_path / "a", range(3))
        os.truncate(file, file.stat().st_size - cut)
        assert last(tmp_path) == 1

    @pytest.mark.parametrize("size", [0, 1, 11, 12, 100, 5_000, 300_000])
    def test_a_foreign_file_tells_nothing(self, tmp_path, size):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / FIRST).write_bytes(np.random.default_rng(0).bytes(size))
        assert last(tmp_path) is None

    def test_a_compressed_file_tells_nothing(self, tmp_path):
        file = log(tmp_path / "a", range(3))
        file.write_bytes(gzip.compress(file.read_bytes()))
        assert last(tmp_path) is None

    @pytest.mark.parametrize("position", range(0, 3_000, 97))
    def test_flipped_bits_never_raise(self, tmp_path, position):
        file = log(tmp_path / "a", range(6))
        content = bytearray(file.read_bytes())
        content[position % len(content)] ^= 0xFF
        file.write_bytes(content)
        last(tmp_path)

    def test_a_run_or_file_that_is_gone_tells_nothing(self, tmp_path, monkeypatch):
        log(tmp_path / "a", range(3))
        assert reader_of(tmp_path).last_steps(["b", "../a"]) == {"b": None, "../a": None}

        def vanished(path: str):
            raise FileNotFoundError(path)

        monkeypatch.setattr(last_step, "open_file", vanished)
        assert last(tmp_path) is None

    def test_a_link_out_of_the_logdir_is_not_followed(self, tmp_path):
        log(tmp_path / "outside", range(3))
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "a").symlink_to(tmp_path / "outside")
        assert last(tmp_path / "logs") is None

    def test_nothing_is_asked_of_another_machine(self, tmp_path, opened):
        file = log(tmp_path, range(3))
        fsspec.filesystem("memory").pipe(f"/logs/a/{FIRST}", file.read_bytes())
        reader = LastStepReader(RunFolders(["memory://logs"]))
        assert reader.last_steps(["a"]) == {"a": None}
        assert not reader.has_histograms()
        assert opened == []

    def test_without_a_logdir_nothing_is_told(self):
        reader = LastStepReader(RunFolders([]))
        assert reader.last_steps(["a"]) == {"a": None}
        assert not reader.has_histograms()


class TestRestarts:
    def test_after_a_restart_the_later_file_counts(self, tmp_path):
        log(tmp_path / "a", range(100))
        log(tmp_path / "a", range(50, 60), name=SECOND)
        assert last(tmp_path) == 59

    def test_a_restart_within_a_file_counts_too(self, tmp_path):
        log(tmp_path / "a", [*range(100), *range(50, 60)])
        assert last(tmp_path) == 59

    def test_each_tags_last_step_counts_not_the_order_of_tags(self, tmp_path):
        log(tmp_path / "a", [100], "early")
        log(tmp_path / "a", [99], "late")
        assert last(tmp_path) == 100

    def test_a_later_file_without_histograms_leaves_the_word_to_the_one_before(self, tmp_path):
        os.utime(log(tmp_path / "a", range(10)), (LONG_AGO, LONG_AGO))
        scalars(tmp_path / "a", 5, name=SECOND)
        assert last(tmp_path) == 9

    def test_an_earlier_file_that_grew_since_is_not_believed(self, tmp_path):
        """TensorBoard's Python loader never comes back to it."""
        log(tmp_path / "a", range(10))
        os.utime(scalars(tmp_path / "a", 5, name=SECOND), (LONG_AGO, LONG_AGO))
        assert last(tmp_path) is None


class TestCost:
    def test_files_that_did_not_change_are_not_read_again(self, tmp_path, opened):
        log(tmp_path / "a", range(3))
        log(tmp_path / "b", range(5))
        reader = reader_of(tmp_path)
        for _ in range(3):
            assert reader.last_steps(["a", "b"]) == {"a": 2, "b": 4}
        assert len(opened) == 2
        grown = log(tmp_path / "b", range(5, 7))
        assert reader.last_steps(["a", "b"]) == {"a": 2, "b": 6}
        assert opened[2:] == [str(grown)]

    def test_beyond_the_limit_the_newest_come_first_and_the_rest_with_the_next_call(
        self, tmp_path, opened, monkeypatch
    ):
        runs = [f"r{number}" for number in range(6)]
        for age, run in enumerate(runs):
            file = log(tmp_path / run, range(3))
            os.utime(file, (LONG_AGO - age, LONG_AGO - age))
        monkeypatch.setattr(last_step, "_MOST_BYTES", 2 * file.stat().st_size)
        reader = reader_of(tmp_path)
        told = [list(reader.last_steps(runs).values()).count(2) for _ in range(3)]
        assert told == [2, 4, 6]
        assert [Path(path).parent.name for path in opened] == runs

    def test_what_is_known_of_runs_that_are_gone_is_released(self, tmp_path):
        log(tmp_path / "a", range(3))
        reader = reader_of(tmp_path)
        reader.last_steps(["a"])
        reader.last_steps([])
        assert not reader._tails


class TestHasHistograms:
    def test_finds_them_in_any_folder(self, tmp_path):
        scalars(tmp_path / "a", 5)
        assert not reader_of(tmp_path).has_histograms()
        log(tmp_path / "b" / "c", [0])
        assert reader_of(tmp_path).has_histograms()
        assert not reader_of(tmp_path / "missing").has_histograms()

    def test_what_holds_none_is_read_again_only_when_it_grew(self, tmp_path, opened):
        file = scalars(tmp_path / "a", 5)
        reader = reader_of(tmp_path)
        assert not reader.has_histograms()
        assert not reader.has_histograms()
        assert len(opened) == 1
        log(tmp_path / "a", [0])
        assert reader.has_histograms()
        assert opened == [str(file)] * 2

    def test_looks_at_heads_only_and_no_further_than_its_limits(
        self, tmp_path, opened, monkeypatch
    ):
        monkeypatch.setattr(last_step, "_HEAD_RECORDS", 10)
        scalars(tmp_path / "a", 10)
        log(tmp_path / "a", [0])
        reader = reader_of(tmp_path)
        assert not reader.has_histograms()
        log(tmp_path / "a", [1])
        assert not reader.has_histograms()
        assert len(opened) == 1
        monkeypatch.setattr(last_step, "_MOST_FOLDERS", 1)
        log(tmp_path / "b", [0])
        assert not reader.has_histograms()

    def test_not_all_files_are_opened_for_one_answer(self, tmp_path, opened, monkeypatch):
        monkeypatch.setattr(last_step, "_MOST_HEADS", 2)
        for run in "abc":
            scalars(tmp_path / run, 3)
        log(tmp_path / "d", [0])
        reader = reader_of(tmp_path)
        assert [reader.has_histograms() for _ in range(2)] == [False, True]
        assert len(opened) == 4

    def test_files_that_are_gone_are_not_remembered(self, tmp_path):
        reader = reader_of(tmp_path)
        for run in "abc":
            scalars(tmp_path / run, 3)
            assert not reader.has_histograms()
            shutil.rmtree(tmp_path / run)
        assert not reader.has_histograms()
        assert reader._without == {}

    def test_foreign_files_and_links_out_of_the_logdir_hold_none(self, tmp_path):
        log(tmp_path / "outside", [0])
        (tmp_path / "logs" / "a").mkdir(parents=True)
        (tmp_path / "logs" / "a" / FIRST).write_bytes(b"\0" * 100_000)
        (tmp_path / "logs" / "a" / SECOND).symlink_to(tmp_path / "outside" / FIRST)
        (tmp_path / "logs" / "b").symlink_to(tmp_path / "outside")
        assert not reader_of(tmp_path / "logs").has_histograms()


class TestBesideTensorBoard:
    def test_a_logdir_that_was_read_is_not_being_read(self, loader, tmp_path):
        with TensorBoard(DEMO_LOGS, loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series(DEMO_SERIES)
            board.wait_until(lambda runs: all(r["last_step"] >= known(r) for r in runs))
            table = board.table("runs")
        assert not table["reading"]
        steps = {run["run"]: run["last_step"] for run in table["runs"]}
        assert {run["run"]: run["last_written_step"] for run in table["runs"]} == steps

    def test_steps_written_after_the_last_load_are_told(self, loader, tmp_path):
        log(tmp_path / "logs" / "a", range(3))
        with TensorBoard(
            tmp_path / "logs", loader, "--reload_interval=1000", log=tmp_path / "log.txt"
        ) as board:
            board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 2)
            assert not board.table("runs")["reading"]
            log(tmp_path / "logs" / "a", range(3, 8))
            table = board.table("runs")
        assert table["reading"]
        (entry,) = table["runs"]
        assert (entry["last_step"], entry["last_written_step"]) == (2, 7)

    def test_histograms_in_a_logdir_of_which_nothing_is_listed_are_told(self, loader, tmp_path):
        scalars(tmp_path / "logs" / "a", 3)
        with TensorBoard(
            tmp_path / "logs", loader, "--reload_interval=1000", log=tmp_path / "log.txt"
        ) as board:
            wait_for_scalars(board)
            assert board.table("runs")["reading"] is False
            log(tmp_path / "logs" / "b", range(3))
            assert board.table("runs")["reading"] is True
            assert board.table("runs")["runs"] == []

    @pytest.mark.parametrize("names", [(FIRST, SECOND), (FIRST, FIRST)])
    def test_a_training_that_was_restarted_is_read_to_its_end(self, loader, tmp_path, names):
        folder = tmp_path / "logs" / "a"
        log(folder, range(100), name=names[0])
        log(folder, range(40, 60), name=names[1])
        log(folder, range(10), "another", name=names[1])
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 2})
            board.wait_until(lambda _: last_of(board, "another") == 9)
            assert board.table("runs")["reading"] is False

    def test_runs_of_a_logdir_spec_are_told_too(self, tmp_path):
        log(tmp_path / "logs" / "a", range(3))
        spec = f"--logdir_spec=mine:{tmp_path / 'logs'}"
        with TensorBoard(tmp_path, PYTHON, spec, log=tmp_path / "log.txt") as board:
            (entry,) = board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 2)
        assert (entry["run"], entry["last_written_step"]) == ("mine/a", 2)

    def test_a_file_that_vanished_leaves_the_rest_as_it_was(self, tmp_path):
        log(tmp_path / "logs" / "a", range(3))
        log(tmp_path / "logs" / "b", range(3))
        with TensorBoard(
            tmp_path / "logs", RUST, "--reload_interval=1000", log=tmp_path / "log.txt"
        ) as board:
            board.wait_for_series({"a": 1, "b": 1})
            shutil.rmtree(tmp_path / "logs" / "a")
            table = board.table("runs")
        assert [run["last_written_step"] for run in table["runs"]] == [None, 2]
        assert table["reading"] is False


def known(run: dict) -> int:
    return int(run["last_written_step"])


def last_of(board: TensorBoard, tag: str) -> int:
    return int(board.table("series", run="a", tag=tag)["steps"][-1])


def wait_for_scalars(board: TensorBoard) -> None:
    """Wait until the load cycle is over, after which nothing is read for a long time."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = board.fetch("data/plugin/scalars/tags").json()
        if listed:
            return
        time.sleep(0.1)
    raise AssertionError("The scalars were not loaded")


def test_a_damaged_record_takes_nothing_from_those_around_it(tmp_path):
    with HostileLog(tmp_path / "a") as log:
        log.values("w", 3, [1.0, 2.0])
        log.raw(frame(b"\xff\xff\xff"))
        log.values("w", 7, [1.0, 2.0])
        log.raw(frame(b"x", length=2**63))
    reader = LastStepReader(RunFolders([str(tmp_path)]))
    assert reader.last_steps(["a"]) == {"a": 7}
    assert reader.has_histograms()
