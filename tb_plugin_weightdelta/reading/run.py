"""Lists the runs and series that there are to read, and reads them.

Tensors are read in batches, because one reply for a large logdir would exceed gRPC's message
limit, and what is read at once is in memory at once. What has not changed is remembered.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tensorboard.context import RequestContext

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.exact import ExactSeries, exact_series
from tb_plugin_weightdelta.core.histograms import NO_HISTOGRAMS, HistogramSeries
from tb_plugin_weightdelta.core.names import HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME
from tb_plugin_weightdelta.reading.dialects import unknown_layout
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.first_step import FirstStepReader, RunHead, recovered_series
from tb_plugin_weightdelta.reading.hparams import HParams, of_runs
from tb_plugin_weightdelta.reading.moments import Logged, Sums, with_sums
from tb_plugin_weightdelta.reading.nothing import dropped_runs, why_nothing
from tb_plugin_weightdelta.reading.provider import Batch, Listing, Provider, SeriesEntry

# A batch should hold about this many bytes of tensors: far from gRPC's limit of 256 MiB per
# message, done in a few tenths of a second, and large enough for the cost of a call not to
# count. The first batch of a run is small because its series' sizes are not known yet.
_BATCH_BYTES: Final = 8 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000

# Series known already come so many at a time: enough for the cost of numpy's calls not to
# count, few enough for progress to show.
_KNOWN_BATCH: Final = 500

# Seconds from which on files are opened again to see whether runs are missing.
_LOOK_AGAIN: Final = 60.0


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


class LogReader:
    """Lists the series of every run, and reads those of one."""

    def __init__(
        self,
        provider: Provider,
        first_steps: FirstStepReader | None = None,
        cache: Cache | None = None,
        *,
        batch_bytes: int = _BATCH_BYTES,
        known_batch: int = _KNOWN_BATCH,
    ) -> None:
        """Ask ``provider``, let ``first_steps`` recover what it dropped, remember in ``cache``.

        batch_bytes, known_batch: how much is read, and how many known series are given, at once.
        """
        self.provider = provider
        self.first_steps = first_steps or FirstStepReader(RunFolders([]))
        self.cache = Cache() if cache is None else cache
        self.batch_bytes = batch_bytes
        self.known_batch = known_batch
        self._dropped: dict[str, tuple[float, dict[str, str]]] = {}

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms or exact records, with its series; reads no tensor.

        Forgets what is known of runs that are no longer there.
        Raises SourceUnavailable when the provider does not answer.
        """
        listing = self.provider.list_runs(ctx, experiment)
        self.cache.forget(lambda key: key[0] == experiment and key[1] not in listing)
        self.first_steps.forget_runs_except(listing)
        return listing

    def why_nothing(self, ctx: RequestContext, experiment: str) -> str:
        """Why no run has histograms, and the next step."""
        runs = self.provider.run_names(ctx, experiment)
        with_scalars = self.provider.runs_with_scalars(ctx, experiment)
        return why_nothing(runs, with_scalars, self.first_steps.folders)

    def dropped_runs(
        self, ctx: RequestContext, experiment: str, listing: Listing
    ) -> dict[str, str]:
        """Runs that are not listed although they hold histograms, with the reason.

        Looked for once a minute: files are opened for it.
        """
        now = time.monotonic()
        when, found = self._dropped.get(experiment, (-math.inf, {}))
        if now - when > _LOOK_AGAIN:
            missing = [
                run for run in self.provider.run_names(ctx, experiment) if run not in listing
            ]
            found = dropped_runs(missing, self.first_steps.folders)
            self._dropped[experiment] = now, found
        return {run: why for run, why in found.items() if run not in listing}

    def hparams(self, ctx: RequestContext, experiment: str, listing: Listing) -> dict[str, HParams]:
        """The hyper-parameters of each run of ``listing``."""
        return of_runs(listing, self.provider.list_hparams(ctx, experiment))

    def every_sum(
        self, run: str
    ) -> Iterator[Callable[[str, HistogramSeries], HistogramSeries] | None]:
        """Adds what was summed of every histogram of a run to a series of a tag.

        None while the files are being read.
        """
        sums, files = self.first_steps.every_sum(run)
        if not sums.is_current(files):
            yield from sums.read_on(files)
            self.first_steps.keep_sums(run, sums)
        yield sums.added

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None = None
    ) -> Mapping[str, SeriesEntry]:
        """The series of one run, or only ``tag``, with what is known without reading them.

        Raises NotInLogdir when the run has neither histograms nor exact records, or not this tag.
        """
        if tag is None:
            return self.provider.list_run(ctx, experiment, run)
        return self.provider.list_series(ctx, experiment, run, tag)


class RunReader:
    """Gives series of one run, some at a time: remembered where nothing changed, else read.

    tags: the series that there are. where: experiment and run.
    """

    def __init__(
        self,
        logs: LogReader,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, SeriesEntry],
    ) -> None:
        self.tags = tags
        self.where = (experiment, run)
        self._logs = logs
        self._ctx = ctx
        self._size = _FIRST_BATCH  # how many series the next batch should hold
        self._head: RunHead | None = None
        self._ends: Mapping[str, dict[Logged, Sums]] | None = None

    def batches(self, wanted: Iterable[str]) -> Iterator[RunSeries]:
        """The wanted series; whether one is remembered is seen when its turn comes.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        known, missing = RunSeries(), list[str]()
        for tag in wanted:
            series: RunSeries | None = self._logs.cache.get((*self.where, tag), self.tags[tag].age)
            if series is None:
                missing.append(tag)
            else:
                known.add(series)
            size = len(known.histograms) + len(missing)
            if size >= self._logs.known_batch or len(missing) >= self._size:
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

    @property
    def not_given(self) -> str | None:
        """What the heads of the event files hold and the provider drops; None if not read."""
        return self._head.others.of_both() if self._head else None

    def _with(self, known: RunSeries, missing: list[str]) -> Iterator[RunSeries]:
        """The known series, then the missing ones, which are read and remembered."""
        if known.histograms:
            yield known
        for read in self._read(missing) if missing else ():
            for tag in read.histograms:
                one = read.only(tag)
                self._logs.cache.put((*self.where, tag), self.tags[tag].age, one, one.nbytes)
            yield read

    def _read(self, tags: Sequence[str]) -> Iterator[RunSeries]:
        """Read some of the series, and give them in parts."""
        logged = {tag: entry for tag in tags if (entry := self.tags[tag].histograms)}
        layouts = {tag: unknown_layout(entry) for tag, entry in logged.items()}
        unknown = {tag: why for tag, why in layouts.items() if why}
        known = [tag for tag in logged if tag not in unknown]
        data, unread = self._asked(HISTOGRAMS_PLUGIN_NAME, known)
        exact = self._read_exact([tag for tag in tags if tag not in unknown])
        if data or exact:
            self._size = _batch_size(data, exact, self._logs.batch_bytes)
        alone = {tag: records for tag, records in exact.items() if tag not in logged}
        part = RunSeries(dict.fromkeys(alone, NO_HISTOGRAMS), alone, unknown | unread)
        yield from self._normalised(part, data, exact)

    def _normalised(
        self, part: RunSeries, data: Batch, exact: Mapping[str, ExactSeries]
    ) -> Iterator[RunSeries]:
        """A batch as series; what was small as it was read can be large as rows of one length.

        part: what is there already. data: is used up.
        """
        head, samples, size = self._head_for(data), self._logs.first_steps.samples, 0
        for tag in list(data):
            series = recovered_series(data.pop(tag), tag, head, samples)
            if head and (first := head.first.get(tag)) and first.sums:
                known = {(first.step, first.wall_time): first.sums}
                series = with_sums(series, known | self._ends_beside(head).get(tag, {}))
            part.histograms[tag] = series
            if tag in exact:
                part.exact[tag] = exact[tag]
            size += series.nbytes
            if size > self._logs.batch_bytes:
                yield part
                part, size = RunSeries(), 0
        yield part

    def _head_for(self, batch: Batch) -> RunHead | None:
        """What the event files say, where they are here."""
        if self._head is None and batch:
            every = [tag for tag, entry in self.tags.items() if entry.histograms]
            self._head = self._logs.first_steps.head(self.where[1], every)
        return self._head

    def _ends_beside(self, head: RunHead) -> Mapping[str, dict[Logged, Sums]]:
        """What was summed of the last histograms, where the first ones have such sums."""
        if self._ends is None:
            wanted = {
                tag: float(entry.histograms.max_wall_time)
                for tag, entry in self.tags.items()
                if entry.histograms and (first := head.first.get(tag)) and first.sums
            }
            self._ends = self._logs.first_steps.ends(self.where[1], wanted)
        return self._ends

    def _read_exact(self, tags: Sequence[str]) -> dict[str, ExactSeries]:
        """The exact records of those of the given series that have some."""
        listed = {
            self.tags[tag].exact_tag: (tag, entry)
            for tag in tags
            if (entry := self.tags[tag].exact)
        }
        data, unread = self._asked(PLUGIN_NAME, list(listed))
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

    def _asked(self, plugin: str, tags: Sequence[str]) -> tuple[Batch, dict[str, str]]:
        return self._logs.provider.read(self._ctx, *self.where, plugin, tags)


def _batch_size(data: Batch, exact: Mapping[str, ExactSeries], batch_bytes: int) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0) + max((each.nbytes for each in exact.values()), default=0)
    return int(min(max(batch_bytes // max(largest, 1), 1), _LARGEST_BATCH))
