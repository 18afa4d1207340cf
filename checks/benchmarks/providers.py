"""Both of TensorBoard's data providers, in this process, with logs loaded."""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.data.server_ingester import SubprocessServerDataIngester, get_server_binary
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.util.grpc_util import ChannelCredsType

HISTOGRAMS = "histograms"
SAMPLES = {HISTOGRAMS: 500}  # the Python loader's default; so no step is dropped
RELOAD_SECONDS = 1
_PATIENCE = 120  # seconds


class CountingProvider:
    """Passes everything on to a data provider, and counts its ``read_tensors`` by run."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self.reads: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def read_tensors(self, *args: Any, run_tag_filter: Any, **rest: Any) -> Any:
        self.reads.update(run_tag_filter.runs)
        return self._provider.read_tensors(*args, run_tag_filter=run_tag_filter, **rest)


@dataclass
class Loaded:
    """A logdir behind a data provider.

    until: loads what is new, and returns when every series of each of the given runs, and
        of no others, has come to its step.
    owner: what must live as long as this does.
    """

    name: str
    provider: CountingProvider
    context: TBContext
    until: Callable[[dict[str, int]], None]
    owner: object


def rust(logdir: Path) -> Loaded:
    """The Rust data server, which ends when nothing refers to the result any more."""
    ingester = SubprocessServerDataIngester(
        get_server_binary(),
        str(logdir),
        reload_interval=RELOAD_SECONDS,
        channel_creds_type=ChannelCredsType.LOCAL,
        samples_per_plugin=SAMPLES,
    )
    ingester.start()
    provider = CountingProvider(ingester.data_provider)

    def until(expected: dict[str, int]) -> None:
        _wait(provider, expected, lambda: time.sleep(0.1))

    context = _context(logdir, provider)
    return Loaded("Rust data server", provider, context, until, ingester)


def python(logdir: Path) -> Loaded:
    """The Python event multiplexer."""
    multiplexer = EventMultiplexer(tensor_size_guidance=SAMPLES)
    provider = CountingProvider(MultiplexerDataProvider(multiplexer, str(logdir)))

    def load() -> None:
        multiplexer.AddRunsFromDirectory(str(logdir))
        multiplexer.Reload()

    def until(expected: dict[str, int]) -> None:
        _wait(provider, expected, load)

    context = _context(logdir, provider, multiplexer)
    return Loaded("Python multiplexer", provider, context, until, multiplexer)


PROVIDERS: tuple[Callable[[Path], Loaded], ...] = (rust, python)


def _context(logdir: Path, provider: CountingProvider, multiplexer: Any = None) -> TBContext:
    return TBContext(
        data_provider=provider,
        flags=argparse.Namespace(),
        logdir=str(logdir),
        multiplexer=multiplexer,
        sampling_hints=SAMPLES,
    )


def _wait(provider: CountingProvider, expected: dict[str, int], load: Callable[[], None]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while _last_steps(provider) != expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"The logs were not loaded within {_PATIENCE} s.")
        load()


def _last_steps(provider: CountingProvider) -> dict[str, int]:
    """The step that every series of a run has come to."""
    listing = provider.list_tensors(RequestContext(), experiment_id="", plugin_name=HISTOGRAMS)
    return {run: min(tag.max_step for tag in tags.values()) for run, tags in listing.items()}
