"""What a command line reports: the series that were asked for, as records, by run."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tensorboard.context import RequestContext

from tb_plugin_weightdelta.answering import Answers, export, tables
from tb_plugin_weightdelta.core.errors import NotInLogdir
from tb_plugin_weightdelta.core.names import SPARKLINE_POINTS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.judging import SeriesRow
from tb_plugin_weightdelta.reading import open_logdir

Advance = Callable[[int, int], None]


@contextlib.contextmanager
def open_logs(logdir: str, **how: float) -> Iterator[Answers]:
    """Read all event files below ``logdir``, then measure what they hold; how: of ``open_logdir``.

    Raises LogdirError when there is no such folder or it cannot be read.
    """
    with open_logdir(logdir, **how) as reader:
        yield Answers(reader)


@dataclass(frozen=True)
class RunReport:
    """The series of one run that were asked for, ranked as on the page.

    unread: tags that could not be read, with the reason.
    """

    run: str
    rows: Sequence[SeriesRow]
    unread: Mapping[str, str]

    @property
    def records(self) -> list[export.Record]:
        """One record for each row."""
        return export.records_of({"run": self.run, "columns": tables.columns_of(self.rows)})


def reports_of(
    logs: Answers, listing: Mapping[str, set[str]], asked: Question, advance: Advance
) -> Iterator[RunReport]:
    """The series that are listed, by run; ``advance`` is told how far it is.

    Whole runs are measured, because a flag compares a series with the others of its run.
    """
    done, total = 0, sum(map(len, listing.values()))
    advance(done, total)
    for run, tags in listing.items():
        found = logs.run_rows(RequestContext(), "", run, asked, SPARKLINE_POINTS)
        ranked = tables.ranked_rows(found.rows)
        unread = {tag: why for tag, why in found.unread.items() if tag in tags or not tag}
        yield RunReport(run, [row for row in ranked if row.tag in tags], unread)
        advance(done := done + len(tags), total)


def listing_of(
    logs: Answers, logdir: str, run: re.Pattern[str], tag: re.Pattern[str]
) -> dict[str, set[str]]:
    """The tags in which ``tag`` is found, by those runs in whose names ``run`` is.

    Raises NotInLogdir when there are none.
    """
    listing = {name: tags for name, tags in logs.runs(RequestContext(), "").items() if tags}
    if not listing:
        raise NotInLogdir(f"There are no histograms in {logdir!r}.")
    runs = sorted(filter(run.search, listing), key=tables.natural_key)
    if not runs:
        raise NotInLogdir(f"No run with histograms in {logdir!r} matches --run {run.pattern!r}.")
    chosen = {name: set(filter(tag.search, listing[name])) for name in runs}
    if not any(chosen.values()):
        where = f"run {runs[0]!r}" if len(runs) == 1 else f"the {len(runs)} runs"
        raise NotInLogdir(f"No histogram's tag in {where} matches --tag {tag.pattern!r}.")
    return {name: tags for name, tags in chosen.items() if tags}
