"""What a tensor is for, read from its tag.

The rules are tried in order and the first that fits wins. They look at the words of a tag:
letters between separators, digits and changes from lower to upper case, so that
``biases_conv1``, ``net.0.bias`` and ``DenseBias`` all hold "bias(es)". Where a word stands
counts as well: ``norm.weight`` is a norm's, ``norm_mlp.fc1.weight`` is not.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal, get_args

from tb_plugin_weightdelta.core.modules import KERAS_SUFFIX

Role = Literal[
    "weight",
    "bias",
    "norm",
    "embedding",
    "lora_a",
    "lora_b",
    "statistic",
    "optimizer",
    "gradient",
    "activation",
    "other",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

# What training is there to move: answers and alarms are about these.
PARAMETERS: Final[frozenset[Role]] = frozenset(ROLES[: ROLES.index("statistic")])

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Where words of code are not English.
_ENGLISH: Final = {
    "权重": " weight ",
    "偏置": " bias ",
    "梯度": " gradient ",
    "激活": " activation ",
}
_FRAME: Final = {"histogram", "histograms", "hist", "hists", "summary", "summaries"}

# Ends of words: "FCWEIGHT", "DenseBias" and "input_layernorm" leave nothing between.
_WEIGHT: Final = ("weight", "weights", "kernel", "kernels", "filter", "filters", "codebook")
_BIAS: Final = ("bias", "biases")
_NORM: Final = ("norm", "norms", "normalization")
_PREDICTION: Final = ("pred", "preds", "predicted", "prediction", "predictions")

_SHORT_NORM: Final = {"bn", "ln", "gn", "lrn"}
_NORM_PARAMETER: Final = {"gamma", "beta", "scale", "offset"}
_EMBEDDING: Final = {"emb", "embs", "embd", "wte", "wpe"}
# Adapters whose tensors are called after their method.
PEFT: Final = {"ia", "hada", "lokr", "oft", "boft", "vera", "randlora", "adaption"}
# What is kept beside parameters and is none, whatever it is kept for.
_BUFFERS: Final = {
    *(("position", "ids"), ("type", "ids"), ("inv", "freq"), ("masked", "bias")),
    *(("position", "index"), ("fake", "quant"), ("zero", "point")),
}
_GRADIENT: Final = {"grad", "grads", "gradient", "gradients", "wgrad", "dgrad"}
_OPTIMIZER: Final = {
    *("adam", "adamw", "adamax", "nadam", "adagrad", "adadelta", "adafactor", "rmsprop"),
    *("ftrl", "sgd", "optimizer", "optim"),
}
_OPTIMIZER_PAIRS: Final = {
    *(("exp", "avg"), ("opt", "state"), ("momentum", "buffer")),
    *(("rms", "prop"), ("ada", "grad"), ("ada", "delta"), ("ada", "factor")),
}
_LAST_SLOT: Final = {"momentum", "velocity", "update", "updates"}
# Folders at the root, of a copy of every parameter: "momentum/fc1.weight". A network may well have
# a module of that name, whose tensors lie in it or behind a dot: "update/kernel", "m.fc1.weight".
_SLOTS: Final = {
    *(("momentum",), ("velocity",), ("update",), ("slots",), ("m",), ("v",)),
    *(("first", "moment"), ("second", "moment"), ("first", "moments"), ("second", "moments")),
}
_ROOT: Final = re.compile(r"[^./]+/")
_AVERAGED: Final = {"running", "moving", "ema"}
_STATISTIC: Final = {"mean", "var", "variance", "std", "average", "avg"}
_STATISTIC_PAIRS: Final = {("batch", "stats"), ("batches", "tracked")}
# Of a training, not of a network; and what switches weights off or scales them.
_OTHER: Final = {
    *("loss", "losses", "reward", "rewards", "return", "returns", "accuracy", "penalty", "decay"),
    *("rate", "lr", "schedule", "schedules", "ratio", "mask", "masks", "amax"),
}
_ATTENTION: Final = {"attn", "attention"}
_ATTENDED: Final = {"weights", "probs", "scores", "map", "maps"}
_ACTIVATION: Final = {
    *("activation", "activations", "preactivation", "preactivations", "output", "outputs"),
    *("relu", "gelu", "tanh", "sigmoid", "softmax", "logits", "features", "hidden", "attention"),
    *("distribution", "pool", "latent", "latents"),
}

# Letters that stand for tensors by custom, in the last part of a tag: W_hh, wq, b_fc1, h_conv1, X.
_LETTER_WEIGHT: Final = re.compile(r"W|w|W[qkvoxhyifczrQKVO]{1,4}|w(q|k|v|o|qkv)")
_LETTER_VALUE: Final = {"x", "y", "z", "h"}
# By the customs of derivatives: dW1, dL_dW1, db2.
_DERIVATIVE: Final = re.compile(r"(?:^|[\W_])d(?:[WL]|[Bb]\d)")


class _Name:
    """A tag as words: ``parts`` between slashes and dots, those without any left out."""

    def __init__(self, tag: str) -> None:
        text = tag.removesuffix(KERAS_SUFFIX)
        for word, english in _ENGLISH.items():
            text = text.replace(word, english)
        self.text = text
        found = (_WORD.findall(part) for part in re.split(r"[/.]", text))
        parts = ([word for word in words if word.lower() not in _FRAME] for words in found)
        written = [words for words in parts if words]
        self.parts = [[word.lower() for word in words] for words in written]
        self.words = list(itertools.chain(*self.parts))
        self.first, self.last = (self.parts[0], self.parts[-1]) if self.parts else ([], [])
        self.end = list(itertools.chain(*self.parts[-2:]))  # its module and its name
        # Where a letter may stand for a tensor, in capitals or not.
        self.letters = [*written[-1][:1], *written[-1][-1:]] if written else []

    @functools.cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Words side by side."""
        return set(itertools.pairwise(self.words))


@functools.lru_cache(maxsize=4096)  # A table asks for each of a run's twice, and again when live.
def role_of(tag: str) -> Role:
    """The role of the tensor logged under ``tag``; ``other`` where the tag does not tell."""
    name = _Name(tag)
    return next((role for role, fits in _RULES if fits(name)), "other")


def may_be_parameter(tag: str) -> bool:
    """Whether nothing in a tag of role ``other`` says that it is none."""
    return not _is_other(_Name(tag))


def _ends(words: Iterable[str], ends: tuple[str, ...]) -> bool:
    return any(word.endswith(ends) for word in words)


def _is_other(name: _Name) -> bool:
    mixes = "&" in name.text or "and" in name.last or not _BUFFERS.isdisjoint(name.pairs)
    is_norm_of = name.last[-1:] == ["norm"] and _ends(name.last[-2:-1], _WEIGHT + _BIAS)
    # A module may be called what a folder of curves is: "reward.0.weight", "masks/fc.weight".
    is_named = name.last in (["weight"], ["bias"], ["kernel"]) and not _ROOT.match(name.text)
    told = name.last[-1:] if is_named else [*name.first[-1:], *name.last[-1:]]
    return mixes or is_norm_of or not _OTHER.isdisjoint(told)


def _is_optimizer(name: _Name) -> bool:
    return (
        not _OPTIMIZER.isdisjoint(name.words)
        or not _OPTIMIZER_PAIRS.isdisjoint(name.pairs)
        or name.last[-2:] == ["beta", "power"]
        or ["updates"] in name.parts
        or not _LAST_SLOT.isdisjoint(name.last[-1:])
        or _is_in_slots(name)
    )


def _is_in_slots(name: _Name) -> bool:
    is_folder = bool(_ROOT.match(name.text)) and len(name.parts[1:]) > 1
    return is_folder and tuple(name.first) in _SLOTS


def _is_gradient(name: _Name) -> bool:
    last = re.split(r"[/.]", name.text)[-1]
    return bool(_GRADIENT & {*name.words} or _DERIVATIVE.search(last))


def _is_statistic(name: _Name) -> bool:
    averaged = any(_AVERAGED & {*part} and _STATISTIC & {*part} for part in name.parts)
    return averaged or not _STATISTIC_PAIRS.isdisjoint(name.pairs)


def _lora_side(name: _Name) -> str:
    """What follows the last "lora"; down and up are what others call A and B."""
    if not _ends(name.words, ("lora",)):
        return ""
    last = max(i for i, word in enumerate(name.words) if word.endswith("lora"))
    behind = name.words[last + 1 :]
    letter = next((word for word in behind if word in ("a", "b")), "")
    other = next((word for word in behind if word in ("down", "up")), "")
    return letter or {"down": "a", "up": "b"}.get(other, "")


def _names_norm(name: _Name) -> bool:
    return _ends(name.end, _NORM) or not _SHORT_NORM.isdisjoint(name.end)


def _is_norm(name: _Name) -> bool:
    is_parameter = _ends(name.last, (*_WEIGHT, *_BIAS)) or {*name.last} & {
        *_NORM_PARAMETER,
        "w",
        "b",
    }
    whole = len(name.last) == 1 and name.last[0] in ("gamma", "beta")
    return whole or bool(is_parameter and _names_norm(name))


def _is_value(name: _Name) -> bool:
    """What is computed, although it names weights: attention's, and W x + b."""
    attended = zip(name.last[-2:-1], name.last[-1:], strict=False)
    return "plus" in name.last or any(a in _ATTENTION and b in _ATTENDED for a, b in attended)


def _is_embedding(name: _Name) -> bool:
    if _ends(name.last, _BIAS):
        return False
    starts = any(word.startswith("embed") for word in name.end)
    is_table = ("lookup", "table") in name.pairs
    is_token = name.last[-1:] == ["token"]
    return starts or is_table or is_token or not _EMBEDDING.isdisjoint(name.end)


def _is_activation(name: _Name) -> bool:
    is_letter = len(name.parts) > 1 and name.last[0] in _LETTER_VALUE
    return (
        not _ACTIVATION.isdisjoint(name.words)
        or is_letter
        or name.last[:1] == ["h"]
        or name.last[-1:] == ["out"]
        or _ends(name.last, _PREDICTION)
    )


_RULES: Final[tuple[tuple[Role, Callable[[_Name], bool]], ...]] = (
    ("other", _is_other),
    ("optimizer", _is_optimizer),
    ("gradient", _is_gradient),
    ("statistic", _is_statistic),
    ("lora_a", lambda name: _lora_side(name) == "a"),
    ("lora_b", lambda name: _lora_side(name) == "b"),
    ("weight", lambda name: not PEFT.isdisjoint(name.end)),
    ("norm", _is_norm),
    ("activation", _is_value),
    ("bias", lambda name: _ends(name.last, _BIAS)),
    ("embedding", _is_embedding),
    ("weight", lambda name: _ends(name.last, _WEIGHT)),
    ("bias", lambda name: "b" in name.letters or _ends(name.words, _BIAS)),
    ("weight", lambda name: any(map(_LETTER_WEIGHT.fullmatch, name.letters))),
    ("weight", lambda name: _ends(name.words, _WEIGHT)),
    ("weight", lambda name: name.last[-1:] in (["param"], ["parameter"], ["proj"])),
    ("activation", _is_activation),
    ("norm", _names_norm),
)
