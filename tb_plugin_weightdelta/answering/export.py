"""A run's table as records, one for each series, and these as JSON or CSV."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from tb_plugin_weightdelta.answering.tables import Table
from tb_plugin_weightdelta.core.exact import FIGURES
from tb_plugin_weightdelta.core.text import unicode_text

# What is known of a series, in the order in which JSON and CSV give it.
KEYS: Final = (
    *("run", "tag", "role", "verdict", "flags", "sentence", "elements"),
    *("first_step", "last_step", "kept_steps", "baseline_step", "scale", "scale_kind"),
    *("movement", "movement_lower", "movement_upper", "resolution", "relative_movement"),
    *("median_shift", "spread_ratio", "min_shift", "max_shift", "shape_change"),
    *("implied_drift", "exact"),
)

# What ``exact`` holds where it is not None; in CSV a column of its own for each.
EXACT_KEYS: Final = ("step", *FIGURES, "relative_movement", "scale", "scale_kind", "leads")
_FLAT: Final = tuple(key for key in KEYS if key != "exact")

# One series: a value for each key, None for what does not exist.
Record = Mapping[str, Any]

# A spreadsheet takes a cell that starts so for a formula, and runs it: also behind white space
# and what cannot be seen, in full width, and behind what it takes for the end of a cell.
_FORMULA: Final = re.compile(
    r"(^|[;\t\n\r])([\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])|^(?=[\t\n\r])"
)
_QUOTED: Final = re.compile(r'[",;\t\n\r]')


def records_of(table: Table) -> list[Record]:
    """The records of a run's table, ranked as there."""
    columns = table["columns"]
    count = len(columns["tag"])
    columns = {**columns, "run": [table["run"]] * count}
    return [{key: _plain(columns[key][place]) for key in KEYS} for place in range(count)]


def _plain(value: Any) -> Any:
    """A value of a table as Python's own; what does not exist is None."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, str):
        return unicode_text(value)
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def json_text(records: Sequence[Record]) -> str:
    """A list of one object for each series."""
    return orjson.dumps(records).decode() + "\n"


def csv_text(records: Sequence[Record]) -> str:
    """A header and one line for each series."""
    lines = [",".join([*_FLAT, *(f"exact_{key}" for key in EXACT_KEYS)])]
    for record in records:
        exact = record["exact"] or {}
        cells = [record[key] for key in _FLAT] + [exact.get(key) for key in EXACT_KEYS]
        lines.append(",".join(map(_cell, cells)))
    return "".join(f"{line}\n" for line in lines)


def _cell(value: Any) -> str:
    """A value for CSV: flags with spaces between, nothing for None, no text that is a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return _text_cell(value) if isinstance(value, str) else repr(value)


def _text_cell(text: str) -> str:
    """Text as it is, quoted where it must be; an apostrophe before each start of a formula."""
    guarded = _FORMULA.sub(r"\1'\2", text)
    return '"{}"'.format(guarded.replace('"', '""')) if _QUOTED.search(guarded) else guarded
