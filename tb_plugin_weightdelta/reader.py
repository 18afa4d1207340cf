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

from tb_plugin_weightdelta.errors import NotInLogdir, told
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
from tb_plugin_weightdelta.provider import Batch, TensorSource
from tb_plugin_weightdelta.recovery import DEFAULT_SAMPLES, may_have_dropped, recovered_series

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
        samples: int = DEFAULT_SAMPLES,
        keeps_repeats: bool = False,
    ) -> None:
        """Read through ``provider``, and let ``first_steps`` recover what it dropped.

        samples: how many steps of a series the provider keeps; 0 when it keeps all.
        keeps_repeats: whether it keeps every summary of a repeated step. Where it does
            not, only the event files can tell that several tensors share a tag.
        """
        self._histograms = TensorSource(provider, HISTOGRAMS_PLUGIN_NAME, "histograms")
        self._exact = TensorSource(provider, PLUGIN_NAME, "exact records")
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
            raise NotInLogdir(f"The run {told(run)} has no histograms in this logdir.")
        if not found:
            what = f"The run {told(run)} has no histograms under the tag"
            raise NotInLogdir(f"{what} {told(tag or '')}.")
        return found

    def read(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, Listed],
    ) -> Iterator[RunSeries]:
        """Read the given series of one run, a batch at a time: no more than that is in memory."""
        layouts = {
            tag: _unknown_layout(listed.histograms)
            for tag, listed in tags.items()
            if listed.histograms
        }
        unknown = {tag: why for tag, why in layouts.items() if why}
        if unknown:
            yield RunSeries(unread=unknown)
        readable = [tag for tag in tags if tag not in unknown]
        position, size = 0, _FIRST_BATCH
        while position < len(readable):
            wanted = readable[position : position + size]
            position += len(wanted)
            parts, size = self._read_batch(ctx, experiment, run, wanted, tags)
            yield from parts

    def _read_batch(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        all_tags: Mapping[str, Listed],
    ) -> tuple[Iterator[RunSeries], int]:
        """The given series in parts, and how many like them make a batch."""
        logged = {tag for tag in all_tags if all_tags[tag].histograms}
        wanted = [tag for tag in tags if tag in logged]
        data, unread = self._histograms.read(ctx, experiment, run, wanted) if wanted else ({}, {})
        head = self._head(run, [tag for tag in all_tags if tag in logged], data)
        exact = self._read_exact(ctx, experiment, run, {tag: all_tags[tag] for tag in tags})
        size = _next_batch_size(data, exact)
        alone = {tag: records for tag, records in exact.items() if tag not in logged}
        found = RunSeries(dict.fromkeys(alone, NO_HISTOGRAMS), alone, unread)
        return self._normalised(found, data, exact, head), size

    def _normalised(
        self, part: RunSeries, data: Batch, exact: Mapping[str, ExactSeries], head: RunHead | None
    ) -> Iterator[RunSeries]:
        """A batch as series; what was small as it was read can be large as rows of one length.

        part: what is there already. data: is used up.
        """
        size = 0
        for tag in list(data):
            series = recovered_series(data.pop(tag), tag, head, self._samples)
            part.histograms[tag] = series
            if tag in exact:
                part.exact[tag] = exact[tag]
            size += series.nbytes
            if size > _BATCH_BYTES:
                yield part
                part, size = RunSeries(), 0
        yield part

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
        dropped = any(may_have_dropped(len(data), self._samples) for data in batch.values())
        if self._first_steps is None or (self._keeps_repeats and not dropped):
            return None
        return self._first_steps.head(run, tags)


def _unknown_layout(listed: TensorTimeSeries) -> str:
    """Why the layout of a series is not one that is known here; nothing where it is."""
    try:
        version = int(histogram_metadata.parse_plugin_metadata(listed.plugin_content).version)
    except Exception as error:  # anything can stand there
        return f"the metadata of its histograms are damaged: {type(error).__name__}"
    known = version <= HISTOGRAMS_VERSION
    return "" if known else f"its histograms have the unknown layout version {version}"


def _next_batch_size(data: Batch, exact: Mapping[str, ExactSeries]) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0) + max((each.nbytes for each in exact.values()), default=0)
    return int(min(max(_BATCH_BYTES // max(largest, 1), 1), _LARGEST_BATCH))
