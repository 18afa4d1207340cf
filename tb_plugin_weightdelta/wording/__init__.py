"""How it is said: sentences, headlines, movements in words."""

from tb_plugin_weightdelta.wording.causes import because
from tb_plugin_weightdelta.wording.headlines import Headline, headline, so_far
from tb_plugin_weightdelta.wording.movements import movement_words
from tb_plugin_weightdelta.wording.sentences import series_sentence

__all__ = [
    "Headline",
    "because",
    "headline",
    "movement_words",
    "series_sentence",
    "so_far",
]
