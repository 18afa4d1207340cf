"""The measured series of a run: read and measured once, and again only when they changed.

Both the HTTP routes and the command line ask here. Requests for the same cold run share the
work; requests for different runs do not wait for each other. Series are read and measured in
batches, so that a run may be larger than memory, and what is done may be had before the rest.
"""

import dataclasses
import functools
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from tensorboard.context import RequestContext

from tb_plugin_weightdelta.answering.scalars import loss_among, scalars_table
from tb_plugin_weightdelta.answering.work import Waiting, Work
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable, told
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.names import Measure
from tb_plugin_weightdelta.core.question import BaselineChoice, Question
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.judging import Series, SeriesRow, Start, measure_all
from tb_plugin_weightdelta.reading import LogReader, RunReader, RunSeries, SeriesEntry

Tags = Mapping[str, SeriesEntry]

# A new piece of work is measured for as long as it takes.
_PATIENTLY: Final = Waiting()

# Ten times what the largest networks have; a row and its sparkline take some kilobytes.
MOST_SERIES: Final = 50_000


@dataclass(frozen=True)
class RunRows:
    """The rows of a run's table, or some, and the tags that could not be read with the reason.

    of: how many series the run has.
    complete: whether all that can be read is there, or behind these rows comes nothing.
    state: tells one state of the logs from another.
    """

    rows: list[SeriesRow]
    unread: Mapping[str, str]
    of: int
    complete: bool = True
    state: int = 0


# What a row is measured for: a question whatever its thresholds, the points of a sparkline, and
# what that shows.
_Asked = tuple[Question, int, Measure]

# Gives a series of a tag what was summed of each of its steps.
_Add = Callable[[str, HistogramSeries], HistogramSeries]

# Rows, and why the first histograms of their run were not of initial weights when they were made.
_Known = list[tuple[SeriesRow, str]]


class Answers:
    """Measures what a reader reads, and remembers what tables say of it.

    The reader has a cache of its own, so that reading a large run does not push out the tables
    of others.
    """

    def __init__(
        self,
        reader: LogReader,
        rows: Cache | None = None,
        timings: Timings | None = None,
        *,
        most_series: int = MOST_SERIES,
    ) -> None:
        self._reader = reader
        self._rows = Cache() if rows is None else rows
        self._timings = timings or Timings()
        self._most_series = most_series
        self.work: Work[RunRows] = Work(timings=self._timings, is_last=lambda part: part.complete)
        # Through all files of a run; the last part adds what was found there to a series.
        self.passes: Work[_Add | None] = Work(timings=self._timings)
        self.runs_known = 0
        self._told: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
        self._not_given: dict[tuple[str, str], str] = {}
        # The number format of each run's parameters, as it was last measured.
        self._stored_as: dict[tuple[str, str], Any] = {}

    def runs(self, ctx: RequestContext, experiment: str) -> Mapping[str, Tags]:
        """Every run with its tags; what is no longer listed is released from the caches."""
        listing = self._reader.list_runs(ctx, experiment)
        self.runs_known = len(listing)
        for of_runs in (self._told, self._not_given, self._stored_as):
            for where in [each for each in of_runs if each[0] == experiment]:
                if where[1] not in listing:
                    of_runs.pop(where, None)
        self._rows.forget(lambda key: key[0] == experiment and key[1] not in listing)
        return listing

    def remember(self, experiment: str, run: str, state: int, answer: Mapping[str, Any]) -> None:
        """Keep the answer for a whole run, of the logs as they were in ``state``."""
        self._told[experiment, run] = state, answer

    def told(self, experiment: str, run: str, tags: Tags) -> Mapping[str, Any] | None:
        """The answer for a run, where its logs are still what that was measured of."""
        if (known := self._told.get((experiment, run))) is None:
            return None
        state, answer = known
        return answer if state == _state_of(tags) else None

    def why_nothing(self, ctx: RequestContext, experiment: str) -> str:
        """Why no run has histograms, and the next step, in sentences."""
        return self._reader.why_nothing(ctx, experiment)

    def dropped_runs(
        self, ctx: RequestContext, experiment: str, listing: Mapping[str, Tags]
    ) -> Mapping[str, str]:
        """Runs that hold histograms and are not among those of ``listing``, with the reason."""
        return self._reader.dropped_runs(ctx, experiment, listing)

    def hparams(
        self, ctx: RequestContext, experiment: str, listing: Mapping[str, Tags]
    ) -> Mapping[str, Mapping[str, Any]]:
        """The hyper-parameters of each run of ``listing``."""
        return self._reader.hparams(ctx, experiment, listing)

    def scalars(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None
    ) -> dict[str, Any]:
        """The table of a run's scalars, with the values of ``tag``, by default of its loss.

        Raises NotInLogdir for an unknown run or scalar, SourceUnavailable when it cannot be read.
        """
        provider = self._reader.provider
        tags = provider.list_scalars(ctx, experiment, run)
        if not tags:
            self._reader.list_tags(ctx, experiment, run)  # says so where there is no such run
        if tag is not None and tag not in tags:
            raise NotInLogdir(f"The run {told(run)} has no scalar {told(tag)}.")
        chosen = loss_among(tags) if tag is None else tag
        data = () if chosen is None else provider.read_scalar(ctx, experiment, run, chosen)
        return scalars_table(run, tags, chosen, data)

    def run_rows(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        question: Question,
        points: int,
        *,
        measure: Measure = "movement",
        waiting: Waiting = _PATIENTLY,
    ) -> RunRows:
        """One row for each series of a run, sparklines of a measure at most ``points`` points long.

        waiting: when it ends, those that are measured by then.
        Of more than ``most_series`` the last by name are left out; the tag "" has the reason, or
        what the provider drops of the run.
        Raises NotInLogdir for an unknown run or baseline run, SourceUnavailable, Abandoned.
        """
        asked = question.unjudged, points, measure
        tags, beyond = self._bounded(self._reader.list_tags(ctx, experiment, run))
        readers = self._readers(ctx, experiment, run, tags, question.choice)
        known, unread, of, complete = self._known(*readers, asked), beyond, len(tags), True
        rows = [row for row, _ in known]
        if len(known) < len(tags):
            for _ in range(2):
                begin = functools.partial(self._measured, *readers, asked, known)
                # Runs take turns by their names: an experiment may be called anything.
                parts, complete = self.work.ask((experiment, run, asked), run, begin, waiting)
                if not complete or parts[0].state == _state(*readers):
                    break
                known = self._known(*readers, asked)  # it had begun before something grew
            by_tag = {row.tag: row for row, _ in known}
            by_tag |= {row.tag: row for part in parts for row in part.rows}
            rows = [by_tag[tag] for tag in sorted(by_tag)]
            unread = {tag: why for part in parts for tag, why in part.unread.items()} | beyond
            of = parts[0].of if parts else of
        if complete and not rows and not unread:
            raise NotInLogdir(f"The run {told(run)} is no longer there.")
        if why := self._not_given.get((experiment, run)):
            unread = {"": why} | unread
        rows = [row.under(question.thresholds) for row in rows]
        self._stored_as[experiment, run] = SeriesRow.precision_of(rows)
        return RunRows(rows, unread, of, complete, _state(*readers))

    def series(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tag: str,
        question: Question,
        *,
        waiting: Waiting = _PATIENTLY,
    ) -> tuple[Series, str, bool]:
        """One series, every step measured, its description, and whether that is all.

        waiting: for what the event files alone hold of every step; until its end without that.
        Raises NotInLogdir for an unknown run or tag, SourceUnavailable when it cannot be read.
        """
        found, firsts, description = self._read_one(ctx, experiment, run, tag, question.choice)
        complete = self._sum_up(found, experiment, run, tag, waiting)
        tags = self._reader.list_tags(ctx, experiment, run)
        trained = self._trained_before(RunReader(self._reader, ctx, experiment, run, tags))
        with self._timings.taken("measure"):
            only = {tag: found.histograms[tag]}
            measured = measure_all(
                only, question, firsts, exact=found.exact, trained_before=trained
            )[tag]
        if beside := self._stored_as.get((experiment, run)):
            measured = dataclasses.replace(measured, beside=beside)
        return measured, description, complete

    def _sum_up(
        self, found: RunSeries, experiment: str, run: str, tag: str, waiting: Waiting
    ) -> bool:
        """Add what a writer summed of each step, where it did; returns whether that is all."""
        series = found.histograms[tag]
        if series.sums is None:
            return True
        begin = functools.partial(self._reader.every_sum, run)
        parts, is_over = self.passes.ask((experiment, run), run, begin, waiting)
        add = parts[-1] if is_over and parts else None
        if add is not None:
            found.histograms[tag] = add(tag, series)
        return add is not None

    def histogram(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tag: str,
        choice: BaselineChoice,
        *,
        step: int,
    ) -> tuple[HistogramSeries, HistogramSeries | None]:
        """One kept step of a series and its baseline, one row each; measures nothing.

        Raises what ``series`` raises, and NotInLogdir for a step that was not kept.
        """
        found, firsts, _ = self._read_one(ctx, experiment, run, tag, choice)
        series, other = found.histograms[tag], firsts.get(tag)
        row = int(np.searchsorted(series.steps, step))
        if row == len(series) or series.steps[row] != step:
            raise NotInLogdir(
                f"The series {told(tag)} of run {told(run)} has no usable histogram at "
                f"step {step:,}."
            )
        rows = np.array([row])
        return series.at(rows), choice.choose(series, other, rows) if other else None

    def _read_one(
        self, ctx: RequestContext, experiment: str, run: str, tag: str, choice: BaselineChoice
    ) -> tuple[RunSeries, Mapping[str, HistogramSeries], str]:
        """One series, where its baseline comes from, and its description."""
        tags = self._reader.list_tags(ctx, experiment, run, tag)
        reader, baselines = self._readers(ctx, experiment, run, tags, choice)
        found = reader.all([tag])
        firsts = _firsts(reader, baselines, found)
        if tag in found.unread:
            raise SourceUnavailable(
                f"The series {told(tag)} of run {told(run)} was not read: {found.unread[tag]}."
            )
        if tag not in found.histograms:
            raise NotInLogdir(f"The series {told(tag)} of run {told(run)} is no longer there.")
        return found, firsts, tags[tag].description

    def _measured(
        self, reader: RunReader, baselines: RunReader, asked: _Asked, known: _Known
    ) -> Iterator[RunRows]:
        """The rows of a run: those that are known, then the others a batch at a time."""
        of, state, (question, points, measure) = len(reader.tags), _state(reader, baselines), asked
        yield RunRows([row for row, _ in known], {}, of, False, state)
        # In order, because the data server has none: series that are measured together are
        # rounded alike, and the same answer twice should be the same to the last bit.
        trained = self._trained_before(reader)
        missing = set(reader.tags).difference(row.tag for row, why in known if why == trained)
        left = len(missing)
        for found in reader.batches(sorted(missing)):
            firsts = _firsts(reader, baselines, found)
            with self._timings.taken("measure"):
                measured = measure_all(
                    *(found.histograms, question, firsts),
                    exact=found.exact,
                    points=points,
                    measure=measure,
                    trained_before=trained,
                )
                rows = [series.row for series in measured.values()]
            for row in rows:
                key, token = _key(row.tag, reader, baselines, asked)
                self._rows.put(key, token, (row, trained), row.nbytes)
            left -= len(rows) + len(found.unread)
            if (not_given := reader.not_given) is not None:
                self._not_given[reader.where] = not_given
            yield RunRows(rows, found.unread, of, left <= 0, state)

    def _trained_before(self, reader: RunReader) -> str:
        """Why the first histograms of a run are not of initial weights; "" where nothing says so.

        Remembered as long as none of those that can tell has changed.
        """
        asked = Start.witnesses(tag for tag, entry in reader.tags.items() if entry.histograms)
        if not asked:
            return ""
        key, ages = (*reader.where, Start), tuple(reader.tags[tag].age for tag in asked)
        why: str | None = self._rows.get(key, ages)
        if why is None:
            why = Start.trained_before(reader.all(asked).histograms)
            self._rows.put(key, ages, why, len(why))
        return why

    def _known(self, reader: RunReader, baselines: RunReader, asked: _Asked) -> _Known:
        """The rows of a run that need not be measured."""
        keys = (_key(tag, reader, baselines, asked) for tag in sorted(reader.tags))
        return [known for key in keys if (known := self._rows.get(*key)) is not None]

    def _readers(
        self, ctx: RequestContext, experiment: str, run: str, tags: Tags, choice: BaselineChoice
    ) -> tuple[RunReader, RunReader]:
        """Reads the series of a run, and their baselines: the same for its own.

        Raises NotInLogdir for an unknown baseline run.
        """
        reader = RunReader(self._reader, ctx, experiment, run, tags)
        if choice.kind != "run" or choice.run == run:
            return reader, reader
        others = self._reader.list_tags(ctx, experiment, choice.run)
        return reader, RunReader(self._reader, ctx, experiment, choice.run, others)

    def _bounded(self, tags: Tags) -> tuple[Tags, dict[str, str]]:
        """The series of a run that are measured, and the reason where that is not all of them."""
        most = self._most_series
        if len(tags) <= most:
            return tags, {}
        why = f"the run has {len(tags):,} series, and more than the first {most:,} are not measured"
        return {tag: tags[tag] for tag in sorted(tags)[:most]}, {"": why}


def _firsts(
    reader: RunReader, baselines: RunReader, found: RunSeries
) -> dict[str, HistogramSeries]:
    """Where the baselines of series come from: they themselves, or the first in another run.

    A series whose baseline there cannot be read becomes unread itself.
    """
    if baselines is reader:
        return found.histograms
    wanted = baselines.all(tag for tag in found.histograms if tag in baselines.tags)
    for tag, why in wanted.unread.items():
        del found.histograms[tag]
        found.unread[tag] = f"its baseline in run {told(baselines.where[1])}: {why}"
    return {
        tag: series.at(np.arange(min(len(series), 1))) for tag, series in wanted.histograms.items()
    }


def _state(reader: RunReader, baselines: RunReader) -> int:
    """Tells one state of the logs from another."""
    both = (reader,) if baselines is reader else (reader, baselines)
    return _state_of(*(each.tags for each in both))


def _state_of(*runs: Tags) -> int:
    """The same of tags as they are listed."""
    return hash(tuple(frozenset((tag, each.age) for tag, each in tags.items()) for tags in runs))


def _key(
    tag: str, reader: RunReader, baselines: RunReader, asked: _Asked
) -> tuple[Hashable, Hashable]:
    """What a row is remembered by, and what changes when it does.

    That is the series, or the one that its baseline comes from.
    """
    other = baselines.tags.get(tag)
    return (*reader.where, tag, asked), (reader.tags[tag].age, other.age if other else None)
