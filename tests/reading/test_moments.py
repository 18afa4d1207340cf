"""The sums of the last histograms, from the ends of event files."""

import itertools

import numpy as np
import pytest

from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.reading import moments
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import RunSums, read_ends
from tests.support.event_logs import START, EventLog, legacy_proto, legacy_rows

TAGS = ("a", "b/kernel", "c")


def values(tag: str, step: int) -> np.ndarray:
    """Unlike each other, and with the zeros that pruned weights have."""
    array = np.random.default_rng([step, TAGS.index(tag)]).normal(size=50)
    array[:20] = 0.0
    return array


def log(folder, steps, tags=TAGS, name="events.out.tfevents.1000000000.test"):
    with EventLog(folder, name) as file:
        for step, tag in itertools.product(steps, tags):
            file.legacy(tag, step, legacy_proto(values(tag, step)))
            file.scalar("loss", step, 0.5)
    return str(file.path)


def last(tags, step):
    return dict.fromkeys(tags, START + step)


def told(found, tag, step):
    return found[tag].get((step, START + step))


@pytest.fixture(params=[64, 1_000, 2**19], ids="window of {}".format)
def any_window(request, monkeypatch):
    """Windows so small that a record fills several, and larger than the file."""
    monkeypatch.setattr(moments, "_FIRST_WINDOW", request.param)


@pytest.mark.usefixtures("any_window")
class TestWhatIsFound:
    def check(self, found, step, tags=TAGS):
        for tag in tags:
            expected = values(tag, step)
            number, minimum, maximum, total, _ = told(found, tag, step)
            assert (number, minimum, maximum) == (50, expected.min(), expected.max())
            assert total == expected.sum()

    def test_is_the_last_of_every_tag(self, tmp_path):
        path = log(tmp_path, range(40))
        self.check(read_ends([path], last(TAGS, 39)), 39)

    def test_is_in_the_file_that_has_it(self, tmp_path):
        first = log(tmp_path, range(10))
        second = log(tmp_path, range(10, 20), ["a"], "events.out.tfevents.2.test")
        found = read_ends([first, second], {**last(TAGS, 9), **last(["a"], 19)})
        self.check(found, 9, ["b/kernel", "c"])
        self.check(found, 19, ["a"])

    def test_is_what_the_provider_has_read_where_the_file_went_on(self, tmp_path):
        path = log(tmp_path, range(40))
        self.check(read_ends([path], last(TAGS, 31)), 31)

    @pytest.mark.parametrize("missing", [1, 3, 5, 13, 200])
    def test_is_whole_where_the_last_record_is_cut(self, tmp_path, missing):
        path = log(tmp_path, range(10))
        with open(path, "r+b") as file:
            file.truncate(file.seek(0, 2) - missing)
        self.check(read_ends([path], last(TAGS, 8)), 8)


def test_nothing_is_lost_where_nothing_can_be_read(tmp_path):
    broken = tmp_path / "events.out.tfevents.3.test"
    broken.write_bytes(bytes(range(256)) * 40)
    path = log(tmp_path, range(3))
    found = read_ends([path, str(broken), str(tmp_path / "gone")], last(TAGS, 2))
    assert told(found, "a", 2)


def test_no_more_is_read_than_allowed(tmp_path):
    path = log(tmp_path, range(200), ["a"])
    found = read_ends([path], {"a": START, "c": START}, 4_000)
    assert 0 < len(found["a"]) < 20
    assert found["c"] == {}


def test_a_record_that_holds_event_files_is_one_record(tmp_path):
    """What is in a record is no record: following it leads past its end."""
    inner = log(tmp_path / "inner", range(30), ["a"])
    with open(inner, "rb") as file:
        content = file.read()
    with EventLog(tmp_path, "events.out.tfevents.9.test") as outer:
        outer.legacy("a", 7, legacy_proto(values("a", 7)))
        proto = legacy_proto(values("c", 7))
        outer.newer("text", 7)
        outer._records.write(content)
        outer.legacy("c", 7, proto)
    found = read_ends([str(outer.path)], last(["a", "c"], 7))
    assert list(found["a"]) == [(7, START + 7)]
    assert list(found["c"]) == [(7, START + 7)]


def series(tag: str, steps: range) -> HistogramSeries:
    rows = [legacy_rows(values(tag, step)) for step in steps]
    return histogram_series(steps, [START + step for step in steps], rows)


def steps_with_sums(sums: RunSums, tag: str, steps: range) -> list[int]:
    found = sums.added(tag, series(tag, steps)).sums
    return [] if found is None else [int(steps[i]) for i in np.flatnonzero(found[:, 0] == 50)]


class TestEveryStep:
    def test_is_read_once_and_on_where_the_file_grew(self, tmp_path, monkeypatch):
        monkeypatch.setattr(moments, "_TURN_BYTES", 2_000)
        path, sums = log(tmp_path, range(20)), RunSums()
        assert not sums.is_current([path])
        assert len(list(sums.read_on([path]))) > 5
        assert sums.is_current([path])
        assert steps_with_sums(sums, "c", range(20)) == list(range(20))
        held = sums.nbytes
        log(tmp_path, range(20, 30))
        assert not sums.is_current([path])
        list(sums.read_on([path]))
        assert steps_with_sums(sums, "c", range(30)) == list(range(30))
        assert sums.nbytes == held * 30 / 20

    def test_is_read_anew_where_the_file_is_another(self, tmp_path):
        path, sums = log(tmp_path, range(20)), RunSums()
        list(sums.read_on([path]))
        (tmp_path / "events.out.tfevents.1000000000.test").unlink()
        log(tmp_path, range(5))
        list(sums.read_on([path]))
        assert steps_with_sums(sums, "a", range(20)) == list(range(5))

    def test_a_record_that_was_cut_is_read_when_it_is_whole(self, tmp_path):
        path, sums = log(tmp_path, range(5), ["a"]), RunSums()
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "r+b") as file:
            file.truncate(len(whole) - 100)
        list(sums.read_on([path]))
        assert steps_with_sums(sums, "a", range(5)) == list(range(4))
        with open(path, "r+b") as file:
            file.write(whole)
        list(sums.read_on([path]))
        assert steps_with_sums(sums, "a", range(5)) == list(range(5))

    @pytest.mark.parametrize("bound", ["_MOST_OF_A_RUN", "_MOST_HISTOGRAMS"])
    def test_stops_at_its_bounds(self, bound, tmp_path, monkeypatch):
        monkeypatch.setattr(moments, bound, 5_000 if bound == "_MOST_OF_A_RUN" else 10)
        path, sums = log(tmp_path, range(200), ["a"]), RunSums()
        list(sums.read_on([path]))
        assert sums.is_current([path])
        assert 0 < len(steps_with_sums(sums, "a", range(200))) < 50
