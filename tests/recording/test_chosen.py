"""The names of weights: none is lost to another of the same name."""

import pytest

from tb_plugin_weightdelta.recording.weights import by_name


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
