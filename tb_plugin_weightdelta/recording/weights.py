"""Which of the weights given are measured, each of them once."""

import sys
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from tb_plugin_weightdelta.core.sums import Array
from tb_plugin_weightdelta.recording.arrays import Arrays, arrays_of, unwrapped
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.options import Options

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
    """Raises TypeError for what holds no arrays; whatever else is wrong with it is told later."""
    try:
        leaves = flattened(weights).values()
    except TypeError:
        raise
    except Exception:
        return
    if not any(_is_array(leaf) or isinstance(leaf, float | list | tuple) for leaf in leaves):
        raise _no_arrays(weights)
    jax = sys.modules.get("jax")
    if jax and any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        raise TypeError("The weights are traced, and have no values yet: call log outside of jit.")


def _no_arrays(weights: Any) -> TypeError:
    return TypeError(
        f"The weights ({type(weights).__name__}) hold no array that has a name: give a dictionary "
        "of arrays, nested or not, another pytree such as state.params, or a model that holds its "
        "weights."
    )


def flattened(weights: Any) -> dict[str, Any]:
    """Weights by name, from what a framework has them in; parts of a name are joined by "/".

    weights: a mapping, nested or not; a list of Keras variables; any pytree that JAX knows, of
        Flax, Equinox, Haiku; a model of PyTorch or Keras. Of a training's whole state, as Flax'
        TrainState, ``chosen_weights`` leaves out what the optimizer keeps.

    Raises TypeError for what is no more than an array, or none.
    """
    found = by_name(("/".join(path), leaf) for path, leaf in _leaves(weights, ()))
    if "" in found:
        raise _no_arrays(weights)
    return found


def on_host(weights: Any) -> dict[str, np.ndarray]:
    """Copies of the weights by name, at least in float32; what holds no weights is left out."""
    found = {name: unwrapped(leaf) for name, leaf in flattened(weights).items()}
    return {
        name: np.array(arrays_of(array).as_numpy(array))
        for name, array in found.items()
        if arrays_of(array).refusal(array) is None
    }


Path = tuple[str, ...]


def _leaves(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """All leaves with their paths; a tree of a kind that nobody knows is one leaf."""
    children = _children(node)
    if children is not None:
        for inside, child in children:
            yield from _leaves(child, (*path, *inside))
    elif node is not None and (_is_array(node) or not callable(node)):
        yield path, node


def _children(node: Any) -> list[tuple[Path, Any]] | None:
    """What a node holds, and by what paths; None of a leaf."""
    if hasattr(node, "named_parameters"):
        return [((name,), parameter) for name, parameter in node.named_parameters()]
    if _is_keras_model(node):
        node = node.weights
    if _are_variables(node):
        return [((variable.path,), variable) for variable in node]
    if isinstance(node, Mapping):
        return [(_parts(key), value) for key, value in node.items()]
    if isinstance(node, list | tuple):
        if node and _is_plain(node):
            return None
        names = getattr(node, "_fields", range(len(node)))
        return [((str(name),), value) for name, value in zip(names, node, strict=True)]
    return None if isinstance(node, Iterator) else _of_jax(node)


def _of_jax(node: Any) -> list[tuple[Path, Any]] | None:
    """The arrays that JAX finds in a pytree; None where it is none."""
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    found, _ = jax.tree_util.tree_flatten_with_path(
        node, is_leaf=lambda each: each is not node and _is_box(each)
    )
    if [path for path, _ in found] == [()]:
        return None
    first = 1 if _is_box(node) else 0
    return [
        (tuple(part for key in path[first:] for part in _parts(_key(key))), leaf)
        for path, leaf in found
        if _is_array(leaf) or _is_box(leaf)  # a module holds functions and options, too
    ]


def _key(key: Any) -> Any:
    """`layers`, `0`, `kernel`: of each of JAX' kinds of key."""
    return next((getattr(key, kind) for kind in ("key", "name", "idx") if hasattr(key, kind)), key)


def _parts(key: Any) -> Path:
    """A key may be a path itself, as in what Flax calls a flat dictionary."""
    return tuple(map(str, key)) if isinstance(key, tuple) else (str(key),)


def _is_box(node: Any) -> bool:
    """Flax' Variable or Partitioned: an array, and what is known of it. They add no name."""
    return any(
        each.__module__.startswith("flax.") and each.__name__ in ("Variable", "AxisMetadata")
        for each in type(node).__mro__
    )


def _is_array(node: Any) -> bool:
    return hasattr(node, "shape") and hasattr(node, "dtype")


def _is_plain(node: Any) -> bool:
    """Numbers in lists, which numpy makes one array of."""
    if isinstance(node, list | tuple):
        return all(map(_is_plain, node))
    return isinstance(node, int | float | complex | str)


def _are_variables(weights: Any) -> bool:
    """A list of Keras, whose variables know their names."""
    is_list = isinstance(weights, list | tuple) and len(weights) > 0
    return is_list and all(isinstance(getattr(each, "path", None), str) for each in weights)


def _is_keras_model(weights: Any) -> bool:
    return any(each.__module__.startswith("keras.") for each in type(weights).__mro__) and (
        hasattr(weights, "weights")
    )


class Copies:
    """The last copy of each tensor, made in the memory of the one before where that is cheaper."""

    def __init__(self) -> None:
        self._spare: dict[str, Array] = {}

    def of(self, name: str, each: Chosen) -> Array:
        """A copy of a tensor as it is now; the one before is lost."""
        copy = each.arrays.keep_in(self._spare.pop(name, None), each.array)
        if each.arrays.is_spare(copy):
            self._spare[name] = copy
        return copy

    def forget(self) -> None:
        """Give the memory back."""
        self._spare.clear()


def chosen_weights(
    weights: Weights, options: Options, notices: Notices, still: Collection[str] = ()
) -> dict[str, Chosen]:
    """What is measured here; what cannot be is told, once.

    still: names of those that the optimizer does not update.
    """
    found: dict[str, Chosen] = {}
    names: dict[Hashable, str] = {}
    of_optimizer = _of_optimizer(weights)
    if of_optimizer:
        notices.mention(
            "opt_state",
            f"{len(of_optimizer)} arrays in opt_state are not recorded: an optimizer keeps them, "
            "beside the weights.",
        )
    for name, weight in weights.items():
        if name in of_optimizer or not options.chooses(name):
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


def _of_optimizer(names: Iterable[str]) -> set[str]:
    """What stands beside weights in the state of a training, as Flax' TrainState: moments."""
    paths = {name: f"/{name}/" for name in names}
    states = {name: path.partition("/opt_state/")[0] for name, path in paths.items()}
    beside = {
        path.partition(weights)[0]
        for path in paths.values()
        for weights in ("/params/", "/model/")
        if weights in path
    }
    return {name for name, at in states.items() if at != paths[name] and at in beside}


def _free(name: str, taken: set[str]) -> str:
    """The first numbered name that no other weight has, taken with it."""
    free = next(each for each in (f"{name}_{n}" for n in count(1)) if each not in taken)
    taken.add(free)
    return free
