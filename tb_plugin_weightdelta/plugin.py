"""The routes of the plugin: parse, call, respond. http_api.md is their contract."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from tensorboard import plugin_util
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

import tb_plugin_weightdelta
from tb_plugin_weightdelta import page
from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.errors import BadParameter, NotInLogdir, SourceUnavailable
from tb_plugin_weightdelta.histograms import HistogramSeries
from tb_plugin_weightdelta.metadata import (
    HISTOGRAMS_PLUGIN_NAME,
    PLUGIN_NAME,
    SPARKLINE_POINTS,
    SPARKLINE_POINTS_MAX,
    TAB_NAME,
)
from tb_plugin_weightdelta.overview import (
    MeasuredSeries,
    Table,
    histogram_table,
    measure_series,
    run_table,
    series_table,
)
from tb_plugin_weightdelta.reader import HistogramReader
from tb_plugin_weightdelta.replies import WsgiApp, json_route
from tb_plugin_weightdelta.run_list import runs_table


class WeightDeltaPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # TensorBoard is untyped
    """Serves the Weight Delta tab and its data."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._reader = HistogramReader(context.data_provider)

    def get_plugin_apps(self) -> dict[str, WsgiApp]:
        return {
            "/runs": json_route(self.runs),
            "/overview": json_route(self.overview),
            "/series": json_route(self.series),
            "/histogram": json_route(self.histogram),
            page.ROUTE: page.page_route(),
        }

    def is_active(self) -> bool:
        # Never asked: TensorBoard decides by the data named in data_plugin_names.
        return False

    def data_plugin_names(self) -> tuple[str, ...]:
        return (HISTOGRAMS_PLUGIN_NAME,)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return base_plugin.FrontendMetadata(es_module_path=page.ENTRY, tab_name=TAB_NAME)

    def runs(self, request: wrappers.Request) -> Table:
        """The runs that have histograms."""
        _arguments(request)
        listing = self._reader.list_runs(_context(request), _experiment(request))
        return runs_table(tb_plugin_weightdelta.__version__, listing)

    def overview(self, request: wrappers.Request) -> Table:
        """One run as a table of columns."""
        arguments = _arguments(request, required=("run",), optional=("baseline", "points"))
        choice = BaselineChoice.parse(arguments.get("baseline", "first"))
        points = _whole_number(arguments, "points", SPARKLINE_POINTS, 2, SPARKLINE_POINTS_MAX)
        ctx, experiment, run = _context(request), _experiment(request), arguments["run"]
        tags = self._reader.list_tags(ctx, experiment, run)
        found = self._reader.read(ctx, experiment, run, tags)
        others = self._baseline_series(ctx, experiment, choice, found.series)
        measured = [
            measure_series(tag, series, choice, others.get(tag))
            for tag, series in found.series.items()
        ]
        return run_table(run, choice, measured, found.unread, points)

    def series(self, request: wrappers.Request) -> Table:
        """One series, step by step."""
        arguments = _arguments(request, required=("run", "tag"), optional=("baseline",))
        choice = BaselineChoice.parse(arguments.get("baseline", "first"))
        measured, description = self._measure_one(request, arguments, choice)
        return series_table(arguments["run"], measured, choice, description)

    def histogram(self, request: wrappers.Request) -> Table:
        """The buckets of one step and of its baseline."""
        arguments = _arguments(request, required=("run", "tag", "step"), optional=("baseline",))
        choice = BaselineChoice.parse(arguments.get("baseline", "first"))
        step = _whole_number(arguments, "step", 0, -(2**63), 2**63 - 1)
        measured, _ = self._measure_one(request, arguments, choice)
        index = int(np.searchsorted(measured.series.steps, step))
        if index == len(measured.series) or measured.series.steps[index] != step:
            raise NotInLogdir(
                f"The series {arguments['tag']!r} of run {arguments['run']!r} has no usable "
                f"histogram at step {step}."
            )
        return histogram_table(arguments["run"], measured, index, choice)

    def _measure_one(
        self, request: wrappers.Request, arguments: Mapping[str, str], choice: BaselineChoice
    ) -> tuple[MeasuredSeries, str]:
        """The series that run and tag name, measured, and its description."""
        ctx, experiment = _context(request), _experiment(request)
        run, tag = arguments["run"], arguments["tag"]
        tags = self._reader.list_tags(ctx, experiment, run, tag)
        found = self._reader.read(ctx, experiment, run, tags)
        if tag not in found.series:
            reason = found.unread.get(tag, "it is no longer there")
            raise SourceUnavailable(f"The series {tag!r} of run {run!r} was not read: {reason}.")
        others = self._baseline_series(ctx, experiment, choice, found.series)
        measured = measure_series(tag, found.series[tag], choice, others.get(tag))
        return measured, str(tags[tag].description)

    def _baseline_series(
        self,
        ctx: RequestContext,
        experiment: str,
        choice: BaselineChoice,
        own: Mapping[str, HistogramSeries],
    ) -> Mapping[str, HistogramSeries]:
        """Where the baselines come from: the series themselves, or those of another run."""
        if choice.kind != "run":
            return own
        listed = self._reader.list_tags(ctx, experiment, choice.run)
        shared = {tag: listed[tag] for tag in own if tag in listed}
        return self._reader.read(ctx, experiment, choice.run, shared).series


def _context(request: wrappers.Request) -> RequestContext:
    return plugin_util.context(request.environ)


def _experiment(request: wrappers.Request) -> str:
    return str(plugin_util.experiment_id(request.environ))


def _arguments(
    request: wrappers.Request, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, str]:
    """The query parameters by name.

    Raises BadParameter for one that is missing, unknown or given twice.
    """
    required = tuple(required)
    known = {*required, *optional}
    for name, values in request.args.lists():
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise BadParameter(f"The parameter {name!r} is unknown here; known: {expected}.")
        if len(values) > 1:
            raise BadParameter(f"The parameter {name!r} was given {len(values)} times.")
    for name in required:
        if not request.args.get(name):
            raise BadParameter(f"The parameter {name!r} is missing.")
    return dict(request.args.items())


def _whole_number(
    arguments: Mapping[str, Any], name: str, default: int, least: int, most: int
) -> int:
    text = arguments.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise BadParameter(f"The parameter {name!r} is {text!r}, not a whole number.") from None
    if not least <= value <= most:
        raise BadParameter(f"The parameter {name!r} is {value}, not from {least} to {most}.")
    return value
