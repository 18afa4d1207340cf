"""Whether what is told after all that is true: as a fresh reader of the same logdir measures it."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.support.servers.tensorboard_process import TensorBoard

# What depends on which steps a loader happened to keep in between is not compared.
COMPARED: Final = (
    *("verdict", "elements", "first_step", "last_step", "baseline_step", "scale_kind"),
    *("scale", "movement", "movement_lower", "movement_upper", "resolution"),
    *("relative_movement", "median_shift", "spread_ratio", "min_shift", "max_shift"),
)
# Series that are measured together are rounded alike, and others are measured together.
_ROUNDING: Final = 1e-9


def untrue(board: TensorBoard, logdir: Path) -> list[str]:
    """What the server tells otherwise than ``weightdelta report`` does; empty when all is true."""
    command = [sys.executable, "-m", "tb_plugin_weightdelta.cli", "report", str(logdir)]
    said = subprocess.run(
        [*command, "--format=json"], check=True, capture_output=True, text=True
    ).stdout
    expected = {(record["run"], record["tag"]): record for record in json.loads(said)}
    told = {
        (record["run"], record["tag"]): record
        for run in sorted({run for run, _ in expected})
        for record in board.get("export", run=run, format="json").json()
    }
    missing = [f"{key} is told by one alone" for key in sorted(expected.keys() ^ told.keys())]
    return missing + [
        f"{key}: {column} is {told[key][column]}, and truly {expected[key][column]}"
        for key in sorted(expected.keys() & told.keys())
        for column in COMPARED
        if not _same(told[key][column], expected[key][column])
    ]


def _same(told: Any, true: Any) -> bool:
    if isinstance(told, float) and isinstance(true, (int, float)):
        return math.isclose(told, true, rel_tol=_ROUNDING, abs_tol=1e-12)
    return bool(told == true)
