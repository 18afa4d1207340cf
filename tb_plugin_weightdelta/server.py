"""What there is to know of the server that the plugin runs in: versions, provider, limits."""

import platform
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy
import tensorboard
from tensorboard.plugins import base_plugin

import tb_plugin_weightdelta
from tb_plugin_weightdelta import settings
from tb_plugin_weightdelta.metadata import HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME
from tb_plugin_weightdelta.recovery import DEFAULT_SAMPLES


@dataclass(frozen=True)
class ServerFacts:
    """Fixed when TensorBoard starts.

    provider: the class that reads the logs. kept_steps: how many steps of a tensor it keeps,
        by the plugin that wrote them; 0 is all. settings: our flags by name.
    """

    version: str
    tensorboard: str
    numpy: str
    python: str
    provider: str
    kept_steps: dict[str, int]
    settings: dict[str, float]
    started: float

    def table(self) -> dict[str, Any]:
        """As JSON; ``started`` is in seconds since the epoch."""
        return asdict(self)


def server_facts(context: base_plugin.TBContext) -> ServerFacts:
    """What TensorBoard's context tells."""
    hints = context.sampling_hints or {}
    return ServerFacts(
        version=tb_plugin_weightdelta.__version__,
        tensorboard=tensorboard.__version__,
        numpy=numpy.__version__,
        python=platform.python_version(),
        provider=type(context.data_provider).__name__,
        kept_steps={
            name: int(hints.get(name, DEFAULT_SAMPLES))
            for name in (HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME)
        },
        settings={
            setting.name: settings.value(context.flags, setting.name)
            for setting in settings.SETTINGS
        },
        started=time.time(),
    )


def start_line(facts: ServerFacts) -> str:
    """One line for the log of a server."""
    kept = " and ".join(f"{steps} of {name}" for name, steps in facts.kept_steps.items())
    return (
        f"Weight Delta {facts.version} reads through {facts.provider} (TensorBoard "
        f"{facts.tensorboard}), which keeps {kept}; it takes up to {facts.settings['cache']:g} MB "
        f"for its cache and reads up to {facts.settings['first_step_limit']:g} MiB of a run's "
        "event files for first steps."
    )
