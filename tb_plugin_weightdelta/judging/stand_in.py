"""What the movement of a tensor that started at 0 is set against: a scale from beside it.

For judging/row alone: it is about names, which tensors are of one layer or of one adapter.
"""

import re
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.core.modules import KERAS_SUFFIX, layer_of
from tb_plugin_weightdelta.judging.roles import Role

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# They say of which kind a tensor is, not in which layer.
_KINDS: Final = {
    *("weight", "weights", "kernel", "kernels", "filter", "filters", "w", "bias", "biases", "b"),
    *("gamma", "beta", "scale", "offset"),
}
_LORA: Final = re.compile(r"(?:lora|Lora|LORA)(?![a-z])")
# Which half of an adapter a tensor is; the letters first.
_SIDES: Final = tuple(
    re.compile(rf"(?<![a-z])(?:{side})(?![a-z])", re.IGNORECASE) for side in ("a|b", "down|up")
)


@dataclass(frozen=True)
class StandIn:
    """What the movement of a tensor that started at 0 is set against, where it has no scale.

    tag: whose scale that is; None for its own largest absolute value so far.
    """

    tag: str | None
    scale: float


class Scales:
    """The scales of a run's parameters, to be found by those beside them that have none."""

    def __init__(self) -> None:
        self._of_halves: dict[str, StandIn] = {}
        self._of_names: dict[tuple[str, str], StandIn] = {}
        self._of_layers: dict[str, StandIn] = {}

    def add(self, tag: str, role: Role, scale: float) -> None:
        """One more, of a tensor at least as large as those before."""
        found, (layer, name) = StandIn(tag, scale), _place(tag)
        if role in ("lora_a", "lora_b"):
            self._of_halves[_adapter(tag)[1]] = found
        elif layer:
            self._of_names[layer, name] = self._of_layers[layer] = found

    def beside(self, tag: str, role: Role) -> StandIn | None:
        """The one of an adapter's other half, or of the largest parameter of the same layer."""
        if role in ("lora_a", "lora_b"):
            module, half = _adapter(tag)
            return self._of_halves.get(half) or self._of_layers.get(module)
        layer, name = _place(tag)
        if not name:
            return self._of_layers.get(layer)
        return self._of_names.get((layer, name)) or self._of_names.get((layer, ""))


def _place(tag: str) -> tuple[str, str]:
    """The module of a tensor, and what tells its layer from others there.

    "model/conv1_bias" is not in the layer of "model/fc_weight".
    """
    last = re.split(r"[/.]", tag.removesuffix(KERAS_SUFFIX))[-1]
    words = [word.lower() for word in _WORD.findall(last)]
    return layer_of(tag), " ".join(word for word in words if word not in _KINDS)


def _adapter(tag: str) -> tuple[str, str]:
    """The module that an adapter is for, and the tag without what tells one half from the other."""
    text = tag.removesuffix(KERAS_SUFFIX)
    end = max((found.end() for found in _LORA.finditer(text)), default=0)
    module, behind = text[: max(0, end - len("lora"))].rstrip("/._-"), text[end:]
    side = next((side for side in _SIDES if side.search(behind)), _SIDES[0])
    return module, text[:end] + side.sub("", behind, count=1)
