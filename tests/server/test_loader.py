"""Faults of ours, against a real TensorBoard: each costs this tab alone, with one log line."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tb_plugin_weightdelta
from tb_plugin_weightdelta.loader import WeightDeltaLoader
from tests.support.servers.tensorboard_process import RUST, TensorBoard

FAULTS = {
    "the constructor raises": "plugin.WeightDeltaPlugin.__init__ = boom",
    "get_plugin_apps raises": "plugin.WeightDeltaPlugin.get_plugin_apps = boom",
    "frontend_metadata raises": "plugin.WeightDeltaPlugin.frontend_metadata = boom",
    "data_plugin_names raises": "plugin.WeightDeltaPlugin.data_plugin_names = boom",
}


def sabotage(folder: Path, code: str) -> dict[str, str]:
    """An environment in which Python runs ``code`` before TensorBoard starts."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from tb_plugin_weightdelta.serving import plugin\n"
        "def boom(*_, **__):\n"
        "    raise ValueError('on purpose\\nand on a second line')\n"
        f"{code}\n"
    )
    return {"PYTHONPATH": str(folder)}


def our_lines(board: TensorBoard) -> list[str]:
    return [line for line in board.log_text().splitlines() if "Weight Delta" in line]


def faults(board: TensorBoard) -> list[str]:
    return [line for line in our_lines(board) if "reads through" not in line]


def assert_everything_else_works(board: TensorBoard) -> dict:
    """The plugin listing, another tab's data and its page; returns the listing."""
    reply = board.fetch("data/plugins_listing")
    assert reply.status == 200
    assert board.fetch("data/plugin/histograms/tags").status == 200
    assert board.fetch("").status == 200
    return reply.json()


@pytest.mark.parametrize("code", FAULTS.values(), ids=FAULTS)
def test_a_plugin_that_cannot_load_costs_its_own_tab_alone(code, logdir, tmp_path):
    env = sabotage(tmp_path / "path", code)
    with TensorBoard(logdir, RUST, env=env, log=tmp_path / "log.txt") as board:
        assert "weight_delta" not in assert_everything_else_works(board)
        (line,) = our_lines(board)
        assert "tab is not available: ValueError: on purpose and on a second line" in line


@pytest.mark.parametrize(
    "module", ["orjson", "werkzeug.wrappers", "tb_plugin_weightdelta.serving.plugin"]
)
def test_a_missing_or_broken_module_costs_its_own_tab_alone(module, logdir, tmp_path):
    """The module cannot be imported, as if its package were missing or half upgraded."""
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import builtins, sys\n"
        "real = builtins.__import__\n"
        "def guarded(name, globals=None, locals=None, fromlist=(), level=0):\n"
        "    ours = (globals or {}).get('__name__', '').startswith('tb_plugin_weightdelta')\n"
        f"    wanted = {{name, *(f'{{name}}.{{part}}' for part in fromlist or ())}}\n"
        f"    if ours and {module!r} in wanted:\n"
        f"        raise ModuleNotFoundError('No module named {module}')\n"
        "    return real(name, globals, locals, fromlist, level)\n"
        "builtins.__import__ = guarded\n"
    )
    env = {"PYTHONPATH": str(folder)}
    with TensorBoard(logdir, RUST, env=env, log=tmp_path / "log.txt") as board:
        assert "weight_delta" not in assert_everything_else_works(board)
        (line,) = our_lines(board)
        assert f"No module named {module}" in line


@pytest.mark.parametrize("route", ["runs", "overview", "series", "histogram"])
def test_a_route_that_raises_is_an_error_of_its_own(route, logdir, tmp_path):
    env = sabotage(tmp_path / "path", f"plugin.WeightDeltaPlugin.{route} = boom")
    with TensorBoard(logdir, RUST, env=env, log=tmp_path / "log.txt") as board:
        reply = board.get(route)
        assert reply.status == 500
        assert reply.json()["error"].startswith("Weight Delta met an error of its own")
        assert "weight_delta" in assert_everything_else_works(board)
        (line,) = faults(board)
        assert f"route /{route} failed: ValueError: on purpose" in line


def test_a_fault_is_told_once_and_not_per_request(logdir, tmp_path):
    env = sabotage(tmp_path / "path", "plugin.WeightDeltaPlugin.runs = boom")
    with TensorBoard(logdir, RUST, env=env, log=tmp_path / "log.txt") as board:
        assert [board.get("runs").status for _ in range(3)] == [500] * 3
        assert len(faults(board)) == 1


def test_without_a_fault_the_log_has_one_line_that_says_what_runs(logdir, tmp_path):
    with TensorBoard(logdir, RUST, log=tmp_path / "log.txt") as board:
        assert "weight_delta" in assert_everything_else_works(board)
        board.wait_for_series({"a": 2})
        (line,) = our_lines(board)
        assert f"Weight Delta {tb_plugin_weightdelta.__version__} reads through Grpc" in line
        assert "up to 256 MB" in line
        assert "1,000 of weight_delta" in line


def test_the_entry_point_imports_only_tensorboards_base_class():
    """Compared with the base class alone, in a fresh process."""
    code = "import {}, sys; print(*(set(sys.modules) - sys.stdlib_module_names))"

    def not_stdlib(name: str) -> bool:
        return name.split(".", maxsplit=1)[0] not in sys.stdlib_module_names

    def loaded(module: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code.format(module)], capture_output=True, text=True, check=True
        )
        return {name for name in done.stdout.split() if not_stdlib(name)}

    extra = loaded("tb_plugin_weightdelta.loader") - loaded("tensorboard.plugins.base_plugin")
    assert extra == {"tb_plugin_weightdelta", "tb_plugin_weightdelta.loader"}


@pytest.mark.parametrize("package", ["tensorflow", "torch", "scipy", "jax"])
def test_tensorboard_with_the_plugin_never_imports(package, logdir, tmp_path):
    """A decoy package notes who imports it: it must never be this plugin.

    TensorBoard itself looks for TensorFlow, so the decoy says that it is not there.
    """
    folder = tmp_path / "path"
    (folder / package).mkdir(parents=True)
    notes = tmp_path / "notes.txt"
    (folder / package / "__init__.py").write_text(
        "import traceback\n"
        f"open({str(notes)!r}, 'a').write(''.join(traceback.format_stack()))\n"
        "raise ImportError('a decoy')\n"
    )
    env = {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    with TensorBoard(logdir, RUST, env=env, log=tmp_path / "log.txt") as board:
        board.wait_for_series({"a": 2})
        board.table("overview", run="a")
        board.table("series", run="a", tag="dense/kernel")
    assert "tb_plugin_weightdelta" not in (notes.read_text() if notes.exists() else "")


def test_a_thousand_exact_records_are_kept_unless_tensorboard_was_told_otherwise():
    told = {"histograms": 5, "weight_delta": 7}
    for samples, kept in (({}, 1000), (told, 7)):
        flags = argparse.Namespace(samples_per_plugin=samples)
        WeightDeltaLoader().fix_flags(flags)
        assert flags.samples_per_plugin["weight_delta"] == kept
    assert told["histograms"] == 5


def test_flags_of_another_kind_cost_records_not_tensorboard(caplog):
    WeightDeltaLoader().fix_flags(argparse.Namespace())
    assert "Of exact records only a few are kept" in caplog.text
