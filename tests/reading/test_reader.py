"""A run is read in batches, and what cannot be read costs itself alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tensorboard.context import RequestContext
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader, RunReader


class FakeProvider:
    """A provider of one run ``a`` with many tags, with a fault of the test's choice."""

    def __init__(self, tags: int, read: Callable[[list[str]], None] = lambda _: None) -> None:
        self.tags = [f"t{number}" for number in range(tags)]
        self.asked: list[list[str]] = []
        self._fault = read
        self.content = histogram_metadata.create_summary_metadata(None, None).plugin_data.content

    def list_tensors(self, ctx: Any, *, plugin_name: str, run_tag_filter: Any, **_: Any) -> Any:
        if plugin_name != "histograms":
            return {}
        if run_tag_filter is not None and "a" not in run_tag_filter.runs:
            return {}
        wanted = run_tag_filter.tags if run_tag_filter is not None else None
        listed = SimpleNamespace(plugin_content=self.content, max_step=1, max_wall_time=1.0)
        return {"a": {tag: listed for tag in self.tags if wanted is None or tag in wanted}}

    def read_tensors(self, ctx: Any, *, run_tag_filter: Any, **_: Any) -> Any:
        tags = sorted(run_tag_filter.tags)
        self.asked.append(tags)
        self._fault(tags)
        rows = np.array([[0.0, 1.0, 5.0]] * 100)
        rows[:, 0] = np.arange(100)
        rows[:, 1] = np.arange(1, 101)
        datum = SimpleNamespace(step=0, wall_time=0.0, numpy=rows)
        return {"a": {tag: [datum] for tag in tags}}


def read_all(provider: FakeProvider) -> Any:
    return source_of(provider).all(provider.tags)


def source_of(provider: FakeProvider) -> RunReader:
    reader = LogReader(Provider(provider), cache=Cache(0))
    ctx = RequestContext()
    return RunReader(reader, ctx, "", "a", reader.list_tags(ctx, "", "a"))


class TestBatches:
    def test_no_batch_is_read_before_the_last_one_was_taken(self):
        provider = FakeProvider(tags=50)
        batches = source_of(provider).batches(provider.tags)
        assert provider.asked == []
        for number, batch in enumerate(batches, start=1):
            assert len(provider.asked) == number
            assert sorted(batch.histograms) == provider.asked[-1]

    def test_everything_is_read_once_in_more_than_one_batch(self):
        provider = FakeProvider(tags=50)
        assert set(read_all(provider).histograms) == set(provider.tags)
        assert sorted(tag for batch in provider.asked for tag in batch) == sorted(provider.tags)
        assert len(provider.asked) > 1

    def test_a_series_that_cannot_be_read_is_named_and_costs_no_other(self):
        def fault(tags: list[str]) -> None:
            if "t17" in tags:
                raise ValueError("broken tensor\nwith details")

        provider = FakeProvider(tags=30, read=fault)
        found = read_all(provider)
        assert set(found.histograms) == set(provider.tags) - {"t17"}
        assert found.unread == {
            "t17": "the data provider cannot read it: ValueError: broken tensor"
        }

    def test_a_batch_over_the_message_limit_is_halved(self):
        def fault(tags: list[str]) -> None:
            if len(tags) > 3:
                raise RuntimeError("RESOURCE_EXHAUSTED")

        provider = FakeProvider(tags=20, read=fault)
        assert set(read_all(provider).histograms) == set(provider.tags)

    def test_an_unknown_layout_version_is_named_and_not_read(self):
        provider = FakeProvider(tags=1)
        plugin_data = histogram_metadata.plugin_data_pb2.HistogramPluginData(version=7)
        provider.content = plugin_data.SerializeToString()
        found = read_all(provider)
        assert found.unread == {"t0": "its histograms have the unknown layout version 7"}
        assert provider.asked == []


class TestErrors:
    def test_an_unknown_run_is_named(self):
        with pytest.raises(NotInLogdir, match="The run 'b' has no histograms"):
            LogReader(Provider(FakeProvider(1))).list_tags(RequestContext(), "", "b")

    def test_an_unknown_tag_is_named(self):
        with pytest.raises(NotInLogdir, match="under the tag 'x'"):
            LogReader(Provider(FakeProvider(1))).list_tags(RequestContext(), "", "a", "x")

    def test_a_list_that_fails_while_a_run_vanishes_is_asked_for_again(self):
        """TensorBoard's Python loader raises a KeyError then."""
        provider = FakeProvider(1)
        whole, fails = provider.list_tensors, iter([True, True, False])

        def failing(*args: Any, **kwargs: Any) -> Any:
            if next(fails, False):
                raise KeyError("b")
            return whole(*args, **kwargs)

        provider.list_tensors = failing
        assert set(LogReader(Provider(provider)).list_runs(RequestContext(), "")) == {"a"}
        provider.list_tensors = lambda *_, **__: {}["b"]
        with pytest.raises(SourceUnavailable, match="cannot list the histograms: KeyError"):
            LogReader(Provider(provider)).list_runs(RequestContext(), "")

    def test_a_run_that_vanishes_while_it_is_read_has_no_series_that_cannot_be_read(self):
        def vanish(_: list[str]) -> None:
            provider.tags = []
            provider.list_tensors = lambda *_, **__: {}
            raise KeyError("a")

        provider = FakeProvider(20, vanish)
        found = read_all(provider)
        assert (found.histograms, found.unread) == ({}, {})

    def test_a_tag_without_a_step_is_not_listed(self):
        provider = FakeProvider(1)
        empty = SimpleNamespace(plugin_content=provider.content, max_step=None, max_wall_time=None)
        provider.list_tensors = lambda *_, **__: {"a": {"t0": empty}}
        with pytest.raises(NotInLogdir):
            LogReader(Provider(provider)).list_tags(RequestContext(), "", "a")

    def test_a_provider_that_is_gone_is_said_to_be(self):
        provider = FakeProvider(1)
        provider.list_tensors = lambda *_, **__: 1 / 0
        with pytest.raises(SourceUnavailable, match="cannot list the histograms"):
            LogReader(Provider(provider)).list_runs(RequestContext(), "")
