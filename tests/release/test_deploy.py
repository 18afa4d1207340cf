"""Files of ``deploy`` that no other test runs: units of systemd, the Containerfile, the guide."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checks.release import container
from tests.support.places import ROOT
from tests.support.servers.tensorboard_process import value_of

DEPLOY = ROOT / "deploy"
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
UNITS = ("tensorboard.service", "tensorboard-data.service")
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc")


def settings_of(unit: Path) -> configparser.SectionProxy:
    """The ``[Service]`` section; of a repeated setting the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    return parser["Service"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_guide_shows_the_way_to_every_file(file):
    assert f"](../{file.relative_to(ROOT)})" in GUIDE


def test_what_the_guide_quotes_of_the_files_is_in_them():
    quoted = re.findall(r"```(?:nginx|ini|python|dockerfile)\n(.*?)```", GUIDE, re.DOTALL)
    assert len(quoted) >= 3
    texts = [file.read_text() for file in FILES]
    for quote in quoted:
        assert any(quote.strip("\n") in text for text in texts), quote


def test_the_sites_differ_in_what_they_pass_on_alone():
    kept, stripped = (
        (DEPLOY / "nginx" / f"prefix-{kind}.conf").read_text() for kind in ("kept", "stripped")
    )
    without_path = re.sub(r"proxy_pass http://tensorboard[^;]*;", "proxy_pass;", stripped)
    assert (
        without_path.splitlines()[1:]
        == re.sub(r"proxy_pass http://tensorboard;", "proxy_pass;", kept).splitlines()[1:]
    )


class TestUnits:
    @pytest.fixture
    def installed(self, tmp_path: Path) -> Path:
        """The units, for programs that are here."""
        place = tmp_path / "bin"
        place.mkdir()
        for name in ("tensorboard", "gunicorn", "python"):
            (place / name).symlink_to(shutil.which("true") or sys.executable)
        units = tmp_path / "units"
        shutil.copytree(DEPLOY / "systemd", units)
        for file in (path for path in units.rglob("*") if path.is_file()):
            file.write_text(file.read_text().replace("/opt/tensorboard/bin", str(place)))
        return units

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
    @pytest.mark.parametrize("unit", UNITS)
    def test_systemd_finds_no_fault_in_a_unit_and_little_that_it_may_do(self, installed, unit):
        for check in (["verify"], ["security", "--offline=true", "--threshold=20"]):
            done = subprocess.run(
                ["systemd-analyze", "--no-pager", *check, str(installed / unit)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            if check == ["verify"]:
                assert unit not in done.stderr

    def test_both_units_are_hardened_alike(self):
        one, other = (dict(settings_of(DEPLOY / "systemd" / unit)) for unit in UNITS)
        assert one.pop("ExecStart") != other.pop("ExecStart")
        assert one == other

    def test_the_flags_of_the_units_are_flags_of_tensorboard(self):
        web = settings_of(DEPLOY / "systemd" / "tensorboard.service")["ExecStart"]
        flags = shlex.split(web)[1:]
        assert known(flags)
        assert "--host=127.0.0.1" in flags
        text = (DEPLOY / "systemd" / "tensorboard.service.d" / "gunicorn.conf").read_text()
        behind = re.search(r'"TENSORBOARD_FLAGS=(.*)"', text)
        assert behind
        flags = shlex.split(behind[1])
        assert known(flags)
        data = settings_of(DEPLOY / "systemd" / "tensorboard-data.service")["ExecStart"]
        port = value_of("grpc_data_provider", flags).removeprefix("localhost:")
        assert value_of("logdir", shlex.split(data)) == value_of("logdir", flags)
        assert value_of("port", shlex.split(data)) == port


class TestContainerfile:
    def test_what_it_copies_is_there(self, tmp_path):
        build, _ = container.stages(container.CONTAINERFILE.read_text())
        container.copy_into(tmp_path, build)
        for name in (
            "pyproject.toml",
            "frontend/src/main.ts",
            "tb_plugin_weightdelta/serving/plugin.py",
        ):
            assert (tmp_path / name).is_file(), name

    def test_its_command_is_one_of_tensorboard(self):
        _, image = container.stages(container.CONTAINERFILE.read_text())
        name, *rest = container.command(image)
        assert name == "tensorboard"
        assert known(rest)
        assert dict(image)["EXPOSE"] == value_of("port", rest)


def known(flags: list[str]) -> bool:
    """Whether TensorBoard takes these flags."""
    command = [sys.executable, "-m", "tensorboard.main", *flags, "--version_tb"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
