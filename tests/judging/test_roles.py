"""What a tensor is for, read from the tags that people really use."""

import pytest

from tb_plugin_weightdelta.judging.roles import ROLES, role_of

TAGS = {
    "weight": [
        "weights_conv1",
        "local1_weights",
        "softmax_weights",
        "dense/kernel",
        "dense/kernel_0/histogram",
        "weights_conv1_1/histogram_summary",
        "net.0.weight",
        "layer1/w",
        "lstm/recurrent_kernel",
        "encoder.layer.0.attention.output.dense.weight",
        "output/kernel",
        "in_proj_weight",
        "W",
    ],
    "bias": [
        "biases_conv1",
        "local1_biases",
        "net.0.bias",
        "dense/bias/histogram",
        "in_proj_bias",
        "DenseBias",
        "layer1/b",
        "output.bias",
    ],
    "norm": [
        "bn/gamma",
        "batch_normalization/beta",
        "bn1.weight",
        "layer1.0.bn2.bias",
        "norm/moving_variance",
        "bn1.running_mean",
        "LayerNorm.weight",
        "transformer.h.0.ln_1.weight",
    ],
    "embedding": ["embedding/embeddings", "token_embedding.weight", "transformer.wte.weight"],
    "gradient": ["net.0.weight.grad", "gradients/dense/kernel", "grad/conv1"],
    "activation": [
        "con1_before_relu",
        "con1_output_distribution",
        "norm1_output_distribution",
        "layer3/activations",
        "logits",
    ],
    "other": ["x", "learning_signal", "0", ""],
}


@pytest.mark.parametrize(("role", "tag"), [(role, tag) for role in TAGS for tag in TAGS[role]])
def test_role_of(role, tag):
    assert role_of(tag) == role


def test_every_role_is_shown_by_an_example():
    assert set(TAGS) == set(ROLES)
