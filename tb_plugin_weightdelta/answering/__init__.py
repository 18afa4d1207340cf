"""The one door for HTTP and terminal: questions are answered, as tables and as records."""

from tb_plugin_weightdelta.answering import export, tables
from tb_plugin_weightdelta.answering.answers import Answers, RunRows
from tb_plugin_weightdelta.answering.work import Waiting, hung_up

__all__ = ["Answers", "RunRows", "Waiting", "export", "hung_up", "tables"]
