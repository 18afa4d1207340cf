"""TensorBoard's entry point. Whatever goes wrong behind it costs this tab alone.

TensorBoard imports this module, and calls ``define_flags``, outside any guard of
its own: an exception there would keep all of TensorBoard from starting. One from
``frontend_metadata`` would break the list of plugins, and with it every tab. So
this module imports nothing but the base class, and asks the plugin for everything
TensorBoard wants to know once, inside ``load``, where failing only means
"no such tab".
"""

import argparse
import logging
from collections.abc import Callable, Iterable
from typing import Any

from tensorboard.plugins import base_plugin

logger = logging.getLogger(__name__)

# A server runs for months: each fault is told once, and at most so many of a route.
_MOST_TOLD = 20

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WeightDeltaLoader(base_plugin.TBLoader):  # type: ignore[misc]  # TensorBoard is untyped
    """Loads the plugin, or says in one log line why the tab is missing."""

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        try:
            from tb_plugin_weightdelta.serving import settings

            settings.define(parser)
        except Exception as error:
            logger.error("The flags of Weight Delta are not available: %s", _one_line(error))

    def fix_flags(self, flags: argparse.Namespace) -> None:
        try:
            from tb_plugin_weightdelta.serving import settings

            settings.keep_records(flags)
        except Exception as error:
            logger.error("Of exact records only a few are kept: %s", _one_line(error))

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        try:
            from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin

            if context.data_provider is None:
                raise RuntimeError("TensorBoard was started without a data provider")
            plugin = WeightDeltaPlugin(context)
            guarded = _Guarded(plugin)
            _be_heard()
            logger.info("%s", plugin.start_line)
            return guarded
        except Exception as error:
            logger.error("The Weight Delta tab is not available: %s", _one_line(error))
            logger.debug("Where it failed:", exc_info=True)
            return None


def _be_heard() -> None:
    """Let our one line at the start through, where nobody has chosen what of ours is logged."""
    ours = logging.getLogger(__package__)
    if ours.level == logging.NOTSET:
        ours.setLevel(logging.INFO)


class _Guarded(base_plugin.TBPlugin):  # type: ignore[misc]
    """Stands in for the plugin: answers from what was gathered once, and never raises."""

    def __init__(self, plugin: base_plugin.TBPlugin) -> None:
        self.plugin_name = plugin.plugin_name
        self._metadata = plugin.frontend_metadata()
        self._data_plugin_names = tuple(plugin.data_plugin_names())
        self._apps = {
            route: _guarded_app(route, app) for route, app in plugin.get_plugin_apps().items()
        }

    def get_plugin_apps(self) -> dict[str, WsgiApp]:
        return self._apps

    def is_active(self) -> bool:
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return self._metadata

    def data_plugin_names(self) -> tuple[str, ...]:
        return self._data_plugin_names


def _guarded_app(route: str, app: WsgiApp) -> WsgiApp:
    """The app, with an answer of its own for an exception nobody foresaw."""
    said: set[str] = set()

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception as error:
            told = _one_line(error)
            if told not in said and len(said) < _MOST_TOLD:
                said.add(told)
                logger.error("The Weight Delta route %s failed: %s", route, told)
            logger.debug("Where it failed:", exc_info=True)
            body = b'{"error": "Weight Delta met an error of its own; the server\'s log names it."}'
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("X-Content-Type-Options", "nosniff"),
            ]
            start_response("500 Internal Server Error", headers)
            return [body]

    return guarded


def _one_line(error: Exception) -> str:
    """The error on one line of a log, without what a terminal that shows it would obey."""
    text = "".join(char if char.isprintable() else " " for char in str(error))
    return f"{type(error).__name__}: {' '.join(text.split())}"
