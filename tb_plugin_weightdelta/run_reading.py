"""One run being read: histograms, what was dropped at their start, and exact records.

Tensors are read in batches, because one reply for a large logdir would exceed gRPC's
message limit, and what is read at once is in memory at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tensorboard.context import RequestContext
from tensorboard.data.provider import TensorTimeSeries
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.exact_records import exact_series
from tb_plugin_weightdelta.exact_series import ExactSeries
from tb_plugin_weightdelta.first_step import FirstStepReader, RunHead
from tb_plugin_weightdelta.histograms import NO_HISTOGRAMS, HistogramSeries
from tb_plugin_weightdelta.listing import Listed
from tb_plugin_weightdelta.metadata import HISTOGRAMS_VERSION
from tb_plugin_weightdelta.provider import Batch, TensorSource
from tb_plugin_weightdelta.recovery import may_have_dropped, recovered_series

# A batch should hold about this many bytes of tensors: far from gRPC's limit of 256 MiB per
# message, done in a few tenths of a second, and large enough for the cost of a call not to
# count. The first batch of a run is small because its series' sizes are not known yet.
_BATCH_BYTES: Final = 8 * 2**20
_FIRST_BATCH: Final = 8
_LARGEST_BATCH: Final = 1000


@dataclass
class RunSeries:
    """Series of one run by tag, and the tags that could not be read with the reason.

    histograms: those of every tag that was read; no steps where there are exact records alone.
    exact: of the tags that have exact records.
    """

    histograms: dict[str, HistogramSeries] = field(default_factory=dict)
    exact: dict[str, ExactSeries] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def only(self, tag: str) -> "RunSeries":
        """One of the series that were read."""
        exact = {tag: self.exact[tag]} if tag in self.exact else {}
        return RunSeries({tag: self.histograms[tag]}, exact)

    @property
    def nbytes(self) -> int:
        """What the arrays take in memory."""
        histograms = sum(each.nbytes for each in self.histograms.values())
        return histograms + sum(each.nbytes for each in self.exact.values())

    def add(self, other: "RunSeries") -> None:
        """Take in the series of another batch."""
        self.histograms |= other.histograms
        self.exact |= other.exact
        self.unread |= other.unread


@dataclass(frozen=True)
class Sources:
    """Where series come from.

    first_steps: recovers what the provider dropped; None where nothing can.
    samples: how many steps of a series the provider keeps; 0 when it keeps all, None when that
        is not known.
    keeps_repeats: whether it keeps every summary of a repeated step. Where it does not, only
        the event files can tell that several tensors share a tag.
    """

    histograms: TensorSource
    exact: TensorSource
    first_steps: FirstStepReader | None
    samples: int | None
    keeps_repeats: bool


class RunReading:
    """Reads given series of one run, some at a time.

    size: how many series the next batch should hold.
    """

    def __init__(
        self,
        sources: Sources,
        ctx: RequestContext,
        experiment: str,
        run: str,
        tags: Mapping[str, Listed],
    ) -> None:
        self.experiment = experiment
        self.run = run
        self.tags = tags
        self.size = _FIRST_BATCH
        self._sources = sources
        self._where = (ctx, experiment, run)
        self._logged = [tag for tag, listed in tags.items() if listed.histograms]
        self._head: RunHead | None = None

    def read(self, tags: Sequence[str]) -> Iterator[RunSeries]:
        """Read some of the series, and give them in parts.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        unknown = _unknown_layouts({tag: self.tags[tag] for tag in tags})
        wanted = {tag: self.tags[tag] for tag in tags if tag not in unknown}
        logged = [tag for tag, listed in wanted.items() if listed.histograms]
        data, unread = self._sources.histograms.read(*self._where, logged) if logged else ({}, {})
        head = self._head_for(data)
        exact = self._read_exact(wanted)
        if data or exact:
            self.size = _batch_size(data, exact)
        alone = {tag: records for tag, records in exact.items() if not wanted[tag].histograms}
        part = RunSeries(dict.fromkeys(alone, NO_HISTOGRAMS), alone, unknown | unread)
        yield from self._normalised(part, data, exact, head)

    def _normalised(
        self, part: RunSeries, data: Batch, exact: Mapping[str, ExactSeries], head: RunHead | None
    ) -> Iterator[RunSeries]:
        """A batch as series; what was small as it was read can be large as rows of one length.

        part: what is there already. data: is used up.
        """
        size = 0
        for tag in list(data):
            series = recovered_series(data.pop(tag), tag, head, self._sources.samples)
            part.histograms[tag] = series
            if tag in exact:
                part.exact[tag] = exact[tag]
            size += series.nbytes
            if size > _BATCH_BYTES:
                yield part
                part, size = RunSeries(), 0
        yield part

    def _read_exact(self, tags: Mapping[str, Listed]) -> dict[str, ExactSeries]:
        """The exact records of those of the given series that have some."""
        listed = {each.exact_tag: (tag, each.exact) for tag, each in tags.items() if each.exact}
        if not listed:
            return {}
        data, unread = self._sources.exact.read(*self._where, list(listed))
        found = {
            listed[exact_tag][0]: exact_series(
                of_tag, exact_tag, listed[exact_tag][1].plugin_content
            )
            for exact_tag, of_tag in data.items()
        }
        for exact_tag, why in unread.items():
            reason = f"The exact records of {exact_tag} are left out: {why}."
            found[listed[exact_tag][0]] = ExactSeries.unreadable(reason)
        return found

    def _head_for(self, batch: Batch) -> RunHead | None:
        """What the event files say, where they can say more than the provider did."""
        first_steps, samples = self._sources.first_steps, self._sources.samples
        dropped = any(
            may_have_dropped([datum.step for datum in data], samples) for data in batch.values()
        )
        if not batch or first_steps is None or (self._sources.keeps_repeats and not dropped):
            return None
        if self._head is None:
            self._head = first_steps.head(self.run, self._logged)
        return self._head


def _unknown_layouts(tags: Mapping[str, Listed]) -> dict[str, str]:
    """A reason for each series whose histograms are not of a layout that is known here."""
    layouts = {
        tag: _unknown_layout(listed.histograms) for tag, listed in tags.items() if listed.histograms
    }
    return {tag: why for tag, why in layouts.items() if why}


def _unknown_layout(listed: TensorTimeSeries) -> str:
    """Why the layout of a series is not one that is known here; nothing where it is."""
    try:
        version = int(histogram_metadata.parse_plugin_metadata(listed.plugin_content).version)
    except Exception as error:  # anything can stand there
        return f"the metadata of its histograms are damaged: {type(error).__name__}"
    known = version <= HISTOGRAMS_VERSION
    return "" if known else f"its histograms have the unknown layout version {version}"


def _batch_size(data: Batch, exact: Mapping[str, ExactSeries]) -> int:
    """How many series like these make a batch."""
    sizes = [
        sum(datum.numpy.nbytes for datum in series[:1]) * len(series) for series in data.values()
    ]
    largest = max(sizes, default=0) + max((each.nbytes for each in exact.values()), default=0)
    return int(min(max(_BATCH_BYTES // max(largest, 1), 1), _LARGEST_BATCH))
