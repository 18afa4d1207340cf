"""Records as CSV: text that any spreadsheet would run as a formula is not one."""

import csv
import io
import json
import unicodedata

import pytest

from tb_plugin_weightdelta.answering.export import (
    ESTIMATE_KEYS,
    EXACT_KEYS,
    KEYS,
    csv_text,
    json_text,
    records_of,
    summary_csv,
)
from tests.support.cases import NORMAL, overview
from tests.support.places import DATA

CELLS = json.loads((DATA / "spreadsheet_cells.json").read_text())


def csv_of(**texts: str) -> str:
    (record,) = records_of(overview(tag=[NORMAL, NORMAL + 1]))
    return csv_text([{**record, **texts}])


@pytest.mark.parametrize(("text", "cell"), CELLS)
def test_text_is_a_cell_and_never_a_formula_as_on_the_page(text, cell):
    line = csv_of(run=text).split("\n", 1)[1]
    assert line.startswith(f"{cell},tag,")


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a\nb", "a\rb", "a\r\nb", "a;b", "a\tb", '"', ",,"])
def test_what_separates_cells_stays_in_its_cell(text):
    (row,) = csv.DictReader(io.StringIO(csv_of(tag=text), newline=""))
    assert row["tag"] == text
    assert row["role"] == "other"
    assert len(row) == len(KEYS) - 2 + len(ESTIMATE_KEYS) + len(EXACT_KEYS)


def test_a_name_that_is_no_unicode_is_told_with_replacement_characters():
    table = {**overview(a=[NORMAL, NORMAL + 1]), "run": "x\udcff"}
    records = records_of(table)
    assert json.loads(json_text(records))[0]["run"] == "x\ufffd"
    assert "x\ufffd," in csv_text(records)
    csv_text(records).encode()


def test_a_formula_behind_anything_that_cannot_be_seen_is_none():
    unseen = (chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) == "Cf")
    assert [f"{ord(char):x}" for char in unseen if not guarded(f"{char}=1")] == []


def guarded(cell: str) -> bool:
    (_, line) = summary_csv(
        [{"run": cell, "state": "", "sentence": "", "detail": "", "onset": None}]
    ).splitlines()[:2]
    return line.startswith(f"'{cell}")
