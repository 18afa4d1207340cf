"""Lists the runs and series that there are to read, and begins to read them."""

from collections.abc import Collection, Mapping

from tensorboard.context import RequestContext
from tensorboard.data.provider import DataProvider

from tb_plugin_weightdelta.errors import NotInLogdir, told
from tb_plugin_weightdelta.first_step import FirstStepReader
from tb_plugin_weightdelta.listing import Listed, Listing, joined, names_beside
from tb_plugin_weightdelta.metadata import EXACT_TAG_PREFIX, HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME
from tb_plugin_weightdelta.provider import DATA_SERVER_AWAY, TensorSource
from tb_plugin_weightdelta.run_reading import RunReading, Sources


class SeriesReader:
    """Reads histogram summaries and exact records through a data provider."""

    def __init__(
        self,
        provider: DataProvider,
        first_steps: FirstStepReader | None = None,
        samples: int | None = None,
        keeps_repeats: bool = False,
        when_away: str = DATA_SERVER_AWAY,
    ) -> None:
        """Read through ``provider``, and let ``first_steps`` recover what it dropped.

        samples: how many steps of a series the provider keeps; 0 when it keeps all, None when
            that is not known.
        keeps_repeats: whether it keeps every summary of a repeated step. Where it does
            not, only the event files can tell that several tensors share a tag.
        when_away: what to say when a data server does not answer.
        """
        self._histograms = TensorSource(provider, HISTOGRAMS_PLUGIN_NAME, "histograms", when_away)
        self._exact = TensorSource(provider, PLUGIN_NAME, "exact records", when_away)
        self._first_steps = first_steps
        self._sources = Sources(self._histograms, self._exact, first_steps, samples, keeps_repeats)

    def list_runs(self, ctx: RequestContext, experiment: str) -> Listing:
        """Every run that has histograms or exact records, with its series; reads no tensor.

        Whoever asks for this wants news: what was listed before is not used again.
        Raises SourceUnavailable when the provider does not answer.
        """
        histograms = self._histograms.list_runs(ctx, experiment)
        exact = self._exact.list_runs(ctx, experiment)
        return {
            run: joined(histograms.get(run, {}), exact.get(run, {}))
            for run in {**histograms, **exact}
        }

    def forget_runs_except(self, runs: Collection[str]) -> None:
        """Release what is known of the event files of runs that are no longer there."""
        if self._first_steps is not None:
            self._first_steps.forget_runs_except(runs)

    def list_tags(
        self, ctx: RequestContext, experiment: str, run: str, tag: str | None = None
    ) -> Mapping[str, Listed]:
        """The series of one run, or only ``tag``, with what is known without reading them.

        Raises NotInLogdir when the run has neither histograms nor exact records, or not this tag.
        """
        if tag is None:
            found = self._list_run(ctx, experiment, run)
        else:
            names = names_beside(tag)
            exact_tags = [EXACT_TAG_PREFIX + name for name in names]
            histograms = self._histograms.list_tags(ctx, experiment, run, names)
            found = joined(histograms, self._exact.list_tags(ctx, experiment, run, exact_tags))
            found = {tag: found[tag]} if tag in found else {}
        if not found and (tag is None or not self._list_run(ctx, experiment, run)):
            raise NotInLogdir(f"The run {told(run)} has no histograms in this logdir.")
        if not found:
            what = f"The run {told(run)} has no histograms under the tag"
            raise NotInLogdir(f"{what} {told(tag or '')}.")
        return found

    def open(
        self, ctx: RequestContext, experiment: str, run: str, tags: Mapping[str, Listed]
    ) -> RunReading:
        """Begin to read the given series of one run."""
        return RunReading(self._sources, ctx, experiment, run, tags)

    def _list_run(self, ctx: RequestContext, experiment: str, run: str) -> dict[str, Listed]:
        histograms = self._histograms.list_run(ctx, experiment, run)
        return joined(histograms, self._exact.list_run(ctx, experiment, run))
