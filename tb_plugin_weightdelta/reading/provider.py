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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import grpc  # type: ignore[import-untyped]  # ships no type hints
from tensorboard import errors as tensorboard_errors
from tensorboard.context import RequestContext
from tensorboard.data.provider import (
    DataProvider,
    RunTagFilter,
    TensorDatum,
    TensorTimeSeries,
)

from tb_plugin_weightdelta.core.errors import SourceUnavailable
from tb_plugin_weightdelta.core.names import EXACT_TAG_PREFIX

# Ask for every step the provider still holds: a smaller number would drop more
# steps at random, the first one included.
_EVERY_STEP: Final = 2**31 - 1

# How old the list of a run's tags may be. To ask the Rust data server for it can take 40 ms,
# far longer than answering from the cache; nobody sees whether a page is a second behind.
_RECENT_SECONDS: Final = 1.0

# Where nothing is known of it, as on the command line.
DATA_SERVER_AWAY: Final = "The data server that reads the logs does not answer."

# TensorBoard's Python loader fails with a KeyError when it lets go of a run that was deleted while
# it is asked for the list; so often it is asked at most.
_TRIES: Final = 5

_Listed = Mapping[str, Mapping[str, TensorTimeSeries]]
Batch = dict[str, Sequence[TensorDatum]]

# Keras logs the histograms of X under X and this.
_KERAS_SUFFIX: Final = "/histogram"


class TensorSource:
    """The tensor summaries of one TensorBoard plugin."""

    def __init__(
        self,
        provider: DataProvider,
        plugin_name: str,
        what: str,
        when_away: str = DATA_SERVER_AWAY,
    ) -> None:
        """``what`` its summaries are called in sentences: histograms, exact records.

        when_away: what to say when the data server does not answer.
        """
        self._provider = provider
        self._plugin_name = plugin_name
        self._what = what
        self._when_away = when_away
        self._recent: dict[tuple[str, str], tuple[float, _Listed]] = {}

    def list_runs(self, ctx: RequestContext, experiment: str) -> _Listed:
        """Every run that has some, with its tags; reads no tensor.

        Whoever asks for this wants news: what was listed before is not used again.
        Raises SourceUnavailable when the provider does not answer.
        """
        self._recent = {}
        return self._list(ctx, experiment, None)

    def list_run(
        self, ctx: RequestContext, experiment: str, run: str
    ) -> Mapping[str, TensorTimeSeries]:
        """The tags of one run, as they were at most ``_RECENT_SECONDS`` ago; none if it has none.

        Raises SourceUnavailable when the provider does not answer.
        """
        now = time.monotonic()
        when, recent = self._recent.get((experiment, run), (-math.inf, {}))
        if now - when > _RECENT_SECONDS:
            recent = self._list(ctx, experiment, RunTagFilter(runs=[run]))
            fresh = {key: at for key, at in self._recent.items() if now - at[0] <= _RECENT_SECONDS}
            self._recent = {**fresh, (experiment, run): (now, recent)}
        return recent.get(run, {})

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tags: Sequence[str]
    ) -> Mapping[str, TensorTimeSeries]:
        """Those of the given tags that the run has.

        Raises SourceUnavailable when the provider does not answer.
        """
        wanted = RunTagFilter(runs=[run], tags=list(tags))
        return self._list(ctx, experiment, wanted).get(run, {})

    def read(
        self, ctx: RequestContext, experiment: str, run: str, tags: Sequence[str]
    ) -> tuple[Batch, dict[str, str]]:
        """All that the provider holds of the given tags, and a reason for each unreadable one.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        try:
            found = self._provider.read_tensors(
                ctx,
                experiment_id=experiment,
                plugin_name=self._plugin_name,
                downsample=_EVERY_STEP,
                run_tag_filter=RunTagFilter(runs=[run], tags=list(tags)),
            )
            return dict(found.get(run, {})), {}
        except Exception as error:  # whatever a provider raises: find the series it is about
            if _is_away(error):
                raise SourceUnavailable(self._when_away) from error
            if run not in self._list(ctx, experiment, RunTagFilter(runs=[run])):
                return {}, {}  # it vanished while it was read
            if len(tags) == 1:
                return {}, {tags[0]: f"the data provider cannot read it: {_one_line(error)}"}
            middle = len(tags) // 2
            first, unread_first = self.read(ctx, experiment, run, tags[:middle])
            rest, unread_rest = self.read(ctx, experiment, run, tags[middle:])
            return first | rest, unread_first | unread_rest

    def _list(self, ctx: RequestContext, experiment: str, wanted: RunTagFilter | None) -> _Listed:
        try:
            found = self._ask_for_list(ctx, experiment, wanted)
        except tensorboard_errors.PublicError:
            raise
        except Exception as error:
            if _is_away(error):
                raise SourceUnavailable(self._when_away) from error
            raise SourceUnavailable(
                f"TensorBoard's data provider cannot list the {self._what}: {_one_line(error)}"
            ) from error
        return {run: _with_steps(tags) for run, tags in (found or {}).items()}

    def _ask_for_list(
        self, ctx: RequestContext, experiment: str, wanted: RunTagFilter | None
    ) -> _Listed | None:
        ask: Callable[[], _Listed | None] = functools.partial(
            self._provider.list_tensors,
            ctx,
            experiment_id=experiment,
            plugin_name=self._plugin_name,
            run_tag_filter=wanted,
        )
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


@dataclass(frozen=True)
class Listed:
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


Listing = Mapping[str, Mapping[str, Listed]]


def joined(
    histograms: Mapping[str, TensorTimeSeries], exact: Mapping[str, TensorTimeSeries]
) -> dict[str, Listed]:
    """The series of a run by tag.

    The records ``weight_delta/X`` belong to the histograms ``X``, else to ``X/histogram``
    if those have none of their own; where there are neither they are the series ``X``.
    """
    series = {tag: Listed(histograms=listed) for tag, listed in histograms.items()}
    for tag, listed in exact.items():
        if not tag.startswith(EXACT_TAG_PREFIX):
            continue
        owner = tag.removeprefix(EXACT_TAG_PREFIX)
        is_keras = owner not in histograms and owner + _KERAS_SUFFIX in histograms
        if is_keras and tag + _KERAS_SUFFIX not in exact:
            owner += _KERAS_SUFFIX
        series[owner] = Listed(histograms.get(owner), listed, tag)
    return series


def names_beside(tag: str) -> list[str]:
    """The names that decide what belongs to the series ``tag``, its own first."""
    return list(dict.fromkeys([tag, tag.removesuffix(_KERAS_SUFFIX), tag + _KERAS_SUFFIX]))
