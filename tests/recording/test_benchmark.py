"""What the benchmark of the recorder says of its target."""

import pytest

from checks.benchmarks import recorder
from checks.benchmarks.table import Row


@pytest.mark.parametrize(("met", "status"), [((True, True), 0), ((True, False), 1)])
def test_a_missed_target_is_a_failure(tmp_path, monkeypatch, capsys, met, status):
    measured = [Row("recorder", "1 ms", "99 ms", "1 %", "≤ 2 %", each) for each in met]
    monkeypatch.setattr(recorder, "rows", lambda: measured)
    monkeypatch.setattr(recorder, "LAST", tmp_path / "recorder.md")
    assert recorder.main() == status
    assert (tmp_path / "recorder.md").read_text() in capsys.readouterr().out
