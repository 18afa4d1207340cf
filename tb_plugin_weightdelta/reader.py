"""The only module that knows TensorBoard's ``DataProvider``.

It works with every provider: the Rust data server over gRPC, the Python event
multiplexer, or a remote one. Tensors are read in batches, because one reply for a
large logdir would exceed gRPC's message limit, and a batch that fails is halved
until the one series that cannot be read stands alone.
"""

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tensorboard import errors as tensorboard_errors
from tensorboard.context import RequestContext
from tensorboard.data.provider import (
    DataProvider,
    RunTagFilter,
    TensorDatum,
    TensorTimeSeries,
)
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.errors import NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.first_step import FirstStepReader, RunHead
from tb_plugin_weightdelta.histograms import HistogramSeries
from tb_plugin_weightdelta.metadata import HISTOGRAMS_PLUGIN_NAME, HISTOGRAMS_VERSION
from tb_plugin_weightdelta.recovery import DEFAULT_SAMPLES, may_have_dropped, recovered_series

# Ask for every step the provider still holds: a smaller number would drop more
# steps at random, the first one included.
_EVERY_STEP: Final = 2**31 - 1

# A batch should hold about this many bytes of tensors, an eighth of gRPC's limit
# of 256 MiB per message; the first batch of a run is small because its series'
# sizes are not known yet.
_BATCH_BYTES: Final = 32 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000

# How old the list of a run's tags may be. To ask the Rust data server for it can take 40 ms,
# far longer than answering from the cache; nobody sees whether a page is a second behind.
_RECENT_SECONDS: Final = 1.0


@dataclass
class RunHistograms:
    """Histograms of one run by tag, and the tags that could not be read with the reason."""

    series: dict[str, HistogramSeries] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


Listing = Mapping[str, Mapping[str, TensorTimeSeries]]
Batch = dict[str, Sequence[TensorDatum]]


class HistogramReader:
    """Reads histogram summaries through a data provider."""

    def __init__(
        self,
        provider: DataProvider,
        first_steps: FirstStepReader | None = None,
        samples: int = DEFAULT_SAMPLES,
        keeps_repeats: bool = False,
    ) -> None:
        """Read through ``provider``, and let ``first_steps`` recover what it dropped.

        samples: how many steps of a series the provider keeps; 0 when it keeps all.
        keeps_repeats: whether it keeps every summary of a repeated step. Where it does
            not, only the event files can tell that several tensors share a tag.
        """
        self._provider = provider
        self._recent: dict[tuple[str, str], tuple[float, Listing]] = {}
        self._first_steps = first_steps
        self._samples = samples
        self._keeps_repeats = keeps_repeats

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms, with its tags; reads no tensor.

        Whoever asks for this wants news: what was listed before is not used again.
        Raises SourceUnavailable when the provider does not answer.
        """
        self._recent = {}
        return self._list(ctx, experiment, None)

    def forget_runs_except(self, runs: Collection[str]) -> None:
        """Release what is known of the event files of runs that are no longer there."""
        if self._first_steps is not None:
            self._first_steps.forget_runs_except(runs)

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None = None
    ) -> Mapping[str, TensorTimeSeries]:
        """The tags of one run, or only ``tag``, with what is known without reading them.

        Raises NotInLogdir when the run has no histograms or not this tag.
        """
        if tag is None:
            found = self._list_run(ctx, experiment, run).get(run, {})
        else:
            wanted = RunTagFilter(runs=[run], tags=[tag])
            found = self._list(ctx, experiment, wanted).get(run, {})
        if not found and (tag is None or not self._has_run(ctx, experiment, run)):
            raise NotInLogdir(f"The run {run!r} has no histograms in this logdir.")
        if not found:
            raise NotInLogdir(f"The run {run!r} has no histograms under the tag {tag!r}.")
        return found

    def read(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, TensorTimeSeries],
    ) -> Iterator[RunHistograms]:
        """Read the given tags of one run, a batch at a time: no more than that is in memory."""
        versions = {tag: _layout_version(listed) for tag, listed in tags.items()}
        unknown = {tag: found for tag, found in versions.items() if found > HISTOGRAMS_VERSION}
        if unknown:
            reason = "its histograms have the unknown layout version {}".format
            yield RunHistograms(unread={tag: reason(found) for tag, found in unknown.items()})
        readable = [tag for tag in tags if tag not in unknown]
        position, size = 0, _FIRST_BATCH
        while position < len(readable):
            wanted = readable[position : position + size]
            position += len(wanted)
            batch, size = self._read_batch(ctx, experiment, run, wanted, readable)
            yield batch

    def _read_batch(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        all_tags: Sequence[str],
    ) -> tuple[RunHistograms, int]:
        """The given tags, and how many series like them make a batch."""
        result = RunHistograms()
        data = self._read_or_halve(ctx, experiment, run, tags, result)
        head = self._head(run, all_tags, data)
        for tag, of_tag in data.items():
            result.series[tag] = recovered_series(of_tag, tag, head, self._samples)
        return result, _next_batch_size(data)

    def _head(self, run: str, tags: Sequence[str], batch: Batch) -> RunHead | None:
        """What the event files say, where they can say more than the provider did."""
        dropped = any(may_have_dropped(len(data), self._samples) for data in batch.values())
        if self._first_steps is None or (self._keeps_repeats and not dropped):
            return None
        return self._first_steps.head(run, tags)

    def _list(self, ctx: RequestContext, experiment: str, wanted: RunTagFilter | None) -> Listing:
        try:
            found = self._provider.list_tensors(
                ctx,
                experiment_id=experiment,
                plugin_name=HISTOGRAMS_PLUGIN_NAME,
                run_tag_filter=wanted,
            )
        except tensorboard_errors.PublicError:
            raise
        except Exception as error:
            raise SourceUnavailable(
                f"TensorBoard's data provider cannot list the histograms: {_one_line(error)}"
            ) from error
        return found or {}

    def _list_run(self, ctx: RequestContext, experiment: str, run: str) -> Listing:
        """The listing of one run, at most ``_RECENT_SECONDS`` old."""
        now = time.monotonic()
        when, recent = self._recent.get((experiment, run), (-math.inf, {}))
        if now - when > _RECENT_SECONDS or not recent:
            recent = self._list(ctx, experiment, RunTagFilter(runs=[run]))
            fresh = {key: at for key, at in self._recent.items() if now - at[0] <= _RECENT_SECONDS}
            self._recent = {**fresh, (experiment, run): (now, recent)}
        return recent

    def _has_run(self, ctx: RequestContext, experiment: str, run: str) -> bool:
        return bool(self._list(ctx, experiment, RunTagFilter(runs=[run])))

    def _read_or_halve(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        result: RunHistograms,
    ) -> Batch:
        try:
            found = self._provider.read_tensors(
                ctx,
                experiment_id=experiment,
                plugin_name=HISTOGRAMS_PLUGIN_NAME,
                downsample=_EVERY_STEP,
                run_tag_filter=RunTagFilter(runs=[run], tags=list(tags)),
            )
            return dict(found.get(run, {}))
        except Exception as error:  # whatever a provider raises: find the series it is about
            if len(tags) == 1:
                result.unread[tags[0]] = f"the data provider cannot read it: {_one_line(error)}"
                return {}
            self._list(ctx, experiment, RunTagFilter(runs=[run]))  # still there at all?
            middle = len(tags) // 2
            first = self._read_or_halve(ctx, experiment, run, tags[:middle], result)
            return first | self._read_or_halve(ctx, experiment, run, tags[middle:], result)


def _layout_version(listed: TensorTimeSeries) -> int:
    content: bytes = listed.plugin_content
    return int(histogram_metadata.parse_plugin_metadata(content).version)


def _next_batch_size(data: Batch) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0)
    return int(min(max(_BATCH_BYTES // max(largest, 1), 1), _LARGEST_BATCH))


def _one_line(error: Exception) -> str:
    """The error for a sentence: its kind and its first line."""
    text = str(error).strip()
    first = text.splitlines()[0] if text else "no further word"
    return f"{type(error).__name__}: {first}"
