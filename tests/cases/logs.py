"""Logs as people really write them, small: each stands for a kind, with its right answer."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.support.event_logs import START, EventLog, legacy_proto

_RNG = np.random.default_rng(12)
WEIGHT = _RNG.normal(0, 0.05, 400)
ZEROS = np.zeros(16)
ONES = np.ones(16)
SPREAD = np.linspace(-1, 1, 16)


@contextmanager
def _log(folder: Path, **how: float) -> Iterator[EventLog]:
    with EventLog(folder, **how) as log:
        yield log


def _moved(values: np.ndarray, part: float) -> np.ndarray:
    return values + 0.05 * part


def epoch_as_step(folder: Path) -> None:
    """05: a histogram at every batch, with the epoch as its step."""
    with _log(folder) as log:
        for epoch in range(4):
            for batch in range(5):
                log.values("fc1.weight", epoch, _moved(WEIGHT, epoch + batch / 5))
                log.values("fc1.bias", epoch, 0.01 * (epoch + batch / 5 + 0.2) * SPREAD)


def step_is_missing(folder: Path) -> None:
    """06: add_histogram without a step."""
    with _log(folder) as log:
        for batch in range(6):
            log.values("fc1.weight", 0, _moved(WEIGHT, batch))
            log.values("fc1.bias", 0, 0.01 * batch * SPREAD)


def gradients_vanish(folder: Path) -> None:
    """17: weights and gradients of a training that converges."""
    with _log(folder) as log:
        for step in range(6):
            log.values("fc1.weight", step, _moved(WEIGHT, step / 5))
            log.values("fc1.weight.grad", step, WEIGHT * 0.3**step)
            log.values("rollout/rewards", step, SPREAD * 3**step)


def after_the_first_epoch(folder: Path) -> None:
    """20, 27: step 0 is the state after the first epoch; the file was begun an epoch before."""
    with _log(folder, opened=START - 1) as log:
        for step in range(5):
            log.values("d1/kernel/histogram", step, _moved(WEIGHT, 0.1 * step))
            log.values("bn/gamma/histogram", step, ONES + 0.05 * (step + 1) * SPREAD)
            log.values("bn/moving_mean/histogram", step, 0.3 * (step + 1) * SPREAD)


def pretrained(folder: Path) -> None:
    """A pretrained model logged before training: the file was begun at once."""
    with _log(folder) as log:
        for step in range(5):
            log.values("d1.weight", step, _moved(WEIGHT, 0.1 * step))
            log.values("norm.weight", step, ONES + 0.3 * SPREAD + 0.01 * step)


def slow_first_step(folder: Path) -> None:
    """The demo's question: initial weights, long after the file was begun."""
    with _log(folder, opened=START - 1) as log:
        for step in range(5):
            log.values("d1.weight", step, _moved(WEIGHT, 0.1 * step))
            log.values("norm.weight", step, ONES + 0.01 * step * SPREAD)


def logged_once(folder: Path) -> None:
    """28: everything is logged once."""
    with _log(folder) as log:
        log.values("fc1.weight", 0, WEIGHT)
        log.values("fc1.bias", 0, ZEROS)


def linked_run(folder: Path) -> None:
    """30: a run that is a link to elsewhere, longer than what the loaders keep."""
    elsewhere = folder.parent.parent / "elsewhere" / folder.name
    with _log(elsewhere) as log:
        for step in range(600):
            log.values("fc1.weight", step, _moved(WEIGHT[:20], step / 600))
    folder.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(elsewhere, folder)


def biases_not_comparable(folder: Path) -> None:
    """32: biases that are NaN from the first step on, or logged once, beside weights that move."""
    with _log(folder) as log:
        for step in range(4):
            log.values("layer1/weights", step, _moved(WEIGHT, 0.1 * step))
            if step == 0:
                log.values("layer1/biases", step, ZEROS)
                log.values("layer2/biases", step, ZEROS)


def nan_from_the_start(folder: Path) -> None:
    """32, 34: one tensor is NaN from the first histogram on."""
    with _log(folder) as log:
        for step in range(4):
            log.values("out/kernel", step, _moved(WEIGHT, 0.1 * step))
            log.rows("hidden/kernel", step, [[np.nan, np.nan, 400.0]])


def nan_at_step_3(folder: Path) -> None:
    """34: NaN from the third epoch on."""
    with _log(folder) as log:
        for step in range(6):
            log.values("out/kernel", step, _moved(WEIGHT, 0.1 * step))
            if step < 3:
                log.values("hidden/kernel", step, _moved(WEIGHT, 0.1 * step))
            else:
                log.rows("hidden/kernel", step, [[np.nan, np.nan, 400.0]])


def frozen_backbone(folder: Path) -> None:
    """The first blocks are frozen on purpose."""
    with _log(folder) as log:
        for step in range(4):
            for block in range(4):
                part = 0.0 if block < 2 else 0.1 * step
                for name in ("attn.weight", "mlp.weight"):
                    log.values(f"transformer.h.{block}.{name}", step, _moved(WEIGHT, part))


def _adapters(folder: Path, modules: Iterable[str], b: np.ndarray) -> None:
    """A frozen base with LoRA pairs, whose B go to 3 b."""
    with _log(folder) as log:
        for step in range(4):
            for module in modules:
                log.values(f"{module}.base_layer.weight", step, WEIGHT)
                log.values(f"{module}.lora_A.default.weight", step, _moved(WEIGHT, 0.02 * step))
                log.values(f"{module}.lora_B.default.weight", step, step * b)


_ATTENTION = [f"base_model.model.layers.0.self_attn.{layer}" for layer in ("q_proj", "v_proj")]
_LAYERS = [f"base_model.model.model.layers.{layer}.self_attn.q_proj" for layer in range(4)]


def lora(folder: Path) -> None:
    """All but the adapters is frozen."""
    _adapters(folder, _ATTENTION, 0.01 * SPREAD)


def lora_does_nothing(folder: Path) -> None:
    """Its B are still 0."""
    with _log(folder) as log:
        for step in range(4):
            log.values("q_proj.lora_A.weight", step, _moved(WEIGHT, 0.02 * step))
            log.values("q_proj.lora_B.weight", step, ZEROS)


def lora_beside_its_base(folder: Path) -> None:
    """The base is frozen, as it should be, and the B have not left 0."""
    _adapters(folder, _LAYERS, ZEROS)


def lora_trains(folder: Path) -> None:
    """The same where it trains: the names of what is frozen are too long to be said."""
    _adapters(folder, _LAYERS, 0.01 * SPREAD)


def flat_parameters(folder: Path) -> None:
    """FSDP's, of which no name tells what they are."""
    with _log(folder) as log:
        for step in range(4):
            for layer in range(3):
                name = f"_fsdp_wrapped_module.layers.{layer}._fsdp_wrapped_module._flat_param"
                log.values(name, step, _moved(WEIGHT, 0.02 * step))


def of_no_role(folder: Path) -> None:
    """Nothing says that these are parameters, so no floor under single values is told."""
    with _log(folder) as log:
        for step in range(4):
            log.values("layer_one", step, _moved(WEIGHT, 0.02 * step))
            log.values("layer_two", step, _moved(WEIGHT, 0.04 * step))


def norms_at_one(folder: Path) -> None:
    """Three norms stay at exactly 1, as in low precision."""
    with _log(folder) as log:
        for step in range(4):
            for layer in range(3):
                log.values(f"h.{layer}.attn.weight", step, _moved(WEIGHT, 0.1 * step))
                log.values(f"h.{layer}.norm.weight", step, ONES)


def stray_norms(folder: Path) -> None:
    """The first blocks are frozen on purpose; that the norms of the others stay at 1 is not."""
    with _log(folder) as log:
        for step in range(4):
            for layer in range(4):
                part = 0.0 if layer < 2 else 0.1 * step
                for name in ("attn.weight", "mlp.weight"):
                    log.values(f"h.{layer}.{name}", step, _moved(WEIGHT, part))
                log.values(f"h.{layer}.norm.weight", step, ONES)


def one_kind_is_dead(folder: Path) -> None:
    """In every block, which nobody freezes."""
    with _log(folder) as log:
        for step in range(4):
            for layer in range(3):
                log.values(f"blocks.{layer}.attn.weight", step, _moved(WEIGHT, 0.1 * step))
                log.values(f"blocks.{layer}.mlp.weight", step, WEIGHT)


def still_beside_unknown(folder: Path) -> None:
    with _log(folder) as log:
        for step in range(4):
            for layer in range(2 if step else 5):
                log.values(f"fc{layer}.weight", step, WEIGHT)


def hidden_beside_seen(folder: Path) -> None:
    """The buckets of one hide how far it moved: an outlier makes them wide."""
    wide = np.append(WEIGHT, 1e4)
    with _log(folder) as log:
        for step in range(4):
            for layer in range(3):
                log.values(f"fc{layer}.weight", step, _moved(WEIGHT, 0.1 * step))
            log.values("fc3.weight", step, wide + 1e-3 * step)


def back_beside_moved(folder: Path) -> None:
    """One is where it began, and nothing is known of how far it went."""
    with _log(folder) as log:
        for step in range(4):
            log.values("fc0.weight", step, _moved(WEIGHT, 0.1 * step))
            log.values("fc1.weight", step, _moved(WEIGHT, 0.1 * (step == 1)))


def broke_in_turn(folder: Path) -> None:
    """Two are NaN by step 3, four by step 4, and their names are too long to be told."""
    name = "text_model.encoder.layers.{}.self_attention_with_rotary.query_projection.weight"
    with _log(folder) as log:
        for step in range(6):
            log.values("frozen.0.weight", step, WEIGHT)
            log.values("frozen.1.weight", step, WEIGHT)
            for layer in range(6):
                if step > 3 - (layer in (1, 4)) and layer not in (0, 3):
                    log.rows(name.format(layer), step, [[np.nan, np.nan, 400.0]])
                else:
                    log.values(name.format(layer), step, _moved(WEIGHT, 0.1 * step))


def late_and_nan(folder: Path) -> None:
    """A head that is there from step 2 on, and NaN at once."""
    with _log(folder) as log:
        for step in range(4):
            log.values("body.weight", step, _moved(WEIGHT, 0.1 * step))
            if step >= 2:
                log.rows("head.weight", step, [[np.nan, np.nan, 400.0]])


def other_adapters(folder: Path) -> None:
    """PEFT's, called after their method: they are what trains."""
    with _log(folder) as log:
        for step in range(4):
            for layer in range(3):
                name = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
                log.values(f"{name}.base_layer.weight", step, WEIGHT)
                log.values(f"{name}.ia3_l.default", step, ONES + 0.01 * step * SPREAD)


def learned_prompt(folder: Path) -> None:
    """Frozen blocks, and what trains has a name of its own. Rewards are no parameter."""
    with _log(folder) as log:
        for step in range(4):
            for block in range(2):
                log.values(f"visual.blocks.{block}.attn.weight", step, WEIGHT)
                log.values(f"visual.blocks.{block}.mlp.weight", step, WEIGHT)
            log.values("prompt_learner.ctx", step, _moved(WEIGHT, 0.1 * step))


def still_while_rewards_grow(folder: Path) -> None:
    with _log(folder) as log:
        for step in range(4):
            log.values("policy.weight", step, WEIGHT)
            log.values("rollout/rewards", step, (1 + step) * WEIGHT)


def exploded_before_it_was_nan(folder: Path) -> None:
    """What came first is the cause."""
    with _log(folder) as log:
        for step in range(10):
            log.values("fc1.weight", step, WEIGHT * 4.0 ** max(0, step - 2))
            if step < 7:
                log.values("fc0.weight", step, _moved(WEIGHT, 0.1 * step))
            else:
                log.rows("fc0.weight", step, [[np.nan, np.nan, 400.0]])


def nan_in_many(folder: Path) -> None:
    with _log(folder) as log:
        for step in range(0, 120_000, 10_000):
            for layer in range(12):
                for name in ("weight", "bias"):
                    tag = f"encoder.layers.{layer}.output_projection.{name}"
                    if step >= 100_000 + 10_000 * (layer % 2):
                        log.rows(tag, step, [[np.nan, np.nan, 400.0]])
                    else:
                        log.values(tag, step, _moved(WEIGHT, step / 1e6))


def head_swapped(folder: Path) -> None:
    """For one of another size: no value of it is the same."""
    with _log(folder) as log:
        for step in range(6):
            log.values("body.weight", step, _moved(WEIGHT, 0.1 * step))
            values = WEIGHT[:100] if step < 3 else 3 * WEIGHT
            log.values("head.weight", step, _moved(values, 0.1 * step))


def buffers_beside(folder: Path) -> None:
    """A state_dict has what is no parameter, and never moves."""
    with _log(folder) as log:
        for step in range(4):
            log.values("h.0.attn.c_attn.weight", step, _moved(WEIGHT, 0.1 * step))
            log.values("h.0.attn.masked_bias", step, np.full(4, -1e4))
            log.values("layers.0.rotary_emb.inv_freq", step, np.geomspace(1e-4, 1, 32))
            log.values("embeddings.position_ids", step, np.arange(32.0))


def moments_beside(folder: Path) -> None:
    """What an optimizer keeps, in folders of its own, shrinks as it should."""
    with _log(folder) as log:
        for step in range(4):
            log.values("fc1.weight", step, _moved(WEIGHT, 0.1 * step))
            for kept in ("momentum", "update", "second_moment"):
                log.values(f"{kept}/fc1.weight", step, WEIGHT * 0.1**step)


def optimizer_beside(folder: Path) -> None:
    """params, updates and opt_state under one roof: the answer is about the params."""
    with _log(folder) as log:
        for step in range(4):
            log.values("params/Dense_0/kernel", step, _moved(WEIGHT, 0.1 * step))
            log.values("updates/Dense_0/kernel", step, WEIGHT * 0.1**step)
            log.values("opt_state/0/mu/Dense_0/kernel", step, ZEROS)


def nothing_moved(folder: Path) -> None:
    with _log(folder) as log:
        for step in range(4):
            log.values("fc1.weight", step, WEIGHT)
            log.values("fc1.bias", step, ZEROS)


def long_and_frozen(folder: Path) -> None:
    """S1: more steps than the loaders keep, of which Python's drops the empty first bucket."""
    with _log(folder) as log:
        for step in range(520):
            log.legacy("frozen.weight", step, legacy_proto(WEIGHT))
            log.legacy("fc1.weight", step, legacy_proto(_moved(WEIGHT, step / 520)))


def barely_moved(folder: Path) -> None:
    """Its bounds prove it."""
    with _log(folder) as log:
        for step in range(4):
            log.legacy("fc1.bias", step, legacy_proto(0.1 + 0.0001 * step * SPREAD))


# What each is to be answered with: state, sentence, and the flags of its tensors.
CASES: dict[Callable[[Path], None], tuple[str, str, set[str]]] = {
    epoch_as_step: (
        "moving",
        "The only weight and the only bias moved, the weight by at least 302 % of its spread.",
        {"shared_tag"},
    ),
    step_is_missing: (
        "unknown",
        "Nothing to compare yet: the only weight and the only bias have one step only.",
        {"shared_tag"},
    ),
    gradients_vanish: ("moving", "The only weight moved by at least 101 % of its spread.", set()),
    after_the_first_epoch: (
        "moving",
        "Both tensors moved since first logged, the weight by at least 40 % of its spread.",
        {"baseline_trained"},
    ),
    pretrained: (
        "moving",
        "Both tensors moved since first logged, the weight by at least 40 % of its spread.",
        {"baseline_trained"},
    ),
    slow_first_step: (
        "moving",
        "The only weight and the only norm moved, the weight by at least 40 % of its spread.",
        set(),
    ),
    logged_once: (
        "unknown",
        "Nothing to compare yet: the only weight and the only bias have one step only.",
        set(),
    ),
    linked_run: ("moving", "The only weight moved by at least 105 % of its spread.", set()),
    biases_not_comparable: (
        "moving",
        "1 of 3 tensors moved by at least 30 % of its spread; 2 cannot be compared.",
        {"ended_early"},
    ),
    nan_from_the_start: (
        "broke",
        "This run broke from its first step on: NaN or Inf in hidden/kernel.",
        {"invalid_rows"},
    ),
    nan_at_step_3: (
        "broke",
        "This run broke by step 3: NaN or Inf in hidden/kernel.",
        {"invalid_rows", "ended_early"},
    ),
    frozen_backbone: (
        "moving",
        "All 4 weights that train moved (h.0 and h.1 are frozen, if that was meant).",
        set(),
    ),
    lora: (
        "moving",
        "Both LoRA A and both LoRA B that train moved (the other 2 are frozen, if that was meant).",
        set(),
    ),
    lora_does_nothing: (
        "partly_still",
        "The only LoRA B is still 0: there the adapter does nothing yet.",
        set(),
    ),
    lora_beside_its_base: (
        "partly_still",
        "All 4 LoRA B are still 0: there the adapter does nothing yet.",
        set(),
    ),
    lora_trains: (
        "moving",
        "All 4 LoRA A and 4 LoRA B that train moved (the other 4 are frozen, if that was meant).",
        set(),
    ),
    flat_parameters: (
        "moving",
        "All 3 weights moved by at least 6.0 % of their spread.",
        set(),
    ),
    of_no_role: ("moving", "Both tensors moved by 6.0 to 12 % of their spread.", set()),
    norms_at_one: (
        "partly_still",
        "3 of 6 tensors never moved: h.0.norm.weight to h.2.norm.weight (exactly 1).",
        set(),
    ),
    stray_norms: (
        "partly_still",
        "2 of 12 tensors never moved: h.2.norm.weight and h.3.norm.weight (exactly 1).",
        set(),
    ),
    one_kind_is_dead: (
        "partly_still",
        "3 of 6 weights never moved: blocks.0.mlp.weight to blocks.2.mlp.weight.",
        set(),
    ),
    still_beside_unknown: (
        "still",
        "Nothing moved: 2 of 5 weights are the same at every kept step; 3 cannot be compared.",
        {"ended_early"},
    ),
    hidden_beside_seen: (
        "moving",
        "All 4 weights moved, 3 of them by at least 30 % of their spread.",
        set(),
    ),
    back_beside_moved: (
        "moving",
        "Both weights moved, one of them by at least 30 % of its spread.",
        set(),
    ),
    broke_in_turn: (
        "broke",
        "This run broke by step 3: NaN or Inf in 4 of 8 weights by step 4.",
        {"invalid_rows", "ended_early"},
    ),
    late_and_nan: (
        "broke",
        "This run broke by step 2: NaN or Inf in head.weight.",
        {"invalid_rows"},
    ),
    other_adapters: (
        "moving",
        "3 of 6 weights moved by 1.6 % of their value (the other 3 are frozen, if that was meant).",
        set(),
    ),
    learned_prompt: (
        "moving",
        "1 of 5 tensors moved by 30 % of its spread (visual is frozen, if that was meant).",
        set(),
    ),
    still_while_rewards_grow: (
        "still",
        "Nothing moved: the only weight is the same at every kept step.",
        set(),
    ),
    exploded_before_it_was_nan: (
        "broke",
        "This run broke by step 4: 1 of 2 weights exploded; NaN or Inf in 1, first in fc1.weight.",
        {"invalid_rows", "ended_early"},
    ),
    nan_in_many: (
        "broke",
        "This run broke by step 100,000: NaN or Inf in all 24 tensors by step 110,000.",
        {"invalid_rows"},
    ),
    head_swapped: (
        "moving",
        "Both weights moved, one of them by at least 50 % of its spread.",
        {"resized"},
    ),
    buffers_beside: ("moving", "The only weight moved by at least 30 % of its spread.", set()),
    moments_beside: ("moving", "The only weight moved by at least 30 % of its spread.", set()),
    optimizer_beside: ("moving", "The only weight moved by at least 30 % of its spread.", set()),
    long_and_frozen: ("partly_still", "1 of 2 weights never moved: frozen.weight.", set()),
    nothing_moved: (
        "still",
        "Nothing moved: the only weight and the only bias are the same at every kept step.",
        set(),
    ),
    barely_moved: ("barely", "The only bias barely moved, by at most 0.18 % of its value.", set()),
}
