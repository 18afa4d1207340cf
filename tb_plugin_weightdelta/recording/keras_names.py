"""Keras' layers by the names that a fresh process gives them.

Keras numbers what it names itself in one process: a cell that runs again has ``dense_2`` where
it had ``dense``, and no tensor in common with its first run.
"""

import re
from typing import Any

try:
    from keras.src.backend.common import global_state
except ImportError:  # a version that counts elsewhere: its names stay
    global_state = None

from tb_plugin_weightdelta.recording.guard import Notices


class LayerNames:
    """Numbers what Keras named from 0 on, and keeps to it; names that were given stay."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}
        self._first: dict[str, int] = {}  # of each kind, the lowest number

    def see(self, model: Any, notices: Notices) -> None:
        """Take note of a model's layers; those that are known keep their new names."""
        shown = {part for variable in model.weights for part in variable.path.split("/")[:-1]}
        # Layers without weights have taken numbers, too.
        names = shown | {layer.name for layer in model._flatten_layers()}
        kinds: dict[str, dict[str, int]] = {}
        made = _made_by_keras()
        for name in sorted(names - self._new.keys()):
            kind, number = _numbered(name)
            if number < made.get(kind, 0):
                kinds.setdefault(kind, {})[name] = number
        for kind, numbers in kinds.items():
            first = self._first.setdefault(kind, min(numbers.values()))
            new = {
                name: f"{kind}_{number - first}" if number > first else kind
                for name, number in numbers.items()
                if number >= first
            }
            if (names - numbers.keys()).isdisjoint(new.values()):
                self._new |= new
        changed = [
            f"{old} is recorded as {new}"
            for old, new in self._new.items()
            if old != new and old in shown
        ]
        if changed:
            notices.mention("names", f"As in a fresh process, {', '.join(changed)}.")

    def path(self, variable: Any) -> str:
        """The path of a variable, by these names."""
        *layers, last = variable.path.split("/")
        return "/".join([*(self._new.get(layer, layer) for layer in layers), last])


def _numbered(name: str) -> tuple[str, int]:
    """`dense_2` is the third of its kind."""
    found = re.fullmatch(r"(.+)_([1-9]\d*)", name)
    return (found[1], int(found[2])) if found else (name, 0)


def _made_by_keras() -> dict[str, int]:
    """How many names of a kind Keras has made in this process: others were given."""
    if global_state is None:
        return {}
    return dict(global_state.get_global_attribute("object_name_uids") or {})
