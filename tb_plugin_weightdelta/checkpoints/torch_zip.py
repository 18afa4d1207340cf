"""PyTorch's checkpoints, read without PyTorch and without running what they hold."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.checkpoints.archive import Member, is_archive, members_of
from tb_plugin_weightdelta.checkpoints.named import by_name, joined
from tb_plugin_weightdelta.checkpoints.order import MOST_DIMENSIONS, Layout, is_in_c, is_trap, reach
from tb_plugin_weightdelta.checkpoints.pickled import Inert, Malformed, Name, read_pickle
from tb_plugin_weightdelta.checkpoints.stored import WIDTHS, CheckpointError, Stored
from tb_plugin_weightdelta.checkpoints.torch_names import NAMES, Other, Tensor, storage_of
from tb_plugin_weightdelta.core.errors import told

# Where training scripts keep the weights, and what else they keep.
_WEIGHTS: Final = ("state_dict", "model", "model_state_dict", "module", "model_state")
_NO_WEIGHTS: Final = ("optimizer", "optimizer_states", "optimizer_state_dict", "lr_schedulers")

_MOST_PICKLED: Final = 2**28  # bytes
_HOLDERS: Final = (dict, list, tuple, Tensor, Other)
_MOST_VALUES: Final = 2_000_000  # a list of lists of the same lists … has no end
_MOST_NESTED: Final = 50


def tensors_in(path: Path) -> tuple[list[Stored], dict[str, str]]:
    """The tensors of the model in a file of ``torch.save``, and why others are left out.

    Raises CheckpointError.
    """
    try:
        held, members = _opened(path)
        placed = ((name, _placed(path, name, each, members)) for name, each in _found(path, held))
        return by_name(path, placed)
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}.") from error
    except Malformed as error:
        raise CheckpointError(f"{path.name} cannot be read: {error}.") from error


def _opened(path: Path) -> tuple[Any, Mapping[str, Member]]:
    """What was saved, and the members of its storages by their keys."""
    _check_kind(path)
    members = members_of(path)
    pickles = [name for name in members if name.split("/")[1:] == ["data.pkl"]]
    if len(pickles) != 1:
        raise CheckpointError(f"{path.name} is no file of torch.save: it has no data.pkl.")
    root = pickles[0].removesuffix("data.pkl")
    if f"{root}constants.pkl" in members or any(
        each.startswith(f"{root}code/") for each in members
    ):
        raise CheckpointError(
            f"{path.name} is a TorchScript archive, which is not read: save its state_dict, "
            "or save it as safetensors."
        )
    if f"{root}byteorder" in members and members[f"{root}byteorder"].whole(100) != b"little":
        raise CheckpointError(
            f"{path.name} was saved on a big-endian machine, which is not read: load and save it "
            "once on another, or save it as safetensors."
        )
    pickled = members[pickles[0]].whole(_MOST_PICKLED)
    held = read_pickle(pickled, partial(_named, path), storage_of)
    data = f"{root}data/"
    return held, {n.removeprefix(data): each for n, each in members.items() if n.startswith(data)}


def _check_kind(path: Path) -> None:
    if is_archive(path):
        return
    with path.open("rb") as file:
        start = file.read(2)
    if start[:1] == b"\x80" and start[1:] <= b"\5":
        raise CheckpointError(
            f"{path.name} is a legacy PyTorch pickle (before 1.6), which is not read: load and "
            "save it once with today's torch.save, or as safetensors."
        )
    raise CheckpointError(f"{path.name} is no file of torch.save: it is no zip file.")


def _named(path: Path, module: str, name: str) -> Name:
    """What stands for a name in the pickle; nothing is imported."""
    whole = f"{module.replace('__builtin__', 'builtins')}.{name}"
    if whole in NAMES:
        return NAMES[whole]
    shown = whole if whole.isprintable() and len(whole) <= 100 else told(whole)
    raise CheckpointError(
        f"{path.name} holds {shown}, which is not read: save its state_dict alone, or as "
        "safetensors."
    )


def _found(path: Path, held: Any) -> Iterator[tuple[str, Tensor | Other]]:
    """The model's tensors by name: those under a name for them, or else all."""
    values = _Values(path)
    if isinstance(held, dict):
        for key in _WEIGHTS:
            if isinstance(held.get(key), dict) and (found := list(values.of(held[key]))):
                yield from found
                return
    yield from values.of(held, _NO_WEIGHTS)


class _Values:
    """All that mappings and lists hold, however they nest, up to a number of values."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left = _MOST_VALUES

    def of(
        self, held: Any, without: tuple[str, ...] = (), inside: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Tensor | Other]]:
        if isinstance(held, Tensor | Other):
            yield joined(self.path, inside, ".") or "tensor", held
        if not isinstance(held, dict | list | tuple):
            return
        self.left -= 1 + len(held)
        if self.left < 0 or len(inside) > _MOST_NESTED:
            raise CheckpointError(f"{self.path.name} holds more than what is read beside tensors.")
        for place, item in enumerate(held.items() if isinstance(held, dict) else held):
            key, value = item if isinstance(held, dict) else (place, item)
            if isinstance(value, _HOLDERS) and not (isinstance(key, str) and key in without):
                part = f"{place}" if isinstance(key, Inert) else f"{key}"
                yield from self.of(value, without, (*inside, part))


def _placed(
    path: Path, name: str, tensor: Tensor | Other, members: Mapping[str, Member]
) -> Stored | str:
    """Where a tensor lies, or why it is not read."""
    if isinstance(tensor, Other):
        return tensor.reason
    precision, shape, strides = tensor.precision, tensor.shape, tensor.strides
    if precision not in WIDTHS:
        return f"is stored as {precision}, which is not read"
    if len(shape) > MOST_DIMENSIONS:
        return f"has {len(shape)} dimensions, and no more than {MOST_DIMENSIONS} are read"
    member = members.get(tensor.storage.key)
    if member is None or member.packed:
        raise CheckpointError(
            f"{path.name} is not as torch.save writes it: what {told(name)} holds is "
            f"{'missing' if member is None else 'compressed'}."
        )
    width = WIDTHS[precision]
    if 0 in shape:
        return Stored(name, precision, shape, path, member.offset)
    if (tensor.first + reach(shape, strides)) * width > member.size:
        raise CheckpointError(
            f"{path.name} is damaged: {told(name)} reaches beyond what is stored of it."
        )
    offset = member.offset + tensor.first * width
    if is_in_c(shape, strides):
        return Stored(name, precision, shape, path, offset)
    if is_trap(math.prod(shape) * width, member.size):
        return "repeats a few elements more often than can be compared"
    layout = Layout(path, offset, np.dtype(f"V{width}"), shape, strides)
    return Stored(name, precision, shape, path, offset, layout.write_in_c)
