"""Which tensors of a run ``report`` shows, and in which order: in the words of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from tb_plugin_weightdelta.answering import tables
from tb_plugin_weightdelta.core.errors import BadParameter
from tb_plugin_weightdelta.core.question import whole_number
from tb_plugin_weightdelta.judging import LADDER, SeriesRow

_MOST_ROWS: Final = 1_000_000


def _by_movement(row: SeriesRow) -> tuple[int, float]:
    """The largest first: of what has a scale, then of what started at 0; then the rest."""
    if (shown := row.shown) is None:
        return 2, 0.0
    has_scale = shown.scale_kind != "none"
    return (0, -shown.relative) if has_scale else (1, -shown.movement)


_KEYS: Final[dict[str, Callable[[SeriesRow], Any]]] = {
    "answer": lambda row: 0,  # they come in that order
    "tag": lambda row: tables.natural_key(row.tag),
    "role": lambda row: row.role_rank,
    "verdict": lambda row: LADDER.index(row.verdict.name),
    "movement": _by_movement,
}


@dataclass(frozen=True)
class Choice:
    """The tensors with one of the verdicts, by a column of the page's table, the first of them.

    verdicts: None for all. limit: 0 for all.
    """

    sort: str = "answer"
    verdicts: Sequence[str] | None = None
    limit: int = 0

    @classmethod
    def parse(cls, sort: str | None, verdict: str | None, limit: str | None) -> Self:
        """What ``--sort``, ``--verdict`` and ``--limit`` say; raises BadParameter."""
        if sort is not None and sort not in _KEYS:
            raise BadParameter(f"--sort names {sort!r}, which is none of {', '.join(_KEYS)}.")
        given = {} if limit is None else {"--limit": limit}
        return cls(
            sort=sort or "answer",
            verdicts=None if verdict is None else verdicts_in(verdict, "--verdict"),
            limit=whole_number(given, "--limit", 0, 1, _MOST_ROWS),
        )

    def of(self, rows: Sequence[SeriesRow]) -> list[SeriesRow]:
        """Those of the rows of a run that are shown."""
        wanted = self.verdicts
        chosen = [row for row in rows if wanted is None or row.verdict.name in wanted]
        return sorted(chosen, key=_KEYS[self.sort])[: self.limit or None]


def verdicts_in(text: str, option: str) -> list[str]:
    """The verdicts that an option names; raises BadParameter for one that is none."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in LADDER:
            raise BadParameter(
                f"{option} names {name!r}, which is no verdict; verdicts are {', '.join(LADDER)}."
            )
    return list(dict.fromkeys(names))
