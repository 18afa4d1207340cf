"""What reads the logs for TensorBoard: its Python loader, its data server, or somebody else's."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins import base_plugin

from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.names import HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.reading.event_files import RunFolders, roots_of
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.provider import Provider, SeriesEntry
from tb_plugin_weightdelta.reading.run import LogReader

# How many steps of a tensor TensorBoard keeps when it was not told: its data server of any
# plugin's, its Python loader of each plugin's.
_DATA_SERVER_KEEPS: Final = 100
_PYTHON_KEEPS: Final = {HISTOGRAMS_PLUGIN_NAME: 500, PLUGIN_NAME: 10}

# How TensorBoard's provider names the data server that it asks.
_ADDRESS: Final = re.compile(r"addr='([^']*)'")


@dataclass(frozen=True)
class Engine:
    """Known when TensorBoard starts.

    provider: the class that reads the logs.
    is_own: whether TensorBoard started it with flags that are known here.
    address: of a data server that somebody else started; None where there is none.
    has_logdir: whether TensorBoard was told of a folder with event files.
    kept_steps: how many steps of a tensor it keeps, by the plugin that wrote them; 0 is all,
        None not known.
    """

    provider: str
    is_own: bool
    address: str | None
    has_logdir: bool
    kept_steps: dict[str, int | None]

    @property
    def name(self) -> str:
        """What sentences call it."""
        if self.address:
            return f"the data server at {self.address}"
        return "TensorBoard's data server" if self.is_own else f"the data provider {self.provider}"

    @property
    def when_away(self) -> str:
        """What to say and to do when it does not answer."""
        if not self.is_own:
            name = f"{self.name[0].upper()}{self.name[1:]}"
            return (
                f"{name} does not answer. Once it runs again at the same address TensorBoard "
                "finds it by itself."
            )
        return (
            "TensorBoard's data server, a process that it starts itself, does not answer. "
            "TensorBoard does not start it a second time: restart TensorBoard."
        )

    def without_files(self, are_reached: bool) -> str | None:
        """What cannot be told of runs whose event files are not reached; None where they are.

        What TensorBoard reads itself is where it was told to look.
        """
        if self.is_own or are_reached:
            return None
        where = (
            "and the event files of these runs are not in the --logdir that it was given"
            if self.has_logdir
            else "and was not given a --logdir with the event files"
        )
        return (
            f"TensorBoard reads {self.name}, {where}. What only the files can tell is not known "
            "here: the first step of a tensor when it is not among the steps that the server "
            "keeps, whether several tensors share a tag, and the exact sums of legacy histograms "
            "(of those movement is known less precisely). Everything "
            "else is as always. Where this machine can reach the files, start TensorBoard with "
            "--logdir beside --grpc_data_provider."
        )


@dataclass(frozen=True)
class Connection:
    """What a running TensorBoard reads with, and the event files beside it."""

    engine: Engine
    reader: LogReader
    files: RunFolders
    multiplexer: EventMultiplexer | None = None

    def last_step(self, run: str, tags: Mapping[str, SeriesEntry]) -> int:
        """How far the training went that is shown of a run.

        The Python loader keeps the steps of one that was begun anew in the same folder, which may
        have gone farther.
        """
        newest = max(tags, key=lambda tag: tags[tag].last_wall_time)
        if self.multiplexer is not None and tags[newest].histograms is not None:
            with contextlib.suppress(KeyError, IndexError):  # it is gone by now
                return int(self.multiplexer.Tensors(run, newest)[-1].step)
        return max(entry.last_step for entry in tags.values())


def connected(
    context: base_plugin.TBContext, cache: Cache, read_limit: int, timings: Timings
) -> Connection:
    """Reads what the TensorBoard of this context reads.

    cache: remembers series and heads of event files. read_limit: bytes of a run's event files
        that may be read for its first steps.
    """
    roots = roots_of(context.logdir, getattr(context.flags, "logdir_spec", None))
    multiplexer = context.multiplexer  # None with the Rust data server and remote providers
    folders = RunFolders(roots, multiplexer.RunPaths if multiplexer else None)
    engine = engine_of(context, has_logdir=bool(roots))
    first_steps = FirstStepReader(
        folders,
        read_limit,
        cache,
        samples=engine.kept_steps[HISTOGRAMS_PLUGIN_NAME],
        migrates=multiplexer is not None,
        timings=timings,
    )
    provider = Provider(context.data_provider, engine.when_away, timings)
    return Connection(engine, LogReader(provider, first_steps, cache), folders, multiplexer)


def engine_of(context: base_plugin.TBContext, has_logdir: bool) -> Engine:
    """What TensorBoard's context tells."""
    provider = context.data_provider
    is_python = context.multiplexer is not None
    address = getattr(context.flags, "grpc_data_provider", "") or ""
    is_data_server = type(provider).__name__ == "GrpcDataProvider"
    is_own = is_python or (is_data_server and not address and has_logdir)
    if is_data_server and not is_own and not address:
        found = _ADDRESS.search(str(provider))
        address = found[1] if found else ""
    hints = context.sampling_hints or {}
    defaults = _PYTHON_KEEPS if is_python else {}
    return Engine(
        provider=type(provider).__name__,
        is_own=is_own,
        address=None if is_own else address or None,
        has_logdir=has_logdir,
        kept_steps={
            name: int(hints.get(name, defaults.get(name, _DATA_SERVER_KEEPS))) if is_own else None
            for name in (HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME)
        },
    )
