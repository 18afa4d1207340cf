"""How summaries are asked for: the only module that calls TensorBoard's ``DataProvider``.

It works with every provider: the Rust data server over gRPC, the Python event
multiplexer, or a remote one. A batch that fails is halved until the one series that
cannot be read stands alone; a data server that does not answer is not one series' fault.

Histograms and exact records are listed as one series where their names belong together.
"""

import contextlib
import functools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import grpc  # type: ignore[import-untyped]  # ships no type hints
from tensorboard import errors as tensorboard_errors
from tensorboard.context import RequestContext
from tensorboard.data.provider import DataProvider, RunTagFilter, TensorDatum, TensorTimeSeries

from tb_plugin_weightdelta.core.errors import NotInLogdir, SourceUnavailable, told
from tb_plugin_weightdelta.core.modules import KERAS_SUFFIX
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX, HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.reading.hparams import SESSION_TAG, HParams, parsed

# Ask for every step the provider still holds: a smaller number would drop more
# steps at random, the first one included.
_EVERY_STEP: Final = 2**31 - 1

# The plugins whose summaries stand beside histograms.
SCALARS_PLUGIN_NAME: Final = "scalars"
HPARAMS_PLUGIN_NAME: Final = "hparams"

# Steps of a scalar: as many as the data server keeps by default.
MOST_SCALARS: Final = 1000

# How old the list of a run's tags may be. To ask the Rust data server for it can take 40 ms,
# far longer than answering from the cache; nobody sees whether a page is a second behind.
RECENT_SECONDS: Final = 1.0

# Where nothing is known of it, as on the command line.
DATA_SERVER_AWAY: Final = "The data server that reads the logs does not answer."

# TensorBoard's Python loader fails with a KeyError when it lets go of a run that was deleted while
# it is asked for the list; so often it is asked at most.
_TRIES: Final = 5

_Listed = Mapping[str, Mapping[str, TensorTimeSeries]]
Batch = dict[str, Sequence[TensorDatum]]

# What the summaries of a plugin are called in sentences.
_WHAT: Final = {HISTOGRAMS_PLUGIN_NAME: "histograms", PLUGIN_NAME: "exact records"}


@dataclass(frozen=True)
class SeriesEntry:
    """One series as the provider lists it: its histograms, its exact records, or both.

    exact_tag: the tag that the exact records were logged under.
    """

    histograms: TensorTimeSeries | None = None
    exact: TensorTimeSeries | None = None
    exact_tag: str = ""

    @property
    def last_step(self) -> int:
        """The last step that the provider holds."""
        return max(int(each.max_step) for each in self._both)

    @property
    def last_wall_time(self) -> float:
        """When the last summary was written, in seconds since the epoch."""
        return max(float(each.max_wall_time) for each in self._both)

    @property
    def age(self) -> tuple[tuple[int, float] | None, ...]:
        """What changes when the series does."""
        return tuple(
            (int(each.max_step), float(each.max_wall_time)) if each else None
            for each in (self.histograms, self.exact)
        )

    @property
    def description(self) -> str:
        """What the training script said of the tensor."""
        return next((str(each.description) for each in self._both if each.description), "")

    @property
    def _both(self) -> list[TensorTimeSeries]:
        return [each for each in (self.histograms, self.exact) if each is not None]


Listing = Mapping[str, Mapping[str, SeriesEntry]]


def joined(
    histograms: Mapping[str, TensorTimeSeries], exact: Mapping[str, TensorTimeSeries]
) -> dict[str, SeriesEntry]:
    """The series of a run by tag.

    The records ``weight_delta/X`` belong to the histograms ``X``, else to ``X/histogram``
    if those have none of their own; where there are neither they are the series ``X``.
    """
    series = {tag: SeriesEntry(histograms=listed) for tag, listed in histograms.items()}
    for tag, listed in exact.items():
        if not tag.startswith(EXACT_TAG_PREFIX):
            continue
        owner = tag.removeprefix(EXACT_TAG_PREFIX)
        is_keras = owner not in histograms and owner + KERAS_SUFFIX in histograms
        if is_keras and tag + KERAS_SUFFIX not in exact:
            owner += KERAS_SUFFIX
        series[owner] = SeriesEntry(histograms.get(owner), listed, tag)
    return series


def names_beside(tag: str) -> list[str]:
    """The names that decide what belongs to the series ``tag``, its own first."""
    return list(dict.fromkeys([tag, tag.removesuffix(KERAS_SUFFIX), tag + KERAS_SUFFIX]))


class Provider:
    """Lists and reads the summaries of a TensorBoard."""

    def __init__(
        self,
        provider: DataProvider,
        when_away: str = DATA_SERVER_AWAY,
        timings: Timings | None = None,
        *,
        recent_seconds: float = RECENT_SECONDS,
    ) -> None:
        """Ask ``provider``.

        when_away: what to say when the data server does not answer.
        recent_seconds: how old the list of a run may be.
        """
        self._timings = timings or Timings()
        self._provider = provider
        self._when_away = when_away
        self._recent_seconds = recent_seconds
        self._recent: dict[tuple[str, str], tuple[float, Mapping[str, SeriesEntry]]] = {}

    def __len__(self) -> int:
        """How many lists are remembered."""
        return len(self._recent)

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms or exact records, with its series; reads no tensor.

        Whoever asks for this wants news: what was listed before is not used again.
        Raises SourceUnavailable when the provider does not answer.
        """
        self._recent = {}
        histograms, exact = (self._list(ctx, experiment, plugin, None) for plugin in _WHAT)
        return {
            run: joined(histograms.get(run, {}), exact.get(run, {}))
            for run in {**histograms, **exact}
        }

    def run_names(self, ctx: RequestContext, experiment: str) -> list[str]:
        """Every run of the logdir, whatever it holds; none where the provider does not tell."""
        try:
            found = self._provider.list_runs(ctx, experiment_id=experiment)
        except Exception:  # whatever a provider raises: this is only to explain
            return []
        return sorted(run.run_name for run in found)

    def runs_with_scalars(self, ctx: RequestContext, experiment: str) -> int:
        """How many runs have scalars; none where the provider does not tell."""
        try:
            found = self._provider.list_scalars(
                ctx, experiment_id=experiment, plugin_name=SCALARS_PLUGIN_NAME
            )
        except Exception:  # whatever a provider raises: this is only to explain
            return 0
        return sum(1 for tags in (found or {}).values() if tags)

    def list_run(self, ctx: RequestContext, experiment: str, run: str) -> Mapping[str, SeriesEntry]:
        """The series of one run, as they were a moment ago.

        Raises NotInLogdir where it has none, SourceUnavailable when the provider does not answer.
        """
        now = time.monotonic()
        when, recent = self._recent.get((experiment, run), (-math.inf, {}))
        if now - when > self._recent_seconds:
            recent = self._joined(ctx, experiment, run)
            fresh = {
                key: at for key, at in self._recent.items() if now - at[0] <= self._recent_seconds
            }
            self._recent = {**fresh, (experiment, run): (now, recent)}
        if not recent:
            raise NotInLogdir(f"The run {told(run)} has no histograms in this logdir.")
        return recent

    def list_series(
        self, ctx: RequestContext, experiment: str, run: str, tag: str
    ) -> Mapping[str, SeriesEntry]:
        """One series of a run, by its tag; raises NotInLogdir and SourceUnavailable."""
        names = names_beside(tag)
        found = self._joined(
            ctx, experiment, run, [*names, *(EXACT_TAG_PREFIX + name for name in names)]
        )
        if tag in found:
            return {tag: found[tag]}
        self.list_run(ctx, experiment, run)  # says so where there is no such run
        raise NotInLogdir(f"The run {told(run)} has no histograms under the tag {told(tag)}.")

    def read(
        self, ctx: RequestContext, experiment: str, run: str, plugin: str, tags: Sequence[str]
    ) -> tuple[Batch, dict[str, str]]:
        """All that is held of the given tags of one plugin, and a reason for each unreadable one.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        if not tags:
            return {}, {}
        try:
            with self._timings.taken("read"):
                found = self._provider.read_tensors(
                    ctx,
                    experiment_id=experiment,
                    plugin_name=plugin,
                    downsample=_EVERY_STEP,
                    run_tag_filter=RunTagFilter(runs=[run], tags=list(tags)),
                )
            return dict(found.get(run, {})), {}
        except Exception as error:  # whatever a provider raises: find the series it is about
            if _is_away(error):
                raise SourceUnavailable(self._when_away) from error
            if run not in self._list(ctx, experiment, plugin, RunTagFilter(runs=[run])):
                return {}, {}  # it vanished while it was read
            if len(tags) == 1:
                return {}, {tags[0]: f"the data provider cannot read it: {_one_line(error)}"}
            middle = len(tags) // 2
            where = ctx, experiment, run, plugin
            first, unread_first = self.read(*where, tags[:middle])
            rest, unread_rest = self.read(*where, tags[middle:])
            return first | rest, unread_first | unread_rest

    def list_scalars(self, ctx: RequestContext, experiment: str, run: str) -> list[str]:
        """The tags of a run's scalars by name; raises SourceUnavailable."""
        with self._scalars_taken("list"):
            found = self._provider.list_scalars(
                ctx,
                experiment_id=experiment,
                plugin_name=SCALARS_PLUGIN_NAME,
                run_tag_filter=RunTagFilter(runs=[run]),
            )
        return sorted((found or {}).get(run, {}))

    def read_scalar(
        self, ctx: RequestContext, experiment: str, run: str, tag: str
    ) -> list[tuple[int, float, float]]:
        """Step, wall time and value of a scalar, at most ``MOST_SCALARS`` times.

        Raises SourceUnavailable.
        """
        with self._scalars_taken("read"):
            found = self._provider.read_scalars(
                ctx,
                experiment_id=experiment,
                plugin_name=SCALARS_PLUGIN_NAME,
                downsample=MOST_SCALARS,
                run_tag_filter=RunTagFilter(runs=[run], tags=[tag]),
            )
        logged = (found or {}).get(run, {}).get(tag, ())
        return [(int(each.step), float(each.wall_time), float(each.value)) for each in logged]

    @contextlib.contextmanager
    def _scalars_taken(self, stage: Literal["list", "read"]) -> Iterator[None]:
        try:
            with self._timings.taken(stage):
                yield
        except tensorboard_errors.PublicError:
            raise
        except Exception as error:  # whatever a provider raises
            away = f"TensorBoard's data provider cannot {stage} the scalars: {_one_line(error)}"
            raise SourceUnavailable(self._when_away if _is_away(error) else away) from error

    def list_hparams(self, ctx: RequestContext, experiment: str) -> dict[str, HParams]:
        """The hyper-parameters of each run that has some; none where the provider does not tell."""
        try:
            found = self._provider.list_tensors(
                ctx,
                experiment_id=experiment,
                plugin_name=HPARAMS_PLUGIN_NAME,
                run_tag_filter=RunTagFilter(tags=[SESSION_TAG]),
            )
        except Exception:  # whatever a provider raises: nothing else depends on them
            return {}
        contents = {run: tags[SESSION_TAG].plugin_content for run, tags in (found or {}).items()}
        return {run: known for run, each in contents.items() if (known := parsed(each))}

    def _joined(
        self, ctx: RequestContext, experiment: str, run: str, tags: Sequence[str] | None = None
    ) -> dict[str, SeriesEntry]:
        """The series of one run, all or those of the tags."""
        wanted = RunTagFilter(runs=[run], tags=tags)
        return joined(*(self._list(ctx, experiment, name, wanted).get(run, {}) for name in _WHAT))

    def _list(
        self, ctx: RequestContext, experiment: str, plugin: str, wanted: RunTagFilter | None
    ) -> _Listed:
        ask: Callable[[], _Listed | None] = functools.partial(
            self._provider.list_tensors,
            ctx,
            experiment_id=experiment,
            plugin_name=plugin,
            run_tag_filter=wanted,
        )
        try:
            with self._timings.taken("list"):
                found = _asked_again(ask)
        except tensorboard_errors.PublicError:
            raise
        except Exception as error:
            if _is_away(error):
                raise SourceUnavailable(self._when_away) from error
            raise SourceUnavailable(
                f"TensorBoard's data provider cannot list the {_WHAT[plugin]}: {_one_line(error)}"
            ) from error
        return {run: _with_steps(tags) for run, tags in (found or {}).items()}


def _asked_again(ask: Callable[[], _Listed | None]) -> _Listed | None:
    for _ in range(_TRIES - 1):
        with contextlib.suppress(KeyError):
            return ask()
    return ask()


def _with_steps(tags: Mapping[str, TensorTimeSeries]) -> dict[str, TensorTimeSeries]:
    """Those that hold a step.

    The Python loader discards all of them when a training of TF1 begins anew at step 0, and
    lists the tag on.
    """
    return {tag: listed for tag, listed in tags.items() if listed.max_step is not None}


def _is_away(error: Exception) -> bool:
    """Whether a data server was not reached, or ended while it answered."""
    return isinstance(error, grpc.Call) and error.code() == grpc.StatusCode.UNAVAILABLE


def _one_line(error: Exception) -> str:
    """The error for a sentence: its kind and its first line."""
    if isinstance(error, grpc.Call):  # its text is a page long
        return f"{error.code().name}: {error.details()}"
    text = str(error).strip()
    first = text.splitlines()[0] if text else "no further word"
    return f"{type(error).__name__}: {first}"
