"""How it is said: sentences, headlines, numbers in words."""

from tb_plugin_weightdelta.wording.headlines import Headline, headline, so_far
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent
from tb_plugin_weightdelta.wording.sentences import series_sentence

__all__ = ["MANY_TIMES", "Headline", "headline", "number", "percent", "series_sentence", "so_far"]
