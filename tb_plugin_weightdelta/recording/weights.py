"""Which of the weights given are measured, each of them once."""

import sys
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from tb_plugin_weightdelta.recording.arrays import Arrays, arrays_of, unwrapped
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.options import Options
from tb_plugin_weightdelta.recording.sums import Array

Weights = Mapping[str, Any]


@dataclass(frozen=True)
class Chosen:
    """A tensor to measure, and how.

    still: whether nobody should update it; of such a one no copy is kept.
    """

    array: Array
    arrays: Arrays
    still: bool = False


def by_name(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Weights by their names, of which equal ones are numbered in their order."""
    pairs = list(named)
    taken = {name for name, _ in pairs}
    found: dict[str, Any] = {}
    for name, weight in pairs:
        found[_free(name, taken) if name in found else name] = weight
    return found


def check_named(weights: Any) -> None:
    """Raises TypeError for what names no arrays."""
    if hasattr(weights, "named_parameters") or _is_keras_model(weights):
        return
    if isinstance(weights, Mapping) or _are_variables(weights):
        return
    is_list = isinstance(weights, list | tuple) and _holds_arrays(weights)
    if is_list or (not _is_array(weights) and _of_jax(weights)):
        return
    raise TypeError(
        f"the weights are a {type(weights).__name__}, which names no arrays: give a dictionary "
        "of arrays, nested or not, another pytree such as state.params, or the model."
    )


def flattened(weights: Any) -> dict[str, Any]:
    """Weights by name, from what a framework has them in; parts of a name are joined by "/".

    weights: a mapping, nested or not; a list of Keras variables; any pytree that JAX knows, of
        Flax, Equinox, Haiku; a model of PyTorch or Keras.

    Raises TypeError where there is nothing in it that has a name.
    """
    check_named(weights)
    if hasattr(weights, "named_parameters"):
        return by_name(weights.named_parameters())
    if _is_keras_model(weights):
        weights = weights.weights
    if _are_variables(weights):
        return by_name((each.path, each) for each in weights)
    return by_name(("/".join(path), leaf) for path, leaf in _leaves(weights, ()))


Path = tuple[str, ...]


def _leaves(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """All leaves with their paths; a tree of a kind that nobody knows is one leaf."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(node, list | tuple) and any(map(_holds_arrays, node)):
        names = getattr(node, "_fields", range(len(node)))
        for name, value in zip(names, node, strict=True):
            yield from _leaves(value, (*path, str(name)))
    elif _is_array(node):
        yield path, node
    elif (found := _of_jax(node)) is not None:
        # Beside arrays, a module holds functions and options.
        yield from (((*path, *inside), leaf) for inside, leaf in found if _is_array(leaf))
    else:
        yield path, node


def _of_jax(node: Any) -> list[tuple[Path, Any]] | None:
    """What JAX finds in a pytree; None where it is none."""
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    found, _ = jax.tree_util.tree_flatten_with_path(node)
    if [path for path, _ in found] == [()]:
        return None
    return [(tuple(_key(key) for key in path), leaf) for path, leaf in found]


def _key(key: Any) -> str:
    """`layers`, `0`, `kernel`: of each of JAX' kinds of key."""
    for kind in ("key", "name", "idx"):
        if hasattr(key, kind):
            return str(getattr(key, kind))
    return str(key)


def _is_array(node: Any) -> bool:
    return hasattr(node, "shape") and hasattr(node, "dtype")


def _holds_arrays(node: Any) -> bool:
    if isinstance(node, list | tuple):
        return any(map(_holds_arrays, node))
    return _is_array(node) or isinstance(node, Mapping)


def _are_variables(weights: Any) -> bool:
    """A list of Keras, whose variables know their names."""
    is_list = isinstance(weights, list | tuple) and len(weights) > 0
    return is_list and all(isinstance(getattr(each, "path", None), str) for each in weights)


def _is_keras_model(weights: Any) -> bool:
    return any(each.__module__.startswith("keras.") for each in type(weights).__mro__) and (
        hasattr(weights, "weights")
    )


def chosen_weights(
    weights: Weights, options: Options, notices: Notices, still: Collection[str] = ()
) -> dict[str, Chosen]:
    """What is measured here; what cannot be is told, once.

    still: names of those that the optimizer does not update.
    """
    found: dict[str, Chosen] = {}
    names: dict[Hashable, str] = {}
    for name, weight in weights.items():
        if not options.chooses(name):
            continue
        with notices.instead_of_raising(f"choose {name}", f"{name} is not recorded"):
            array = unwrapped(weight)
            arrays = arrays_of(array)
            why = arrays.refusal(array) or ("is empty" if 0 in arrays.shape(array) else "")
            if why:
                # Counters, of steps or batches, are where weights are in every framework.
                tell = notices.mention if arrays.is_counter(array) else notices.say
                tell(f"choose {name}", f"{name} is not recorded: it {why}.")
                continue
            first = names.setdefault((arrays, arrays.identity(array)), name)
            if first != name:
                notices.mention(
                    f"choose {name}",
                    f"{name} shares its weights with {first} and is recorded as it.",
                )
                continue
            shared_out = arrays.is_shared_out(array)
            if arrays.leads() or shared_out:
                found[name] = Chosen(array, arrays, name in still and not shared_out)
    return found


def _free(name: str, taken: set[str]) -> str:
    """The first numbered name that no other weight has, taken with it."""
    free = next(each for each in (f"{name}_{n}" for n in count(1)) if each not in taken)
    taken.add(free)
    return free
