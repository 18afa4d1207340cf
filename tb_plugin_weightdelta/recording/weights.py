"""Which of the weights given are measured, each of them once."""

from collections.abc import Hashable, Iterable, Mapping
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
    """A tensor to measure, and how."""

    array: Array
    arrays: Arrays


def by_name(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Weights by their names, of which equal ones are numbered in their order."""
    pairs = list(named)
    taken = {name for name, _ in pairs}
    found: dict[str, Any] = {}
    for name, weight in pairs:
        found[_free(name, taken) if name in found else name] = weight
    return found


def chosen_weights(weights: Weights, options: Options, notices: Notices) -> dict[str, Chosen]:
    """What is measured here; what cannot be is told, once."""
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
                notices.say(f"choose {name}", f"{name} is not recorded: it {why}.")
                continue
            first = names.setdefault((arrays, arrays.identity(array)), name)
            if first != name:
                notices.say(
                    f"choose {name}",
                    f"{name} shares its weights with {first} and is recorded as it.",
                )
            elif arrays.leads() or arrays.is_shared_out(array):
                found[name] = Chosen(array, arrays)
    return found


def _free(name: str, taken: set[str]) -> str:
    """The first numbered name that no other weight has, taken with it."""
    free = next(each for each in (f"{name}_{n}" for n in count(1)) if each not in taken)
    taken.add(free)
    return free
