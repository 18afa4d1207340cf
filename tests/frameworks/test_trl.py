"""TRL's Trainers, which inherit Hugging Face's: the same callback is right in them."""

import random

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from tb_plugin_weightdelta.recording.transformers import WeightDeltaCallback
from tests.frameworks import two_trainers
from tests.frameworks.two_trainers import Saved
from tests.support.records import assert_truth, records

torch.set_num_threads(1)

pytestmark = two_trainers.THEIR_WARNINGS

WORDS = ["red", "green", "blue", "sky", "grass", "sun"]
NUMBERS = {word: number for number, word in enumerate(["<pad>", "<eos>", *WORDS])}


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel(NUMBERS, unk_token="<eos>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "<pad>", "eos_token": "<eos>"}
    return PreTrainedTokenizerFast(tokenizer_object=words, **special)


def network() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    sizes = {"vocab_size": len(NUMBERS), "n_positions": 16, "n_embd": 8, "n_layer": 1, "n_head": 2}
    special = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    return GPT2LMHeadModel(GPT2Config(**sizes, **special))


def variety(completions, **_) -> list[float]:
    return [float(len(set(each.split()))) for each in completions]


KINDS = {
    "SFT": (SFTTrainer, SFTConfig, ["text"], {}, {}),
    "DPO": (DPOTrainer, DPOConfig, ["prompt", "chosen", "rejected"], {}, {"ref_model": network()}),
    "GRPO": (
        *(GRPOTrainer, GRPOConfig, ["prompt"]),
        {"num_generations": 4, "max_completion_length": 4},
        {"reward_funcs": variety},
    ),
}


def train(folder, kind, **more) -> Saved:
    """Six steps, recorded every other into ``folder/run``."""
    trainer, config, columns, told, own = KINDS[kind]
    draw, truth = random.Random(0), Saved()
    texts = {name: [" ".join(draw.choices(WORDS, k=5)) for _ in range(16)] for name in columns}
    arguments = config(
        str(folder / "out"),
        **{"max_steps": 6, "logging_steps": 2, "per_device_train_batch_size": 4, "use_cpu": True},
        **{"learning_rate": 1e-2, "report_to": "none", "save_strategy": "no", "bf16": False},
        **{"disable_tqdm": True},
        **told,
    )
    trainer(
        network(),
        args=arguments,
        train_dataset=Dataset.from_dict(texts),
        processing_class=tokenizer(),
        callbacks=[WeightDeltaCallback(folder / "run"), truth],
        **own,
        **more,
    ).train()
    return truth


@pytest.mark.parametrize("kind", KINDS)
def test_figures_agree_with_saved_weights(tmp_path, said, kind):
    truth = train(tmp_path, kind)
    assert_truth(tmp_path / "run", truth.states, range(0, 7, 2))
    assert max(each[6]["max_abs"] for each in records(tmp_path / "run").values()) > 0
    assert said() == []


def test_of_adapters_that_trl_makes_the_base_stands_still(tmp_path, said):
    adapters = LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)
    train(tmp_path, "SFT", peft_config=adapters)
    moved = {name: series[6]["max_abs"] > 0 for name, series in records(tmp_path / "run").items()}
    assert moved == {name: "lora_" in name for name in moved}
    assert any(moved.values())
    assert said() == []
