"""``weightdelta diff``: what it prints, and the exit codes that CI can stand on."""

import csv
import io
import json
import re

import numpy as np
import pytest

from tb_plugin_weightdelta.cli import main
from tests.checkpoints.safetensors_files import write
from tests.support.places import ROOT

DOCS = (ROOT / "docs" / "checkpoints.md").read_text()


@pytest.fixture
def checkpoints(tmp_path):
    """Of a model whose backbone stands still."""
    rng = np.random.default_rng(0)
    first = {
        "backbone.weight": rng.normal(size=(4, 5)).astype(np.float32),
        "head.weight": rng.normal(size=50).astype(np.float32),
    }
    last = {**first, "head.weight": first["head.weight"] + np.float32(0.5)}
    for folder in ("base", "tuned/checkpoint-500"):
        write(tmp_path / folder / "model.safetensors", last if "tuned" in folder else first)
    write(tmp_path / "base.safetensors", first)
    write(tmp_path / "tuned.safetensors", last)
    return str(tmp_path / "base.safetensors"), str(tmp_path / "tuned.safetensors")


def test_a_table_says_which_weights_changed_and_by_how_much(checkpoints, capsys):
    assert main(["diff", *checkpoints]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"run {checkpoints[0]} .. {checkpoints[1]}\n1 of 2 weights never moved")
    assert "head.weight      weight  moved_far" in out
    assert "backbone.weight  weight  unchanged" in out


def test_json_has_an_object_for_each_tensor_with_the_keys_of_report(checkpoints, capsys):
    assert main(["diff", *checkpoints, "--format", "json"]) == 0
    backbone, head = json.loads(capsys.readouterr().out)
    assert (head["tag"], head["exact"]["mean_abs"]) == ("head.weight", pytest.approx(0.5, rel=1e-6))
    assert head["exact"]["bit_identical"] is False
    assert (backbone["verdict"], backbone["exact"]["bit_identical"]) == ("unchanged", True)
    assert list(head)[:4] == ["run", "tag", "role", "verdict"]


def test_csv_has_what_only_checkpoints_tell_as_columns(checkpoints, capsys):
    assert main(["diff", *checkpoints, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["exact_bit_identical"] for row in rows] == ["true", "false"]
    assert {row["exact_precision"] for row in rows} == {"float32"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--frozen", "^backbone"], 0),
        (["--frozen", "head"], 1),
        (["--fail-on", "unchanged"], 1),
        (["--fail-on", "non_finite"], 0),
        (["--fail-on", "unchanged", "--tag", "head"], 0),
    ],
)
def test_the_exit_code_tells_whether_it_is_as_it_should_be(checkpoints, capsys, arguments, code):
    assert main(["diff", *checkpoints, *arguments]) == code
    assert ("tensors failed" in capsys.readouterr().out) == bool(code)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["only-one.pt"], "One checkpoint is compared with nothing: name a second."),
        (["a.pt", "b.pt"], "There is no checkpoint a.pt."),
        (["a.pt", "b.pt", "--map", "x"], "--map is 'x': it must be FROM=TO"),
        (["a.pt", "b.pt", "--tag", "("], "--tag '(' is no regular expression"),
        (["a.pt", "b.pt", "--fail-on", "x"], "--fail-on names 'x', which is no verdict"),
    ],
)
def test_a_bad_call_ends_with_2_and_one_sentence(capsys, arguments, sentence):
    assert main(["diff", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"weightdelta: {sentence}")


def test_frozen_that_matches_nothing_and_names_to_map(checkpoints, capsys, tmp_path):
    assert main(["diff", *checkpoints, "--frozen", "no such"]) == 2
    assert "No tensor matches --frozen 'no such'." in capsys.readouterr().err
    write(tmp_path / "new.safetensors", {"net.head.weight": np.ones(50, np.float32)})
    paths = checkpoints[0], str(tmp_path / "new.safetensors")
    assert main(["diff", *paths, "--map", "head=net.head"]) == 0
    out, err = capsys.readouterr()
    assert "net.head.weight" in out
    assert "backbone.weight is left out: it is in" in err


def test_the_docs_show_what_is_printed(checkpoints, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command, shown = re.findall(r"^```(?:sh)?\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)[:2]
    assert main(command.split()[1:]) == 0
    assert capsys.readouterr().out == shown


def test_the_example_of_the_docs_runs(checkpoints, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"^```python\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    exec(compile(example, "docs/checkpoints.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["backbone.weight", "unchanged"],
        ["head.weight", "moved_far"],
    ]
