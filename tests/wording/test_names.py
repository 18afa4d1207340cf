"""Names in sentences: said together where they belong together, and short."""

import pytest

from tb_plugin_weightdelta.wording.names import cut_middle, named, rows_of, shared_ends


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["h.2", "h.0", "h.1"], ["h.0 to h.2"]),
        ([f"transformer.h.{i}" for i in range(12)], ["transformer.h.0 to h.11"]),
        (["h.0", "h.1"], ["h.0", "h.1"]),
        (["h.0", "h.2", "h.4"], ["h.0", "h.2", "h.4"]),
        (["l9.weight", "l10.weight", "l11.weight"], ["l9.weight to l11.weight"]),
        (["a.0.b.0", "a.1.b.1", "a.2.b.2"], ["a.0.b.0", "a.1.b.1", "a.2.b.2"]),
        (["0", "1", "2"], ["0 to 2"]),
        (["a/0/", "a/1/", "a/2/"], ["a/0/ to a/2/"]),
    ],
)
def test_names_that_count_on_are_a_row(names, told):
    assert rows_of(names) == told


AMONG = [f"m.h.{b}.{n}" for b in range(4) for n in ("q.weight", "k.weight")] + ["m.head.weight"]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (AMONG[:2], "h.0"),
        (AMONG[:6], "h.0 to h.2"),
        (AMONG[:1], "h.0.q.weight"),
        (AMONG[8:], "head.weight"),
        ([AMONG[0], AMONG[3], AMONG[8]], "h.0.q.weight, h.1.k.weight and head.weight"),
        (
            [AMONG[0], AMONG[3], AMONG[4], AMONG[7]],
            "h.0.q.weight, h.1.k.weight, h.2.q.weight and 1 more",
        ),
    ],
)
def test_whole_modules_are_named_without_what_all_begin_with(chosen, told):
    assert named(chosen, AMONG) == told


def test_a_long_name_keeps_its_end():
    assert cut_middle("a" * 50 + ".weight", 20) == "aaaaaaa…aaaaa.weight"
    assert cut_middle("short", 20) == "short"


@pytest.mark.parametrize(
    ("names", "ends"),
    [
        (["model/conv1/kernel/histogram", "model/conv2/bias/histogram"], ("model/", "/histogram")),
        (["base.model.layers.0.q", "base.model.layers.1.q"], ("base.model.", "")),
        (["base.model.layers.0.q", "base.model.layers.0.k"], ("base.model.layers.0.", "")),
        (["a.weight", "b.weight"], ("", "")),
        (["weights_a", "weights_b"], ("", "")),
        (["a/b", "a/b"], ("a/", "")),
        (["only/one/histogram"], ("", "")),
        (["x/histogram", "x/scalar"], ("x/", "")),
        (["/histogram", "a/histogram"], ("", "/histogram")),
        ([], ("", "")),
    ],
)
def test_what_all_names_share_is_no_part_of_them(names, ends):
    assert shared_ends(names) == ends
