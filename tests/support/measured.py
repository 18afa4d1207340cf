"""Series measured by themselves, and tables of a few rows."""

from collections.abc import Mapping
from typing import Any

from tb_plugin_weightdelta.answering import tables
from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.names import Measure
from tb_plugin_weightdelta.core.question import (
    DEFAULT_THRESHOLDS,
    BaselineChoice,
    Question,
    Thresholds,
)
from tb_plugin_weightdelta.judging import Series, measure_all

FIRST = BaselineChoice()


def measured(
    tag: str,
    series: HistogramSeries,
    other: HistogramSeries | None,
    choice: BaselineChoice = FIRST,
    *,
    exact: ExactSeries | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    until: int | None = None,
    points: int | None = None,
    measure: Measure = "movement",
) -> Series:
    """One series measured against a baseline from ``other``, and judged."""
    others = {} if other is None else {tag: other}
    records = {} if exact is None else {tag: exact}
    asked = Question(choice, thresholds, until)
    how = {"exact": records, "points": points, "measure": measure}
    return measure_all({tag: series}, asked, others, **how)[tag]


def table_of(
    *rows: Series, unread: Mapping[str, str] | None = None, run: str = "a", **how: Any
) -> dict[str, Any]:
    """The table of a run that has these series."""
    return tables.run_table(run, Question(), [each.row for each in rows], unread or {}, **how)


def steps_of(series: Series, choice: BaselineChoice = FIRST) -> dict[str, Any]:
    """The table of one series, step by step."""
    return tables.series_table("a", series, Question(choice), "")


def flags_of(series: Series) -> dict[str, str]:
    """The reasons of its flags, by name."""
    return {flag.name: flag.reason for flag in series.row.flags}
