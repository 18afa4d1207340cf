"""The names of weights: none is lost to another of the same name."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.weights import by_name, flattened
from tests.support.records import records

ONE = np.ones(2)


@pytest.mark.parametrize(
    ("names", "numbered"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_1", "a_2"]),
        (["a", "a", "a_1"], ["a", "a_2", "a_1"]),
        (["a_1", "a", "a_1", "a"], ["a_1", "a", "a_1_1", "a_2"]),
    ],
)
def test_equal_names_are_numbered_and_others_kept(names, numbered):
    found = by_name(zip(names, range(len(names)), strict=True))
    assert list(found) == numbered
    assert list(found.values()) == list(range(len(names)))


class Layer(NamedTuple):
    weight: Any
    bias: Any = None


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        ({"a": {"b": {"c": ONE}}, "d": ONE}, ["a/b/c", "d"]),
        ({"list": [1.0, 2.0], "number": 0.5, "none": None}, ["list", "number"]),
        ([ONE, (ONE, (), len), Layer(ONE)], ["0", "1/0", "2/weight"]),
        ({("a", "b"): ONE, 3: ONE}, ["a/b", "3"]),
        ({"a": {"b": ONE}, "a/b": ONE}, ["a/b", "a/b_1"]),
    ],
    ids=["nested", "numbers", "lists", "keys", "equal"],
)
def test_parts_of_a_name_are_joined(tree, names):
    assert list(flattened(tree)) == names


@pytest.mark.parametrize("given", [None, 3, "text", ONE, {}, [], [1.0], {"w": "text"}, iter([ONE])])
def test_what_holds_no_array_is_refused_at_once_with_what_to_give(tmp_path, given):
    with pytest.raises(TypeError, match=r"hold no array .* give a dictionary"):
        Recorder(tmp_path).log(0, given)
    assert not any(tmp_path.iterdir())


def test_what_holds_no_array_is_told_once_later(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": ONE})
        for step in (1, 2):
            recorder.log(step, ONE)
        recorder.log(3, {"w": ONE})
    (sentence,) = said()
    assert "give a dictionary" in sentence
    assert list(records(tmp_path)["w"]) == [0, 3]
