"""Reads the series of a run: histograms, what was dropped at their start, and exact records.

Tensors are read in batches, because one reply for a large logdir would exceed gRPC's
message limit.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tensorboard.context import RequestContext
from tensorboard.data.provider import DataProvider, TensorTimeSeries
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.errors import NotInLogdir
from tb_plugin_weightdelta.exact_records import exact_series
from tb_plugin_weightdelta.exact_series import ExactSeries
from tb_plugin_weightdelta.first_step import FirstStepReader, RunHead
from tb_plugin_weightdelta.histograms import NO_HISTOGRAMS, HistogramSeries
from tb_plugin_weightdelta.listing import Listed, Listing, joined, names_beside
from tb_plugin_weightdelta.metadata import (
    EXACT_TAG_PREFIX,
    HISTOGRAMS_PLUGIN_NAME,
    HISTOGRAMS_VERSION,
    PLUGIN_NAME,
)
from tb_plugin_weightdelta.provider import DATA_SERVER_AWAY, Batch, TensorSource
from tb_plugin_weightdelta.recovery import may_have_dropped, recovered_series

# A batch should hold about this many bytes of tensors, an eighth of gRPC's limit
# of 256 MiB per message; the first batch of a run is small because its series'
# sizes are not known yet.
_BATCH_BYTES: Final = 32 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000


@dataclass
class RunSeries:
    """Series of one run by tag, and the tags that could not be read with the reason.

    histograms: those of every tag that was read; no steps where there are exact records alone.
    exact: of the tags that have exact records.
    """

    histograms: dict[str, HistogramSeries] = field(default_factory=dict)
    exact: dict[str, ExactSeries] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def only(self, tag: str) -> "RunSeries":
        """One of the series that were read."""
        exact = {tag: self.exact[tag]} if tag in self.exact else {}
        return RunSeries({tag: self.histograms[tag]}, exact)

    @property
    def nbytes(self) -> int:
        """What the arrays take in memory."""
        histograms = sum(each.nbytes for each in self.histograms.values())
        return histograms + sum(each.nbytes for each in self.exact.values())

    def add(self, other: "RunSeries") -> None:
        """Take in the series of another batch."""
        self.histograms |= other.histograms
        self.exact |= other.exact
        self.unread |= other.unread


class SeriesReader:
    """Reads histogram summaries and exact records through a data provider."""

    def __init__(
        self,
        provider: DataProvider,
        first_steps: FirstStepReader | None = None,
        samples: int | None = None,
        keeps_repeats: bool = False,
        when_away: str = DATA_SERVER_AWAY,
    ) -> None:
        """Read through ``provider``, and let ``first_steps`` recover what it dropped.

        samples: how many steps of a series the provider keeps; 0 when it keeps all, None when
            that is not known.
        keeps_repeats: whether it keeps every summary of a repeated step. Where it does
            not, only the event files can tell that several tensors share a tag.
        when_away: what to say when a data server does not answer.
        """
        self._histograms = TensorSource(provider, HISTOGRAMS_PLUGIN_NAME, "histograms", when_away)
        self._exact = TensorSource(provider, PLUGIN_NAME, "exact records", when_away)
        self._first_steps = first_steps
        self._samples = samples
        self._keeps_repeats = keeps_repeats

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms or exact records, with its series; reads no tensor.

        Whoever asks for this wants news: what was listed before is not used again.
        Raises SourceUnavailable when the provider does not answer.
        """
        histograms = self._histograms.list_runs(ctx, experiment)
        exact = self._exact.list_runs(ctx, experiment)
        return {
            run: joined(histograms.get(run, {}), exact.get(run, {}))
            for run in {**histograms, **exact}
        }

    def forget_runs_except(self, runs: Collection[str]) -> None:
        """Release what is known of the event files of runs that are no longer there."""
        if self._first_steps is not None:
            self._first_steps.forget_runs_except(runs)

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None = None
    ) -> Mapping[str, Listed]:
        """The series of one run, or only ``tag``, with what is known without reading them.

        Raises NotInLogdir when the run has neither histograms nor exact records, or not this tag.
        """
        if tag is None:
            found = self._list_run(ctx, experiment, run)
        else:
            names = names_beside(tag)
            exact_tags = [EXACT_TAG_PREFIX + name for name in names]
            histograms = self._histograms.list_tags(ctx, experiment, run, names)
            found = joined(histograms, self._exact.list_tags(ctx, experiment, run, exact_tags))
            found = {tag: found[tag]} if tag in found else {}
        if not found and (tag is None or not self._list_run(ctx, experiment, run)):
            raise NotInLogdir(f"The run {run!r} has no histograms in this logdir.")
        if not found:
            raise NotInLogdir(f"The run {run!r} has no histograms under the tag {tag!r}.")
        return found

    def read(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, Listed],
    ) -> Iterator[RunSeries]:
        """Read the given series of one run, a batch at a time: no more than that is in memory."""
        versions = {
            tag: _layout_version(listed.histograms)
            for tag, listed in tags.items()
            if listed.histograms
        }
        unknown = {tag: found for tag, found in versions.items() if found > HISTOGRAMS_VERSION}
        if unknown:
            reason = "its histograms have the unknown layout version {}".format
            yield RunSeries(unread={tag: reason(found) for tag, found in unknown.items()})
        readable = [tag for tag in tags if tag not in unknown]
        position, size = 0, _FIRST_BATCH
        while position < len(readable):
            wanted = readable[position : position + size]
            position += len(wanted)
            batch, size = self._read_batch(ctx, experiment, run, wanted, tags)
            yield batch

    def _read_batch(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        all_tags: Mapping[str, Listed],
    ) -> tuple[RunSeries, int]:
        """The given series, and how many like them make a batch."""
        logged = {tag for tag in all_tags if all_tags[tag].histograms}
        wanted = [tag for tag in tags if tag in logged]
        data, unread = self._histograms.read(ctx, experiment, run, wanted) if wanted else ({}, {})
        head = self._head(run, [tag for tag in all_tags if tag in logged], data)
        result = RunSeries(
            histograms={
                tag: recovered_series(of_tag, tag, head, self._samples)
                for tag, of_tag in data.items()
            },
            exact=self._read_exact(ctx, experiment, run, {tag: all_tags[tag] for tag in tags}),
            unread=unread,
        )
        for tag in result.exact:
            if tag not in logged:
                result.histograms[tag] = NO_HISTOGRAMS
        return result, _next_batch_size(data, result.exact)

    def _read_exact(
        self, ctx: RequestContext, experiment: str, run: str, tags: Mapping[str, Listed]
    ) -> dict[str, ExactSeries]:
        """The exact records of those of the given series that have some."""
        listed = {each.exact_tag: (tag, each.exact) for tag, each in tags.items() if each.exact}
        if not listed:
            return {}
        data, unread = self._exact.read(ctx, experiment, run, list(listed))
        found = {
            listed[exact_tag][0]: exact_series(
                of_tag, exact_tag, listed[exact_tag][1].plugin_content
            )
            for exact_tag, of_tag in data.items()
        }
        for exact_tag, why in unread.items():
            reason = f"The exact records of {exact_tag} are left out: {why}."
            found[listed[exact_tag][0]] = ExactSeries.unreadable(reason)
        return found

    def _list_run(self, ctx: RequestContext, experiment: str, run: str) -> dict[str, Listed]:
        histograms = self._histograms.list_run(ctx, experiment, run)
        return joined(histograms, self._exact.list_run(ctx, experiment, run))

    def _head(self, run: str, tags: Sequence[str], batch: Batch) -> RunHead | None:
        """What the event files say, where they can say more than the provider did."""
        if not batch:
            return None
        dropped = any(
            may_have_dropped([datum.step for datum in data], self._samples)
            for data in batch.values()
        )
        if self._first_steps is None or (self._keeps_repeats and not dropped):
            return None
        return self._first_steps.head(run, tags)


def _layout_version(listed: TensorTimeSeries) -> int:
    content: bytes = listed.plugin_content
    return int(histogram_metadata.parse_plugin_metadata(content).version)


def _next_batch_size(data: Batch, exact: Mapping[str, ExactSeries]) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0) + max((each.nbytes for each in exact.values()), default=0)
    return int(min(max(_BATCH_BYTES // max(largest, 1), 1), _LARGEST_BATCH))
