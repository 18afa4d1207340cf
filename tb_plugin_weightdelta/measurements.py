"""The measured series of a run: read and measured once, and again only when they changed.

Both the HTTP routes and the command line ask here. Two requests for the same cold run
do the work once; requests for different runs do not wait for each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tensorboard.context import RequestContext
from tensorboard.data.provider import TensorTimeSeries

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.cache import Cache
from tb_plugin_weightdelta.errors import SourceUnavailable
from tb_plugin_weightdelta.histograms import HistogramSeries
from tb_plugin_weightdelta.measured import MeasuredSeries, measure_all, measure_series
from tb_plugin_weightdelta.overview import OverviewRow, overview_row
from tb_plugin_weightdelta.reader import HistogramReader, Listing, RunHistograms
from tb_plugin_weightdelta.verdicts import Thresholds

Tags = Mapping[str, TensorTimeSeries]


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


class Measurements:
    """Measures what a reader reads, and remembers it in a cache."""

    def __init__(self, reader: HistogramReader, cache: Cache) -> None:
        self._reader = reader
        self._cache = cache

    def runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run with its tags; what is no longer listed is released from the cache."""
        listing = self._reader.list_runs(ctx, experiment)
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
            known = self._known_rows(experiment, run, tags, others, (question, points))
            missing = {tag: tags[tag] for tag in tags if tag not in known}
            found = self._series(ctx, experiment, run, missing)
            baselines = self._baselines(ctx, experiment, question, found, others)
            measured = measure_all(
                found.series,
                question.choice,
                baselines,
                thresholds=question.thresholds,
                points=points,
                until=question.until,
            )
            for tag, one in measured.items():
                row = overview_row(one)
                key = (experiment, run, tag, question, points)
                self._cache.put(key, _token(tag, tags, others), row, row.nbytes)
                known[tag] = row
        return RunRows([known[tag] for tag in tags if tag in known], found.unread)

    def one(
        self, ctx: RequestContext, experiment: str, run: str, tag: str, question: Question
    ) -> tuple[MeasuredSeries, str]:
        """One series, every row measured, and its description.

        Raises NotInLogdir for an unknown run or tag, SourceUnavailable when it cannot be read.
        """
        tags = self._reader.list_tags(ctx, experiment, run, tag)
        others = self._tags_of_baseline(ctx, experiment, run, tags, question.choice)
        found = self._series(ctx, experiment, run, tags)
        if tag not in found.series:
            reason = found.unread.get(tag, "it is no longer there")
            raise SourceUnavailable(f"The series {tag!r} of run {run!r} was not read: {reason}.")
        baselines = self._baselines(ctx, experiment, question, found, others)
        series, other = found.series[tag], baselines.get(tag)
        measured = measure_series(
            tag, series, question.choice, other, thresholds=question.thresholds
        )
        return measured, str(tags[tag].description)

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
        if choice.kind != "run" or choice.run == run:
            return tags
        return self._reader.list_tags(ctx, experiment, choice.run)

    def _baselines(
        self,
        ctx: RequestContext,
        experiment: str,
        question: Question,
        found: RunHistograms,
        others: Tags,
    ) -> Mapping[str, HistogramSeries]:
        if question.choice.kind != "run":
            return found.series
        wanted = {tag: others[tag] for tag in found.series if tag in others}
        return self._series(ctx, experiment, question.choice.run, wanted).series

    def _series(self, ctx: RequestContext, experiment: str, run: str, tags: Tags) -> RunHistograms:
        """The given series of a run, from the cache where nothing changed."""
        result = RunHistograms()
        for tag, listed in tags.items():
            known = self._cache.get((experiment, run, tag), _age(listed))
            if known is not None:
                result.series[tag] = known
        missing = {tag: tags[tag] for tag in tags if tag not in result.series}
        if missing:
            read = self._reader.read(ctx, experiment, run, missing)
            for tag, series in read.series.items():
                self._cache.put((experiment, run, tag), _age(tags[tag]), series, series.nbytes)
            result.series |= read.series
            result.unread |= read.unread
        return result


def _age(listed: TensorTimeSeries) -> tuple[int, float]:
    """What changes when a series does."""
    return int(listed.max_step), float(listed.max_wall_time)


def _token(tag: str, tags: Tags, others: Tags) -> tuple[object, ...]:
    """What changes when a row does: the series or the one that its baseline comes from."""
    return _age(tags[tag]), _age(others[tag]) if tag in others else None
