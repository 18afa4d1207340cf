"""Exact records beside histograms: read together, remembered together, and apart when one fails."""

from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.context import RequestContext

from tb_plugin_weightdelta.answering.answers import Answers
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.core.names import PLUGIN_NAME
from tb_plugin_weightdelta.core.question import BaselineChoice, Question
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader
from tests.support.cases import NORMAL
from tests.support.exact_logs import datum, figures_of, layout
from tests.support.providers import CTX, PLAIN, GrowingProvider, measurements


class RecordingProvider(GrowingProvider):
    """Runs that have exact records as well, which may go further than the histograms."""

    def __init__(self, recorded: dict[str, list[str]], **runs: list[str]) -> None:
        super().__init__(**runs)
        self.recorded = recorded
        self.records = dict.fromkeys(recorded, 3)
        self.content = layout()
        self.fails = False

    def list_tensors(self, ctx: Any, *, plugin_name: str, run_tag_filter: Any, **_: Any) -> Any:
        if plugin_name != PLUGIN_NAME:
            return super().list_tensors(ctx, plugin_name=plugin_name, run_tag_filter=run_tag_filter)
        found = {}
        for run, names in self.recorded.items():
            if run_tag_filter is not None and run not in run_tag_filter.runs:
                continue
            wanted = None if run_tag_filter is None else run_tag_filter.tags
            last = self.records[run] - 1
            listed = SimpleNamespace(
                plugin_content=self.content,
                max_step=last,
                max_wall_time=float(last),
                description="",
            )
            tags = [f"weight_delta/{name}" for name in names]
            found[run] = {tag: listed for tag in tags if wanted is None or tag in wanted}
        return found

    def read_tensors(self, ctx: Any, *, plugin_name: str, run_tag_filter: Any, **_: Any) -> Any:
        if plugin_name != PLUGIN_NAME:
            return super().read_tensors(ctx, run_tag_filter=run_tag_filter)
        if self.fails:
            raise RuntimeError("broken tensor")
        (run,) = run_tag_filter.runs
        self.reads += [(run, tag) for tag in sorted(run_tag_filter.tags)]
        data = [
            datum(step, figures_of(NORMAL, NORMAL + 0.01 * step))
            for step in range(self.records[run])
        ]
        return {run: dict.fromkeys(run_tag_filter.tags, data)}


def exact_of(measured: Answers, run: str = "a", question: Question = PLAIN) -> dict:
    rows = measured.run_rows(CTX, "", run, question, 60).rows
    return {row.tag: row.exact for row in rows}


class TestRemembering:
    def test_records_that_grow_alone_are_told_after_the_next_listing(self):
        provider = RecordingProvider({"a": ["w"]}, a=["w", "v"])
        measured, _ = measurements(provider)
        assert exact_of(measured)["w"].step == 2
        provider.records["a"] = 4
        provider.reads.clear()
        measured.runs(CTX, "")
        assert exact_of(measured)["w"].step == 3
        assert sorted(provider.reads) == [("a", "w"), ("a", "weight_delta/w")]
        series, *_ = measured.series(CTX, "", "a", "w", PLAIN)
        assert (len(series.exact), len(series.histograms)) == (4, 3)

    def test_histograms_that_grow_alone_are_told_too(self):
        provider = RecordingProvider({"a": ["w"]}, a=["w"])
        measured, _ = measurements(provider)
        assert exact_of(measured)["w"].leads
        provider.steps["a"] = 9
        measured.runs(CTX, "")
        assert not exact_of(measured)["w"].leads

    def test_a_recorder_that_starts_later_is_noticed(self):
        provider = RecordingProvider({}, a=["w"])
        measured, _ = measurements(provider)
        assert exact_of(measured) == {"w": None}
        provider.recorded, provider.records = {"a": ["w"]}, {"a": 3}
        measured.runs(CTX, "")
        assert exact_of(measured)["w"].records == 3

    def test_what_has_not_changed_is_read_once_for_all_questions(self):
        provider = RecordingProvider({"a": ["w", "alone"]}, a=["w"])
        measured, _ = measurements(provider)
        questions = [PLAIN, Question(BaselineChoice.parse("previous")), Question(until=1), PLAIN]
        exact = [exact_of(measured, question=question) for question in questions]
        assert [each["w"] and each["w"].step for each in exact] == [2, None, 1, 2]
        assert [each["alone"] and each["alone"].step for each in exact] == [2, None, 1, 2]
        tags = ["w", "weight_delta/alone", "weight_delta/w"]
        assert sorted(provider.reads) == [("a", tag) for tag in tags]

    def test_what_is_no_longer_listed_is_released(self):
        provider = RecordingProvider({"a": ["w"], "b": ["w"]}, a=["w"], b=["w"])
        measured, (cache, _) = measurements(provider)
        for run in "ab":
            exact_of(measured, run)
        full = cache.size
        del provider.tags["a"], provider.recorded["a"]
        assert list(measured.runs(CTX, "")) == ["b"]
        assert cache.size == full / 2

    def test_records_count_for_the_memory_they_take(self):
        sizes = []
        for recorded in ({}, {"a": ["w"]}):
            measured, (cache, _) = measurements(RecordingProvider(recorded, a=["w"]))
            measured.series(CTX, "", "a", "w", PLAIN)
            sizes.append(cache.size)
        assert sizes[1] - sizes[0] == 3 * 8 * (2 + 14 + 9)


class TestListing:
    def test_runs_of_either_are_listed(self):
        provider = RecordingProvider({"b": ["w"], "c": ["w"]}, a=["w"], b=["w", "v"])
        listing = LogReader(Provider(provider)).list_runs(CTX, "")
        assert {run: sorted(tags) for run, tags in listing.items()} == {
            "a": ["w"],
            "b": ["v", "w"],
            "c": ["w"],
        }

    @pytest.mark.parametrize("tag", ["X", "X/histogram"])
    def test_one_series_has_the_records_that_it_has_in_its_run(self, tag):
        provider = RecordingProvider({"a": ["X"]}, a=["X", "X/histogram"])
        reader = LogReader(Provider(provider))
        alone = reader.list_tags(CTX, "", "a", tag)
        assert alone == {tag: reader.list_tags(CTX, "", "a")[tag]}
        assert alone[tag].exact_tag == ("weight_delta/X" if tag == "X" else "")

    def test_records_that_belong_to_other_histograms_are_no_series(self):
        provider = RecordingProvider({"a": ["X"]}, a=["X/histogram"])
        with pytest.raises(NotInLogdir, match="under the tag 'X'"):
            LogReader(Provider(provider)).list_tags(CTX, "", "a", "X")

    def test_a_provider_that_cannot_list_records_is_said_to_be_gone(self):
        provider = RecordingProvider({"a": ["w"]}, a=["w"])
        ordinary = provider.list_tensors

        def broken(ctx: Any, *, plugin_name: str, **how: Any) -> Any:
            if plugin_name == PLUGIN_NAME:
                raise RuntimeError("gone")
            return ordinary(ctx, plugin_name=plugin_name, **how)

        provider.list_tensors = broken
        with pytest.raises(SourceUnavailable, match="cannot list the exact records"):
            LogReader(Provider(provider)).list_runs(CTX, "")


class TestFailing:
    def test_records_that_cannot_be_read_cost_no_histogram(self):
        provider = RecordingProvider({"a": ["w", "alone"]}, a=["w", "v"])
        provider.fails = True
        measured, _ = measurements(provider)
        found = measured.run_rows(CTX, "", "a", PLAIN, 60)
        refused = {row.tag: row.refused for row in found.rows}
        assert refused == {
            "w": "The exact records of weight_delta/w are left out: the data provider cannot read "
            "it: RuntimeError: broken tensor.",
            "alone": refused["alone"],
            "v": "",
        }
        assert "weight_delta/alone are left out" in refused["alone"]
        assert {row.tag: row.kept_steps for row in found.rows} == {"w": 3, "v": 3, "alone": 0}

    def test_a_newer_layout_is_refused_with_its_sentence(self):
        provider = RecordingProvider({"a": ["w"]}, a=["w"])
        provider.content = layout(version=99)
        measured, _ = measurements(provider)
        series, *_ = measured.series(CTX, "", "a", "w", PLAIN)
        assert "have layout 99" in series.exact.refused
        assert len(series.histograms) == 3


def test_event_files_are_not_opened_for_records_alone():
    asked: list[tuple[str, list[str]]] = []

    class Heads(FirstStepReader):
        def head(self, run: str, tags: Any) -> None:
            asked.append((run, list(tags)))

    provider = RecordingProvider({"a": ["alone"], "b": ["w"]}, b=["w"])
    for run in "ab":
        reader = LogReader(Provider(provider), Heads(RunFolders([])))
        Answers(reader).run_rows(RequestContext(), "", run, PLAIN, 60)
    assert asked == [("b", ["w"])]
