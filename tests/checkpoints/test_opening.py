"""Which files a checkpoint is, what its tensors are called, and which step it is of."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tb_plugin_weightdelta.checkpoints import CheckpointError, compare
from tb_plugin_weightdelta.checkpoints.opening import opened, steps_of
from tests.checkpoints.safetensors_files import write

ONES = np.ones(3, np.float32)


def names(path: Path) -> set[str]:
    return set(opened(path).tensors)


def refused(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        opened(path)
    return str(caught.value)


def tags(*paths: Path, **how) -> dict[str, float]:
    """How far each tensor that was compared moved."""
    found = compare(list(paths), **how)
    return {each["tag"]: each["exact"]["mean_abs"] for each in found.records}


def write_index(folder: Path, weight_map: object, name: str = "model.safetensors") -> Path:
    path = folder / f"{name}.index.json"
    path.write_text(json.dumps({"weight_map": weight_map}))
    return path


class TestFiles:
    def test_a_folder_of_hugging_face_is_its_model(self, tmp_path):
        write(tmp_path / "model.safetensors", {"w": ONES})
        (tmp_path / "training_args.bin").write_bytes(b"settings")
        assert names(tmp_path) == {"w"}

    def test_an_index_is_of_the_files_that_it_names(self, tmp_path):
        write(tmp_path / "one.safetensors", {"a": ONES})
        write(tmp_path / "two.safetensors", {"b": ONES})
        index = write_index(tmp_path, {"a": "one.safetensors", "b": "two.safetensors"})
        assert names(index) == names(tmp_path) == {"a", "b"}

    def test_files_without_an_index_are_one_checkpoint(self, tmp_path):
        write(tmp_path / "one.safetensors", {"a": ONES})
        write(tmp_path / "two.safetensors", {"b": ONES})
        assert names(tmp_path) == {"a", "b"}

    def test_a_tensor_that_two_files_have_is_refused(self, tmp_path):
        write(tmp_path / "one.safetensors", {"a": ONES})
        write(tmp_path / "two.safetensors", {"a": ONES})
        assert refused(tmp_path) == "a is in two.safetensors and in one.safetensors."

    @pytest.mark.parametrize("name", ["../secret.safetensors", "/secret.safetensors", ".."])
    def test_an_index_names_nothing_outside_its_folder(self, tmp_path, name):
        write(tmp_path / "secret.safetensors", {"a": ONES})
        folder = tmp_path / "model"
        folder.mkdir()
        assert "which is not a file beside it" in refused(write_index(folder, {"a": name}))

    @pytest.mark.parametrize("weight_map", [None, [], {"a": 3}, "no"])
    def test_an_index_that_is_none_is_refused(self, tmp_path, weight_map):
        path = write_index(tmp_path, weight_map)
        assert refused(path) == "model.safetensors.index.json is no index of a checkpoint."

    def test_an_index_of_a_file_that_is_not_there_is_refused(self, tmp_path):
        path = write_index(tmp_path, {"a": "one.safetensors"})
        assert "names one.safetensors, which is not there" in refused(path)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("a.gguf", "GGUF holds quantised weights"),
            ("a.ckpt.index", "it is TensorFlow's"),
            ("saved_model.pb", "it is TensorFlow's SavedModel"),
            ("a.msgpack", "save the parameters with safetensors"),
            ("a.txt", "its format is none of .safetensors, .pt"),
        ],
    )
    def test_what_is_not_read_is_refused_with_what_can_be_done(self, tmp_path, name, sentence):
        (tmp_path / name).write_bytes(b"")
        assert refused(tmp_path / name).startswith(f"{name} is not read: ")
        assert sentence in refused(tmp_path / name)

    def test_a_folder_of_orbax_is_refused_by_name(self, tmp_path):
        (tmp_path / "_METADATA").write_bytes(b"")
        assert "it is Orbax'" in refused(tmp_path)

    def test_what_is_not_there_or_holds_nothing_is_told(self, tmp_path):
        assert refused(tmp_path / "no.pt") == f"There is no checkpoint {tmp_path / 'no.pt'}."
        assert "no checkpoint that is read" in refused(tmp_path)
        empty = write(tmp_path / "empty.safetensors", {})
        assert refused(empty) == f"There are no tensors in {empty}."


class TestNames:
    @pytest.mark.parametrize(
        "wrapper",
        [
            *("module.", "_orig_mod.", "base_model.model.", "module._orig_mod."),
            "_fsdp_wrapped_module.",
        ],
    )
    def test_what_wrappers_put_before_names_is_left_out(self, tmp_path, wrapper):
        plain = write(tmp_path / "a.safetensors", {"h.0.w": ONES, "h.1.w": ONES})
        wrapped = {f"{wrapper}h.0.w": ONES + 1, f"{wrapper}h.1.w": ONES}
        found = tags(plain, write(tmp_path / "b.safetensors", wrapped))
        assert found == {"h.0.w": 1, "h.1.w": 0}

    def test_names_that_are_the_same_stay_as_they_are(self, tmp_path):
        paths = [write(tmp_path / f"{n}.safetensors", {"module.w": ONES * n}) for n in (1, 2)]
        assert tags(*paths) == {"module.w": 1}

    def test_other_beginnings_can_be_given(self, tmp_path):
        one = write(tmp_path / "a.safetensors", {"gpt.h.0.w": ONES, "head": ONES})
        two = write(tmp_path / "b.safetensors", {"model.h.0.w": ONES + 2, "head": ONES})
        assert tags(one, two, prefixes={"gpt.": "model."}) == {"model.h.0.w": 2, "head": 0}

    def test_no_two_tensors_are_given_one_name(self, tmp_path):
        path = write(tmp_path / "a.safetensors", {"a.w": ONES, "b.w": ONES})
        with pytest.raises(CheckpointError, match=r"--map gives two tensors .* the name b\.w"):
            compare([path, path], prefixes={"a.": "b."})

    def test_tensors_that_share_their_memory_are_compared_once(self, tmp_path, monkeypatch):
        path = write(tmp_path / "a.safetensors", {"embed": ONES})
        checkpoint = opened(path)
        tied = {**checkpoint.tensors, "head": checkpoint.tensors["embed"]}
        monkeypatch.setattr(
            "tb_plugin_weightdelta.checkpoints.differences.opened",
            lambda _: type(checkpoint)(path, tied, {}),
        )
        found = compare([path, path])
        assert [row.tag for row in found.rows] == ["embed"]
        assert found.remarks == ["head is left out: it shares its weights with embed."]

    def test_what_cannot_be_compared_is_told_by_reason(self, tmp_path):
        first = {"w": ONES, "n": np.ones(2, np.int64), "s": ONES, "e": ONES[:0]}
        first |= {f"only.{n}": ONES for n in range(3)}
        last = {"w": ONES, "n": np.ones(2, np.int64), "s": np.ones(4, np.float32), "e": ONES[:0]}
        one, two = (
            write(tmp_path / f"{name}.safetensors", tensors)
            for name, tensors in (("a", first), ("b", last))
        )
        found = compare([one, two])
        assert [row.tag for row in found.rows] == ["w"]
        assert sorted(found.remarks) == [
            "e is left out: it is empty.",
            "n is left out: it holds int64, not weights with a point.",
            f"only.0 and 2 more are left out: each is in {one} alone.",
            f"s is left out: it has shape (3,) in {one} and (4,) in {two}.",
        ]
        assert compare([one, two], tag=re.compile("^w$")).remarks == []

    def test_nothing_to_compare_is_an_error_with_a_reason(self, tmp_path):
        one = write(tmp_path / "a.safetensors", {"w": ONES})
        two = write(tmp_path / "b.safetensors", {"v": ONES})
        with pytest.raises(CheckpointError, match=r"have no tensor to compare\. v is left out: it"):
            compare([one, two])


class TestSteps:
    @pytest.mark.parametrize(
        ("given", "steps"),
        [
            (["checkpoint-500", "checkpoint-1000"], [500, 1000]),
            (["epoch=0-step=40.ckpt", "epoch=3-step=1200.ckpt"], [40, 1200]),
            (["global_step3/m.pt", "global_step10/m.pt"], [3, 10]),
            (["epoch_1.pt", "epoch_2.pt"], [1, 2]),
            (["base.pt", "tuned.pt"], [1, 2]),
            (["checkpoint-500", "merged"], [1, 2]),
            (["checkpoint-500", "other/checkpoint-500"], [1, 2]),
            # Who names two decides which is the first.
            (["checkpoint-1000", "checkpoint-500"], [1, 2]),
        ],
    )
    def test_names_tell_the_step_or_their_order_does(self, given, steps):
        assert steps_of(list(map(Path, given)), None) == steps

    def test_a_pattern_tells_where_the_step_is(self):
        paths = [Path("a7b.pt"), Path("a12b.pt")]
        assert steps_of(paths, re.compile("a(.*)b")) == [7, 12]
        with pytest.raises(CheckpointError, match=r"--step-from finds no number in a7b\.pt"):
            steps_of(paths, re.compile("c(.*)"))

    def test_several_are_a_trajectory_in_the_order_of_their_steps(self, tmp_path):
        for step, value in ((1000, 3.0), (500, 2.0), (0, 1.0)):
            write(tmp_path / f"checkpoint-{step}/model.safetensors", {"w": ONES * value})
        found = compare([tmp_path / f"checkpoint-{step}" for step in (0, 1000, 500)])
        (row,) = found.rows
        assert (row.first_step, row.last_step, row.kept_steps) == (0, 1000, 3)
        assert row.sparkline.tolist() == [0, 1, 2]
        assert "between checkpoint 0 and checkpoint 1,000" in found.records[0]["sentence"]
