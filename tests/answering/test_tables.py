"""The tables: ranking, columns that belong together, sparklines, what was left out."""

import numpy as np
import pytest

from tb_plugin_weightdelta.answering.scalars import loss_among
from tb_plugin_weightdelta.answering.tables import histogram_table
from tb_plugin_weightdelta.core.question import BaselineChoice
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tests.support.cases import CONSTANT, NORMAL, SPREAD, judged, overview
from tests.support.event_logs import tf2_rows
from tests.support.measured import measured, steps_of, table_of


def test_rows_are_in_the_order_that_fits_the_answer():
    table = overview(
        **{
            "small.weight": [NORMAL, NORMAL + 0.001],
            "new.bias": [CONSTANT * 0, SPREAD],
            "empty.weight": [np.zeros((0, 3))],
            "large.weight": [NORMAL, NORMAL + 0.05],
            "still.weight": [NORMAL, NORMAL],
            "bn.running_mean": [NORMAL, NORMAL + 1],
            "relu/activations": [NORMAL, NORMAL + 2],
            "fc.grad": [NORMAL, NORMAL],
        }
    )
    assert table["headline"]["state"] == "partly_still"
    assert table["columns"]["tag"] == [
        *("still.weight", "large.weight", "small.weight", "new.bias", "empty.weight"),
        *("bn.running_mean", "fc.grad", "relu/activations"),
    ]


def test_what_broke_comes_first_in_the_order_in_which_it_was_hit():
    later, sooner = [NORMAL, NORMAL, NORMAL * 900], [NORMAL, NORMAL * 40, NORMAL * 800]
    steady = [NORMAL + 0.04 * step for step in range(3)]
    table = overview(**{"a.weight": steady, "b.weight": later, "c.weight": sooner})
    assert table["columns"]["tag"] == ["c.weight", "b.weight", "a.weight"]
    assert table["headline"]["subject"] == {"tag": "c.weight", "step": 1}


def test_frozen_layers_come_below_what_moved():
    moved, still = [NORMAL, NORMAL + 0.01], [NORMAL, NORMAL]
    names = {f"h.{n}.{kind}.weight": still if n < 3 else moved for n in range(6) for kind in "ab"}
    table = overview(**names)
    assert table["headline"]["state"] == "moving"
    assert table["columns"]["tag"][-6:] == sorted(tag for tag in names if tag[2] in "012")
    assert table["headline"]["subject"]["tag"] == "h.3.a.weight"


def test_the_answer_speaks_of_what_stands_still_by_mistake_and_not_of_what_is_frozen():
    still, moved = [NORMAL, NORMAL], [NORMAL, NORMAL + 0.01]
    names = {f"base.layers.{n}.q_proj.weight": still for n in range(4)}
    names |= {f"base.layers.{n}.q_proj.lora_A.weight": moved for n in range(4)}
    names |= {
        f"base.layers.{n}.q_proj.lora_B.weight": [CONSTANT * 0, CONSTANT * 0 if n == 2 else SPREAD]
        for n in range(4)
    }
    headline = overview(**names)["headline"]
    assert headline["subject"]["tag"] == "base.layers.2.q_proj.lora_B.weight"
    assert headline["onset"]["order"][0]["tag"] == headline["subject"]["tag"]


_HALVES = ("q.lora_A.default.weight", "q.lora_A.other.weight")


class TestStandIn:
    ZERO = CONSTANT * 0

    def test_is_the_scale_of_the_largest_parameter_of_the_layer(self):
        table = overview(
            **{
                "fc.weight": [NORMAL, NORMAL + 0.001],
                "fc.gamma": [CONSTANT, CONSTANT + 0.001],
                "fc.bias": [self.ZERO, self.ZERO + 0.01],
                "a.lora_A.default.weight": [NORMAL, NORMAL + 0.001],
                "a.lora_B.default.weight": [self.ZERO, self.ZERO + 0.001],
                "out.bias": [self.ZERO, SPREAD],
                "bias_1": [self.ZERO, SPREAD],
                "weight_1": [NORMAL, NORMAL + 0.001],
            }
        )
        columns = table["columns"]
        told = dict(zip(columns["tag"], columns["stand_in"], strict=True))
        spread = dict(zip(columns["tag"], columns["scale"], strict=True))
        assert told["fc.weight"] is None
        assert told["fc.bias"] == {"tag": "fc.weight", "scale": spread["fc.weight"]}
        assert told["a.lora_B.default.weight"]["tag"] == "a.lora_A.default.weight"
        for alone in ("out.bias", "bias_1"):
            assert told[alone] == {"tag": None, "scale": np.abs(SPREAD).max()}
        # Behind those that have a scale; those that have no layer's last.
        assert columns["tag"][4:6] == ["fc.bias", "a.lora_B.default.weight"]
        assert set(columns["tag"][6:]) == {"out.bias", "bias_1"}

    @pytest.mark.parametrize(
        ("tag", "beside", "found"),
        [
            # The other half of the same adapter, whatever else is there and however it is written.
            ("q.lora_B.default.weight", [*_HALVES, "q.weight"], 0),
            ("q.lora_B.other.weight", [*_HALVES, "q.weight"], 1),
            ("wte.lora_embedding_A.x", ["wte.weight", "wte.lora_embedding_B.x"], 1),
            ("layers.0.lora_b", ["layers.0.lora_a", "layers.1.lora_a", "layers.weight"], 0),
            ("attn/q/lora_b/kernel", ["attn/q/kernel", "attn/q/lora_a/kernel"], 1),
            ("attn/lora_kernel_b", ["attn/lora_kernel_a", "attn/kernel"], 0),
            ("to_k_lora.up.weight", ["to_q_lora.down.weight", "to_k_lora.down.weight"], 1),
            ("q.lora_B.default.weight", ["q.lora_magnitude_vector.default.weight", "q.weight"], 1),
            # Else what it is for; never another's half, nor what only shares a parent.
            ("q.lora_B.default.weight", ["q.lora_A.other.weight", "q.weight"], 1),
            ("layers.0.lora_b", ["layers.1.lora_a", "layers.weight", "layers.1.weight"], None),
            ("lora_B", ["weight", "fc.weight"], None),
            ("model/conv1_bias", ["model/conv1_weight", "model/fc_weight"], 0),
            ("model/conv1_bias", ["model/fc_weight"], None),
            ("net/b2", ["net/W1", "net/W2", "net/W3"], 1),
            ("rnn.bias_hh_l0", ["rnn.weight_hh_l0", "rnn.weight_ih_l0"], 0),
            ("gate.correction_bias", ["gate.weight"], 0),
            ("fc.bias", ["fc.weight_g", "fc.weight_v"], 1),
            ("dense/bias/histogram", ["dense/kernel/histogram"], 0),
        ],
    )
    def test_is_never_the_scale_of_another_layer_or_adapter(self, tag, beside, found):
        """The later in a list, the larger."""
        sizes = [np.tile(NORMAL, place + 1) for place in range(len(beside))]
        names = {name: [size, size + 0.001] for name, size in zip(beside, sizes, strict=True)}
        columns = overview(**names, **{tag: [self.ZERO, SPREAD]})["columns"]
        told = columns["stand_in"][columns["tag"].index(tag)]
        assert told["tag"] == (None if found is None else beside[found])

    def test_changes_no_verdict_and_no_relative_movement(self):
        alone = overview(**{"fc.bias": [self.ZERO, SPREAD]})["columns"]
        beside = overview(**{"fc.bias": [self.ZERO, SPREAD], "fc.weight": [NORMAL, NORMAL]})[
            "columns"
        ]
        place = beside["tag"].index("fc.bias")
        assert alone["verdict"][0] == beside["verdict"][place] == "moved"
        assert np.isnan(beside["relative_movement"][place])


def test_every_column_has_one_entry_per_series():
    columns = overview(a=[NORMAL, NORMAL + 1], b=[np.zeros((0, 3))])["columns"]
    assert {name: len(column) for name, column in columns.items()} == dict.fromkeys(columns, 2)


def test_columns_hold_the_last_step_of_the_series_table():
    row = judged(NORMAL, NORMAL + 0.01, NORMAL * 1.5)
    columns = table_of(row)["columns"]
    table = steps_of(row)
    for name in ("movement", "relative_movement", "median_shift", "spread_ratio", "speed"):
        assert columns[name][0] == table[name][-1], name
    assert columns["elements"] == [4000]
    assert columns["kept_steps"] == [3]


def test_bands_of_the_series_table_are_one_list_per_basis_point():
    table = steps_of(judged(NORMAL, NORMAL + 0.01))
    assert np.shape(table["bands"]) == (9, 2)
    assert np.shape(table["delta_bands"]) == (9, 2)
    assert np.shape(table["baseline_bands"]) == (9,)


@pytest.mark.parametrize("points", [2, 3, 7])
def test_a_sparkline_keeps_the_first_and_last_step_and_few_others(points):
    values = [NORMAL + 0.001 * step for step in range(40)]
    sparkline = overview(points=points, a=values)["sparkline"]
    assert sparkline["steps"][0][0] == 0
    assert sparkline["steps"][0][-1] == 39
    assert len(sparkline["steps"][0]) == len(sparkline["values"][0]) == points


def test_counts_of_verdicts_come_most_serious_first():
    table = overview(a=[NORMAL, NORMAL + 0.05], b=[NORMAL, NORMAL * 99], c=[NORMAL, NORMAL + 0.003])
    assert list(table["counts"].items()) == [
        ("exploding", 1),
        ("moved", 1),
        ("moved_far", 1),
    ]


def test_what_was_left_out_is_named_by_tag_and_step():
    table = overview(
        unread={"broken": "the data provider cannot read it"},
        a=[NORMAL, np.array([[0.0, 1.0, -3.0]]), NORMAL],
    )
    assert table["left_out"] == [
        {"tag": "broken", "step": None, "reason": "the data provider cannot read it"},
        {"tag": "a", "step": 1, "reason": "a count is negative"},
    ]
    assert table["columns"]["flags"] == [["invalid_rows"]]


def test_a_run_without_series_is_an_empty_table():
    table = overview()
    assert table["columns"]["tag"] == []
    assert table["headline"]["detail"] == ""


def test_without_the_other_runs_series_there_is_no_movement():
    rows = [tf2_rows(NORMAL)] * 2
    series = histogram_series([0, 1], [0.0, 1.0], rows)
    choice = BaselineChoice.parse("run:b")
    table = steps_of(measured("x/kernel", series, None, choice), choice)
    assert np.isnan(table["movement"]).all()
    assert table["baseline_run"] is None
    at_1 = series.at(np.array([1]))
    assert histogram_table("a", "x/kernel", choice, at_1, None)["baseline"] is None


def test_buckets_are_given_without_padding():
    rows = [
        np.array([[0.0, 2.0, 3.0]]),
        np.array([[0.0, 1.0, 1.0], [1.0, 2.0, 0.0], [2.0, 3.0, 2.0]]),
    ]
    series = histogram_series([0, 1], [0.0, 1.0], rows)
    first, last = series.at(np.array([0])), series.at(np.array([1]))
    table = histogram_table("a", "x", BaselineChoice(), last, first)
    assert table["edges"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert table["counts"].tolist() == [1.0, 0.0, 2.0]
    assert table["baseline"]["edges"].tolist() == [0.0, 2.0]
    assert table["baseline"]["counts"].tolist() == [3.0]


def test_of_very_many_left_out_histograms_the_rest_is_counted():
    values, unread = [NORMAL, *[np.zeros((0, 3))] * 9], {"x": "it is gone"}
    told = overview(unread=unread, how={"most_left_out": 3}, a=values)["left_out"]
    assert [(out["tag"], out["step"]) for out in told] == [
        ("x", None),
        ("a", 1),
        ("a", 2),
        ("", None),
    ]
    assert told[-1]["reason"] == "7 more are not listed"


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["accuracy", "eval/loss", "train/learning_rate", "train/loss"], "train/loss"),
        (["loss/policy", "loss", "grad_norm"], "loss"),
        (["acc", "val_loss"], "val_loss"),
        # By what writes them: PyTorch's guide, Lightning, Trainer, Keras, fastai.
        (["Accuracy/test", "Accuracy/train", "Loss/test", "Loss/train"], "Loss/train"),
        (
            ["epoch", "lr-Adam", "train_loss_epoch", "train_loss_step", "val_loss"],
            "train_loss_step",
        ),
        (["eval/loss", "train/grad_norm", "train/loss", "train/train_loss"], "train/loss"),
        (["batch_loss", "epoch_loss", "epoch_val_loss"], "epoch_loss"),
        (["epoch_loss", "evaluation_loss_vs_iterations"], "epoch_loss"),
        (["lr_0", "train_loss", "valid_loss"], "train_loss"),
        # GANs, detection, reinforcement, large models.
        (["D/lr", "D_loss", "D_reg_loss", "G_loss"], "D_loss"),
        (["Loss/D/loss", "Loss/G/loss", "Loss/scores/real"], "Loss/D/loss"),
        (["Loss/box_loss", "Loss/total_loss", "val/total_loss"], "Loss/total_loss"),
        (["losses/entropy", "losses/value_loss"], "losses/value_loss"),
        (["aux_loss", "lm-loss", "lm-loss validation", "loss-scale"], "lm-loss"),
        (["aux_loss", "grad_scaler/loss_scale", "loss_scale", "train/lm_loss"], "train/lm_loss"),
        (["aux_loss", "loss_scale"], "aux_loss"),
        (["train/nll", "train/perplexity", "val/loss"], "train/nll"),
        # Words count whole, however they are parted.
        (["interval_loss", "val_loss"], "interval_loss"),
        (["contest/loss", "test/loss"], "contest/loss"),
        (["devloss", "trainloss"], "trainloss"),
        (["evaluateLoss", "trainingLoss"], "trainingLoss"),
        (["Validation Loss", "Training Loss"], "Training Loss"),
        (["best.loss", "my.loss"], "my.loss"),
        (["a", "gloss", "lossless"], "a"),
        (["lr", "reward", "val_reward"], "lr"),
        (["b/val", "c"], "b/val"),
        ([], None),
    ],
)
def test_the_loss_of_the_training_is_told_by_the_words_of_names(tags, chosen):
    assert loss_among(tags) == chosen
