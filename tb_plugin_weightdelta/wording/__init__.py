"""How it is said: sentences, headlines, movements in words."""

from tb_plugin_weightdelta.wording.causes import because, cause_words
from tb_plugin_weightdelta.wording.headlines import Headline, headline, so_far
from tb_plugin_weightdelta.wording.movements import movement_words
from tb_plugin_weightdelta.wording.numbers import percent
from tb_plugin_weightdelta.wording.sentences import series_sentence

__all__ = [
    "Headline",
    "because",
    "cause_words",
    "headline",
    "movement_words",
    "percent",
    "series_sentence",
    "so_far",
]
