"""Read and measured once, and again only when something changed."""

import dataclasses
import shutil
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tb_plugin_weightdelta.answering.answers import Answers
from tb_plugin_weightdelta.answering.work import Waiting
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.core.question import BaselineChoice, Question, Thresholds
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.judging import SeriesRow
from tb_plugin_weightdelta.measuring import movements_of
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader, RunReader
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.cases import NORMAL
from tests.support.event_logs import EventLog, tf2_rows
from tests.support.patience import wait_until
from tests.support.providers import CTX, PLAIN, GrowingProvider, measurements


def part_of(answers: Answers, run: str) -> tuple[int, int, bool]:
    """How much of a run is measured by now, of how much, and whether that is all."""
    found = answers.run_rows(CTX, "", run, PLAIN, 60, waiting=Waiting.of(0))
    return len(found.rows), found.of, found.complete


def test_what_has_not_changed_is_read_once_for_all_questions():
    provider = GrowingProvider(a=["w", "v"])
    timings = Timings()
    measured, _ = measurements(provider, timings=timings)
    first = measured.run_rows(CTX, "", "a", PLAIN, 60)
    again = measured.run_rows(CTX, "", "a", PLAIN, 60)
    assert again.rows == first.rows
    strict = Question(thresholds=Thresholds(moved_far=0.0001))
    assert measured.run_rows(CTX, "", "a", strict, 60).rows[0].verdict.threshold == 0.0001
    assert timings.table()["measure"]["times"] == 1
    measured.series(CTX, "", "a", "w", PLAIN)
    assert sorted(provider.reads) == [("a", "v"), ("a", "w")]


def test_a_histogram_is_shown_and_not_measured():
    timings = Timings()
    measured, _ = measurements(GrowingProvider(a=["w"]), timings=timings)
    for choice in (BaselineChoice(), BaselineChoice.parse("previous")):
        assert measured.histogram(CTX, "", "a", "w", choice, step=2)[1] is not None
    assert "measure" not in timings.table()


def test_after_one_run_grew_only_that_run_is_read_again():
    provider = GrowingProvider(a=["w"], b=["w"])
    measured, _ = measurements(provider)
    for run in "ab":
        measured.run_rows(CTX, "", run, PLAIN, 60)
    provider.steps["b"] = 5
    provider.reads.clear()
    measured.runs(CTX, "")
    assert measured.run_rows(CTX, "", "a", PLAIN, 60).rows[0].kept_steps == 3
    assert measured.run_rows(CTX, "", "b", PLAIN, 60).rows[0].kept_steps == 5
    assert provider.reads == [("b", "w")]


def test_when_what_tells_a_trained_start_appears_the_other_rows_say_so_too():
    provider = GrowingProvider(a=["w.weight"])
    measured, _ = measurements(provider)
    assert measured.run_rows(CTX, "", "a", PLAIN, 60).rows[0].flags == ()
    provider.tags["a"] = ["w.weight", "norm.weight"]
    measured.runs(CTX, "")
    for _ in range(2):
        rows = measured.run_rows(CTX, "", "a", PLAIN, 60).rows
        assert [[flag.name for flag in row.flags] for row in rows] == [["baseline_trained"]] * 2


def test_a_baseline_in_another_run_ages_with_that_run():
    provider = GrowingProvider(a=["w"], b=["w"])
    measured, _ = measurements(provider)
    question = Question(BaselineChoice.parse("run:b"))
    before = measured.run_rows(CTX, "", "a", question, 60).rows[0]
    provider.steps["b"] = 5
    provider.reads.clear()
    measured.runs(CTX, "")
    after = measured.run_rows(CTX, "", "a", question, 60).rows[0]
    assert after.values == pytest.approx(before.values, rel=0, abs=0, nan_ok=True)
    assert provider.reads == [("b", "w")]


def test_until_runs_are_listed_again_an_answer_may_be_a_second_old():
    provider = GrowingProvider(a=["w"])
    for recent, kept in ((1000, 3), (0, 5)):
        measured, _ = measurements(provider, recent=recent)
        provider.steps["a"] = 3
        measured.run_rows(CTX, "", "a", PLAIN, 60)
        provider.steps["a"] = 5
        assert measured.run_rows(CTX, "", "a", PLAIN, 60).rows[0].kept_steps == kept


def test_the_list_of_runs_is_there_without_reading_or_waiting_for_a_tensor():
    provider = GrowingProvider(**{f"run{number}": ["w", "v"] for number in range(200)})
    measured, _ = measurements(provider)
    provider.hold.clear()
    slow = threading.Thread(target=measured.run_rows, args=(CTX, "", "run7", PLAIN, 60))
    slow.start()
    assert len(measured.runs(CTX, "")) == 200
    assert provider.reads == []
    provider.hold.set()
    slow.join()


def test_what_is_no_longer_listed_is_released():
    provider = GrowingProvider(a=["w"], b=["w"])
    measured, caches = measurements(provider)
    for run in "ab":
        measured.run_rows(CTX, "", run, PLAIN, 60)
    full = [cache.size for cache in caches]
    del provider.tags["a"]
    assert list(measured.runs(CTX, "")) == ["b"]
    assert [cache.size for cache in caches] == [size / 2 for size in full]


def test_a_cache_too_small_to_hold_anything_only_costs_time():
    provider = GrowingProvider(a=["w", "v"])
    measured, caches = measurements(provider, series=10, rows=10)
    for _ in range(2):
        assert len(measured.run_rows(CTX, "", "a", PLAIN, 60).rows) == 2
    assert [cache.size for cache in caches] == [0, 0]
    assert len(provider.reads) == 4


def test_two_requests_for_the_same_cold_run_do_the_work_once():
    provider = GrowingProvider(a=["w"])
    provider.hold.clear()
    measured, _ = measurements(provider)
    threads = [
        threading.Thread(target=measured.run_rows, args=(CTX, "", "a", PLAIN, 60)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    provider.hold.set()
    for thread in threads:
        thread.join()
    assert provider.reads == [("a", "w")]


def test_whoever_joins_work_that_began_before_the_run_grew_gets_what_is_there_now(monkeypatch):
    provider = GrowingProvider(a=["w"])
    read = provider.read_tensors

    reading = threading.Event()

    def as_it_was(*where: Any, **what: Any) -> Any:
        then = dict(provider.steps)
        reading.set()
        provider.hold.wait(10)
        provider.steps, now = then, provider.steps
        try:
            return read(*where, **what)
        finally:
            provider.steps = now

    monkeypatch.setattr(provider, "read_tensors", as_it_was)
    measured, _ = measurements(provider, recent=0)
    last_steps: dict[str, int | None] = {}

    def ask(name: str) -> None:
        (row,) = measured.run_rows(CTX, "", "a", PLAIN, 60).rows
        last_steps[name] = row.last_step

    provider.hold.clear()
    threads = [threading.Thread(target=ask, args=(name,)) for name in ("before", "after")]
    threads[0].start()
    wait_until(lambda: measured.work.waiting == 1)
    reading.wait(20)
    provider.steps = {"a": 5}
    threads[1].start()
    wait_until(lambda: measured.work.waiting == 2)
    provider.hold.set()
    for thread in threads:
        thread.join()
    assert last_steps == {"before": 2, "after": 4}


def test_of_a_run_that_grew_meanwhile_only_what_grew_is_measured_again():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider, series=1, recent=0)
    found = []

    def ask() -> None:
        found.append([row.tag for row in measured.run_rows(CTX, "", "a", PLAIN, 60).rows])

    provider.hold.clear()
    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    wait_until(lambda: measured.work.waiting == 1)
    provider.tags["a"] = ["w", "v"]
    threads[1].start()
    wait_until(lambda: measured.work.waiting == 2)
    provider.hold.set()
    for thread in threads:
        thread.join()
    assert sorted(found) == [["v", "w"], ["w"]]
    assert sorted(provider.reads) == [("a", "v"), ("a", "w")]


@pytest.mark.parametrize("whole_run", [True, False])
def test_a_baseline_that_cannot_be_read_is_told_and_not_remembered(whole_run):
    provider = GrowingProvider(a=["w"], b=["w"])
    measured, _ = measurements(provider)
    question = Question(BaselineChoice.parse("run:b"))
    read = provider.read_tensors

    def fail(*where: Any, run_tag_filter: Any, **what: Any) -> Any:
        if "b" in run_tag_filter.runs:
            raise RuntimeError("a bad moment")
        return read(*where, run_tag_filter=run_tag_filter, **what)

    provider.read_tensors = fail
    if whole_run:
        found = measured.run_rows(CTX, "", "a", question, 60)
        assert found.rows == []
        assert found.unread["w"].startswith("its baseline in run 'b': ")
    else:
        with pytest.raises(SourceUnavailable, match="its baseline in run 'b'"):
            measured.series(CTX, "", "a", "w", question)
    provider.read_tensors = read
    (row,) = measured.run_rows(CTX, "", "a", question, 60).rows
    assert row.verdict.name != "no_data"


def test_parts_count_what_is_done_and_end_with_the_work():
    provider = GrowingProvider(a=[f"t{number}" for number in range(20)], b=["t3", "t9"])
    measured, _ = measurements(provider)
    told: list[tuple[int, int, bool]] = []
    provider.before_reading = lambda: told.append(part_of(measured, "a"))
    rows = measured.run_rows(CTX, "", "a", PLAIN, 60).rows
    assert {row.tag for row in rows} == set(provider.tags["a"])
    assert told == [(0, 20, False), (8, 20, False)]
    assert len(measured.work) == 0


def test_what_is_known_is_in_every_part_however_short_the_wait():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider, recent=0)
    measured.run_rows(CTX, "", "a", PLAIN, 60)
    provider.tags["a"] = ["w", "v"]
    provider.hold.clear()
    assert part_of(measured, "a") == (1, 2, False)
    provider.hold.set()


def test_work_ends_when_it_fails():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider)

    def fail() -> None:
        provider.list_tensors = lambda *_, **__: 1 / 0
        raise RuntimeError

    provider.tags["a"].append("v")  # a batch of two is halved, and listed again
    provider.before_reading = fail
    with pytest.raises(SourceUnavailable):
        measured.run_rows(CTX, "", "a", PLAIN, 60)
    assert len(measured.work) == 0


def test_rows_of_a_run_larger_than_the_cache_are_kept():
    provider = GrowingProvider(a=[f"t{number}" for number in range(40)])
    measured, (cache, _) = measurements(provider, series=100_000)
    first = measured.run_rows(CTX, "", "a", PLAIN, 60)
    provider.reads.clear()
    assert measured.run_rows(CTX, "", "a", PLAIN, 60).rows == first.rows
    assert provider.reads == []
    assert all(cache.get(("", "a", tag), ((2, 2.0), None)) is None for tag in ("t0", "t1"))


def test_the_providers_order_of_tags_does_not_decide_what_is_read_together():
    tags = [f"t{number:02}" for number in range(20)]
    reads = []
    for order in (tags, tags[::-1]):
        provider = GrowingProvider(a=order)
        measured, _ = measurements(provider)
        measured.run_rows(CTX, "", "a", PLAIN, 60)
        reads.append(provider.reads)
    assert reads[0] == reads[1]


def test_known_series_are_measured_in_batches_too():
    provider = GrowingProvider(a=[f"t{number}" for number in range(8)])
    measured, _ = measurements(provider, known_batch=3)
    before = measured.run_rows(CTX, "", "a", PLAIN, 60).rows
    other = Question(BaselineChoice.parse("previous"))
    rows = measured.run_rows(CTX, "", "a", other, 60).rows
    assert [row.tag for row in rows] == [row.tag for row in before]
    assert len(provider.reads) == 8


def test_a_slow_run_does_not_block_another():
    """Whether the other is known or has to be read; and each of its questions."""
    provider = GrowingProvider(a=["w"], b=["w"], c=["w"])
    measured, _ = measurements(provider)
    measured.run_rows(CTX, "", "b", PLAIN, 60)
    reading, go_on = threading.Event(), threading.Event()

    def wait_in_a() -> None:
        if threading.current_thread() is not threading.main_thread() and not reading.is_set():
            reading.set()
            go_on.wait(20)

    provider.before_reading = wait_in_a
    slow = threading.Thread(target=measured.run_rows, args=(CTX, "", "a", PLAIN, 60))
    slow.start()
    assert reading.wait(20)
    for run in "bc":
        assert measured.run_rows(CTX, "", run, PLAIN, 60).rows
        assert measured.series(CTX, "", run, "w", PLAIN)
    assert part_of(measured, "a") == (0, 1, False)
    go_on.set()
    slow.join()


def test_baselines_in_another_run_are_read_with_each_batch():
    tags = [f"t{number:02}" for number in range(20)]
    provider = GrowingProvider(a=tags, b=tags)
    measured, _ = measurements(provider)
    measured.run_rows(CTX, "", "a", Question(BaselineChoice.parse("run:b")), 60)
    assert [run for run, _ in provider.reads] == 8 * ["a"] + 8 * ["b"] + 12 * ["a"] + 12 * ["b"]


def test_experiments_do_not_share_what_they_know():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider)
    measured.run_rows(CTX, "one", "a", PLAIN, 60)
    measured.run_rows(CTX, "two", "a", PLAIN, 60)
    assert len(provider.reads) == 2


def facts_of(row: SeriesRow) -> dict[str, Any]:
    """What a row says, but for what has arrays and is rounded by how much is measured at once."""
    measured_ones = ("values", "sparkline", "sparkline_steps", "verdict", "shown")
    return {name: value for name, value in vars(row).items() if name not in measured_ones}


@pytest.mark.parametrize("baseline", ["first", "previous", "step:7", "run:b"])
def test_a_row_of_few_points_agrees_with_the_whole_series(baseline):
    """Though rows of several series are measured in one go, and the whole one by itself."""
    provider = GrowingProvider(a=["v", "w", "x"], b=["w", "x"])
    provider.steps["a"] = 40
    measured, _ = measurements(provider)
    question = Question(BaselineChoice.parse(baseline))
    row = measured.run_rows(CTX, "", "a", question, 5).rows[1]
    whole, description, _ = measured.series(CTX, "", "a", "w", question)
    chosen = np.searchsorted(whole.histograms.steps, row.sparkline_steps)
    assert row.sparkline == pytest.approx(whole.movement.movement[chosen])
    assert description == "d"
    assert len(row.sparkline_steps) == 5
    assert row.kept_steps == 40
    for name, value in row.values.items():
        if name != "speed":
            expected = getattr(whole.movement, name)[-1]
            assert value == pytest.approx(expected, nan_ok=True), name
    assert facts_of(row) == facts_of(whole.row)
    assert np.isfinite(row.values["speed"])


@pytest.mark.parametrize("baseline", ["first", "previous", "step:3", "step:30", "run:a", "run:b"])
@pytest.mark.parametrize("until", [-1, 0, 5, 39, 99])
def test_a_run_measured_until_a_step_is_one_that_ended_there(baseline, until):
    provider = GrowingProvider(a=["v", "w"], b=["w"])
    ended = GrowingProvider(a=["v", "w"], b=["w"])
    provider.steps["a"], ended.steps["a"] = 40, min(40, until + 1)
    choice = BaselineChoice.parse(baseline)
    rows = [
        measurements(source)[0].run_rows(CTX, "", "a", Question(choice, until=step), 5).rows
        for source, step in ((provider, until), (ended, None))
    ]
    for row, expected in zip(*rows, strict=True):
        assert facts_of(row) == facts_of(dataclasses.replace(expected, until=until))
        assert row.verdict == expected.verdict
        assert row.values == pytest.approx(expected.values, nan_ok=True)
        assert row.sparkline_steps.tolist() == expected.sparkline_steps.tolist()


def test_a_series_without_a_step_by_then_is_a_row_that_says_so():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider)
    (row,) = measured.run_rows(CTX, "", "a", Question(until=-1), 5).rows
    assert (row.verdict.name, row.kept_steps, row.last_step) == ("no_data", 0, None)
    assert series_sentence(row).startswith("w has no usable histogram")


def test_each_last_step_is_a_question_of_its_own_and_reads_nothing_again():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider)
    for _ in range(2):
        for until, kept in ((None, 3), (1, 2), (0, 1)):
            (row,) = measured.run_rows(CTX, "", "a", Question(until=until), 5).rows
            assert row.kept_steps == kept
    assert provider.reads == [("a", "w")]


def test_what_was_left_out_later_is_not_told():
    series = histogram_series(
        [0, 1, 2], [0.0, 1.0, 2.0], [tf2_rows(NORMAL)] * 2 + [np.full((30, 3), np.nan)]
    )
    assert len(series.left_out) == 1
    assert series.until(1).left_out == ()
    assert series.until(2) is series


def test_an_unknown_baseline_run_is_named():
    measured, _ = measurements(GrowingProvider(a=["w"]))
    with pytest.raises(NotInLogdir, match="The run 'z' has no histograms"):
        measured.run_rows(CTX, "", "a", Question(BaselineChoice.parse("run:z")), 60)


@pytest.mark.parametrize("most_cells", [1, 100, 200])
def test_rows_measured_in_parts_are_those_measured_at_once(most_cells):
    rows = [tf2_rows(NORMAL + 0.01 * step) for step in range(20)]
    series = histogram_series(range(20), [0.0] * 20, rows)
    pairs = {"w": (series, series.at(np.array([0])))}
    whole, parts = movements_of(pairs)["w"], movements_of(pairs, most_cells=most_cells)["w"]
    for name, values in vars(whole).items():
        assert np.array_equal(vars(parts)[name], values, equal_nan=True), name


def test_a_batch_that_becomes_large_as_rows_is_given_in_parts():
    provider = GrowingProvider(a=[f"t{number}" for number in range(8)])
    reader = LogReader(Provider(provider), batch_bytes=4_000)
    tags = reader.list_tags(CTX, "", "a")
    parts = list(RunReader(reader, CTX, "", "a", tags).batches(tags))
    assert max(part.nbytes for part in parts) < 8_000
    assert sorted(tag for part in parts for tag in part.histograms) == sorted(provider.tags["a"])


def test_of_more_series_than_any_network_has_the_rest_is_left_out_and_told():
    provider = GrowingProvider(a=[f"t{number}" for number in range(9)])
    measured = Answers(LogReader(Provider(provider)), most_series=3)
    found = measured.run_rows(CTX, "", "a", PLAIN, 40)
    assert [row.tag for row in found.rows] == ["t0", "t1", "t2"]
    assert found.unread == {"": "the run has 9 series, and more than the first 3 are not measured"}


def test_metadata_that_nobody_can_read_cost_their_series_alone(monkeypatch):
    provider = GrowingProvider(a=["bad", "good"])
    listed = provider.list_tensors

    def damaged(*args: Any, **how: Any) -> Any:
        found = listed(*args, **how)
        for tags in found.values():
            if "bad" in tags:
                tags["bad"] = SimpleNamespace(**{**vars(tags["bad"]), "plugin_content": b"\xff"})
        return found

    monkeypatch.setattr(provider, "list_tensors", damaged)
    found = measurements(provider)[0].run_rows(CTX, "", "a", PLAIN, 40)
    assert [row.tag for row in found.rows] == ["good"]
    assert "metadata of its histograms are damaged" in found.unread["bad"]


def test_a_run_that_vanishes_between_listing_and_reading_is_not_in_the_logdir():
    provider = GrowingProvider(a=["w"])
    measured, _ = measurements(provider)
    provider.read_tensors = lambda *_, **__: {}
    with pytest.raises(NotInLogdir, match="'a' is no longer there"):
        measured.run_rows(CTX, "", "a", PLAIN, 60)
    with pytest.raises(NotInLogdir, match="'w' of run 'a' is no longer there"):
        measured.series(CTX, "", "a", "w", PLAIN)


def test_of_runs_that_are_gone_nothing_is_held_however_many_there_were(tmp_path):
    provider = GrowingProvider()
    series, rows = Cache(), Cache()
    heads = FirstStepReader(RunFolders([str(tmp_path)]), cache=series)
    source = Provider(provider)
    measured = Answers(LogReader(source, heads, series), rows)
    for number in range(20):
        run = f"run{number}"
        provider.tags, provider.steps = {run: ["w"]}, {run: 3}
        with EventLog(tmp_path / run) as log:
            log.values("w", 0, NORMAL)
        measured.run_rows(CTX, "", run, PLAIN, 60)
        measured.series(CTX, "", run, "w", PLAIN)
        shutil.rmtree(tmp_path / run)
        provider.tags = {}
        with pytest.raises(NotInLogdir):
            measured.run_rows(CTX, "", f"{run}, misspelt", PLAIN, 60)
        measured.runs(CTX, "")
    assert [len(each) for each in (series, rows, measured.work, source)] == [0] * 4
