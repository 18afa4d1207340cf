"""Every example of docs/recorder.md runs as it stands, and records what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tb_plugin_weightdelta.core.exact import FIELDS, QUANTILES
from tb_plugin_weightdelta.recording.options import Options
from tests.support.places import ROOT
from tests.support.records import histograms, records

TEXT = (ROOT / "docs" / "recorder.md").read_text()

# The examples by their first line, and the steps that each records.
RECORDED = {
    "keras": [0, 100, 200, 256],
    "torch": [0, 100, 200, 300],
    "torch: two processes": [0, 100, 200],
    "transformers": [0, 50, 100, 120],
    "lightning": [0, 100, 200, 250],
    "jax": [0, 100, 200, 300],
    "numpy": [0, 500],
    "read": [0, 1, 2],
    "json lines": [0, 1, 2],
    "causes": [0, 1, 2],
    "torch: resuming": [0, 100, 200, 250, 300, 400, 500],
}
EXAMPLES = dict(re.findall(r"```python\n# (.+?)\n(.+?)```", TEXT, re.DOTALL))


def test_every_example_is_run():
    assert EXAMPLES.keys() == RECORDED.keys()


def test_the_first_example_passes_the_training_s_own_writer():
    """A second file in its folder would stop a live TensorBoard from reading the first."""
    assert "--reload_multifile=true" in TEXT
    first = next(iter(EXAMPLES.values()))
    assert re.search(
        r"writer = SummaryWriter\(.*record\(model, optimizer, writer", first, re.DOTALL
    )


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")  # of Trainers
@pytest.mark.parametrize("name", [name for name in RECORDED if "processes" not in name])
def test_an_example_records_what_it_says(tmp_path, monkeypatch, said, name):
    monkeypatch.chdir(tmp_path)
    code = compile(EXAMPLES[name], f"the example {name}", "exec")
    exec(code, {"__name__": "__main__"})
    assert_recorded(tmp_path, RECORDED[name])
    assert said() == []


def test_the_example_of_two_processes_records_what_it_says(tmp_path):
    name = "torch: two processes"
    (tmp_path / "train.py").write_text(f"{EXAMPLES[name]}print('got to its end', flush=True)\n")
    both = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "train.py"]
    how = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 100}
    # With PyTorch 2.13 and gloo one in twenty such scripts aborts behind its last line, without
    # a recorder as well: its exit code says nothing.
    run = subprocess.run([sys.executable, *both], check=False, **how)
    assert run.stdout.count("got to its end") == 2, run.stderr
    assert_recorded(tmp_path, RECORDED[name])


def assert_recorded(folder: Path, steps: list[int]) -> None:
    (run,) = {file.parent for file in folder.rglob("*tfevents*")}
    found = records(run)
    assert found
    for series in found.values():
        assert sorted(series) == steps
        assert {figures["baseline_step"] for figures in series.values()} == {0}
    moved = [series for series in found.values() if not series[steps[-1]]["cause"]]
    assert moved
    for series in moved:
        assert series[steps[-1]]["mean_abs"] > 0
        # The last record may come at any step: the weights before it were not kept.
        assert any(figures["update_ratio"] > 0 for figures in series.values())
    assert histograms(run).keys() == found.keys()


def test_every_option_and_every_field_is_explained():
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| .+? \|", TEXT, re.MULTILINE))))
    assert set(Options.__dataclass_fields__) <= explained
    assert set(FIELDS) - set(QUANTILES) <= explained
