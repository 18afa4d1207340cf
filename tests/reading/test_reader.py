"""Both data providers, every dialect: the same truth comes out."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.context import RequestContext
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader, RunReader
from tests.conftest import DIALECTS, ODD_RUN, ODD_TAG, run_named
from tests.event_logs import EventLog, drifting
from tests.tensorboard_process import TensorBoard

EXPECTED = json.loads((DIALECTS / "expected.json").read_text())
# In these the truth has NaN, no elements, or two writes per step: own tests below.
PLAIN = [
    (run, tag)
    for run, tags in EXPECTED.items()
    for tag in tags
    if tag.split("/")[0] not in ("not_finite", "empty", "repeated_step")
]


class TestDialects:
    @pytest.mark.parametrize(("run", "tag"), PLAIN)
    def test_every_writer_and_tag_keeps_steps_elements_minimum_and_maximum(
        self, dialects_board, run, tag
    ):
        truth = EXPECTED[run][tag]
        reply = dialects_board.table("series", run=run_named(run), tag=tag)
        assert reply["steps"] == [write["step"] for write in truth]
        assert reply["elements"] == truth[-1]["elements"]
        # float32 is what the Python loader keeps of a legacy histogram.
        assert reply["bands"][0] == pytest.approx([write["min"] for write in truth], rel=1e-6)
        assert reply["bands"][-1] == pytest.approx([write["max"] for write in truth], rel=1e-6)
        assert reply["left_out"] == []

    @pytest.mark.parametrize(("run", "tag"), PLAIN)
    def test_movement_is_the_exact_one_but_for_the_width_of_buckets(self, dialects_board, run, tag):
        truth = EXPECTED[run][tag]
        reply = dialects_board.table("series", run=run_named(run), tag=tag)
        for index, write in enumerate(truth):
            widths = [
                mean_bucket_width(dialects_board, run_named(run), tag, reply["steps"][step])
                for step in (0, index)
            ]
            slack = sum(widths) + 1e-6 * max(abs(write["min"]), abs(write["max"]))
            assert reply["movement"][index] == pytest.approx(write["w1_to_first"], abs=slack)

    def test_a_constant_has_no_width_in_any_dialect(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("bias_constant_then_spread"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["scale_kind"] == "constant", run
                    assert reply["scale"] == pytest.approx(0.1, rel=1e-6), run

    def test_a_constant_that_stays_is_unchanged_in_every_dialect(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("constant_forever"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["verdict"] == "unchanged", run
                    assert reply["movement"] == [0.0] * len(reply["steps"]), run

    def test_empty_histograms_are_left_out_by_name(self, dialects_board):
        for run, tags in EXPECTED.items():
            for tag in tags:
                if tag.startswith("empty"):
                    reply = dialects_board.table("series", run=run, tag=tag)
                    assert reply["verdict"] == "no_data", run
                    assert [out["step"] for out in reply["left_out"]] == [
                        write["step"] for write in tags[tag]
                    ]

    @pytest.mark.parametrize("run", [run for run, tags in EXPECTED.items() if "not_finite" in tags])
    def test_nan_and_infinity_are_a_verdict_and_the_finite_steps_stay(self, dialects_board, run):
        reply = dialects_board.table("series", run=run, tag="not_finite")
        assert reply["verdict"] == "non_finite"
        assert reply["steps"] == [0, 10]
        assert [out["step"] for out in reply["left_out"]] == [20, 30]

    @pytest.mark.parametrize(
        "run", [run for run, tags in EXPECTED.items() if "repeated_step" in tags]
    )
    def test_a_repeated_step_keeps_its_last_write(self, dialects_board, run):
        truth = {write["step"]: write for write in EXPECTED[run]["repeated_step"]}
        reply = dialects_board.table("series", run=run, tag="repeated_step")
        assert reply["steps"] == list(truth)
        assert reply["bands"][-1] == pytest.approx(
            [write["max"] for write in truth.values()], rel=1e-6
        )

    def test_odd_names_are_found_as_they_are(self, dialects_board):
        assert dialects_board.table("series", run=ODD_RUN, tag=ODD_TAG)["tag"] == ODD_TAG


def mean_bucket_width(board: Any, run: str, tag: str, step: int) -> float:
    """The width of the bucket that an element is in, on average over the elements."""
    reply = board.table("histogram", run=run, tag=tag, step=step)
    counts = np.array(reply["counts"])
    return float((np.diff(reply["edges"]) * counts).sum() / counts.sum())


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


def test_a_training_of_tf1_that_began_anew_at_step_0_costs_no_other_run(loader, tmp_path):
    """The Python loader discards every step of the one before, and lists its tags on."""
    begun = SessionLog(status=SessionLog.START)
    for run in "ab":
        with EventLog(tmp_path / "logs" / run) as log:
            log.session(begun)
            log.values("w", 0, drifting(0, [0])[0])
            log.values("w", 1, drifting(1, [0])[0])
            if run == "a":
                log.session(begun)
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(lambda runs: any(entry["run"] == "b" for entry in runs))
        assert board.table("overview", run="b")["columns"]["last_step"] == [1]
        assert board.get("overview", run="a").status in (200, 404)
