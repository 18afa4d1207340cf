"""What is known of one series, and what that means: how far it moved, verdict, flags, role.

And of a whole run: the answer that its series give.
"""

from tb_plugin_weightdelta.judging.answer import Answer, answer_of
from tb_plugin_weightdelta.judging.extent import Extent
from tb_plugin_weightdelta.judging.row import SeriesRow
from tb_plugin_weightdelta.judging.series import Series, measure_all
from tb_plugin_weightdelta.judging.start import Start
from tb_plugin_weightdelta.judging.verdicts import LADDER

__all__ = [
    "LADDER",
    "Answer",
    "Extent",
    "Series",
    "SeriesRow",
    "Start",
    "answer_of",
    "measure_all",
]
