"""What a command line reports: the series that were asked for, as records, by run."""

import contextlib
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tensorboard.context import RequestContext

from tb_plugin_weightdelta.answering import Answers, export, tables
from tb_plugin_weightdelta.cli.choice import Choice
from tb_plugin_weightdelta.core.errors import NotInLogdir
from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.names import SPARKLINE_POINTS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.judging import LADDER, Answer, SeriesRow, answer_of
from tb_plugin_weightdelta.reading import open_logdir
from tb_plugin_weightdelta.wording import Headline, headline

# Verdicts that do not say that something moved.
_MAY_BE_FROZEN: Final = ("unchanged", "single_step", "no_data")

_ALL: Final = Choice()

Advance = Callable[[int, int], None]


@contextlib.contextmanager
def open_logs(logdir: str, **how: Any) -> Iterator[Answers]:
    """Read all event files below ``logdir``, then measure what they hold; how: of ``open_logdir``.

    Raises LogdirError when there is no such folder or it cannot be read.
    """
    with open_logdir(logdir, **how) as reader:
        yield Answers(reader)


@dataclass(frozen=True)
class RunReport:
    """The series of one run that were asked for, ranked as on the page.

    unread: tags that could not be read, with the reason.
    frozen: finds the tags that must not move, where that was said.
    choice: which of them are shown.
    """

    run: str
    rows: Sequence[SeriesRow]
    unread: Mapping[str, str]

    frozen: re.Pattern[str] | None = None
    choice: Choice = _ALL

    @functools.cached_property
    def judged(self) -> Answer:
        """What is known of these series together."""
        return answer_of(self.rows, self.frozen)

    @property
    def answer(self) -> Headline:
        """The same in words."""
        return headline(self.judged)

    @property
    def summary(self) -> tables.Table:
        """The answer as one object."""
        counts = tables.counts_of(self.rows)
        return {"run": self.run, **tables.headline_table(self.answer), "counts": counts}

    def offenders(self, unwanted: Sequence[str], *, is_strict: bool) -> list[export.Record]:
        """The records of what has one of the verdicts, and of what moved and must not.

        The most serious first.
        is_strict: whether all that never moved counts; else only where no decision explains it.
        """
        counts_still = is_strict or self.judged.state in ("still", "partly_still")
        explained = {row.tag for row in self.judged.frozen}
        subjects = {row.tag for row in self.judged.subjects}
        found: list[export.Record] = []
        for record in self.records:
            tag, verdict = record["tag"], record["verdict"]
            if self.frozen and self.frozen.search(tag):
                # What a frozen norm averages moves on, unless it was set to evaluate.
                may_not = tag in subjects or record["role"] == "statistic"
                if may_not and verdict not in _MAY_BE_FROZEN:
                    moved = f"It must not move (--frozen). {record['sentence']}"
                    found.append({**record, "sentence": moved})
            elif tag not in subjects:
                continue
            elif verdict == "unchanged":
                if verdict in unwanted and counts_still and (is_strict or tag not in explained):
                    found.append(record)
            elif verdict in unwanted:
                found.append(record)
        return sorted(found, key=lambda record: LADDER.index(record["verdict"]))

    @functools.cached_property
    def shown(self) -> list[SeriesRow]:
        """The rows that are shown, in that order."""
        return self.choice.of(self.rows)

    @property
    def records(self) -> list[export.Record]:
        """One record for each row that is shown."""
        return export.records_of({"run": self.run, "columns": tables.columns_of(self.shown)})


def reports_of(
    logs: Answers,
    listing: Mapping[str, set[str]],
    asked: Question,
    advance: Advance,
    **how: Any,
) -> Iterator[RunReport]:
    """The series that are listed, by run; ``advance`` is told how far it is.

    how: ``frozen`` and ``choice`` of each report.

    Whole runs are measured, because a flag compares a series with the others of its run.
    """
    done, total = 0, sum(map(len, listing.values()))
    advance(done, total)
    for run, tags in listing.items():
        found = logs.run_rows(RequestContext(), "", run, asked, SPARKLINE_POINTS)
        ranked = tables.judged(found.rows).ranked
        unread = {tag: why for tag, why in found.unread.items() if tag in tags or not tag}
        yield RunReport(run, [row for row in ranked if row.tag in tags], unread, **how)
        advance(done := done + len(tags), total)


def steps_of(
    logs: Answers, listing: Mapping[str, set[str]]
) -> Iterator[tuple[str, str, ExactSeries]]:
    """Run, tag and all records of the tensors that are listed and have some."""
    for run, tags in listing.items():
        for tag in sorted(tags, key=tables.natural_key):
            series, _, _ = logs.series(RequestContext(), "", run, tag, Question())
            if series.exact is not None and len(series.exact):
                yield run, tag, series.exact


def across(reports: Sequence[RunReport]) -> list[str]:
    """How many of several runs are in which state, and the names of those that broke."""
    in_order = sorted(reports, key=lambda report: report.judged.state_rank)
    counts = Counter(report.judged.state for report in in_order)
    told = [f"{count:,} {state.replace('_', ' ')}" for state, count in counts.items()]
    broke = [f"Broke: {report.run}" for report in reports if report.judged.state == "broke"]
    return [f"{len(reports):,} runs: {', '.join(told)}.", *broke]


def listing_of(
    logs: Answers, logdir: str, run: re.Pattern[str], tag: re.Pattern[str]
) -> tuple[dict[str, set[str]], list[RunReport]]:
    """The tags in which ``tag`` is found, by those runs in whose names ``run`` is.

    Beside them reports of such runs whose histograms TensorBoard drops, all of them.
    Raises NotInLogdir when there are no tags.
    """
    listing = {name: tags for name, tags in logs.runs(RequestContext(), "").items() if tags}
    if not listing:
        why = logs.why_nothing(RequestContext(), "")
        raise NotInLogdir(f"There are no histograms in {logdir!r}. {why}")
    runs = sorted(filter(run.search, listing), key=tables.natural_key)
    whys = logs.dropped_runs(RequestContext(), "", listing)
    dropped = [RunReport(name, [], {"": why}) for name, why in whys.items() if run.search(name)]
    if not runs:
        why = "".join(f" Run {each.run!r} is left out: {each.unread['']}." for each in dropped[:1])
        raise NotInLogdir(
            f"No run with histograms in {logdir!r} matches --run {run.pattern!r}.{why}"
        )
    chosen = {name: set(filter(tag.search, listing[name])) for name in runs}
    if not any(chosen.values()):
        where = f"run {runs[0]!r}" if len(runs) == 1 else f"the {len(runs):,} runs"
        raise NotInLogdir(f"No histogram's tag in {where} matches --tag {tag.pattern!r}.")
    return {name: tags for name, tags in chosen.items() if tags}, dropped
