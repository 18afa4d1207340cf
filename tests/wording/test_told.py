"""Everything that is said of series and runs, as approved in ``data/told.json``.

A changed word, number of digits or rule changes that file, and nothing else: other tests hold
properties of sentences.
"""

from typing import Any

import pytest

from tb_plugin_weightdelta.judging import Series, answer_of
from tb_plugin_weightdelta.wording.headlines import headline
from tb_plugin_weightdelta.wording.movements import movement_words
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.approval import Approval
from tests.support.measured import flags_of, table_of
from tests.support.places import DATA
from tests.support.told_cases import run_cases, series_cases


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


def of_series(measured: Series) -> dict[str, Any]:
    """The facts that a sentence rests on, and what is said."""
    row, verdict = measured.row, measured.row.verdict
    return {
        "verdict": verdict.name,
        "rule": verdict.rule,
        "value": verdict.value,
        "unit": verdict.unit,
        "basis": row.shown and row.shown.basis,
        "flags": flags_of(measured),
        "terminal": movement_words(row),
        "sentence": series_sentence(row),
    }


def of_run(rows: list[Series]) -> dict[str, Any]:
    answer = headline(answer_of([each.row for each in rows]))
    columns = table_of(*rows)["columns"]
    flags = zip(columns["tag"], columns["evidence"], strict=True)
    return {
        "series": {each.row.tag: each.row.verdict.name for each in rows},
        "flags": {tag: told["flags"] for tag, told in flags if told["flags"]},
        "state": answer.state,
        "onset": {
            each.tag: [each.what, each.step, each.last_good_step] for each in answer.answer.onsets
        },
        "sentence": answer.sentence,
        "detail": answer.detail,
    }
