"""The series of one run: remembered where nothing changed, else read; some at a time."""

from collections.abc import Iterable, Iterator
from typing import Final

from tb_plugin_weightdelta.cache import Cache
from tb_plugin_weightdelta.run_reading import RunReading, RunSeries

# Series known already come so many at a time: enough for the cost of numpy's calls not to
# count, few enough for progress to show.
_KNOWN_BATCH: Final = 500


class RunSource:
    """Gives series of a run.

    where: experiment and run. tags: the series that there are.
    """

    def __init__(self, reading: RunReading, cache: Cache) -> None:
        self.tags = reading.tags
        self.where = (reading.experiment, reading.run)
        self._reading = reading
        self._cache = cache

    def batches(self, wanted: Iterable[str]) -> Iterator[RunSeries]:
        """The wanted series; whether one is remembered is seen when its turn comes.

        Raises SourceUnavailable when the provider does not answer at all.
        """
        known, missing = RunSeries(), list[str]()
        for tag in wanted:
            series: RunSeries | None = self._cache.get((*self.where, tag), self.tags[tag].age)
            if series is None:
                missing.append(tag)
            else:
                known.add(series)
            size = len(known.histograms) + len(missing)
            if size >= _KNOWN_BATCH or len(missing) >= self._reading.size:
                yield from self._with(known, missing)
                known, missing = RunSeries(), []
        if known.histograms or missing:
            yield from self._with(known, missing)

    def all(self, wanted: Iterable[str]) -> RunSeries:
        """The wanted series at once."""
        found = RunSeries()
        for batch in self.batches(wanted):
            found.add(batch)
        return found

    def _with(self, known: RunSeries, missing: list[str]) -> Iterator[RunSeries]:
        """The known series, then the missing ones, which are read and remembered."""
        if known.histograms:
            yield known
        for read in self._reading.read(missing) if missing else ():
            for tag in read.histograms:
                one = read.only(tag)
                self._cache.put((*self.where, tag), self.tags[tag].age, one, one.nbytes)
            yield read
