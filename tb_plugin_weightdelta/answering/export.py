"""A run's table as records, one for each series, and these as JSON or CSV."""

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from tb_plugin_weightdelta.answering.tables import Table
from tb_plugin_weightdelta.core.exact import FIELDS, FIGURES, QUANTILES, ExactSeries
from tb_plugin_weightdelta.core.names import METRICS
from tb_plugin_weightdelta.core.text import unicode_text

# What is known of a series, in the order in which JSON and CSV give it.
KEYS: Final = (
    *("run", "tag", "role", "verdict", "flags", "sentence", "elements", "stored_as"),
    *("first_step", "last_step", "kept_steps", "baseline_step", "scale", "scale_kind"),
    *(name for name in METRICS if name != "speed"),
    *("estimate", "exact"),
)

# What ``exact`` holds where it is not None; in CSV a column of its own for each.
EXACT_KEYS: Final = ("step", *FIGURES, "relative_movement", "scale", "scale_kind", "leads")
# Beside them, where two checkpoints were compared.
CHECKPOINT_KEYS: Final = (
    *("non_finite", "bit_identical", "baseline_precision", "precision", "beyond_rounding"),
)
# The same of ``estimate``.
ESTIMATE_KEYS: Final = ("mean_abs", "lower", "upper", "rms", "method")
_NESTED: Final = {"estimate": ESTIMATE_KEYS, "exact": EXACT_KEYS}
_FLAT: Final = tuple(key for key in KEYS if key not in _NESTED)

# One series: a value for each key, None for what does not exist.
Record = Mapping[str, Any]

# A spreadsheet takes a cell that starts so for a formula, and runs it: also behind white space
# and what cannot be seen, in full width, and behind what it takes for the end of a cell.
_FORMULA: Final = re.compile(
    r"(^|[;\t\n\r])([\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891"
    r"\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])|^(?=[\t\n\r])"
)


def records_of(table: Table) -> list[Record]:
    """The records of a run's table, ranked as there."""
    count = len(table["columns"]["tag"])
    columns = {**table["columns"], "run": [table["run"]] * count}
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


def csv_text(records: Sequence[Record], beside: Sequence[str] = ()) -> str:
    """A header and one line for each series.

    beside: more keys of ``exact``.
    """
    nested = [(name, key) for name, keys in _NESTED.items() for key in keys]
    nested += [("exact", key) for key in beside]
    lines: list[list[Any]] = [[*_FLAT, *(f"{name}_{key}" for name, key in nested)]]
    for record in records:
        cells = [record[key] for key in _FLAT]
        cells += [(record[name] or {}).get(key) for name, key in nested]
        lines.append(list(map(_cell, cells)))
    return _csv(lines)


def recorded_steps(run: str, tag: str, exact: ExactSeries) -> Record:
    """All that was recorded of one tensor: columns of one length, by the recorder's names."""
    changes = dict(zip(QUANTILES, exact.changes.T, strict=True))
    columns = {"step": exact.steps, "wall_time": exact.wall_times, **exact.figures, **changes}
    columns["cause"] = exact.causes
    ordered = ("step", "wall_time", *FIELDS)
    return {
        "run": run,
        "tag": tag,
        **{name: [_plain(value) for value in columns[name]] for name in ordered},
    }


def steps_csv(records: Sequence[Record]) -> str:
    """A header and one line for each recorded step of each tensor."""
    columns = ("step", "wall_time", *FIELDS)
    lines: list[list[Any]] = [["run", "tag", *columns]]
    for record in records:
        named = [_cell(record["run"]), _cell(record["tag"])]
        steps = zip(*(record[name] for name in columns), strict=True)
        lines += [[*named, *map(_cell, each)] for each in steps]
    return _csv(lines)


def summary_csv(summaries: Sequence[Table]) -> str:
    """A header and one line for each run: its answer, and when what it speaks of began."""
    header = ("run", "state", "sentence", "detail")
    onset = ("what", "step", "last_good_step")
    lines = [[*header, *(f"onset_{key}" for key in onset)]]
    for each in summaries:
        began = each["onset"] or {}
        cells = [each[key] for key in header] + [began.get(key) for key in onset]
        lines.append([_cell(cell) for cell in cells])
    return _csv(lines)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    lines: list[str] = []
    # With the line ends that csv writes by itself, it quotes a carriage return in a cell, too.
    csv.writer(_Lines(lines)).writerows(rows)
    return "".join(lines)


class _Lines:
    """Takes lines as csv writes them, and ends them as programs on every system read them."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line.removesuffix("\r\n") + "\n")


def _cell(value: Any) -> Any:
    """A value for CSV: flags with spaces between, no text that is a formula.

    An apostrophe stands before each start of one.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return _FORMULA.sub(r"\1'\2", value) if isinstance(value, str) else value
