"""What the command line shows: tables and a progress bar for people, JSON and CSV for programs.

In a terminal rich draws the tables, or lists where they do not fit. Anywhere else they are plain
text, one line for each series, without escapes or wrapping, so that grep, awk and a CI log can
take them. Names are shown as they are, characters that a terminal would obey written as escapes.
"""

import contextlib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from tb_plugin_weightdelta.cli.report import Advance, RunReport, across
from tb_plugin_weightdelta.core.histograms import FloatArray
from tb_plugin_weightdelta.core.text import printable
from tb_plugin_weightdelta.wording import movement_words

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_SPARKLINE_CELLS: Final = 10
_GAP: Final = "  "
_ANY_WIDTH: Final = 100_000
# What a list has above the rest.
_NAMES: Final = ("run", "tag", "tensor")
# What breaks into lines, but none shorter than this; one a table, for of two rich may cut one.
_LEAST_CELLS: Final = {"movement": 18, "sentence": 30}

# Colour underlines what the word says.
_STYLES: Final = {
    "non_finite": "bold red",
    "exploding": "bold red",
    "collapsed": "bold red",
    "unchanged": "yellow",
    "moved": "green",
    "moved_far": "green",
}


def show_summaries(summaries: Sequence[Mapping[str, Any]]) -> None:
    """Write one line for each run to standard output."""
    header = ("run", "state", "sentence")
    _show([], header, [[each[key] for key in header] for each in summaries])


def show_reports(reports: Sequence[RunReport]) -> None:
    """Write a table for each run to standard output, its headline above; then all runs in short.

    What explains the headlines of several runs is written above the first of them.
    """
    header = ("tensor", "role", "verdict", "over steps", "movement", "flags")
    explained: set[str] = set()
    shown = [report for report in reports if report.shown or not report.rows]
    for report in shown:
        answer = report.answer
        details = [each for each in answer.details if each not in explained]
        explained.update(details)
        rows = [
            (
                row.tag,
                row.role,
                row.verdict.name,
                sparkline(row.sparkline),
                movement_words(row),
                " ".join(flag.name for flag in row.flags),
            )
            for row in report.shown
        ]
        left = f"{len(rows):,} of {len(report.rows):,} tensors are shown."
        titles = [f"run {printable(report.run)}", answer.sentence, " ".join(details)]
        titles.append(left if len(rows) < len(report.rows) else "")
        _show([printable(title) for title in titles], header, rows)
        if report is not shown[-1]:
            print()
    if not shown:
        _write(["No tensor has one of these verdicts."])
    if len(reports) > 1:
        _write(["", *across(reports)])


def show_offenders(records: Sequence[Mapping[str, Any]], summary: str) -> None:
    """Write one line for each offender to standard output, and how many there are."""
    header = ("run", "tag", "verdict", "sentence")
    rows = [[record[key] for key in header] for record in records]
    if rows:
        _show([], header, rows)
    _write([summary])


def _show(titles: Sequence[str], header: Sequence[str], rows: Sequence[Any]) -> None:
    """Titles, those that are not empty, and a table; a list where a terminal is too narrow."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        written = [*filter(None, titles)]
        print("\n".join([*written, *([""] if written else []), *plain_lines([header, *cells])]))
        return
    console = _console()
    for title, style in zip(titles, ("bold", "", "dim", "dim"), strict=False):
        if title:
            console.print(Text(title, style=style))
    if cells:
        table = _drawn(header, cells)
        room = console.options.update_width(_ANY_WIDTH)  # in less rich cuts what it measures
        fits = console.measure(table, options=room).minimum <= console.width
        console.print(table if fits else Group(*_listed(header, cells)))


def _write(lines: Sequence[str]) -> None:
    for line in map(printable, lines):
        if sys.stdout.isatty():
            _console().print(Text(line))
        else:
            print(line)


def _console(**how: Any) -> Console:
    return Console(markup=False, emoji=False, highlight=False, **how)


def plain_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns are aligned with spaces."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The rows as rich's table, without columns that say nothing; only what has words breaks."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="dim")
    texts = []
    for name, cells in zip(header, zip(*rows, strict=True), strict=True):
        if not any(cells):
            continue
        least = _LEAST_CELLS.get(name)
        whole = max(map(cell_len, (name, *cells)))
        table.add_column(name, no_wrap=not least, min_width=least or whole)
        texts.append([_styled(name, cell) for cell in cells])
    for row in zip(*texts, strict=True):
        table.add_row(*row)
    return table


def _listed(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[RenderableType]:
    """Each row as its names, and below them what is said of it."""
    for row in rows:
        cells = [pair for pair in zip(header, row, strict=True) if pair[1].strip()]
        yield Text(_GAP.join(cell for name, cell in cells if name in _NAMES))
        said = Text(_GAP).join(_styled(*pair) for pair in cells if pair[0] not in _NAMES)
        yield Padding(said, (0, 0, 0, len(_GAP)))


def _styled(name: str, cell: str) -> Text:
    """A cell as written, whatever markup it looks like; verdicts in colour."""
    return Text(cell, _STYLES.get(cell, "") if name == "verdict" else "")


def sparkline(movement: FloatArray) -> str:
    """Movement over steps as blocks, the tallest the largest of this series; NaN is a blank."""
    rows = np.linspace(0, len(movement) - 1, min(len(movement), _SPARKLINE_CELLS)).round()
    shown = movement[rows.astype(np.int64)]
    largest = max((value for value in shown if math.isfinite(value)), default=0.0) or 1.0
    shares = (value / largest if math.isfinite(value) else None for value in shown)
    top = len(_BLOCKS) - 1
    return "".join(" " if share is None else _BLOCKS[round(share * top)] for share in shares)


@contextlib.contextmanager
def progress_bar(title: str, *, in_bytes: bool = False) -> Iterator[Advance]:
    """A bar on standard error while the block runs; none where that is no terminal.

    Gives a function that takes how many series, or bytes, are done, and of how many.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn() if in_bytes else MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task(printable(title), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
