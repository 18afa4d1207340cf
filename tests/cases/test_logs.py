"""The cases of logs.py, through the command line and TensorBoard, with both loaders."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tb_plugin_weightdelta.cli import commands
from tests.cases.logs import CASES
from tests.support.event_logs import START, EventLog, legacy_proto, log_drifting
from tests.support.loaders import read_by_data_server, read_by_python
from tests.support.patience import wait_until
from tests.support.places import DEMO_LOGS
from tests.support.servers.tensorboard_process import PYTHON, RUST, TensorBoard

NAMES = [case.__name__ for case in CASES]
ANSWERS = dict(zip(NAMES, CASES.values(), strict=True))

# "partly still" and "still" are what a healthy run is not, "unknown" is what cannot be judged.
CODES = {"broke": 1, "still": 1, "partly_still": 1, "barely": 0, "moving": 0, "unknown": 2}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory) -> Path:
    """Every case is a run."""
    logs = tmp_path_factory.mktemp("cases") / "logs"
    for case in CASES:
        case(logs / case.__name__)
    return logs


@pytest.fixture(params=[read_by_data_server, read_by_python], ids=["rust", "python"])
def either_loader(request, monkeypatch) -> Callable[..., None]:
    request.param(monkeypatch)
    return request.param


def test_the_command_line_answers_right(capsys, logdir, either_loader):
    assert commands.main(["report", str(logdir), "--summary", "--format", "json"]) == 0
    told = {each["run"]: each for each in json.loads(capsys.readouterr().out)}
    assert {run: (each["state"], each["sentence"]) for run, each in told.items()} == {
        run: (state, sentence) for run, (state, sentence, _) in ANSWERS.items()
    }
    assert told["nan_at_step_3"]["onset"]["step"] == 3
    assert told["nan_at_step_3"]["onset"]["last_good_step"] == 2
    assert told["nan_from_the_start"]["onset"]["last_good_step"] is None
    assert told["nothing_moved"]["onset"]["what"] == "unchanged"
    onset = told["broke_in_turn"]["onset"]
    assert (onset["what"], onset["step"], onset["last_good_step"]) == ("non_finite", 3, 2)
    assert "2 of 8 weights never moved and may be frozen" in told["broke_in_turn"]["detail"]
    for run in ("step_is_missing", "epoch_as_step"):
        assert "add_histogram(tag, values, global_step=step)" in told[run]["detail"]


def test_tensorboard_answers_the_same_with_both_loaders(logdir, loader, tmp_path):
    with TensorBoard(logdir, loader, log=tmp_path / "log.txt") as board:
        board.wait_until(
            lambda runs: (
                len(runs) == len(CASES)
                and all(run["last_step"] == 599 for run in runs if run["run"] == "linked_run")
            )
        )
        for run, (state, sentence, flags) in ANSWERS.items():
            table = board.table("overview", run=run)
            assert (table["headline"]["state"], table["headline"]["sentence"]) == (state, sentence)
            assert {flag for each in table["columns"]["flags"] for flag in each} == flags, run


@pytest.mark.parametrize("run", NAMES)
def test_check_fails_where_something_is_wrong_and_where_nothing_is_known(capsys, logdir, run):
    code = commands.main(["check", str(logdir), "--run", f"^{run}$"])
    assert code == CODES[ANSWERS[run][0]]
    assert "Nothing could be judged" in capsys.readouterr().err or code != 2


def test_of_the_demo_only_keras_logs_a_start_that_was_trained(capsys):
    """The question's first step came late, and its weights are the initial ones."""
    assert commands.main(["report", str(DEMO_LOGS), "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    late = {each["run"] for each in records if "baseline_trained" in each["flags"]}
    assert late == {"keras_frozen/train"}


def test_the_biases_of_the_question_are_told_exactly(loader, tmp_path):
    """From the TF1 log alone; at every step in the detail."""
    with TensorBoard(DEMO_LOGS, loader, log=tmp_path / "log.txt") as board:
        board.wait_until(
            lambda runs: any((r["run"], r["last_step"]) == ("question", 500) for r in runs)
        )
        columns = board.table("overview", run="question")["columns"]
        series = board.table("series", run="question", tag="local1_biases")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    biases = {row["tag"]: row for row in rows if row["role"] == "bias"}
    assert len(biases) == 8
    assert {row["shown"]["basis"] for row in biases.values()} == {"moments"}
    assert biases["local1_biases"]["sentence"] == (
        "The values of local1_biases moved 0.97 % of their value (root mean square, exact; "
        "0.30 to 0.97 % on average) between step 0 and step 500."
    )
    assert series["complete"]
    assert series["rms"][0] == 0
    assert min(series["rms"][1:]) > 0.0002


def test_what_must_not_move_fails_when_it_does(capsys, logdir):
    options = ["check", str(logdir), "--run", "^norms_at_one$", "--frozen"]
    assert commands.main([*options, "norm"]) == 0
    assert commands.main([*options, r"norm|h\.1\.attn"]) == 1
    assert "h.1.attn.weight  moved_far  It must not move (--frozen)" in capsys.readouterr().out
    assert commands.main([*options, "nrom"]) == 2
    assert "No tensor matches --frozen 'nrom'." in capsys.readouterr().err


def test_a_norm_that_low_precision_holds_gets_its_cause_everywhere(capsys, loader, tmp_path):
    """In bfloat16 a norm at 1 cannot take small steps: table and detail say so."""
    with EventLog(tmp_path / "logs" / "a") as log:
        for step in range(4):
            weights = np.random.default_rng(0).normal(0, 0.05, 400) * 1.02**step
            coarse = (np.float32(weights).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
            log.values("fc.weight", step, coarse.astype(np.float64))
            log.values("norm.weight", step, np.ones(16))
    cause = "At 1 bfloat16 rounds away rises below 0.0039 and falls below 0.0020."
    assert commands.main(["report", str(tmp_path / "logs"), "--format", "json"]) == 0
    told = {each["tag"]: each for each in json.loads(capsys.readouterr().out)}
    assert told["norm.weight"]["sentence"].endswith(cause)
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_step"] == 3)
        table = board.table("overview", run="a")
        series = board.table("series", run="a", tag="norm.weight")
    columns = table["columns"]
    assert (table["stored_as"], set(columns["stored_as"])) == ("bfloat16", {"bfloat16"})
    place = columns["tag"].index("norm.weight")
    assert series["sentence"] == columns["sentence"][place] == told["norm.weight"]["sentence"]
    assert series["stored_as"] == "bfloat16"


def test_what_a_frozen_norm_averages_must_not_move_either(capsys, tmp_path):
    """It does unless the norm is set to evaluate. Gradients may."""
    with EventLog(tmp_path / "a") as log:
        for step in range(3):
            moving = np.linspace(0.0, 1.0 + step, 16)
            log.values("backbone.bn.weight", step, np.ones(16))
            log.values("backbone.bn.running_mean", step, moving)
            log.values("backbone.bn.weight.grad", step, moving)
            log.values("fc.weight", step, moving)
    options = ["check", str(tmp_path), "--frozen", "backbone"]
    assert commands.main(options) == 1
    told = capsys.readouterr().out
    assert "backbone.bn.running_mean  moved_far  It must not move (--frozen)" in told
    assert "grad" not in told


BASELINE_RUNS = {
    "elsewhere": (
        "Nothing can be compared: run elsewhere has none of these tensors.",
        "a.weight cannot be compared: run elsewhere has no tensor of that name.",
    ),
    "of_nan": (
        "Nothing can be compared: run of_nan has no usable histogram of these.",
        "a.weight cannot be compared: run of_nan has no usable histogram of that name.",
    ),
}


@pytest.mark.parametrize("other", BASELINE_RUNS)
def test_why_another_run_is_no_baseline_is_said(capsys, tmp_path, other):
    for run, tag in (("run", "a.weight"), ("elsewhere", "b.weight"), ("of_nan", "a.weight")):
        with EventLog(tmp_path / run) as log:
            for step in range(3):
                if run == "of_nan":
                    log.rows(tag, step, [[np.nan, np.nan, 400.0]])
                else:
                    log.values(tag, step, [0.0, 1.0 + step])
    options = ["report", str(tmp_path), "--run", "^run$", "--baseline", f"run:{other}"]
    assert commands.main([*options, "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert commands.main([*options, "--summary", "--format", "json"]) == 0
    (summary,) = json.loads(capsys.readouterr().out)
    assert (summary["sentence"], record["sentence"]) == BASELINE_RUNS[other]


def test_a_run_that_is_dropped_beside_others_is_named(capsys, tmp_path):
    same_tags(tmp_path / "logs")
    with EventLog(tmp_path / "logs" / "good") as log:
        for step in range(3):
            log.values("fc.weight", step, [0.0, 1.0 + step])
    why = "Run 'a' is left out: the tag 'fc1.bias' and 1 more are scalars and histograms"
    assert commands.main(["report", str(tmp_path / "logs")]) == 0
    assert why in capsys.readouterr().err
    assert commands.main(["report", str(tmp_path / "logs"), "--run", "a"]) == 2
    assert why in capsys.readouterr().err
    assert commands.main(["check", str(tmp_path / "logs")]) == 2
    assert why in capsys.readouterr().err
    assert commands.main(["report", str(tmp_path / "logs"), "--summary", "--format", "json"]) == 0
    sentences = {each["run"]: each["sentence"] for each in json.loads(capsys.readouterr().out)}
    assert sentences["a"] == "This run has no histograms that TensorBoard keeps."
    with TensorBoard(tmp_path / "logs", RUST, log=tmp_path / "log.txt") as board:
        board.wait_until(bool)
        (left_out,) = board.table("runs")["left_out"]
    assert left_out["run"] == "a"
    assert f"Run 'a' is left out: {left_out['reason']}".startswith(why)


def test_unknown_is_neither_changed_nor_unchanged(capsys, logdir):
    assert commands.main(["report", str(logdir), "--run", "biases_not", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    once = next(record for record in records if record["tag"] == "layer1/biases")
    assert (once["verdict"], once["movement"], once["relative_movement"]) == (
        *("single_step", None, None),
    )


def test_shrinking_gradients_and_growing_rewards_are_told_in_their_own_words(capsys, logdir):
    assert commands.main(["report", str(logdir), "--run", "gradients", "--format", "json"]) == 0
    said = {each["tag"]: each["sentence"] for each in json.loads(capsys.readouterr().out)}
    assert "as gradients do when a training converges" in said["fc1.weight.grad"]
    assert "Its spread grew to 241 times what it was." in said["rollout/rewards"]


def test_a_training_begun_anew_in_one_file_shares_no_tag(tmp_path, loader):
    with EventLog(tmp_path / "logs" / "a") as log:
        for step in (*range(5), *range(4)):
            log.values("w.weight", step, [0.0, 1.0 + step])
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(bool)
        columns = board.table("overview", run="a")["columns"]
    assert (columns["flags"], columns["first_step"]) == ([[]], [0])


def same_tags(logdir: Path) -> None:
    """14: tags that are a histogram and a scalar."""
    with EventLog(logdir / "a") as log:
        for step in range(5):
            for tag in ("fc1.weight", "fc1.bias"):
                log.values(tag, step, [0.0, 1.0 + step])
                log.scalar(tag, step, 1.0)


def scalars_alone(logdir: Path) -> None:
    with EventLog(logdir / "a") as log:
        log.scalar("loss", 0, 1.0)


def runs_of_scalars(logdir: Path) -> None:
    for run in "abc":
        with EventLog(logdir / run) as log:
            log.scalar("loss", 0, 1.0)


def nothing_at_all(logdir: Path) -> None:
    logdir.mkdir(parents=True)


WHY_NOTHING = {
    same_tags: "In run 'a' the tag 'fc1.bias' and 1 more are scalars and .*names.*load_fast",
    scalars_alone: "The only run has scalars and no histograms. Log them.*recording",
    runs_of_scalars: "3 runs with scalars, none with histograms. Log them.*recording",
    nothing_at_all: "TensorBoard has found no event files yet. Log them.*recording",
}


@pytest.mark.parametrize("write", WHY_NOTHING)
def test_a_logdir_that_shows_nothing_says_why_and_what_to_do(write, capsys, tmp_path):
    write(tmp_path / "logs")
    assert commands.main(["report", str(tmp_path / "logs")]) == 2
    assert re.search(WHY_NOTHING[write], capsys.readouterr().err)
    with TensorBoard(tmp_path / "logs", RUST, log=tmp_path / "log.txt") as board:
        told = WHY_NOTHING[write]
        wait_until(lambda: bool(re.search(told, board.table("runs")["nothing"])))


def test_the_python_loader_shows_tags_that_are_scalars_as_well(tmp_path):
    same_tags(tmp_path / "logs")
    with TensorBoard(tmp_path / "logs", PYTHON, log=tmp_path / "log.txt") as board:
        board.wait_until(bool)
        assert len(board.table("overview", run="a")["columns"]["tag"]) == 2
        assert board.table("runs")["nothing"] is None


def test_what_the_loader_drops_of_a_run_that_shows_more_is_said(capsys, loader, tmp_path):
    """As hist-first and scalar-first of case 14: each loader drops what it drops."""
    dropped = ["a/both", "b/both"] if loader is RUST else ["b/both"]
    with EventLog(tmp_path / "logs" / "run") as log:
        for step in range(5):
            log.values("a/both", step, [0.0, 1.0 + step])
            log.scalar("a/both", step, 1.0)
            log.scalar("b/both", step, 1.0)
            log.values("b/both", step, [0.0, 1.0 + step])
            log.values("fc.weight", step, [0.0, 1.0 + step])
            log.scalar("loss", step, 1.0)
    more = "and 1 more are scalars and histograms" if loader is RUST else "is a scalar and"
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(bool)
        for _ in range(2):  # measured, then remembered
            table = board.table("overview", run="run")
            assert "fc.weight" in table["columns"]["tag"]
            assert not set(dropped) & set(table["columns"]["tag"])
            (out,) = [each for each in table["left_out"] if each["step"] is None]
            assert out["tag"] == ""
            assert out["reason"].startswith(f"the tag '{dropped[0]}' {more}")
    assert commands.main(["report", str(tmp_path / "logs")]) == 0
    assert "A part of run 'run' is left out: the tag '" in capsys.readouterr().err


def test_what_the_precision_of_a_loader_hides_is_said(loader, tmp_path):
    with EventLog(tmp_path / "logs" / "run") as log:
        for step in range(5):
            values = 1 + 1e-10 * (1 + step) * np.linspace(-1, 1, 9)
            log.legacy("w.weight", step, legacy_proto(values))
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(bool)
        table = board.table("overview", run="run")
    hides = loader is PYTHON
    assert table["columns"]["verdict"] == ["unchanged" if hides else "moved_far"]
    assert ("the seven digits that TensorBoard" in table["headline"]["detail"]) == hides


def test_a_second_training_in_one_folder_is_said_and_its_last_step_listed(loader, tmp_path):
    folder = tmp_path / "logs" / "a"
    log_drifting(folder, range(20), ["dense/kernel"])
    second = {"name": "events.out.tfevents.2000000000.b", "start": START + 1000}
    log_drifting(folder, range(10), ["dense/kernel"], **second)
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_until(lambda runs: bool(runs) and runs[0]["last_wall_time"] == START + 1009)
        (run,) = board.table("runs")["runs"]
        columns = board.table("overview", run="a")["columns"]
    assert (run["last_step"], columns["last_step"]) == (9, [9])
    assert columns["flags"] == [["replaced"]]
