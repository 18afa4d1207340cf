"""The layout of records: what is written can be read, and what is newer is refused."""

import json

import numpy as np
import pytest
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import (
    FIELDS,
    ExactLayoutError,
    Layout,
    decoded_layout,
    decoded_records,
    encoded_layout,
)
from tb_plugin_weightdelta.recording.event_log import record_value

FIGURES = {name: float(place) for place, name in enumerate(FIELDS)}


def test_a_record_is_read_as_it_was_written():
    layout = Layout(initial="restored", sampled=65_536)
    value = record_value("dense/kernel", FIGURES, layout)
    assert value.tag == "weight_delta/dense/kernel"
    assert value.metadata.plugin_data.plugin_name == "weight_delta"
    read = decoded_layout(value.metadata.plugin_data.content, value.tag)
    assert read == layout
    rows = decoded_records([tensor_util.make_ndarray(value.tensor)] * 2, read, value.tag)
    assert rows.shape == (2, len(FIELDS))
    assert read.column(rows, "cosine").tolist() == [FIGURES["cosine"]] * 2


def test_version_1_has_the_fields_that_readers_know():
    told = json.loads(encoded_layout(Layout()))
    assert told == {"version": 1, "fields": list(FIELDS), "initial": "kept", "sampled": None}
    assert told["fields"][:8] == [
        *("elements", "mean_abs", "rms", "max_abs"),
        *("relative", "cosine", "fraction_changed", "update_ratio"),
    ]


def test_a_newer_layout_is_refused_in_a_sentence():
    newer = json.dumps({"version": 2, "weights": "base64"}).encode()
    with pytest.raises(ExactLayoutError, match="layout 2, and this version of Weight Delta knows"):
        decoded_layout(newer, "weight_delta/a")


def test_a_field_that_a_version_did_not_have_is_nan():
    old = Layout(fields=("elements", "mean_abs"))
    rows = decoded_records([np.array([3.0, 0.5])], old, "a")
    assert old.column(rows, "mean_abs").tolist() == [0.5]
    assert np.isnan(old.column(rows, "q5000")).all()


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", b'{"version": 1, "fields": [1], "initial": "kept", "sampled": 1}'],
)
def test_damage_is_named(content):
    with pytest.raises(ExactLayoutError, match="weight_delta/a is damaged"):
        decoded_layout(content, "weight_delta/a")


def test_a_record_of_another_length_is_refused():
    with pytest.raises(ExactLayoutError, match=r"shape \(3,\)"):
        decoded_records([np.zeros(3)], Layout(), "a")


def test_no_records_are_an_empty_table():
    assert decoded_records([], Layout(), "a").shape == (0, len(FIELDS))
