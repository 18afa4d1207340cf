"""The list of runs, known without reading a single histogram or record."""

import re
from collections.abc import Mapping
from typing import Any

from tb_plugin_weightdelta.listing import Listing

Table = dict[str, Any]


def runs_table(
    version: str,
    listing: Listing,
    written: Mapping[str, int | None],
    unlisted: bool = False,
    without_files: str | None = None,
) -> Table:
    """The runs of ``listing`` that have series, in natural order of their names.

    written: the last step in each run's event files, None where it is not known.
    unlisted: whether there are event files with histograms although no run is listed.
    without_files: what cannot be told because the event files are not reached; None where they are.
    """
    runs = [
        {
            "run": run,
            "series": len(tags),
            "last_step": max(each.last_step for each in tags.values()),
            "last_written_step": written.get(run),
            "last_wall_time": max(each.last_wall_time for each in tags.values()),
        }
        for run, tags in sorted(listing.items(), key=lambda item: natural_key(item[0]))
        if tags
    ]
    return {
        "version": version,
        "reading": unlisted or any(map(_is_behind, runs)),
        "without_files": without_files,
        "runs": runs,
    }


def _is_behind(run: Table) -> bool:
    """Whether TensorBoard has not read all that was written."""
    written = run["last_written_step"]
    return written is not None and bool(written > run["last_step"])


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts ``run2`` before ``run10``."""
    parts = re.split(r"([0-9]+)", name)
    return [
        _number_key(part) if place % 2 else (1, 0, part.lower()) for place, part in enumerate(parts)
    ]


def _number_key(digits: str) -> tuple[int, int, str]:
    """Sorts by value; a name may have more digits than Python takes for a number."""
    significant = digits.lstrip("0")
    return 0, len(significant), f"{significant} {digits}"
