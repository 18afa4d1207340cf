"""Where the event files of a run are, and that nothing outside the logdir is opened."""

import os
from pathlib import Path

import pytest

from tb_plugin_weightdelta.reading.event_files import RunFolders, is_local, roots_of


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.fixture
def logs(tmp_path):
    touch(tmp_path / "outside" / "secret" / "events.out.tfevents.1")
    for name in ("events.out.tfevents.2", "events.out.tfevents.10", "notes.txt"):
        touch(tmp_path / "logs" / "a" / "b" / name)
    touch(tmp_path / "logs" / "a" / "b" / "events.out.tfevents.3.profile-empty")
    touch(tmp_path / "logs" / "events.out.tfevents.0")
    return tmp_path / "logs"


def names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_a_runs_name_is_its_path_and_files_come_in_tensorboards_order(logs):
    folders = RunFolders([str(logs)])
    expected = ["events.out.tfevents.10", "events.out.tfevents.2"]
    assert names(folders.event_files("a/b")) == expected
    assert names(folders.event_files(".")) == ["events.out.tfevents.0"]
    assert folders.event_files("a") == []


@pytest.mark.parametrize("run", ["../outside/secret", "a/../../outside/secret", "/etc", "nowhere"])
def test_a_name_that_leads_out_of_the_logdir_is_not_followed(logs, run):
    assert RunFolders([str(logs)]).event_files(run) == []


def test_an_absolute_name_does_not_lead_out_of_the_logdir(logs):
    outside = logs.parent / "outside" / "secret"
    assert RunFolders([str(logs)]).event_files(str(outside)) == []


def test_a_run_may_be_a_link_to_elsewhere(logs):
    """As people collect runs that they want to compare."""
    (logs / "linked").symlink_to(logs.parent / "outside" / "secret")
    (logs / "all").symlink_to(logs.parent / "outside")
    folders = RunFolders([str(logs)])
    for run in ("linked", "all/secret"):
        (path,) = folders.event_files(run)
        assert path == str(logs / run / "events.out.tfevents.1")
        assert folders.reach_any([run])
    assert folders.event_files("all/../outside/secret") == []


def test_a_logdir_may_be_a_link(logs):
    (logs.parent / "current").symlink_to(logs)
    for root in (logs.parent / "current", logs.parent / "logs" / ".." / "current"):
        assert len(RunFolders([str(root)]).event_files("a/b")) == 2
        real = {"mine": str(logs / "a" / "b")}
        assert len(RunFolders([str(root)], lambda paths=real: paths).event_files("mine")) == 2


def test_a_file_that_is_a_link_out_of_its_folder_is_not_opened(logs):
    secret = logs.parent / "outside" / "secret"
    (logs / "files").mkdir()
    (logs / "files" / "events.out.tfevents.1").symlink_to(secret / "events.out.tfevents.1")
    (logs / "files" / "events.out.tfevents.2").symlink_to(logs / "events.out.tfevents.0")
    (secret / "events.out.tfevents.3").symlink_to(logs / "events.out.tfevents.0")
    (secret / "events.out.tfevents.4").symlink_to("events.out.tfevents.1")
    (logs / "linked").symlink_to(secret)
    folders = RunFolders([str(logs)])
    assert folders.event_files("files") == []
    expected = ["events.out.tfevents.1", "events.out.tfevents.4"]
    assert names(folders.event_files("linked")) == expected


def test_a_link_within_the_logdir_is_followed(logs):
    (logs / "again").symlink_to(logs / "a" / "b")
    assert len(RunFolders([str(logs)]).event_files("again")) == 2


def test_runs_of_a_logdir_spec_are_where_the_loader_says(logs):
    paths = {"mine/b": str(logs / "a" / "b"), "elsewhere": str(logs.parent / "outside" / "secret")}
    folders = RunFolders([str(logs / "a")], lambda: paths)
    assert len(folders.event_files("mine/b")) == 2
    assert folders.event_files("elsewhere") == []
    assert folders.event_files("unknown") == []


def test_without_a_logdir_there_are_no_files():
    assert RunFolders([]).event_files("a") == []


@pytest.mark.parametrize(
    ("logdir", "spec", "roots"),
    [
        ("runs", None, ["runs"]),
        ("", "a:one,b:two/three", ["one", "two/three"]),
        (None, "one,/x:y/two", ["one", "/x:y/two"]),
        (None, "gs://bucket/logs,n:gs://bucket/more", ["gs://bucket/logs", "gs://bucket/more"]),
        (None, None, []),
    ],
)
def test_roots_of(logdir, spec, roots):
    assert roots_of(logdir, spec) == roots


def test_a_name_with_a_nul_or_a_scheme_in_it_is_no_file(logs):
    folders = RunFolders([str(logs)])
    for run in ("a\0b", "a/b\0", "file:///etc", "gs://bucket", "a://../../outside/secret"):
        assert folders.event_files(run) == []
        assert not folders.reach_any([run])


def test_a_path_with_a_scheme_inside_is_on_this_machine():
    assert is_local("/logs/gs://bucket")
    assert not is_local("gs://bucket")
    assert not is_local("fs+x.1-y://bucket")


def test_a_pipe_that_to_open_would_never_end_is_not_opened(logs):
    os.mkfifo(logs / "a" / "b" / "events.out.tfevents.5")
    folders = RunFolders([str(logs)])
    assert len(folders.event_files("a/b")) == 2


def test_links_in_a_circle_lead_nowhere(logs):
    (logs / "round").symlink_to(logs / "round")
    (logs / "a" / "b" / "events.out.tfevents.6").symlink_to("events.out.tfevents.6")
    folders = RunFolders([str(logs)])
    assert folders.event_files("round") == []
    assert len(folders.event_files("a/b")) == 2
