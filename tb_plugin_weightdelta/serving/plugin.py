"""The routes of the plugin: parse, call, respond. http_api.md is their contract."""

import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np
from tensorboard import plugin_util
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

import tb_plugin_weightdelta
from tb_plugin_weightdelta.answering import (
    Measurements,
    RunRows,
    Table,
    Waiting,
    csv_text,
    histogram_table,
    hung_up,
    json_text,
    records_of,
    run_table,
    runs_table,
    series_table,
)
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.errors import NotInLogdir, told
from tb_plugin_weightdelta.core.names import (
    HISTOGRAMS_PLUGIN_NAME,
    PLUGIN_NAME,
    SPARKLINE_POINTS,
    SPARKLINE_POINTS_MAX,
    TAB_NAME,
)
from tb_plugin_weightdelta.core.question import STEPS, Question, Thresholds, question, whole_number
from tb_plugin_weightdelta.reading import (
    Engine,
    FirstStepReader,
    LastStepReader,
    RunFolders,
    SeriesReader,
    engine_of,
    roots_of,
)
from tb_plugin_weightdelta.serving import http as page
from tb_plugin_weightdelta.serving import settings
from tb_plugin_weightdelta.serving.http import (
    QUESTION,
    RUN_QUESTION,
    Download,
    WsgiApp,
    arguments,
    download_route,
    json_route,
    number_up_to,
    one_of,
)
from tb_plugin_weightdelta.serving.status import Timings, server_facts, start_line

T = TypeVar("T")

# Of the cache: what tables say of a series takes a tenth of what its histograms take.
_ROWS_SHARE: Final = 0.25

# The longest that a client may wait for a part of an answer, in seconds.
_LONGEST_WAIT: Final = 60.0


class WeightDeltaPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # TensorBoard is untyped
    """Serves the Weight Delta tab and its data."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._thresholds = _thresholds(context.flags)
        limit = settings.value(context.flags, "cache") * 10**6
        rows, series = Cache(int(limit * _ROWS_SHARE)), Cache(int(limit * (1 - _ROWS_SHARE)))
        self._caches = (series, rows)
        self._folders = _folders(context)
        self._engine = engine_of(context, has_logdir=bool(_roots(context)))
        reader = _reader(context, self._folders, self._engine, series)
        self._measurements = Measurements(reader, series, rows)
        self._last_steps = LastStepReader(self._folders)
        self._server = server_facts(context, self._engine)
        self._timings = Timings()

    @property
    def start_line(self) -> str:
        """What the log of a server says of the plugin when it starts."""
        return start_line(self._server)

    def get_plugin_apps(self) -> dict[str, WsgiApp]:
        answers = {
            "runs": self.runs,
            "overview": self.overview,
            "series": self.series,
            "histogram": self.histogram,
        }
        return {
            **{f"/{name}": json_route(self._timed(name, each)) for name, each in answers.items()},
            "/progress": json_route(self.progress),
            "/status": json_route(self.status),
            "/export": download_route(self._timed("export", self.export)),
            page.ROUTE: page.page_route(),
        }

    def _timed(
        self, route: str, answer: Callable[[wrappers.Request], T]
    ) -> Callable[[wrappers.Request], T]:
        def timed(request: wrappers.Request) -> T:
            with self._timings.taken(route):
                return answer(request)

        return timed

    def is_active(self) -> bool:
        # Never asked: TensorBoard decides by the data named in data_plugin_names.
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        return (HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return base_plugin.FrontendMetadata(es_module_path=page.ENTRY, tab_name=TAB_NAME)

    def runs(self, request: wrappers.Request) -> Table:
        """The runs that have histograms or exact records."""
        arguments(request)
        listing = self._measurements.runs(*_where(request))
        runs = [run for run, tags in listing.items() if tags]
        unlisted = not runs and self._last_steps.has_histograms()
        written = self._last_steps.last_steps(runs)
        without_files = self._engine.without_files(not runs or self._folders.reach_any(runs))
        return runs_table(
            tb_plugin_weightdelta.__version__, listing, written, unlisted, without_files
        )

    def overview(self, request: wrappers.Request) -> Table:
        """One run as a table of columns."""
        given = arguments(request, required=("run",), optional=(*RUN_QUESTION, "points", "wait"))
        asked = question(given, self._thresholds)
        points = whole_number(given, "points", SPARKLINE_POINTS, 2, SPARKLINE_POINTS_MAX)
        wait = number_up_to(given, "wait", _LONGEST_WAIT) if "wait" in given else math.inf
        run = given["run"]
        found = self._run_rows(request, run, asked, points, wait)
        return _table(run, asked, found)

    def progress(self, request: wrappers.Request) -> Table:
        """How far the overview of a run is that is being computed now."""
        run = arguments(request, required=("run",))["run"]
        _, experiment = _where(request)
        done = self._measurements.progress(experiment, run)
        return {
            "run": run,
            "measured": done.measured if done else None,
            "of": done.of if done else None,
        }

    def status(self, request: wrappers.Request) -> Table:
        """How the plugin fares, for the person who runs the server; names no run and no path."""
        arguments(request)
        return {
            **self._server.table(),
            "runs_known": self._measurements.runs_known,
            "cache": {
                "bytes": sum(cache.size for cache in self._caches),
                "limit_bytes": sum(cache.limit for cache in self._caches),
                "entries": sum(map(len, self._caches)),
                "hits": sum(cache.hits for cache in self._caches),
                "misses": sum(cache.misses for cache in self._caches),
            },
            "timings": self._timings.table(),
        }

    def export(self, request: wrappers.Request) -> Download:
        """One run's table as a file of records."""
        given = arguments(request, required=("run",), optional=(*RUN_QUESTION, "format"))
        asked = question(given, self._thresholds)
        kind = one_of(given, "format", ("csv", "json"))
        run = given["run"]
        found = self._run_rows(request, run, asked, SPARKLINE_POINTS)
        records = records_of(_table(run, asked, found))
        if kind == "json":
            return Download(json_text(records), "application/json", f"{run}.json")
        return Download(csv_text(records), "text/csv", f"{run}.csv")

    def _run_rows(
        self,
        request: wrappers.Request,
        run: str,
        asked: Question,
        points: int,
        wait: float = math.inf,
    ) -> RunRows:
        waiting = Waiting(wait, hung_up(request.environ))
        return self._measurements.run_rows(*_where(request), run, asked, points, waiting=waiting)

    def series(self, request: wrappers.Request) -> Table:
        """One series, step by step."""
        given = arguments(request, required=("run", "tag"), optional=QUESTION)
        asked = question(given, self._thresholds)
        run, tag = given["run"], given["tag"]
        measured, description = self._measurements.one(*_where(request), run, tag, asked)
        return series_table(run, measured, asked.choice, description)

    def histogram(self, request: wrappers.Request) -> Table:
        """The buckets of one step and of its baseline."""
        given = arguments(request, required=("run", "tag", "step"), optional=QUESTION)
        asked = question(given, self._thresholds)
        step = whole_number(given, "step", 0, *STEPS)
        run, tag = given["run"], given["tag"]
        measured, _ = self._measurements.one(*_where(request), run, tag, asked)
        index = int(np.searchsorted(measured.series.steps, step))
        if index == len(measured.series) or measured.series.steps[index] != step:
            raise NotInLogdir(
                f"The series {told(tag)} of run {told(run)} has no usable histogram at step {step}."
            )
        return histogram_table(run, measured, index, asked.choice)


def _table(run: str, asked: Question, found: RunRows) -> Table:
    return run_table(
        run,
        asked.choice,
        found.rows,
        found.unread,
        asked.thresholds,
        until=asked.until,
        of=None if found.complete else found.of,
    )


def _where(request: wrappers.Request) -> tuple[RequestContext, str]:
    """The request's context and the experiment that it is about."""
    context = plugin_util.context(request.environ)
    return context, str(plugin_util.experiment_id(request.environ))


def _thresholds(flags: Any) -> Thresholds:
    return Thresholds(
        moved=settings.value(flags, "moved"),
        moved_far=settings.value(flags, "moved_far"),
        exploding=settings.value(flags, "exploding"),
        collapsed=settings.value(flags, "collapsed"),
    )


def _folders(context: base_plugin.TBContext) -> RunFolders:
    """Where TensorBoard was told to look for logs."""
    multiplexer = context.multiplexer  # None with the Rust data server and remote providers
    return RunFolders(_roots(context), multiplexer.RunPaths if multiplexer else None)


def _roots(context: base_plugin.TBContext) -> list[str]:
    return roots_of(context.logdir, getattr(context.flags, "logdir_spec", None))


def _reader(
    context: base_plugin.TBContext, folders: RunFolders, engine: Engine, cache: Cache
) -> SeriesReader:
    """A reader that recovers first steps, and remembers them."""
    limit = int(settings.value(context.flags, "first_step_limit") * 2**20)
    return SeriesReader(
        context.data_provider,
        first_steps=FirstStepReader(folders, limit, cache),
        samples=engine.kept_steps[HISTOGRAMS_PLUGIN_NAME],
        keeps_repeats=context.multiplexer is not None,
        when_away=engine.when_away,
    )
