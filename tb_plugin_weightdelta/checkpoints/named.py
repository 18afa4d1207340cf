"""What each format gives back: tensors under sound names, and why others are left out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored
from tb_plugin_weightdelta.core.errors import told

_LONGEST: Final = 1000  # characters


def joined(path: Path, parts: Iterable[str], separator: str) -> str:
    """A name from where a tensor was found, no longer than a name is."""
    parts = tuple(parts)
    if sum(len(part) + 1 for part in parts) > _LONGEST:
        raise CheckpointError(f"{path.name} holds a tensor whose name is longer than any name.")
    return separator.join(parts)


def by_name(
    path: Path, found: Iterable[tuple[str, Stored | str]]
) -> tuple[list[Stored], dict[str, str]]:
    """The tensors, and by their names the reasons of those that are left out."""
    tensors: dict[str, Stored] = {}
    left_out: dict[str, str] = {}
    for name, each in found:
        if name in tensors or name in left_out:
            raise CheckpointError(f"{path.name} holds two tensors named {told(name)}.")
        if not _can_be_written(name):
            raise CheckpointError(f"{path.name} holds a tensor with the damaged name {told(name)}.")
        if isinstance(each, Stored):
            tensors[name] = each
        else:
            left_out[name] = each
    return list(tensors.values()), left_out


def _can_be_written(name: str) -> bool:
    """Whether a name is text: half a surrogate pair is not."""
    return not any("\ud800" <= each <= "\udfff" for each in name)
