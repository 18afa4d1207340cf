"""The routes of the plugin: parse, call, respond. http_api.md is their contract."""

import math
from collections.abc import Mapping
from typing import Final

from tensorboard import plugin_util
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

import tb_plugin_weightdelta
from tb_plugin_weightdelta.answering import Answers, Waiting, export, hung_up, tables
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.names import (
    HISTOGRAMS_PLUGIN_NAME,
    MEASURES,
    PLUGIN_NAME,
    SPARKLINE_POINTS,
    SPARKLINE_POINTS_MAX,
    TAB_NAME,
    Measure,
)
from tb_plugin_weightdelta.core.question import (
    DEFAULT_THRESHOLDS,
    STEPS,
    Question,
    Thresholds,
    positive_number,
    whole_number,
)
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.reading import connected
from tb_plugin_weightdelta.serving import http, settings
from tb_plugin_weightdelta.serving.status import server_facts, start_line

# Of the cache: what tables say of a series takes a tenth of what its histograms take.
_ROWS_SHARE: Final = 0.25

# The longest that a client may wait for a part of an answer, in seconds.
_LONGEST_WAIT: Final = 60.0


class WeightDeltaPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # TensorBoard is untyped
    """Serves the Weight Delta tab and its data."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        values = settings.values(context.flags)
        limit = values["cache"] * 10**6
        first_steps_limit = int(values["first_step_limit"] * 2**20)
        series, rows = Cache(int(limit * (1 - _ROWS_SHARE))), Cache(int(limit * _ROWS_SHARE))
        self._thresholds = Thresholds(**{name: values[name] for name in vars(DEFAULT_THRESHOLDS)})
        self._caches = {"series": series, "rows": rows}
        self._timings = Timings()
        self._logs = connected(context, series, first_steps_limit, self._timings)
        self._answers = Answers(self._logs.reader, rows, self._timings)
        self._server = server_facts(self._logs.engine, values)

    @property
    def start_line(self) -> str:
        """What the log of a server says of the plugin when it starts."""
        return start_line(self._server)

    def get_plugin_apps(self) -> dict[str, http.WsgiApp]:
        answers = {
            "/runs": self.runs,
            "/overview": self.overview,
            "/series": self.series,
            "/histogram": self.histogram,
            "/scalars": self.scalars,
            "/status": self.status,
        }
        return {
            **{route: http.json_route(answer, self._timings) for route, answer in answers.items()},
            "/export": http.download_route(self.export),
            http.PAGE_ROUTE: http.page_route(),
        }

    def is_active(self) -> bool:
        # Never asked: TensorBoard decides by the data named in data_plugin_names.
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        return (HISTOGRAMS_PLUGIN_NAME, PLUGIN_NAME)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return base_plugin.FrontendMetadata(es_module_path=http.PAGE_ENTRY, tab_name=TAB_NAME)

    def runs(self, request: wrappers.Request) -> tables.Table:
        """The runs that have histograms or exact records."""
        beside = http.arguments(request, optional=("shared_with",)).get("shared_with")
        where = self._where(request)
        listing = self._answers.runs(*where)
        runs = [run for run, tags in listing.items() if tags]
        are_reached = not runs or self._logs.files.reach_any(runs)
        without_files = self._logs.engine.without_files(are_reached)
        nothing = None if runs else self._answers.why_nothing(*where)
        left_out = self._answers.dropped_runs(*where, listing) if runs else {}
        told = {run: self._answers.told(where[1], run, tags) for run, tags in listing.items()}
        answers = {run: answer for run, answer in told.items() if answer is not None}
        version = tb_plugin_weightdelta.__version__
        last_steps = {run: self._logs.last_step(run, listing[run]) for run in runs}
        return tables.runs_table(
            version,
            listing,
            without_files=without_files,
            nothing=nothing,
            left_out=left_out,
            answers=answers,
            last_steps=last_steps,
            hparams=self._answers.hparams(*where, listing),
            beside=beside,
        )

    def overview(self, request: wrappers.Request) -> tables.Table:
        """One run as a table of columns."""
        given = http.arguments(
            request, required=("run",), optional=(*http.RUN_QUESTION, "points", "measure", "wait")
        )
        asked = Question.parse(given, self._thresholds)
        points = whole_number(given, "points", SPARKLINE_POINTS, 2, SPARKLINE_POINTS_MAX)
        measure = http.one_of(given, "measure", MEASURES)
        return self._run_table(request, given["run"], asked, points, measure, wait=_wait(given))

    def status(self, request: wrappers.Request) -> tables.Table:
        """How the plugin fares, for the person who runs the server; names no run and no path."""
        http.arguments(request)
        return {
            **self._server,
            "runs_known": self._answers.runs_known,
            "cache": {name: cache.table() for name, cache in self._caches.items()},
            "work": {"pieces": len(self._answers.work), "waiting": self._answers.work.waiting},
            "timings": self._timings.table(),
        }

    def export(self, request: wrappers.Request) -> http.Download:
        """One run's table as a file of records."""
        given = http.arguments(request, required=("run",), optional=(*http.RUN_QUESTION, "format"))
        asked = Question.parse(given, self._thresholds)
        kind = http.one_of(given, "format", ("csv", "json"))
        run = given["run"]
        records = export.records_of(self._run_table(request, run, asked))
        if kind == "json":
            return http.Download(export.json_text(records), "application/json", f"{run}.json")
        return http.Download(export.csv_text(records), "text/csv", f"{run}.csv")

    def _run_table(
        self,
        request: wrappers.Request,
        run: str,
        asked: Question,
        points: int = SPARKLINE_POINTS,
        measure: Measure = "movement",
        *,
        wait: float = math.inf,
    ) -> tables.Table:
        where, waiting = self._where(request), Waiting.of(wait, hung_up(request.environ))
        found = self._answers.run_rows(*where, run, asked, points, measure=measure, waiting=waiting)
        of = None if found.complete else found.of
        table = tables.run_table(run, asked, found.rows, found.unread, measure=measure, of=of)
        if found.complete and asked == Question(thresholds=self._thresholds):
            self._answers.remember(where[1], run, found.state, table["headline"])
        return table

    def series(self, request: wrappers.Request) -> tables.Table:
        """One series, step by step."""
        optional = (*http.QUESTION, "wait")
        given = http.arguments(request, required=("run", "tag"), optional=optional)
        asked = Question.parse(given, self._thresholds)
        waiting = Waiting.of(_wait(given), hung_up(request.environ))
        where = (*self._where(request), given["run"], given["tag"])
        series, description, complete = self._answers.series(*where, asked, waiting=waiting)
        return tables.series_table(given["run"], series, asked, description, complete=complete)

    def histogram(self, request: wrappers.Request) -> tables.Table:
        """The buckets of one step and of its baseline."""
        given = http.arguments(request, required=("run", "tag", "step"), optional=http.QUESTION)
        choice = Question.parse(given, self._thresholds).choice
        step = whole_number(given, "step", 0, *STEPS)
        where = (*self._where(request), given["run"], given["tag"])
        histogram, baseline = self._answers.histogram(*where, choice, step=step)
        return tables.histogram_table(given["run"], given["tag"], choice, histogram, baseline)

    def scalars(self, request: wrappers.Request) -> tables.Table:
        """A run's scalars, and one of them over steps."""
        given = http.arguments(request, required=("run",), optional=("tag",))
        return self._answers.scalars(*self._where(request), given["run"], given.get("tag"))

    def _where(self, request: wrappers.Request) -> tuple[RequestContext, str]:
        """The request's context and the experiment that it is about.

        What TensorBoard reads itself is one experiment, whatever an address calls it.
        """
        context = plugin_util.context(request.environ)
        if self._logs.engine.is_own:
            return context, ""
        return context, str(plugin_util.experiment_id(request.environ))


def _wait(given: Mapping[str, str]) -> float:
    """How many seconds an answer may take; the rest is for another question."""
    return positive_number(given, "wait", math.inf, _LONGEST_WAIT)
