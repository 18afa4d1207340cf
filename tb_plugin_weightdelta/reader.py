"""The only module that knows TensorBoard's ``DataProvider``.

It works with every provider: the Rust data server over gRPC, the Python event
multiplexer, or a remote one. Tensors are read in batches, because one reply for a
large logdir would exceed gRPC's message limit, and a batch that fails is halved
until the one series that cannot be read stands alone.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from tb_plugin_weightdelta.histograms import HistogramSeries, histogram_series
from tb_plugin_weightdelta.metadata import HISTOGRAMS_PLUGIN_NAME, HISTOGRAMS_VERSION

# Ask for every step the provider still holds: a smaller number would drop more
# steps at random, the first one included.
_EVERY_STEP: Final = 2**31 - 1

# A batch should hold about this many bytes of tensors, an eighth of gRPC's limit
# of 256 MiB per message; the first batch of a run is small because its series'
# sizes are not known yet.
_BATCH_BYTES: Final = 32 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000


@dataclass
class RunHistograms:
    """All histograms of one run, and the tags that could not be read with the reason."""

    series: dict[str, HistogramSeries] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


Listing = Mapping[str, Mapping[str, TensorTimeSeries]]


class HistogramReader:
    """Reads histogram summaries through a data provider."""

    def __init__(self, provider: DataProvider) -> None:
        self._provider = provider

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms, with its tags; reads no tensor.

        Raises SourceUnavailable when the provider does not answer.
        """
        return self._list(ctx, experiment, None)

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None = None
    ) -> Mapping[str, TensorTimeSeries]:
        """The tags of one run, or only ``tag``, with what is known without reading them.

        Raises NotInLogdir when the run has no histograms or not this tag.
        """
        wanted = RunTagFilter(runs=[run], tags=None if tag is None else [tag])
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
    ) -> RunHistograms:
        """Read the given tags of one run."""
        result = RunHistograms()
        readable: list[str] = []
        for tag, listed in tags.items():
            version = _layout_version(listed)
            if version > HISTOGRAMS_VERSION:
                result.unread[tag] = f"its histograms have the unknown layout version {version}"
            else:
                readable.append(tag)
        for tag, data in self._read_in_batches(ctx, experiment, run, readable, result):
            result.series[tag] = histogram_series(
                [datum.step for datum in data],
                [datum.wall_time for datum in data],
                [datum.numpy for datum in data],
            )
        return result

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

    def _has_run(self, ctx: RequestContext, experiment: str, run: str) -> bool:
        return bool(self._list(ctx, experiment, RunTagFilter(runs=[run])))

    def _read_in_batches(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        result: RunHistograms,
    ) -> Iterator[tuple[str, Sequence[TensorDatum]]]:
        size = _FIRST_BATCH
        position = 0
        while position < len(tags):
            batch = tags[position : position + size]
            position += len(batch)
            data = self._read_or_halve(ctx, experiment, run, batch, result)
            yield from data.items()
            size = _next_batch_size(data)

    def _read_or_halve(
        self,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Sequence[str],
        result: RunHistograms,
    ) -> dict[str, Sequence[TensorDatum]]:
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


def _next_batch_size(data: Mapping[str, Sequence[TensorDatum]]) -> int:
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
