"""How many tensors of which kind, in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tb_plugin_weightdelta.judging import SeriesRow
from tb_plugin_weightdelta.wording.names import listed

NOUNS: Final[dict[str, tuple[str, str]]] = {
    "weight": ("weight", "weights"),
    "bias": ("bias", "biases"),
    "norm": ("norm", "norms"),
    "embedding": ("embedding", "embeddings"),
    "lora_a": ("LoRA A", "LoRA A"),
    "lora_b": ("LoRA B", "LoRA B"),
    "statistic": ("statistic", "statistics"),
    "optimizer": ("tensor of an optimizer", "tensors of an optimizer"),
    "gradient": ("gradient", "gradients"),
    "activation": ("activation", "activations"),
    "other": ("tensor", "tensors"),
}
# How many kinds are named one by one.
_FEW_KINDS: Final = 2
# From here on there is a number.
_MANY: Final = 3


def count(number: int, role: str) -> str:
    """So many of one kind: "8 weights"."""
    return f"{number:,} {NOUNS[role][number != 1]}"


def kinds(rows: Sequence[SeriesRow]) -> str:
    """So many of each kind, "8 weights and 8 biases"; of many kinds so many tensors."""
    counts = Counter[str](row.role for row in rows)
    if len(counts) > _FEW_KINDS:
        return count(len(rows), "other")
    return listed([count(counts[role], role) for role in _in_order(counts)])


def all_of(rows: Sequence[SeriesRow], *, capital: bool = True) -> str:
    """All of them: "All 8 weights and 8 biases", "Both norms", "The only bias"."""
    counts = Counter[str](row.role for row in rows)
    text = f"all {kinds(rows)}"
    if len(counts) <= _FEW_KINDS and min(counts.values()) < _MANY:
        text = listed([_whole(counts[role], role) for role in _in_order(counts)])
    return text[0].upper() + text[1:] if capital else text


def _whole(number: int, role: str) -> str:
    few = {1: f"the only {NOUNS[role][0]}", 2: f"both {NOUNS[role][1]}"}
    return few.get(number) or f"all {count(number, role)}"


def _in_order(roles: Iterable[str]) -> list[str]:
    return [role for role in NOUNS if role in set(roles)]


def trained(rows: Sequence[SeriesRow]) -> str:
    """All of those that are not frozen."""
    if len(rows) == 1:
        return f"The only {noun(rows)} that trains"
    return f"{all_of(rows)} that train"


def noun(rows: Sequence[SeriesRow], *, plural: bool = False) -> str:
    """What they are, where they are of one kind; else tensors."""
    roles = {row.role for row in rows}
    return NOUNS[roles.pop() if len(roles) == 1 else "other"][plural]


def part(rows: Sequence[SeriesRow], among: Sequence[SeriesRow], *, capital: bool = False) -> str:
    """How many of the tensors: "26 of 148 tensors", "all 3 weights"."""
    if len(rows) == len(among):
        return all_of(rows, capital=capital)
    return part_of_tensors(rows, among)


def part_of_tensors(rows: Sequence[SeriesRow], among: Sequence[SeriesRow]) -> str:
    """The same in the fewest words: "All 16 tensors"."""
    if len(rows) == len(among):
        few = {1: f"The only {noun(rows)}", 2: "Both tensors"}
        return few.get(len(rows)) or f"All {count(len(rows), 'other')}"
    return f"{len(rows):,} of {len(among):,} {noun(among, plural=True)}"
