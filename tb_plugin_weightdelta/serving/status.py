"""How the server fares that the plugin runs in: versions, provider, limits."""

import platform
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy
import tensorboard
from tensorboard.plugins import base_plugin

import tb_plugin_weightdelta
from tb_plugin_weightdelta.reading import Engine
from tb_plugin_weightdelta.serving import settings


@dataclass(frozen=True)
class ServerFacts:
    """Fixed when TensorBoard starts.

    provider: the class that reads the logs. data_server: the address of one that somebody else
        started. kept_steps: how many steps of a tensor it keeps, by the plugin that wrote them;
        0 is all, None not known. settings: our flags by name.
    """

    version: str
    tensorboard: str
    numpy: str
    python: str
    provider: str
    data_server: str | None
    kept_steps: dict[str, int | None]
    settings: dict[str, float]
    started: float

    def table(self) -> dict[str, Any]:
        """As JSON; ``started`` is in seconds since the epoch."""
        return asdict(self)


def server_facts(context: base_plugin.TBContext, engine: Engine) -> ServerFacts:
    """What TensorBoard's context and flags tell."""
    return ServerFacts(
        version=tb_plugin_weightdelta.__version__,
        tensorboard=tensorboard.__version__,
        numpy=numpy.__version__,
        python=platform.python_version(),
        provider=engine.provider,
        data_server=engine.address,
        kept_steps=engine.kept_steps,
        settings={
            setting.name: settings.value(context.flags, setting.name)
            for setting in settings.SETTINGS
        },
        started=time.time(),
    )


def start_line(facts: ServerFacts) -> str:
    """One line for the log of a server."""
    known = [f"{steps} of {name}" for name, steps in facts.kept_steps.items() if steps is not None]
    kept = " and ".join(known) or "a number of steps that is not known here"
    where = f" from the data server at {facts.data_server}" if facts.data_server else ""
    return (
        f"Weight Delta {facts.version} reads through {facts.provider}{where} (TensorBoard "
        f"{facts.tensorboard}), which keeps {kept}; it takes up to {facts.settings['cache']:g} MB "
        f"for its cache and reads up to {facts.settings['first_step_limit']:g} MiB of a run's "
        "event files for first steps."
    )
