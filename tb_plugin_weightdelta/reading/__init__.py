"""Logs become series: what the provider holds, and what only event files tell."""

from tb_plugin_weightdelta.reading.engine import Connection, Engine, connected
from tb_plugin_weightdelta.reading.logdir import open_logdir
from tb_plugin_weightdelta.reading.provider import SeriesEntry
from tb_plugin_weightdelta.reading.run import LogReader, RunReader, RunSeries

__all__ = [
    "Connection",
    "Engine",
    "LogReader",
    "RunReader",
    "RunSeries",
    "SeriesEntry",
    "connected",
    "open_logdir",
]
