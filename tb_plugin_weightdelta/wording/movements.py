"""How far a tensor moved, in a few words."""

import math
from typing import Final

from tb_plugin_weightdelta.core.names import ScaleKind
from tb_plugin_weightdelta.judging import Extent, SeriesRow
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent, span_of

NOTHING: Final = "–"

# What a relative movement is a share of, short enough for a column.
_SHARE_OF: Final[dict[ScaleKind, str]] = {
    "std": "spread",
    "constant": "value",
    "rms": "RMS",
    "none": "",
}


def movement_words(row: SeriesRow) -> str:
    """How far the last step is from the baseline: ``>= 1.1 % of spread``; bounds if unresolved.

    The mark says that single values moved at least as far. Where exact records lead, that is how
    far they moved on average: ``5.8 % of spread, exact``; from sums it is their root mean square.
    ``>= 1.1 % of spread, about 4.8 %``: the latter is estimated.
    """
    moved = row.shown
    if moved is None:
        return NOTHING
    if math.isnan(moved.scale):
        ends = [moved.lower, moved.upper] if moved.basis == "bounds" else [moved.movement]
        return " to ".join(map(number, ends)) + _how_exactly(moved)
    if moved.basis == "bounds":
        most = _short_share(moved.upper / moved.scale, moved)
        return f"at most {most}" if row.sense == "at_most" else f"{lower_bound(moved)} to {most}"
    told = _short_share(moved.movement / moved.scale, moved)
    if row.sense == "at_least":
        about = f", about {span_of([row.about.mean_abs / moved.scale])}" if row.about else ""
        return f">= {told}{about}"
    return f"{told}{_how_exactly(moved)}"


def _how_exactly(moved: Extent) -> str:
    return {"records": ", exact", "moments": ", exact (rms)"}.get(moved.basis, "")


def lower_bound(moved: Extent) -> str:
    """The lower bound in the numbers in which the upper one is told: per cent, or times."""
    lower = moved.lower / moved.scale
    return number(lower if moved.upper >= MANY_TIMES * moved.scale else 100 * lower)


def _short_share(relative: float, moved: Extent) -> str:
    what = _SHARE_OF[moved.scale_kind]
    if relative >= MANY_TIMES:
        return f"{number(relative)} times {what}"
    return f"{percent(relative)} of {what}"
