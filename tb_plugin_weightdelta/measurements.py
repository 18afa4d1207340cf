"""The measured series of a run: read and measured once, and again only when they changed.

Both the HTTP routes and the command line ask here. Two requests for the same cold run
do the work once; requests for different runs do not wait for each other. Series are read and
measured in batches, so that a run may be larger than memory.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from tensorboard.context import RequestContext

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.cache import Cache
from tb_plugin_weightdelta.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.histograms import HistogramSeries
from tb_plugin_weightdelta.listing import Listed, Listing
from tb_plugin_weightdelta.measured import MeasuredSeries, measure_all, measure_series
from tb_plugin_weightdelta.overview import OverviewRow, overview_row
from tb_plugin_weightdelta.reader import RunSeries, SeriesReader
from tb_plugin_weightdelta.verdicts import Thresholds

Tags = Mapping[str, Listed]

# Series known already are measured so many at a time: enough for the cost of numpy's calls not
# to count, few enough for progress to show.
_KNOWN_BATCH: Final = 500


@dataclass(frozen=True)
class Question:
    """What a series is compared with, how it is judged, and up to which step it is looked at.

    until: None for all steps; only whole runs are asked about with another.
    """

    choice: BaselineChoice = field(default_factory=BaselineChoice)
    thresholds: Thresholds = field(default_factory=Thresholds)
    until: int | None = None


@dataclass(frozen=True)
class RunRows:
    """The rows of a run's table, and the tags that could not be read with the reason."""

    rows: list[OverviewRow]
    unread: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """How many of a run's series are done: measured, or found to be unreadable."""

    measured: int
    of: int


class Measurements:
    """Measures what a reader reads, and remembers it in a cache."""

    def __init__(self, reader: SeriesReader, cache: Cache) -> None:
        self._reader = reader
        self._cache = cache
        self._under_way: dict[tuple[str, str], Progress] = {}
        self.runs_known = 0

    def runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run with its tags; what is no longer listed is released from the cache."""
        listing = self._reader.list_runs(ctx, experiment)
        self.runs_known = len(listing)
        self._cache.forget(lambda key: key[0] == experiment and key[1] not in listing)
        self._reader.forget_runs_except(listing)
        return listing

    def run_rows(
        self, ctx: RequestContext, experiment: str, run: str, question: Question, points: int
    ) -> RunRows:
        """One row for each series of a run, sparklines of at most ``points`` points.

        Raises NotInLogdir for an unknown run or baseline run, SourceUnavailable.
        """
        tags = self._reader.list_tags(ctx, experiment, run)
        others = self._tags_of_baseline(ctx, experiment, run, tags, question.choice)
        with self._cache.turn((experiment, run)):
            rows = self._known_rows(experiment, run, tags, others, (question, points))
            # In order, because the data server has none: series that are measured together are
            # rounded alike, and the same answer twice should be the same to the last bit.
            missing = {tag: tags[tag] for tag in sorted(tags) if tag not in rows}
            unread: dict[str, str] = {}
            batches = self._measured(
                ctx, experiment, run, missing, others, question=question, points=points
            )
            with self._told(experiment, run, len(tags)) as tell:
                tell(len(rows))
                for measured, not_read in batches:
                    rows |= measured
                    unread |= not_read
                    tell(len(rows) + len(unread))
            # After the series, so that those of a run larger than the cache do not push them out.
            for tag in filter(rows.__contains__, missing):
                key = (experiment, run, tag, question, points)
                self._cache.put(key, _token(tag, tags, others), rows[tag], rows[tag].nbytes)
        if not rows and not unread:
            raise NotInLogdir(f"The run {run!r} is no longer there.")
        return RunRows([rows[tag] for tag in tags if tag in rows], unread)

    def progress(self, experiment: str, run: str) -> Progress | None:
        """How far the rows of a run are that are being measured now; waits for nothing."""
        return self._under_way.get((experiment, run))

    def one(
        self, ctx: RequestContext, experiment: str, run: str, tag: str, question: Question
    ) -> tuple[MeasuredSeries, str]:
        """One series, every row measured, and its description.

        Raises NotInLogdir for an unknown run or tag, SourceUnavailable when it cannot be read.
        """
        tags = self._reader.list_tags(ctx, experiment, run, tag)
        others = self._tags_of_baseline(ctx, experiment, run, tags, question.choice)
        found = RunSeries()
        for batch in self._in_batches(ctx, experiment, run, tags):
            found.add(batch)
        if tag in found.unread:
            raise SourceUnavailable(
                f"The series {tag!r} of run {run!r} was not read: {found.unread[tag]}."
            )
        if tag not in found.histograms:
            raise NotInLogdir(f"The series {tag!r} of run {run!r} is no longer there.")
        baselines = found.histograms
        if not _is_its_own(question.choice, run):
            baselines = self._first_of_each(ctx, experiment, question.choice.run, tags, others)
        measured = measure_series(
            tag,
            found.histograms[tag],
            question.choice,
            baselines.get(tag),
            exact=found.exact.get(tag),
            thresholds=question.thresholds,
        )
        return measured, tags[tag].description

    @contextlib.contextmanager
    def _told(self, experiment: str, run: str, of: int) -> Iterator[Callable[[int], None]]:
        """Gives a function that says how many of a run's series are done, until the block ends."""

        def tell(done: int) -> None:
            self._under_way[experiment, run] = Progress(done, of)

        try:
            yield tell
        finally:
            self._under_way.pop((experiment, run), None)

    def _measured(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Tags,
        others: Tags,
        *,
        question: Question,
        points: int,
    ) -> Iterator[tuple[dict[str, OverviewRow], Mapping[str, str]]]:
        """The rows of the given series a batch at a time, and the tags that could not be read."""
        choice, is_its_own = question.choice, _is_its_own(question.choice, run)
        firsts: Mapping[str, HistogramSeries] = {}
        if not is_its_own:
            firsts = self._first_of_each(ctx, experiment, choice.run, tags, others)
        for found in self._in_batches(ctx, experiment, run, tags):
            measured = measure_all(
                found.histograms,
                choice,
                found.histograms if is_its_own else firsts,
                exact=found.exact,
                thresholds=question.thresholds,
                points=points,
                until=question.until,
            )
            yield {tag: overview_row(one) for tag, one in measured.items()}, found.unread

    def _known_rows(
        self,
        experiment: str,
        run: str,
        tags: Tags,
        others: Tags,
        asked: tuple[Question, int],
    ) -> dict[str, OverviewRow]:
        rows = {
            tag: self._cache.get((experiment, run, tag, *asked), _token(tag, tags, others))
            for tag in tags
        }
        return {tag: row for tag, row in rows.items() if row is not None}

    def _tags_of_baseline(
        self, ctx: RequestContext, experiment: str, run: str, tags: Tags, choice: BaselineChoice
    ) -> Tags:
        """Where baselines come from: the tags themselves, or those of another run."""
        if _is_its_own(choice, run):
            return tags
        return self._reader.list_tags(ctx, experiment, choice.run)

    def _first_of_each(
        self, ctx: RequestContext, experiment: str, run: str, tags: Tags, others: Tags
    ) -> dict[str, HistogramSeries]:
        """The first histogram in another run of each tag that is there too."""
        wanted = {tag: others[tag] for tag in tags if tag in others}
        return {
            tag: series.at(np.arange(min(len(series), 1)))
            for found in self._in_batches(ctx, experiment, run, wanted)
            for tag, series in found.histograms.items()
        }

    def _in_batches(
        self, ctx: RequestContext, experiment: str, run: str, tags: Tags
    ) -> Iterator[RunSeries]:
        """The given series of a run, from the cache where nothing changed; some at a time."""
        missing, known = {}, RunSeries()
        for tag, listed in tags.items():
            series: RunSeries | None = self._cache.get((experiment, run, tag), listed.age)
            if series is None:
                missing[tag] = listed
                continue
            known.add(series)
            if len(known.histograms) == _KNOWN_BATCH:
                yield known
                known = RunSeries()
        if known.histograms:
            yield known
        for read in self._reader.read(ctx, experiment, run, missing):
            for tag in read.histograms:
                one = read.only(tag)
                self._cache.put((experiment, run, tag), tags[tag].age, one, one.nbytes)
            yield read


def _is_its_own(choice: BaselineChoice, run: str) -> bool:
    """Whether the baselines of a run are histograms of the run itself."""
    return choice.kind != "run" or choice.run == run


def _token(tag: str, tags: Tags, others: Tags) -> tuple[object, ...]:
    """What changes when a row does: the series or the one that its baseline comes from."""
    return tags[tag].age, others[tag].age if tag in others else None
