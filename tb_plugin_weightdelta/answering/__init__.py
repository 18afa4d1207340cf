"""The one door for HTTP and terminal: questions are answered, as tables and as records."""

from tb_plugin_weightdelta.answering.answers import Measurements, RunRows
from tb_plugin_weightdelta.answering.export import Record, csv_text, json_text, records_of
from tb_plugin_weightdelta.answering.tables import (
    OverviewRow,
    Table,
    histogram_table,
    natural_key,
    run_table,
    runs_table,
    series_table,
)
from tb_plugin_weightdelta.answering.work import Waiting, hung_up

__all__ = [
    "Measurements",
    "OverviewRow",
    "Record",
    "RunRows",
    "Table",
    "Waiting",
    "csv_text",
    "histogram_table",
    "hung_up",
    "json_text",
    "natural_key",
    "records_of",
    "run_table",
    "runs_table",
    "series_table",
]
