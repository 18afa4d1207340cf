"""The command line: the page's numbers without a browser, exit codes that CI can stand on."""

import csv
import fcntl
import io
import json
import math
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from tensorboard.context import RequestContext

from tb_plugin_weightdelta import recording
from tb_plugin_weightdelta.answering.answers import Answers
from tb_plugin_weightdelta.answering.export import ESTIMATE_KEYS
from tb_plugin_weightdelta.answering.tables import run_table
from tb_plugin_weightdelta.cli import commands as cli
from tb_plugin_weightdelta.cli.report import open_logs
from tb_plugin_weightdelta.cli.terminal import plain_lines, sparkline
from tb_plugin_weightdelta.core.names import KEPT_RECORDS, SPARKLINE_POINTS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.core.text import printable
from tb_plugin_weightdelta.reading import logdir as logs
from tb_plugin_weightdelta.reading.logdir import LogdirError
from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.wording.headlines import FLOOR
from tests.support.event_logs import EventLog, drifting, tf2_rows
from tests.support.loaders import read_by_data_server, read_by_python
from tests.support.places import DEMO_LOGS, DEMO_SERIES

# What other people's CI depends on: a change here is a new major version.
KEYS = [
    *("run", "tag", "role", "verdict", "flags", "sentence", "elements", "stored_as"),
    *("first_step", "last_step", "kept_steps", "baseline_step", "scale", "scale_kind"),
    *(
        "movement",
        "movement_lower",
        "movement_upper",
        "resolution",
        "relative_movement",
        "median_shift",
        "spread_ratio",
    ),
    *("min_shift", "max_shift", "shape_change", "implied_drift"),
    *("rms", "rms_lower", "estimate", "exact"),
]
COMMAND = [sys.executable, "-m", "tb_plugin_weightdelta.cli"]
ODD = "[red]x[/red] :smile: ünïcödé 重み"


@pytest.fixture(params=["rust", "python"])
def either_loader(request, monkeypatch):
    """Reads once with each of TensorBoard's loaders."""
    if request.param == "python":
        read_by_python(monkeypatch)
    else:
        read_by_data_server(monkeypatch)
    return request.param


@pytest.fixture
def ill(tmp_path) -> Path:
    """A logdir with an unchanged, a moved and a non-finite tensor."""
    with EventLog(tmp_path / "ill" / "a") as log:
        for step, values in zip((0, 10, 20), drifting(0, range(3)), strict=True):
            log.values("frozen/kernel", step, drifting(1, range(1))[0])
            log.values("dense/kernel", step, values)
            nan = [[np.nan, np.nan, 5.0]] if step else [[-1.0, 1.0, 5.0]]
            log.rows("broken/kernel", step, nan)
    return tmp_path / "ill"


@pytest.fixture
def odd(tmp_path) -> Path:
    """A logdir whose run and tag are hard to show as they are."""
    with EventLog(tmp_path / "odd" / f"run {ODD}") as log:
        for step, values in enumerate(drifting(0, range(3))):
            log.values(f"{ODD}/kernel", step, values)
            log.values("=1+1\t\x1b[31m/kernel", step, values)
    return tmp_path / "odd"


def report(capsys, *args) -> list[dict]:
    """The records that ``report --format json`` gives."""
    assert cli.main(["report", *map(str, args), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    records: list[dict] = json.loads(out)
    return records


def complaint(capsys, *args) -> str:
    """The one sentence with which a call fails."""
    assert cli.main([str(arg) for arg in args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("weightdelta: ")
    assert err.count("\n") == 1
    return err.removeprefix("weightdelta: ").rstrip()


def in_terminal(*args, columns=160) -> tuple[int, str]:
    """Exit code and output of a command whose standard streams are one terminal."""
    main_end, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stdin=end,
        stdout=end,
        stderr=end,
        env={**env, "TERM": "xterm-256color"},
    )
    os.close(end)
    output = b""
    try:
        while chunk := os.read(main_end, 65536):
            output += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(main_end)
    return process.wait(timeout=30), output.decode()


def piped(*args, env=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *map(str, args)],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **(env or {})},
    )


def without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


# report


def test_json_has_exactly_the_promised_keys_in_their_order(capsys, logdir, either_loader):
    records = report(capsys, logdir)
    assert {tuple(record) for record in records} == {tuple(KEYS)}
    assert {(record["run"], record["tag"]) for record in records} == {
        ("a", "dense/kernel"),
        ("a", "dense/bias"),
    }
    assert {record["exact"] for record in records} == {None}


def test_json_equals_the_numbers_of_the_page(capsys, either_loader):
    records = report(capsys, DEMO_LOGS)
    assert len(records) == sum(DEMO_SERIES.values())
    with open_logs(str(DEMO_LOGS)) as measurements:
        runs = measurements.runs(RequestContext(), "")
        expected = {}
        for run in runs:
            rows = measurements.run_rows(RequestContext(), "", run, Question(), SPARKLINE_POINTS)
            columns = run_table(run, Question(), rows.rows, {})["columns"]
            for place, tag in enumerate(columns["tag"]):
                expected[run, tag] = {key: columns[key][place] for key in KEYS[2:-2]}
    assert {(r["run"], r["tag"]) for r in records} == set(expected)
    for record in records:
        for key, value in expected[record["run"], record["tag"]].items():
            is_missing = isinstance(value, float) and np.isnan(value)
            assert record[key] == (None if is_missing else value), key


def test_both_loaders_report_the_same(capsys, monkeypatch):
    by_server = report(capsys, DEMO_LOGS, "--run", "keras|torch")
    read_by_python(monkeypatch)
    by_python = report(capsys, DEMO_LOGS, "--run", "keras|torch")
    assert [(r["run"], r["tag"], r["verdict"]) for r in by_python] == [
        (r["run"], r["tag"], r["verdict"]) for r in by_server
    ]


def test_runs_come_in_natural_order_and_series_ranked(capsys, tmp_path):
    for run in ("run10", "run2"):
        with EventLog(tmp_path / run) as log:
            for step, values in enumerate(drifting(0, range(3))):
                log.values("slow/kernel", step, values)
                log.values("fast/kernel", step, values + step)
    found = [(record["run"], record["tag"]) for record in report(capsys, tmp_path)]
    assert found == [
        (run, tag) for run in ("run2", "run10") for tag in ("fast/kernel", "slow/kernel")
    ]


def test_what_does_not_exist_is_null(capsys, ill):
    broken = next(r for r in report(capsys, ill) if r["tag"] == "broken/kernel")
    assert broken["verdict"] == "non_finite"
    assert broken["flags"] == ["invalid_rows", "ended_early"]
    assert (broken["kept_steps"], broken["last_step"]) == (1, 0)
    with EventLog(ill / "empty") as log:
        log.rows("kernel", 0, [[np.nan, np.nan, 1.0]])
    nothing = report(capsys, ill, "--run", "empty")[0]
    assert {key for key in KEYS if nothing[key] is None} >= {"movement", "elements", "last_step"}


def test_run_and_tag_choose_by_regular_expression(capsys):
    records = report(capsys, DEMO_LOGS, "--run", r"lr-1(e-6)?$", "--tag", r"^layer1\.")
    assert {(r["run"], r["tag"]) for r in records} == {
        (f"torch_rates/{run}", f"layer1.{name}")
        for run in ("lr-1", "lr-1e-6")
        for name in ("weight", "bias")
    }


def test_a_flag_that_compares_with_the_run_does_not_depend_on_the_tags_chosen(capsys, tmp_path):
    with EventLog(tmp_path / "a") as log:
        for step, values in enumerate(drifting(0, range(12))):
            log.values("whole/kernel", step, values)
            if step >= 8:
                log.values("late/kernel", step, values)
    chosen = report(capsys, tmp_path, "--tag", "late")
    assert [record["tag"] for record in chosen] == ["late/kernel"]
    assert "late_start" in chosen[0]["flags"]


def test_the_baseline_can_be_a_step_or_another_run(capsys, tmp_path):
    for run, shift in (("control", 0.0), ("b c", 0.5)):
        with EventLog(tmp_path / run) as log:
            for step, values in zip((0, 10, 20), drifting(0, range(3)), strict=True):
                log.values("kernel", step, values + shift)
    later = report(capsys, tmp_path, "--run", "b c", "--baseline", "step:15")[0]
    assert later["baseline_step"] == 10
    other = report(capsys, tmp_path, "--run", "b c", "--baseline", "run:control")[0]
    assert other["median_shift"] == pytest.approx(0.501, abs=0.001)
    assert "of run control" in other["sentence"]
    spaced = report(capsys, tmp_path, "--run", "control", "--baseline", "run:b c")[0]
    assert spaced["median_shift"] == pytest.approx(-0.499, abs=0.001)
    previous = report(capsys, tmp_path, "--run", "control", "--baseline", "previous")[0]
    assert previous["baseline_step"] == 10


def test_a_run_can_be_measured_as_if_it_had_ended_earlier(capsys, logdir):
    kernel = report(capsys, logdir, "--tag", "kernel", "--until", "15")[0]
    assert (kernel["last_step"], kernel["kept_steps"]) == (10, 2)
    assert kernel["movement"] < report(capsys, logdir, "--tag", "kernel")[0]["movement"]
    assert cli.main(["check", str(logdir), "--fail-on", "single_step", "--until", "9"]) == 1
    assert "Up to step 9 dense/kernel has one usable histogram" in capsys.readouterr().out


def test_thresholds_move_verdicts(capsys, logdir):
    def verdict(*options):
        return report(capsys, logdir, "--tag", "kernel", *options)[0]["verdict"]

    assert verdict() == "moved"
    assert verdict("--moved", "0.05") == "barely_moved"
    assert verdict("--moved-far", "0.015") == "moved_far"
    assert verdict("--collapsed", "2") == "collapsed"


def test_the_threshold_of_growth_moves_verdicts(capsys, tmp_path):
    start = np.linspace(-0.1, 0.1, 99)
    with EventLog(tmp_path / "a") as log:
        log.values("kernel", 0, start)
        log.values("kernel", 1, 80 * start)
    assert report(capsys, tmp_path)[0]["verdict"] == "exploding"
    assert report(capsys, tmp_path, "--exploding", "20")[0]["verdict"] == "moved_far"


def test_the_first_step_is_recovered_when_the_loader_dropped_it(capsys, tmp_path, either_loader):
    with EventLog(tmp_path / "long") as log:
        log.values("kernel", 0, np.linspace(-1, 1, 50))
        for step in range(1, 1500):
            log.values("kernel", step, np.linspace(-2, 2, 50))
    record = report(capsys, tmp_path)[0]
    assert (record["baseline_step"], record["kept_steps"]) == (0, logs.SAMPLES + 1)


# Every recorded step


@pytest.fixture
def recorded(tmp_path):
    """Two runs that were recorded, and one that has histograms alone."""
    for run in ("a", "b"):
        with Recorder(tmp_path / run, every=2) as recorder:
            for step in range(7):
                weights = {"kernel": np.linspace(1, 2, 50) + step, "bias": np.zeros(3)}
                recorder.log(step, weights)
    with EventLog(tmp_path / "plain") as log:
        log.values("kernel", 0, np.linspace(-1, 1, 50))
    return tmp_path


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_every_step_that_was_recorded_is_given_with_all_its_figures(capsys, recorded, kind):
    assert cli.main(["report", str(recorded), "--series", "--format", kind]) == 0
    out = capsys.readouterr().out
    if kind == "json":
        columns = {(each.pop("run"), each.pop("tag")): each for each in json.loads(out)}
        rows = [
            {"run": run, "tag": tag, **dict(zip(each, row, strict=True))}
            for (run, tag), each in columns.items()
            for row in zip(*each.values(), strict=True)
        ]
    else:
        rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 2 * 2 * 4
    for row in rows:
        wanted = recording.read(recorded / row["run"])[row["tag"]]
        place = wanted["step"].tolist().index(int(row["step"]))
        assert (row.pop("cause") or "") == wanted.pop("cause")[place]
        for name, column in wanted.items():
            told = math.nan if row[name] in ("", None) else float(row[name])
            assert told == pytest.approx(float(column[place]), nan_ok=True)


def test_a_check_that_fails_tells_why_nothing_moved(capsys, tmp_path):
    with Recorder(tmp_path / "a") as recorder:
        for step in range(3):
            recorder.log(step, {"w": np.arange(9.0)}, grads={"w": np.ones(9)}, optimizer=0.0)
    assert cli.main(["check", str(tmp_path)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "It has a learning rate of 0, seen from step 1 on." in out


@pytest.mark.parametrize("binary", [True, False], ids=["data server", "python"])
def test_no_step_is_left_out_of_very_many(capsys, tmp_path, monkeypatch, binary):
    with Recorder(tmp_path / "a", histograms=False) as recorder:
        for step in range(1, 1 + 3 * KEPT_RECORDS // 2):
            recorder.log(step, {"w": np.full(2, 1.0 * step)})
    if not binary:
        read_by_python(monkeypatch)
    assert cli.main(["report", str(tmp_path), "--series", "--format", "json"]) == 0
    (columns,) = json.loads(capsys.readouterr().out)
    assert columns["step"] == list(range(1, 1 + 3 * KEPT_RECORDS // 2))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "add --format csv or --format json"),
        (["--format", "csv", "--sort", "tag"], "leave out --summary, --sort"),
        (["--format", "csv", "--run", "plain"], "No recorder wrote anything that matches"),
    ],
)
def test_steps_that_cannot_be_given_are_refused_in_a_sentence(capsys, recorded, arguments, words):
    assert cli.main(["report", str(recorded), "--series", *arguments]) == 2
    assert words in capsys.readouterr().err


# CSV


def test_csv_reads_back_as_the_json(capsys, ill):
    rng = np.random.default_rng(0)
    start = rng.uniform(-1, 1, 2000)
    with EventLog(ill / "b") as log:
        log.values("smeared/kernel", 0, start)
        log.values("smeared/kernel", 1, start + rng.normal(0, 0.2, 2000))
    records = report(capsys, ill)
    assert cli.main(["report", str(ill), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    flat = [key for key in KEYS if key not in ("estimate", "exact")]
    assert any(record["estimate"] for record in records)
    for row, record in zip(rows, records, strict=True):
        assert list(row)[: len(flat)] == flat
        told = record["estimate"] or {}
        assert [row[f"estimate_{key}"] for key in ESTIMATE_KEYS] == [
            str(told.get(key, "")) for key in ESTIMATE_KEYS
        ]
        assert {row[key] for key in row if key.startswith("exact_")} == {""}
        for key in flat:
            value = record[key]
            if value is None:
                assert row[key] == ""
            elif isinstance(value, list):
                assert row[key].split() == value
            else:
                assert type(value)(row[key]) == value


def test_csv_cells_are_no_formulas_and_numbers_stay_numbers(capsys, odd):
    with EventLog(odd / "falls") as log:
        for step, values in enumerate(drifting(0, range(3))):
            log.values("-kernel", step, values - step)
    assert cli.main(["report", str(odd), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    tags = {row["tag"] for row in rows}
    assert tags == {"'-kernel", f"{ODD}/kernel", "'=1+1\t\x1b[31m/kernel"}
    falling = next(row for row in rows if row["tag"] == "'-kernel")
    assert float(falling["median_shift"]) < -1.9


# tables


def test_a_piped_table_is_plain_aligned_text_with_whole_names(tmp_path):
    long_name = "/".join(["a_rather_long_scope"] * 20)
    with EventLog(tmp_path / "a") as log:
        for step, values in enumerate(drifting(0, range(3))):
            log.values(f"{long_name}/kernel", step, values)
            log.values("b/kernel", step, values)
    result = piped("report", tmp_path, env={"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"})
    text = result.stdout.decode()
    assert (result.returncode, result.stderr) == (0, b"")
    assert "\x1b" not in text
    assert "\t" not in text
    table = text.splitlines()[-3:]
    assert table[0].split() == ["tensor", "role", "verdict", "over", "steps", "movement", "flags"]
    assert f"{long_name}/kernel" in text.split()
    assert len({line.index("weight" if place else "role") for place, line in enumerate(table)}) == 1


def test_the_headline_is_about_the_series_shown(capsys, logdir):
    assert cli.main(["report", str(logdir), "--tag", "bias"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run a"
    assert lines[1] == "The only bias moved by 20 % of its value."


def test_a_terminal_shows_tables_with_sparklines_and_verdicts_in_colour(logdir):
    code, output = in_terminal("report", logdir)
    shown = without_escapes(output)
    assert code == 0
    assert "\x1b[32mmoved" in output
    assert re.search(r"dense/kernel +weight +moved +▁[▄▅]█ +>= [\d.]+ % of spread", shown)
    assert re.search(r"dense/bias +bias +moved_far +▁[▄▅]█ +20 % of", shown)


@pytest.mark.parametrize("columns", [60, 80, 110, 120])
@pytest.mark.parametrize("command", ["report", "check"])
def test_a_narrow_terminal_loses_no_word(command, columns):
    """Of names that fit on a line every one is whole."""
    asked = command, DEMO_LOGS, "--run", "keras|lr-1$"
    everything = piped(*asked).stdout.decode()
    _, output = in_terminal(*asked, columns=columns)
    shown = without_escapes(output.rpartition("\r\x1b[2K")[2])
    assert all(cell_len(line) <= columns for line in shown.splitlines())
    lost = set(everything.split()) - set(shown.split())
    assert lost <= {"tensor", "role", "verdict", "over", "steps", "movement", "flags"} | {
        *("run", "tag", "sentence"),
    }


def test_a_wide_terminal_shows_a_table_of_the_same():
    _, output = in_terminal("report", DEMO_LOGS, "--run", "keras", columns=120)
    lines = without_escapes(output).splitlines()
    assert any(line.split()[:2] == ["tensor", "role"] for line in lines)


def test_names_are_shown_as_written_in_a_terminal_and_piped(odd):
    _, output = in_terminal("report", odd)
    text = piped("report", odd).stdout.decode()
    for shown in (without_escapes(output), text):
        assert f"run run {ODD}" in shown
        assert f"{ODD}/kernel" in shown
        assert "=1+1\\t\\x1b[31m/kernel" in shown  # what a terminal would obey


def test_progress_is_drawn_on_a_terminal_only(logdir):
    _, output = in_terminal("report", logdir)
    assert "Reading " in output
    assert piped("report", logdir).stderr == b""


def test_a_sparkline_rises_with_movement_and_skips_what_is_unknown():
    assert sparkline(np.array([0.0, 1.0, 2.0, 7.0])) == "▁▂▃█"
    assert sparkline(np.array([0.0, np.nan, 1.0])) == "▁ █"
    assert sparkline(np.zeros(3)) == "▁▁▁"
    assert sparkline(np.array([np.nan])) == " "
    assert sparkline(np.array([])) == ""
    long = sparkline(np.arange(60.0))
    assert (len(long), long[0], long[-1]) == (10, "▁", "█")


def test_columns_are_aligned_by_the_width_that_characters_take():
    assert plain_lines([["重み", "b"], ["aaaa", "b"]]) == ["重み  b", "aaaa  b"]
    assert printable("a\nb\x1b é重") == "a\\nb\\x1b é重"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_programs_read_says_nothing_that_a_terminal_obeys(odd, kind):
    code, output = in_terminal("report", odd, "--format", kind)
    assert code == 0
    assert "/kernel" in output
    assert "\x1b[31m" not in output


# which tensors, and in which order


def test_tensors_are_sorted_chosen_and_counted(capsys, ill):
    def tags(*options):
        return [record["tag"] for record in report(capsys, ill, *options)]

    broken, frozen, dense = "broken/kernel", "frozen/kernel", "dense/kernel"
    assert tags() == tags("--sort", "answer") == [broken, frozen, dense]
    assert tags("--sort", "tag") == [broken, dense, frozen]
    assert tags("--sort", "verdict") == [broken, frozen, dense]
    assert tags("--sort", "movement") == [dense, frozen, broken]
    assert tags("--sort", "movement", "--limit", "1") == [dense]
    assert tags("--verdict", "moved, unchanged") == [frozen, dense]
    assert tags("--verdict", "exploding") == []


def test_roles_are_in_the_order_of_the_page(capsys, tmp_path):
    with EventLog(tmp_path / "a") as log:
        for step, values in enumerate(drifting(0, range(3))):
            for tag in ("fc/activation", "fc/bias", "fc/grad", "fc/kernel"):
                log.values(tag, step, values)
    found = [record["role"] for record in report(capsys, tmp_path, "--sort", "role")]
    assert found == ["weight", "bias", "gradient", "activation"]


def test_a_table_says_how_much_of_it_is_shown_and_answers_for_all(capsys, ill):
    assert cli.main(["report", str(ill), "--limit", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "This run broke by step 10: NaN or Inf in broken/kernel."
    assert "1 of 3 tensors are shown." in lines
    assert lines[-1].split()[0] == "broken/kernel"
    assert cli.main(["report", str(ill), "--verdict", "collapsed"]) == 0
    assert capsys.readouterr().out == "No tensor has one of these verdicts.\n"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--sort", "size"], "--sort names 'size', which is none of answer, tag, role, verdict"),
        (["--verdict", "moved,no"], "--verdict names 'no', which is no verdict"),
        (["--verdict", ""], "--verdict names ''"),
        (["--limit", "0"], "'--limit' is 0"),
        (["--limit", "x"], "'--limit' is 'x'"),
        (["--summary", "--limit", "1"], "--summary shows no tensors"),
    ],
)
def test_what_cannot_be_chosen_is_named_before_anything_is_read(capsys, tmp_path, options, named):
    assert named in complaint(capsys, "report", tmp_path / "missing", *options)


def test_several_runs_end_with_how_many_are_how_and_explain_themselves_once(capsys):
    assert cli.main(["report", str(DEMO_LOGS)]) == 0
    text = capsys.readouterr().out
    assert text.endswith("\n6 runs: 1 broke, 1 partly still, 4 moving.\nBroke: torch_rates/lr-1\n")
    assert text.count(FLOOR) == 1
    assert cli.main(["report", str(DEMO_LOGS), "--run", "lr-1$"]) == 0
    assert "runs:" not in capsys.readouterr().out
    assert cli.main(["report", str(DEMO_LOGS), "--verdict", "exploding"]) == 0
    text = capsys.readouterr().out
    assert re.findall("^run (.*)", text, re.MULTILINE) == ["torch_rates/lr-1"]
    assert "\n6 runs: " in text


# check


def test_check_passes_when_no_series_has_the_verdicts(capsys, ill):
    assert cli.main(["check", str(ill), "--tag", "dense"]) == 0
    assert capsys.readouterr().out == (
        "0 of 1 series failed (unchanged, non_finite, exploding, collapsed).\n"
    )


def test_check_lists_offenders_with_their_sentences(capsys, ill, either_loader):
    assert cli.main(["check", str(ill), "--fail-on", "unchanged,non_finite"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["run", "tag", "verdict", "sentence"]
    assert re.fullmatch(r"a    broken/kernel  non_finite  .*broken/kernel.*NaN.*\.", lines[1])
    assert re.fullmatch(r"a    frozen/kernel  unchanged   .*frozen/kernel.*\.", lines[2])
    assert lines[3].startswith("2 of 3 series")
    assert len(lines) == 4


def test_check_fails_on_the_verdicts_given_alone(capsys, ill):
    def code(verdicts):
        result = cli.main(["check", str(ill), "--tag", "dense|frozen", "--fail-on", verdicts])
        capsys.readouterr()
        return result

    assert code("unchanged") == 1
    assert code("non_finite, exploding") == 0
    assert code("moved,moved") == 1


def test_check_honours_thresholds_and_baseline(capsys, ill):
    options = ["check", str(ill), "--tag", "dense"]
    assert cli.main([*options, "--collapsed", "2"]) == 1
    assert cli.main([*options, "--fail-on", "moved"]) == 1
    assert cli.main([*options, "--fail-on", "moved", "--moved", "0.5"]) == 0
    assert cli.main([*options, "--baseline", "step:20", "--fail-on", "moved"]) == 0
    capsys.readouterr()


def test_check_in_a_terminal_has_the_same_code_and_offenders(ill):
    code, output = in_terminal("check", ill)
    shown = without_escapes(output)
    assert code == 1
    assert "broken/kernel" in shown
    assert "1 of 3 series failed" in shown


def test_a_series_that_cannot_be_read_cannot_pass(capsys, tmp_path):
    with EventLog(tmp_path / "a") as log:
        log.newer("good/kernel", 0)
    assert cli.main(["check", str(tmp_path)]) == 2
    _, err = capsys.readouterr()
    assert "Nothing could be judged" in err
    assert "'good/kernel' of run 'a' is left out" in err


@pytest.mark.parametrize("terminal", [False, True])
def test_a_report_names_what_it_leaves_out(capsys, tmp_path, monkeypatch, terminal):
    with EventLog(tmp_path / "a") as log:
        for tag in ("one", "other"):
            log.newer(tag, 0)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert cli.main(["report", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "run a" in out
    assert err.count(" of run 'a' is left out: ") == 2


# bad calls


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--run", "("], "--run '('"),
        (["--tag", "[a"], "--tag '[a'"),
        (["--baseline", "step:x"], "'step:x'"),
        (["--baseline", "run:nobody"], "'nobody'"),
        (["--moved", "0"], "'moved'"),
        (["--moved-far", "x"], "'moved_far'"),
        (["--exploding", "inf"], "'exploding'"),
        (["--collapsed", "-1"], "'collapsed'"),
        (["--until", "x"], "'until' is 'x'"),
        (["--run", "nobody"], "--run 'nobody'"),
        (["--tag", "nothing"], "--tag 'nothing'"),
        (["--tags", "x"], "--tags"),
    ],
)
def test_a_bad_option_is_named_in_one_sentence(capsys, logdir, options, named):
    assert named in complaint(capsys, "report", logdir, *options)
    assert named in complaint(capsys, "check", logdir, *options)


def test_only_verdicts_can_be_failed_on(capsys, logdir):
    for bad in ("stopped", "", "unchanged,", "no"):
        text = complaint(capsys, "check", logdir, "--fail-on", bad)
        assert "which is no verdict" in text
        assert "barely_moved" in text


def test_bad_calls_are_noticed_before_anything_is_read(capsys, tmp_path):
    assert "--run" in complaint(capsys, "report", tmp_path / "missing", "--run", "(")
    assert "no verdict" in complaint(capsys, "check", tmp_path / "missing", "--fail-on", "x")


def test_a_call_without_command_or_logdir_says_what_is_missing(capsys):
    assert "COMMAND" in complaint(capsys)
    assert "LOGDIR" in complaint(capsys, "report")
    assert "'xml'" in complaint(capsys, "report", ".", "--format", "xml")


def test_a_logdir_that_cannot_be_read_is_one_sentence(capsys, tmp_path, logdir, monkeypatch):
    assert "There is no folder" in complaint(capsys, "check", tmp_path / "missing")
    file = next(logdir.rglob("*tfevents*"))
    assert "is a file" in complaint(capsys, "report", file)

    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    assert "cannot be read: Permission denied" in complaint(capsys, "check", logdir)


def test_a_logdir_without_histograms_says_so(capsys, tmp_path, either_loader):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no histograms" in complaint(capsys, "check", empty)
    with EventLog(tmp_path / "scalars") as log:
        log.scalar("loss", 0, 1.0)
    assert "no histograms" in complaint(capsys, "report", tmp_path / "scalars")


def test_a_scheme_that_nothing_can_open_is_one_sentence(capsys):
    text = complaint(capsys, "report", "nosuchscheme://bucket/logs")
    assert "'nosuchscheme://bucket/logs' cannot be read" in text


def test_what_nobody_foresaw_is_no_traceback(capsys, logdir, monkeypatch):
    def broken(self, *_):
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(Answers, "run_rows", broken)
    text = complaint(capsys, "report", logdir)
    assert text == "It failed with ZeroDivisionError: first line second line"


# reading


def test_nothing_is_missed_by_impatience(tmp_path):
    """The server answers from its start on, with the runs that it has read by then."""
    runs, steps = 300, 200
    rows = tf2_rows(drifting(0, range(1))[0])
    with EventLog(tmp_path / "run0") as log:
        for step in range(steps):
            log.rows("kernel", step, rows)
    for run in range(1, runs):
        (tmp_path / f"run{run}").mkdir()
        os.link(log.path, tmp_path / f"run{run}" / log.path.name)
    with open_logs(str(tmp_path)) as measurements:
        listing = measurements.runs(RequestContext(), "")
    assert len(listing) == runs
    assert {tags["kernel"].last_step for tags in listing.values()} == {steps - 1}


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


STARTED = "print('[t INFO  core::cli] Starting load cycle', file=sys.stderr, flush=True)"
FINISHED = "print('[t INFO  core::cli] Finished load cycle (1s)', file=sys.stderr, flush=True)"


def test_reading_waits_for_the_end_of_the_load_cycle(tmp_path, logdir, monkeypatch):
    seconds = 0.7
    monkeypatch.setenv(
        "TENSORBOARD_DATA_SERVER_BINARY",
        str(
            script(
                tmp_path / "server",
                "import sys, time\n"
                "port = next(a for a in sys.argv if a.startswith('--port-file='))\n"
                "open(port.split('=', 1)[1], 'w').write('1\\n')\n"
                f"{STARTED}\ntime.sleep({seconds})\n{FINISHED}\nsys.stdin.read()\n",
            )
        ),
    )
    start = time.monotonic()
    with open_logs(str(logdir)):
        assert time.monotonic() - start >= seconds


@pytest.mark.parametrize("text", ["raise SystemExit(3)", "import sys; sys.stdin.read()"])
def test_without_a_working_data_server_python_reads(tmp_path, logdir, monkeypatch, text):
    server = script(tmp_path / "server", text)
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", str(server))
    for _ in range(2):
        with open_logs(str(logdir), start_seconds=0.5) as measurements:
            listing = measurements.runs(RequestContext(), "")
        assert {run: len(tags) for run, tags in listing.items()} == {"a": 2}
        server.write_bytes(b"\x7fnot for this machine")


def test_the_servers_log_level_does_not_hide_what_is_waited_for(capsys, logdir, monkeypatch):
    monkeypatch.setenv("RUST_LOG", "off")
    read_by_data_server(monkeypatch)
    assert len(report(capsys, logdir)) == 2


def test_a_proxy_for_the_outside_world_is_not_used(capsys, logdir, monkeypatch):
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    read_by_data_server(monkeypatch)
    assert len(report(capsys, logdir)) == 2


def test_the_server_ends_with_the_context_whatever_happens(logdir, monkeypatch):
    started = []
    popen = subprocess.Popen

    def noted(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with open_logs(str(logdir)):
        assert started[0].poll() is None
    with pytest.raises(ZeroDivisionError), open_logs(str(logdir)):
        raise ZeroDivisionError
    assert [process.poll() for process in started] == [0, 0]


def test_damage_in_an_event_file_is_told(capsys, logdir, caplog):
    file = next(logdir.rglob("*tfevents*"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    cli.main(["report", str(logdir), "--format", "json"])
    capsys.readouterr()
    assert "tfevents" in caplog.text


def test_a_missing_logdir_is_an_error_of_the_package(tmp_path):
    with pytest.raises(LogdirError, match="no folder"), open_logs(str(tmp_path / "missing")):
        pass


def test_a_home_directory_can_be_written_as_a_tilde(capsys, logdir, monkeypatch):
    monkeypatch.setenv("HOME", str(logdir.parent))
    assert len(report(capsys, f"~/{logdir.name}")) == 2


def test_a_run_whose_folder_is_no_text_is_shown_or_refused_in_one_sentence(
    capsys, tmp_path, monkeypatch
):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    with EventLog(Path(folder)) as log:
        for step, values in enumerate(drifting(0, range(3))):
            log.values("kernel", step, values)
    assert [record["run"] for record in report(capsys, tmp_path)] == ["caf\ufffd"]
    read_by_python(monkeypatch)
    assert "cannot be read" in complaint(capsys, "report", tmp_path)


# the process


def test_help_is_quick_because_nothing_heavy_is_imported():
    probe = (
        "import sys; from tb_plugin_weightdelta.cli import commands as cli\n"
        "try: cli.main(['report', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numpy', 'rich', 'grpc', 'tensorboard'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)
    assert b"--baseline" in result.stdout


def test_the_plugin_never_imports_rich():
    probe = (
        "import sys; import tb_plugin_weightdelta.loader, tb_plugin_weightdelta.serving.plugin\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_a_reader_that_has_seen_enough_is_no_error(format_):
    command = [*COMMAND, "report", str(DEMO_LOGS), "--format", format_]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_closed_pipe_does_not_change_the_verdict_of_check(ill):
    command = [*COMMAND, "check", str(ill)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """A shell's background jobs, and all they start, ignore the signal until told otherwise."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_is_quiet(tmp_path, logdir):
    mark = tmp_path / "reading"
    server = script(
        tmp_path / "server", f"import sys\n{STARTED}\nopen({str(mark)!r}, 'w')\nsys.stdin.read()"
    )
    process = subprocess.Popen(
        [*COMMAND, "report", str(logdir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TENSORBOARD_DATA_SERVER_BINARY": str(server)},
    )
    with process:
        try:
            deadline = time.monotonic() + 30
            while not mark.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=30) == (b"", b"")
        finally:
            process.kill()
    assert process.returncode == 130


def test_programs_get_utf_8_and_people_what_their_terminal_can_show(odd):
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for format_ in ("json", "csv"):
        assert ODD in piped("report", odd, "--format", format_, env=env).stdout.decode("utf-8")
    table = piped("report", odd, env=env)
    assert (table.returncode, table.stderr) == (0, b"")
    assert "[red]x[/red] :smile: ?n?c?d?" in table.stdout.decode("ascii")
