"""Logs become series: what the provider holds, and what only event files tell."""

from tb_plugin_weightdelta.reading.engine import Engine, engine_of
from tb_plugin_weightdelta.reading.event_files import RunFolders, roots_of
from tb_plugin_weightdelta.reading.first_step import FirstStepReader
from tb_plugin_weightdelta.reading.last_step import LastStepReader
from tb_plugin_weightdelta.reading.logdir import open_logdir
from tb_plugin_weightdelta.reading.provider import Listed, Listing
from tb_plugin_weightdelta.reading.run import RunSeries, RunSource, SeriesReader

__all__ = [
    "Engine",
    "FirstStepReader",
    "LastStepReader",
    "Listed",
    "Listing",
    "RunFolders",
    "RunSeries",
    "RunSource",
    "SeriesReader",
    "engine_of",
    "open_logdir",
    "roots_of",
]
