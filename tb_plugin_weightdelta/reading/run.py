"""Lists the runs and series that there are to read, and reads them.

Tensors are read in batches, because one reply for a large logdir would exceed gRPC's message
limit, and what is read at once is in memory at once. What has not changed is remembered.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tensorboard.context import RequestContext
from tensorboard.data.provider import DataProvider

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, told
from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import NO_HISTOGRAMS, HistogramSeries
from tb_plugin_weightdelta.core.names import (
    EXACT_TAG_PREFIX,
    HISTOGRAMS_PLUGIN_NAME,
    PLUGIN_NAME,
)
from tb_plugin_weightdelta.reading.dialects import unknown_layout
from tb_plugin_weightdelta.reading.exact_records import exact_series
from tb_plugin_weightdelta.reading.first_step import (
    FirstStepReader,
    RunHead,
    may_have_dropped,
    recovered_series,
)
from tb_plugin_weightdelta.reading.provider import (
    DATA_SERVER_AWAY,
    Batch,
    Listed,
    Listing,
    TensorSource,
    joined,
    names_beside,
)

# A batch should hold about this many bytes of tensors: far from gRPC's limit of 256 MiB per
# message, done in a few tenths of a second, and large enough for the cost of a call not to
# count. The first batch of a run is small because its series' sizes are not known yet.
_BATCH_BYTES: Final = 8 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000

# Series known already come so many at a time: enough for the cost of numpy's calls not to
# count, few enough for progress to show.
_KNOWN_BATCH: Final = 500


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


@dataclass(frozen=True)
class Sources:
    """Where series come from.

    first_steps: recovers what the provider dropped; None where nothing can.
    samples: how many steps of a series the provider keeps; 0 when it keeps all, None when that
        is not known.
    keeps_repeats: whether it keeps every summary of a repeated step. Where it does not, only
        the event files can tell that several tensors share a tag.
    """

    histograms: TensorSource
    exact: TensorSource
    first_steps: FirstStepReader | None
    samples: int | None
    keeps_repeats: bool


class RunReading:
    """Reads given series of one run, some at a time.

    size: how many series the next batch should hold.
    """

    def __init__(
        self,
        sources: Sources,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, Listed],
    ) -> None:
        self.experiment = experiment
        self.run = run
        self.tags = tags
        self.size = _FIRST_BATCH
        self._sources = sources
        self._where = (ctx, experiment, run)
        self._logged = [tag for tag, listed in tags.items() if listed.histograms]
        self._head: RunHead | None = None

    def read(self, tags: Sequence[str]) -> Iterator[RunSeries]:
        """Read some of the series, and give them in parts.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        unknown = self._unknown_layouts(tags)
        wanted = {tag: self.tags[tag] for tag in tags if tag not in unknown}
        logged = [tag for tag, listed in wanted.items() if listed.histograms]
        data, unread = self._sources.histograms.read(*self._where, logged) if logged else ({}, {})
        head = self._head_for(data)
        exact = self._read_exact(wanted)
        if data or exact:
            self.size = _batch_size(data, exact)
        alone = {tag: records for tag, records in exact.items() if not wanted[tag].histograms}
        part = RunSeries(dict.fromkeys(alone, NO_HISTOGRAMS), alone, unknown | unread)
        yield from self._normalised(part, data, exact, head)

    def _unknown_layouts(self, tags: Sequence[str]) -> dict[str, str]:
        """A reason for each series whose histograms are not of a layout that is known here."""
        listed = {tag: histograms for tag in tags if (histograms := self.tags[tag].histograms)}
        layouts = {tag: unknown_layout(histograms) for tag, histograms in listed.items()}
        return {tag: why for tag, why in layouts.items() if why}

    def _normalised(
        self, part: RunSeries, data: Batch, exact: Mapping[str, ExactSeries], head: RunHead | None
    ) -> Iterator[RunSeries]:
        """A batch as series; what was small as it was read can be large as rows of one length.

        part: what is there already. data: is used up.
        """
        size = 0
        for tag in list(data):
            series = recovered_series(data.pop(tag), tag, head, self._sources.samples)
            part.histograms[tag] = series
            if tag in exact:
                part.exact[tag] = exact[tag]
            size += series.nbytes
            if size > _BATCH_BYTES:
                yield part
                part, size = RunSeries(), 0
        yield part

    def _read_exact(self, tags: Mapping[str, Listed]) -> dict[str, ExactSeries]:
        """The exact records of those of the given series that have some."""
        listed = {each.exact_tag: (tag, each.exact) for tag, each in tags.items() if each.exact}
        if not listed:
            return {}
        data, unread = self._sources.exact.read(*self._where, list(listed))
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

    def _head_for(self, batch: Batch) -> RunHead | None:
        """What the event files say, where they can say more than the provider did."""
        first_steps, samples = self._sources.first_steps, self._sources.samples
        dropped = any(
            may_have_dropped([datum.step for datum in data], samples) for data in batch.values()
        )
        if not batch or first_steps is None or (self._sources.keeps_repeats and not dropped):
            return None
        if self._head is None:
            self._head = first_steps.head(self.run, self._logged)
        return self._head


def _batch_size(data: Batch, exact: Mapping[str, ExactSeries]) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0) + max((each.nbytes for each in exact.values()), default=0)
    return int(min(max(_BATCH_BYTES // max(largest, 1), 1), _LARGEST_BATCH))


class RunSource:
    """Gives series of a run.

    where: experiment and run. tags: the series that there are.
    """

    def __init__(self, reading: RunReading, cache: Cache) -> None:
        self.tags = reading.tags
        self.where = (reading.experiment, reading.run)
        self._reading = reading
        self._cache = cache

    def batches(self, wanted: Iterable[str]) -> Iterator[RunSeries]:
        """The wanted series; whether one is remembered is seen when its turn comes.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        known, missing = RunSeries(), list[str]()
        for tag in wanted:
            series: RunSeries | None = self._cache.get((*self.where, tag), self.tags[tag].age)
            if series is None:
                missing.append(tag)
            else:
                known.add(series)
            size = len(known.histograms) + len(missing)
            if size >= _KNOWN_BATCH or len(missing) >= self._reading.size:
                yield from self._with(known, missing)
                known, missing = RunSeries(), []
        if known.histograms or missing:
            yield from self._with(known, missing)

    def all(self, wanted: Iterable[str]) -> RunSeries:
        """The wanted series at once."""
        found = RunSeries()
        for batch in self.batches(wanted):
            found.add(batch)
        return found

    def _with(self, known: RunSeries, missing: list[str]) -> Iterator[RunSeries]:
        """The known series, then the missing ones, which are read and remembered."""
        if known.histograms:
            yield known
        for read in self._reading.read(missing) if missing else ():
            for tag in read.histograms:
                one = read.only(tag)
                self._cache.put((*self.where, tag), self.tags[tag].age, one, one.nbytes)
            yield read


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
        self._sources = Sources(self._histograms, self._exact, first_steps, samples, keeps_repeats)

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

    def open(
        self, ctx: RequestContext, experiment: str, run: str, tags: Mapping[str, Listed]
    ) -> RunReading:
        """Begin to read the given series of one run."""
        return RunReading(self._sources, ctx, experiment, run, tags)

    def _list_run(self, ctx: RequestContext, experiment: str, run: str) -> dict[str, Listed]:
        histograms = self._histograms.list_run(ctx, experiment, run)
        return joined(histograms, self._exact.list_run(ctx, experiment, run))
