"""The table of results, and the words around it."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

_PACKAGES = ("tensorboard", "tensorboard-data-server", "numpy", "scipy")


@dataclass(frozen=True)
class Row:
    """One result. ``met`` is None where there is no target."""

    what: str
    ours: str
    beside: str
    result: str
    target: str = "–"
    met: bool | None = None


def times_faster(what: str, ours: float, theirs: float, unit: str, target: float | None) -> Row:
    """A row about being faster; ``ours`` and ``theirs`` in ``unit``."""
    ratio = theirs / ours
    return Row(
        what,
        f"{ours:.3g} {unit}",
        f"{theirs:.3g} {unit}",
        f"{ratio:.1f} times faster",
        "–" if target is None else f"≥ {target:g} times faster",
        None if target is None else ratio >= target,
    )


def times_as_long(what: str, ours: float, theirs: float, unit: str, target: float) -> Row:
    """A row about taking not much longer."""
    ratio = ours / theirs
    return Row(
        what,
        f"{ours:.3g} {unit}",
        f"{theirs:.3g} {unit}",
        f"{ratio:.2f} times as long",
        f"≤ {target:g} times",
        ratio <= target,
    )


def markdown(rows: Iterable[Row], notes: Iterable[str]) -> str:
    """Everything that ``python -m checks.benchmarks`` prints."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    lines = [
        "# The last run of `python -m checks.benchmarks`",
        "",
        f"Python {platform.python_version()}, {packages}. Both sides of a row were measured",
        "in turn, in one run on one machine, medians of several rounds: read the ratios, not the",
        "seconds.",
        "",
        "| what | ours | beside | result | target | met |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
        "",
        *(f"- {note}" for note in notes),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    met = {True: "yes", False: "**no**", None: "–"}[row.met]
    cells = (row.what, row.ours, row.beside, row.result, row.target, met)
    return f"| {' | '.join(cells)} |"
