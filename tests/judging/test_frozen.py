"""What never moved and looks decided, by the names of what did and did not."""

import pytest

from tb_plugin_weightdelta.judging.frozen import chosen_to_stay
from tb_plugin_weightdelta.judging.roles import role_of


def llama(layers, kinds=("self_attn.q_proj", "mlp.up_proj", "input_layernorm")) -> set[str]:
    return {f"model.layers.{layer}.{kind}.weight" for layer in layers for kind in kinds}


NORMS = llama((2, 3), ["input_layernorm"])
HEAD = {"lm_head.weight", "model.norm.weight"}
SEQUENTIAL = {f"net.{place}.{kind}" for place in (0, 3, 6) for kind in ("weight", "bias")}
ITS_NORMS = {f"net.{place}.{kind}" for place in (1, 4, 7) for kind in ("weight", "bias")}
DENSE = {f"fc{layer}.{kind}" for layer in (4, 5, 6) for kind in ("weight", "bias")}
FIRST = {f"fc{layer}.{kind}" for layer in (1, 2, 3) for kind in ("weight", "bias")}
RESNET = {f"layer{stage}.0.conv1.weight" for stage in (1, 2, 3)}
STEM = {"conv1.weight", "bn1.weight", "bn1.bias"}

# What never moved, what did, and what of the former looks decided.
CASES = {
    "the first blocks": (llama((0, 1)), llama((2, 3)), llama((0, 1))),
    "the last blocks": (llama((2, 3)), llama((0, 1)), llama((2, 3))),
    "what lies before them as well": (
        llama((0, 1)) | {"model.embed_tokens.weight"},
        llama((2, 3)) | HEAD,
        llama((0, 1)) | {"model.embed_tokens.weight"},
    ),
    "one module of two": (
        {"encoder.a.weight", "encoder.b.weight"},
        {"decoder.a.weight", "decoder.b.weight"},
        {"encoder.a.weight", "encoder.b.weight"},
    ),
    "all but the last layer": (
        RESNET | STEM,
        {"fc.weight", "fc.bias"},
        RESNET | STEM,
    ),
    "the first stages": (
        STEM | {"layer1.0.conv1.weight", "layer1.0.conv2.weight"},
        {"layer2.0.conv1.weight", "layer3.0.conv1.weight", "fc.weight"},
        STEM | {"layer1.0.conv1.weight", "layer1.0.conv2.weight"},
    ),
    "half of the layers, the first": (FIRST, DENSE, FIRST),
    "all but a head": (
        llama((0, 1)),
        {"classifier.weight", "classifier.bias"},
        llama((0, 1)),
    ),
    "all but a head and the biases": (
        {"h.0.weight", "h.1.weight"},
        {"h.0.bias", "h.1.bias", "classifier.weight"},
        {"h.0.weight", "h.1.weight"},
    ),
    "stray norms beside the first blocks": (
        llama((0, 1)) | NORMS,
        llama((2, 3)) - NORMS,
        llama((0, 1)),
    ),
    "a dead layer beside the first blocks": (
        llama((0, 1)) | {"model.layers.3.mlp.up_proj.weight"},
        llama((2, 3)) - {"model.layers.3.mlp.up_proj.weight"},
        llama((0, 1)),
    ),
    "one kind of layer in every block": (
        {f"blocks.{block}.mlp.{layer}.weight" for block in range(4) for layer in ("a", "b")},
        {f"blocks.{block}.attn.weight" for block in range(4)},
        set(),
    ),
    "one expert of a block": (
        {f"h.1.experts.0.w{place}.weight" for place in (1, 2)},
        {f"h.1.experts.1.w{place}.weight" for place in (1, 2)} | {"h.0.mlp.weight"},
        set(),
    ),
    "blocks in between": (llama((1, 2)), llama((0, 3)), set()),
    "norms that no name tells, every third layer": (ITS_NORMS, SEQUENTIAL, set()),
    "norms alone": (NORMS, llama((0, 1)), set()),
    "biases under a root of their own": (
        {f"biases/net.{place}.bias" for place in (0, 2, 4)},
        {f"weights/net.{place}.weight" for place in (0, 2, 4)},
        set(),
    ),
    "weights whose biases move": (
        {f"weights/net.{place}.weight" for place in (0, 2, 4)},
        {f"biases/net.{place}.bias" for place in (0, 2, 4)},
        set(),
    ),
    "norms and one layer": (
        STEM | {f"layer{stage}.0.bn1.weight" for stage in (1, 2, 3)},
        RESNET | {"fc.weight"},
        set(),
    ),
    "one tensor": ({"embed_tokens.weight"}, llama((0, 1)), set()),
    "everything": (llama((0, 1)), set(), set()),
}


@pytest.mark.parametrize(("still", "moving", "chosen"), CASES.values(), ids=CASES)
def test_what_looks_decided(still, moving, chosen):
    roles = ({tag: role_of(tag) for tag in tags} for tags in (still, moving))
    assert chosen_to_stay(*roles) == chosen
