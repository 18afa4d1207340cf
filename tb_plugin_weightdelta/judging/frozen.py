"""Which of the tensors that never moved look as if somebody had decided so, by their names.

A part that was cut off the graph looks the same: whoever says "frozen" names it, "if that was
meant".
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from tb_plugin_weightdelta.core.modules import blocks_of, layer_of, whole_modules
from tb_plugin_weightdelta.judging.roles import PEFT, Role

# What is trained where the rest is kept: adapters, and the last layer of a network.
_ADDED: Final = {
    *("lora", "adapter", "adapters", "prompt", "prefix", "save", *PEFT),
    *("head", "heads", "classifier", "classification", "score", "pooler"),
}
_WORDS: Final = re.compile(r"[a-z]+")
_FEWEST: Final = 2
# What is small beside the weights of its layer, and may not be able to leave 0 or 1 by itself.
_BESIDE_WEIGHTS: Final = {"bias", "norm"}


def chosen_to_stay(still: Mapping[str, Role], moving: Mapping[str, Role]) -> set[str]:
    """Those of the tensors that never moved of which it looks like a decision.

    That is all of them where only adapters and heads have weights that move; else whole blocks
    at one end of a network, at least two layers large or half of the network, and the layers
    beside them; never a block or a layer of which a part moved, and nothing without weights.

    still, moving: the roles of what never moved and of what did, by tag.
    """
    weights = _weights(moving)
    if not weights or len(still) < _FEWEST or not _weights(still):
        return set()
    if all(_ADDED & {*_WORDS.findall(tag.lower())} for tag in weights):
        return set(still)
    among = [*still, *moving]
    blocks = blocks_of(among)
    moving_blocks = {blocks[tag] for tag in moving}
    moving_layers = {layer_of(tag) for tag in moving}
    numbers: defaultdict[str, dict[int, bool]] = defaultdict(dict)
    for each in filter(None, blocks.values()):
        numbers[each.alike][each.number] = each not in moving_blocks
    at_one_end = {alike for alike, is_still in numbers.items() if _is_one_end(is_still)}

    def is_whole(tag: str) -> bool:
        block = blocks[tag]
        if block is None:
            return layer_of(tag) not in moving_layers
        return block not in moving_blocks and block.alike in at_one_end

    stays = set(filter(is_whole, still))
    has_weights = _weights({tag: still[tag] for tag in stays})
    return stays if has_weights and _is_much(stays, among) else set()


def _weights(roles: Mapping[str, Role]) -> list[str]:
    return [tag for tag, role in roles.items() if role not in _BESIDE_WEIGHTS]


def _is_one_end(is_still: Mapping[int, bool]) -> bool:
    """Whether the still ones of numbered blocks are the first or the last of them, in one piece."""
    in_order = [is_still[number] for number in sorted(is_still)]
    return in_order in (sorted(in_order), sorted(in_order, reverse=True))


def _is_much(stays: set[str], among: list[str]) -> bool:
    """Whether there is a block of several layers, or half of the network."""
    layers, staying = {layer_of(tag) for tag in among}, {layer_of(tag) for tag in stays}
    are_blocks = any(module.layers >= _FEWEST for module in whole_modules(stays, among))
    return are_blocks or len(staying) >= max(_FEWEST, len(layers) / 2)
