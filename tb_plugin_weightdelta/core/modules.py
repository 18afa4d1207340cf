"""Tensors by the modules that their names tell: ``h.0.attn.weight`` is in h, h.0 and h.0.attn."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

_PART: Final = re.compile(r"[^/.]+")
# Keras logs the histograms of X under X and this.
KERAS_SUFFIX: Final = "/histogram"
_LAST_NUMBER: Final = re.compile(r"\d+(?=\D*$)")
# Deeper parts of a name are one: names may be as long as they like.
_DEEPEST: Final = 40


@dataclass
class Module:
    """A module: ``name`` is how its tensors' names begin. ``tags`` are those of all of them."""

    name: str
    tags: list[str] = field(default_factory=list)
    inner: dict[str, "Module"] = field(default_factory=dict)

    @property
    def layers(self) -> int:
        """How many modules hold tensors of their own."""
        own = any(not module.inner for module in self.inner.values())
        return own + sum(module.layers for module in self.inner.values() if module.inner)


def _tree(tags: Iterable[str]) -> Module:
    """All tensors in their modules; the leaves are tensors."""
    root = Module("")
    for tag in tags:
        module, shown = root, tag.removesuffix(KERAS_SUFFIX)
        module.tags.append(tag)
        ends = [part.end() for part in _PART.finditer(shown)]
        for end in [*ends[: _DEEPEST - 1], *ends[_DEEPEST - 1 :][-1:]]:
            module = module.inner.setdefault(shown[:end], Module(shown[:end]))
            module.tags.append(tag)
    return root


def whole_modules(chosen: Iterable[str], among: Sequence[str]) -> list[Module]:
    """The largest modules all of whose tensors are chosen, and the other chosen tensors."""
    wanted = set(chosen)
    found: list[Module] = []
    _collect(_tree(among), wanted, found)
    return found


def _collect(module: Module, wanted: set[str], found: list[Module]) -> None:
    if wanted.isdisjoint(module.tags):
        return
    if module.name and wanted.issuperset(module.tags):
        is_one = len(module.tags) == 1
        name = module.tags[0].removesuffix(KERAS_SUFFIX) if is_one else module.name
        found.append(dataclasses.replace(module, name=name))
        return
    ending = [tag for tag in module.tags if tag.removesuffix(KERAS_SUFFIX) == module.name]
    if ending and wanted.issuperset(ending):  # a tensor and a module of one name
        found.append(Module(module.name, ending))
    for inner in module.inner.values():
        _collect(inner, wanted, found)


def layer_of(tag: str) -> str:
    """The module that a tensor is in; "" where its name tells none."""
    parts = list(_PART.finditer(tag.removesuffix(KERAS_SUFFIX)))
    return tag[: parts[-2].end()] if len(parts) > 1 else ""


@dataclass(frozen=True)
class Block:
    """One of several modules that are alike but for a number: h.3 is number 3 of those in h."""

    alike: str
    number: int


def blocks_of(tags: Sequence[str]) -> dict[str, Block | None]:
    """The outermost block that each tensor is in; None of those in none."""
    inside = {tag: list(_numbered(tag)) for tag in tags}
    numbers = defaultdict(set)
    for blocks in inside.values():
        for block in blocks:
            numbers[block.alike].add(block.number)
    return {
        tag: next((block for block in blocks if len(numbers[block.alike]) > 1), None)
        for tag, blocks in inside.items()
    }


def _numbered(tag: str) -> Iterator[Block]:
    """The modules on the way to a tensor that have a number, the outermost first."""
    layer = layer_of(tag)
    for part in _PART.finditer(layer):
        if number := _LAST_NUMBER.search(part[0]):
            alike = f"{layer[: part.start() + number.start()]}#{part[0][number.end() :]}"
            yield Block(alike, int(number[0]))
