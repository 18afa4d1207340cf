"""How answers and errors become responses, whatever is in them."""

import json

import numpy as np
import pytest
from werkzeug import exceptions
from werkzeug.test import Client

from tb_plugin_weightdelta.core.text import printable, sentence_line, unicode_text
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.serving.http import Download, download_route, encode, json_route

HOSTILE = "\x1b[31m\u202e\u2028\x9b\x07 a\r\nb"


def test_text_that_is_no_unicode_does_not_keep_a_table_from_being_sent():
    table = {"runs": [{"run": "a\udcff", "steps": np.arange(2)}], "b\ud800": ("\udfff", None)}
    assert json.loads(encode(table)) == {
        "runs": [{"run": "a\ufffd", "steps": [0, 1]}],
        "b\ufffd": ["\ufffd", None],
    }
    assert unicode_text("é😀") == "é😀"


@pytest.mark.parametrize("error", [exceptions.BadRequest, exceptions.RequestEntityTooLarge])
def test_what_werkzeug_refuses_is_a_sentence_as_well(error):
    def refuse(request):
        raise error

    reply = Client(json_route(refuse, Timings())).get("/")
    assert reply.status_code == error.code
    assert reply.json["error"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", [HOSTILE, "..", "/etc/passwd", "x" * 5000, "日本", '";a="', "", "-rf", "a" + ".b" * 58]
)
def test_the_name_of_a_download_is_one_that_nothing_trips_over(name):
    route = download_route(lambda request: Download("text", "text/csv", f"{name}.csv"))
    told = Client(route).get("/").headers["Content-Disposition"]
    file = told.removeprefix('attachment; filename="').removesuffix('"')
    assert file.replace(".", "").replace("_", "").replace("-", "").isalnum()
    assert file.isascii()
    assert file.endswith("csv")
    assert file[0].isalnum()
    assert len(file) <= 120


def test_what_a_terminal_would_obey_is_written_as_escapes():
    for text in (printable(HOSTILE), sentence_line(HOSTILE)):
        assert text.isprintable()
    assert sentence_line("a\r\n  b\x1b") == "a b\\x1b"
