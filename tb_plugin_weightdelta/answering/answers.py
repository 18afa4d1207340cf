"""The measured series of a run: read and measured once, and again only when they changed.

Both the HTTP routes and the command line ask here. Requests for the same cold run share the
work; requests for different runs do not wait for each other. Series are read and measured in
batches, so that a run may be larger than memory, and what is done may be had before the rest.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from tensorboard.context import RequestContext

from tb_plugin_weightdelta.answering.tables import OverviewRow, overview_row
from tb_plugin_weightdelta.answering.work import Waiting, Work
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable, told
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.question import BaselineChoice, Question
from tb_plugin_weightdelta.judging import MeasuredSeries, measure_all, measure_series
from tb_plugin_weightdelta.reading import Listed, Listing, RunSeries, RunSource, SeriesReader

Tags = Mapping[str, Listed]

# A new piece of work is measured for as long as it takes.
_PATIENTLY: Final = Waiting()

# Ten times what the largest networks have; a row and its sparkline take some kilobytes.
MOST_SERIES: Final = 50_000


@dataclass(frozen=True)
class RunRows:
    """The rows of a run's table, and the tags that could not be read with the reason.

    of: how many series the run has.
    complete: whether all that can be read is there.
    listing: changes when a series of the run or of its baseline does.
    """

    rows: list[OverviewRow]
    unread: Mapping[str, str]
    of: int
    complete: bool = True
    listing: int = 0

    @property
    def measured(self) -> int:
        """How many series are done: measured, or found to be unreadable."""
        return len(self.rows) + sum(1 for tag in self.unread if tag)


@dataclass(frozen=True)
class Progress:
    """How many of a run's series are done: measured, or found to be unreadable."""

    measured: int
    of: int


class Measurements:
    """Measures what a reader reads, and remembers it.

    series, rows: caches of what was read, and of what tables say of it. They are two, so that
    reading a large run does not push out the tables of others.
    """

    def __init__(self, reader: SeriesReader, series: Cache, rows: Cache) -> None:
        self._reader = reader
        self._series = series
        self._rows = rows
        self._work: Work[RunRows] = Work()
        self.runs_known = 0

    def runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run with its tags; what is no longer listed is released from the caches."""
        listing = self._reader.list_runs(ctx, experiment)
        self.runs_known = len(listing)
        for cache in (self._series, self._rows):
            cache.forget(lambda key: key[0] == experiment and key[1] not in listing)
        self._reader.forget_runs_except(listing)
        return listing

    def run_rows(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        question: Question,
        points: int,
        *,
        waiting: Waiting = _PATIENTLY,
    ) -> RunRows:
        """One row for each series of a run, sparklines of at most ``points`` points.

        waiting: when it ends, those that are measured by then.
        Of more than ``MOST_SERIES`` the last by name are left out; the tag "" has the reason.
        Raises NotInLogdir for an unknown run or baseline run, SourceUnavailable, Abandoned.
        """
        asked = (question, points)
        tags, beyond = _bounded(self._reader.list_tags(ctx, experiment, run))
        sources = self._sources(ctx, experiment, run, tags, question.choice)
        known = self._known_rows(*sources, asked)
        if len(known) == len(tags):
            return RunRows(known, beyond, len(tags))
        for _ in range(2):
            parts, complete = self._work.ask(
                (experiment, run, *asked),
                (experiment, run),
                lambda: self._measured(*sources, asked),
                waiting,
            )
            if not complete or parts[0].listing == _listing(*sources):
                break  # else it had begun before something grew
        rows = {row.facts.tag: row for part in parts for row in part.rows}
        unread = {tag: why for part in parts for tag, why in part.unread.items()} | beyond
        if complete and not rows and not unread:
            raise NotInLogdir(f"The run {told(run)} is no longer there.")
        of = parts[0].of if parts else len(tags)
        return RunRows([rows[tag] for tag in sorted(rows)], unread, of, complete)

    def progress(self, experiment: str, run: str) -> Progress | None:
        """How far the rows of a run are that are being measured now; waits for nothing."""
        pieces = self._work.under_way((experiment, run))
        measured = [sum(part.measured for part in parts) for parts in pieces]
        of = [parts[0].of for parts in pieces if parts]
        return Progress(max(measured), max(of)) if of else None

    def one(
        self, ctx: RequestContext, experiment: str, run: str, tag: str, question: Question
    ) -> tuple[MeasuredSeries, str]:
        """One series, every row measured, and its description.

        Raises NotInLogdir for an unknown run or tag, SourceUnavailable when it cannot be read.
        """
        tags = self._reader.list_tags(ctx, experiment, run, tag)
        source, baselines = self._sources(ctx, experiment, run, tags, question.choice)
        found = source.all([tag])
        firsts = _firsts(source, baselines, found)
        if tag in found.unread:
            raise SourceUnavailable(
                f"The series {told(tag)} of run {told(run)} was not read: {found.unread[tag]}."
            )
        if tag not in found.histograms:
            raise NotInLogdir(f"The series {told(tag)} of run {told(run)} is no longer there.")
        measured = measure_series(
            tag,
            found.histograms[tag],
            question.choice,
            firsts.get(tag),
            exact=found.exact.get(tag),
            thresholds=question.thresholds,
        )
        return measured, tags[tag].description

    def _measured(
        self, source: RunSource, baselines: RunSource, asked: tuple[Question, int]
    ) -> Iterator[RunRows]:
        """The rows of a run: those that are known, then the others a batch at a time."""
        question, points = asked
        known, of = self._known_rows(source, baselines, asked), len(source.tags)
        yield RunRows(known, {}, of, listing=_listing(source, baselines))
        # In order, because the data server has none: series that are measured together are
        # rounded alike, and the same answer twice should be the same to the last bit.
        missing = set(source.tags).difference(row.facts.tag for row in known)
        for found in source.batches(sorted(missing)):
            firsts = _firsts(source, baselines, found)
            measured = measure_all(
                found.histograms,
                question.choice,
                firsts,
                exact=found.exact,
                thresholds=question.thresholds,
                points=points,
                until=question.until,
            )
            rows = [overview_row(one) for one in measured.values()]
            for row in rows:
                key, token = _key(row.facts.tag, source, baselines, asked)
                self._rows.put(key, token, row, row.nbytes)
            yield RunRows(rows, found.unread, of)

    def _known_rows(
        self, source: RunSource, baselines: RunSource, asked: tuple[Question, int]
    ) -> list[OverviewRow]:
        keys = (_key(tag, source, baselines, asked) for tag in sorted(source.tags))
        return [row for key in keys if (row := self._rows.get(*key)) is not None]

    def _sources(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Tags,
        choice: BaselineChoice,
    ) -> tuple[RunSource, RunSource]:
        """Where the series of a run come from, and their baselines: the same for its own.

        Raises NotInLogdir for an unknown baseline run.
        """
        source = RunSource(self._reader.open(ctx, experiment, run, tags), self._series)
        if choice.kind != "run" or choice.run == run:
            return source, source
        others = self._reader.list_tags(ctx, experiment, choice.run)
        return source, RunSource(
            self._reader.open(ctx, experiment, choice.run, others), self._series
        )


def _bounded(tags: Tags) -> tuple[Tags, dict[str, str]]:
    """The series of a run that are measured, and the reason where that is not all of them."""
    if len(tags) <= MOST_SERIES:
        return tags, {}
    why = f"the run has {len(tags)} series, and more than the first {MOST_SERIES} are not measured"
    return {tag: tags[tag] for tag in sorted(tags)[:MOST_SERIES]}, {"": why}


def _firsts(
    source: RunSource, baselines: RunSource, found: RunSeries
) -> dict[str, HistogramSeries]:
    """Where the baselines of series come from: they themselves, or the first in another run.

    A series whose baseline there cannot be read becomes unread itself.
    """
    if baselines is source:
        return found.histograms
    wanted = baselines.all(tag for tag in found.histograms if tag in baselines.tags)
    for tag, why in wanted.unread.items():
        del found.histograms[tag]
        found.unread[tag] = f"its baseline in run {told(baselines.where[1])}: {why}"
    return {
        tag: series.at(np.arange(min(len(series), 1))) for tag, series in wanted.histograms.items()
    }


def _listing(source: RunSource, baselines: RunSource) -> int:
    """Tells one state of the logs from another."""
    both = (source,) if baselines is source else (source, baselines)
    ages = [frozenset((tag, listed.age) for tag, listed in each.tags.items()) for each in both]
    return hash(tuple(ages))


def _key(
    tag: str, source: RunSource, baselines: RunSource, asked: tuple[Question, int]
) -> tuple[Hashable, Hashable]:
    """What a row is remembered by, and what changes when it does.

    That is the series, or the one that its baseline comes from.
    """
    other = baselines.tags.get(tag)
    return (*source.where, tag, *asked), (source.tags[tag].age, other.age if other else None)
