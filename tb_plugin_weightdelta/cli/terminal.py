"""What the command line shows: tables and a progress bar for people, JSON and CSV for programs.

In a terminal rich draws the tables. Anywhere else they are plain text, one line for each
series, without escapes or wrapping, so that grep, awk and a CI log can take them. Names
are shown as they are, characters that a terminal would obey written as escapes.
"""

import contextlib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tb_plugin_weightdelta.cli.report import Advance, RunReport
from tb_plugin_weightdelta.core.histograms import FloatArray
from tb_plugin_weightdelta.core.text import printable
from tb_plugin_weightdelta.wording import movement_words

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_SPARKLINE_CELLS: Final = 10
_GAP: Final = "  "
# A terminal too narrow for a table breaks cells into lines, but none shorter than this.
_LEAST_CELLS: Final = {"run": 16, "tag": 20, "tensor": 20, "flags": 12, "sentence": 30}

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
    """Write a table for each run to standard output, its headline above."""
    header = ("tensor", "role", "verdict", "over steps", "movement", "flags")
    for place, report in enumerate(reports):
        answer = report.answer
        titles = [f"run {printable(report.run)}", answer.sentence, answer.detail]
        rows = [
            (
                row.tag,
                row.role,
                row.verdict.name,
                sparkline(row.sparkline),
                movement_words(row),
                " ".join(flag.name for flag in row.flags),
            )
            for row in report.rows
        ]
        if place:
            print()
        _show([printable(title) for title in titles if title], header, rows)


def show_offenders(records: Sequence[Mapping[str, Any]], summary: str) -> None:
    """Write one line for each offender to standard output, and how many there are."""
    header = ("run", "tag", "verdict", "sentence")
    rows = [[record[key] for key in header] for record in records]
    if rows:
        _show([], header, rows)
    print(summary)


def _show(titles: Sequence[str], header: Sequence[str], rows: Sequence[Any]) -> None:
    cells = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        text = [*titles, *([""] if titles else []), *plain_lines([header, *cells])]
        print("\n".join(text))
        return
    console = Console(markup=False, emoji=False, highlight=False)
    for title, style in zip(titles, ("bold", "", "dim"), strict=False):
        console.print(Text(title, style=style))
    if cells:
        console.print(_drawn(header, cells))


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
    """The rows as rich's table, without columns that say nothing."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="dim")
    texts = []
    for name, cells in zip(header, zip(*rows, strict=True), strict=True):
        if not any(cells):
            continue
        is_short = name in ("role", "verdict", "over steps")
        table.add_column(name, overflow="fold", no_wrap=is_short, min_width=_LEAST_CELLS.get(name))
        # Cells as written, whatever markup they look like; verdicts in colour.
        styles = _STYLES if name == "verdict" else {}
        texts.append([Text(cell, styles.get(cell, "")) for cell in cells])
    for row in zip(*texts, strict=True):
        table.add_row(*row)
    return table


def sparkline(movement: FloatArray) -> str:
    """Movement over steps as blocks, the tallest the largest of this series; NaN is a blank."""
    rows = np.linspace(0, len(movement) - 1, min(len(movement), _SPARKLINE_CELLS)).round()
    shown = movement[rows.astype(np.int64)]
    largest = max((value for value in shown if math.isfinite(value)), default=0.0) or 1.0
    shares = (value / largest if math.isfinite(value) else None for value in shown)
    top = len(_BLOCKS) - 1
    return "".join(" " if share is None else _BLOCKS[round(share * top)] for share in shares)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Advance]:
    """A bar on standard error while the block runs; none where that is no terminal.

    Gives a function that takes how many series are done, and of how many.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(printable(title), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
