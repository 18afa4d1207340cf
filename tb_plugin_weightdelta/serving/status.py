"""What the server runs with: versions, provider, limits."""

import platform
import time
from typing import Any

import numpy
import tensorboard

import tb_plugin_weightdelta
from tb_plugin_weightdelta.reading import Engine


def server_facts(engine: Engine, settings: dict[str, float]) -> dict[str, Any]:
    """As ``status`` tells them: they are fixed when TensorBoard starts."""
    return {
        "version": tb_plugin_weightdelta.__version__,
        "tensorboard": tensorboard.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "provider": engine.provider,
        "data_server": engine.address,
        "kept_steps": engine.kept_steps,
        "settings": settings,
        "started": time.time(),
    }


def start_line(facts: dict[str, Any]) -> str:
    """One line for the log of a server."""
    kept_steps, settings = facts["kept_steps"], facts["settings"]
    known = [f"{steps:,} of {name}" for name, steps in kept_steps.items() if steps is not None]
    kept = " and ".join(known) or "a number of steps that is not known here"
    where = f" from the data server at {facts['data_server']}" if facts["data_server"] else ""
    return (
        f"Weight Delta {facts['version']} reads through {facts['provider']}{where} (TensorBoard "
        f"{facts['tensorboard']}), which keeps {kept}; it takes up to {settings['cache']:g} MB "
        f"for its cache and reads up to {settings['first_step_limit']:g} MiB of a run's "
        "event files for first steps."
    )
