"""Everything that is said of series and runs, as approved in ``data/told.json``.

A changed word, number of digits or rule changes that file, and nothing else: other tests hold
properties of sentences.
"""

from pathlib import Path
from typing import Any

import pytest

from tb_plugin_weightdelta.answering.export import records_of
from tb_plugin_weightdelta.answering.tables import overview_row, run_table
from tb_plugin_weightdelta.cli.terminal import movement_words
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.judging.series import MeasuredSeries
from tb_plugin_weightdelta.wording.headlines import headline
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.approval import Approval
from tests.told_cases import run_cases, series_cases

DATA = Path(__file__).parent / "data"


@pytest.fixture
def approved(request) -> Approval:
    return Approval(DATA, request.config.getoption("--approve"))


def test_everything_that_is_said_is_as_approved(approved):
    approved.check(
        "told.json",
        {
            "series": {name: of_series(measured) for name, measured in series_cases().items()},
            "runs": {name: of_run(measured) for name, measured in run_cases().items()},
        },
    )


def of_series(measured: MeasuredSeries) -> dict[str, Any]:
    """The facts that a sentence rests on, and what is said."""
    facts, verdict = measured.facts, measured.verdict
    (record,) = records_of(table_of([measured]))
    return {
        "verdict": verdict.name,
        "rule": verdict.rule,
        "value": verdict.value,
        "leads": facts.leads,
        "flags": {flag.name: flag.reason for flag in measured.flags},
        "terminal": movement_words(record),
        "sentence": series_sentence(facts),
    }


def of_run(rows: list[MeasuredSeries]) -> dict[str, Any]:
    answer = headline([each.facts for each in rows])
    columns = table_of(rows)["columns"]
    flags = zip(columns["tag"], columns["evidence"], strict=True)
    return {
        "series": {each.facts.tag: each.verdict.name for each in rows},
        "flags": {tag: told["flags"] for tag, told in flags if told["flags"]},
        "sentence": answer.sentence,
        "detail": answer.detail,
    }


def table_of(rows: list[MeasuredSeries]) -> dict[str, Any]:
    return run_table("r", BaselineChoice(), [overview_row(each) for each in rows], {})
