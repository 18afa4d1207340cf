"""What a tensor is for, read from its tag.

The rules are tried in order and the first that fits wins. They look at the words
of a tag: letters between separators, digits and changes from lower to upper case,
so that ``biases_conv1``, ``net.0.bias`` and ``DenseBias`` all hold "bias(es)".
"""

import re
from typing import Final, Literal, get_args

Role = Literal["weight", "bias", "norm", "embedding", "gradient", "activation", "other"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_WEIGHT = {"weight", "weights", "kernel", "kernels", "filter", "filters"}
_BIAS = {"bias", "biases"}
_PARAMETER = _WEIGHT | _BIAS
_NORM = {
    *("norm", "bn", "ln", "gn", "lrn", "batchnorm", "layernorm", "groupnorm", "rmsnorm"),
    *("batchnormalization", "layernormalization", "normalization"),
}
_NORM_PARAMETER = {"gamma", "beta", "scale"}
_NORM_STATE = {"moving", "running"}
_EMBEDDING = {"embedding", "embeddings", "embed", "wte", "wpe"}
_GRADIENT = {"grad", "grads", "gradient", "gradients"}
_ACTIVATION = {
    *("activation", "activations", "output", "outputs", "distribution", "relu", "gelu", "tanh"),
    *("sigmoid", "softmax", "logits", "features", "hidden", "preactivation", "attention", "pool"),
}

# Words that stand for a parameter only at the end of a tag: "layer1/w".
_LAST_WEIGHT = {"w"}
_LAST_BIAS = {"b"}

ROLES: Final[tuple[Role, ...]] = get_args(Role)


def role_of(tag: str) -> Role:
    """The role of the tensor logged under ``tag``; ``other`` where the tag does not tell."""
    words = [word.lower() for word in _WORD.findall(tag.removesuffix("/histogram"))]
    found, last = set(words), set(words[-1:])
    rules: tuple[tuple[Role, bool], ...] = (
        ("gradient", bool(found & _GRADIENT)),
        ("norm", bool(found & _NORM and found & (_PARAMETER | _NORM_PARAMETER | _NORM_STATE))),
        ("norm", bool(last & _NORM_PARAMETER or found >= {"running", "mean"})),
        ("embedding", bool(found & _EMBEDDING)),
        ("bias", bool(found & _BIAS or last & _LAST_BIAS)),
        ("weight", bool(found & _WEIGHT or last & _LAST_WEIGHT)),
        ("activation", bool(found & _ACTIVATION)),
        ("norm", bool(found & _NORM)),
    )
    return next((role for role, fits in rules if fits), "other")
