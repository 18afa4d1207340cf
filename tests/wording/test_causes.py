"""Why a tensor stands still, as it is told: in its sentence, its evidence and the run's answer."""

import pytest

from tb_plugin_weightdelta.core.exact import CAUSES
from tb_plugin_weightdelta.judging import Series, answer_of
from tb_plugin_weightdelta.wording import because
from tb_plugin_weightdelta.wording.headlines import LONGEST, headline
from tb_plugin_weightdelta.wording.sentences import series_sentence
from tests.support.cases import CONSTANT, NORMAL
from tests.support.exact_logs import alone, measured_with, recorded

STILL = [NORMAL] * 4


def told(*causes: str, values=STILL, tag: str = "layer/kernel") -> Series:
    """A tensor with records alone, of which they say why it is as it was."""
    exact = recorded(*values, steps=range(0, 10 * len(values), 10), causes=causes)
    return measured_with(exact, tag=tag)


@pytest.mark.parametrize(
    ("causes", "sentence"),
    [
        (["", "frozen", "frozen", "frozen"], "It is frozen, seen from step 10 on."),
        (["", "unseen", "not_held", "not_held"], "It is in no optimizer, seen from step 20 on."),
        (
            ["", "no_gradient", "no_gradient", "zero_rate"],
            "It gets no gradient, seen from step 10 on.",
        ),
        (
            ["", "behind_zeros", "zero_gradient", "behind_zeros"],
            "because weights after it are all 0",
        ),
        (
            ["", "zero_rate", "zero_rate", "unseen"],
            "It has a learning rate of 0, seen from step 10",
        ),
        (["", "rounded_away"] * 2, "its number format rounds them away, seen from step 30 on."),
        (["", "unseen", "unseen", "unseen"], "The cause was not seen."),
    ],
    ids=lambda each: each[1] if isinstance(each, list) else "",
)
def test_a_row_tells_what_most_of_its_last_records_say(causes, sentence):
    row = told(*causes).row
    assert sentence in series_sentence(row)
    assert sentence in because(row)


def test_records_of_before_say_nothing_of_it():
    assert because(alone(*STILL).row) == ""
    assert series_sentence(alone(*STILL).row).endswith("exact records say so.")


def test_every_cause_has_words():
    for cause in CAUSES[1:]:
        assert because(told("", *[cause] * 3).row) != ""


def test_what_moved_has_no_cause_and_what_stopped_has():
    moved = told("", "", "", "", values=[NORMAL + 0.01 * step for step in range(4)])
    assert because(moved.row) == ""
    values = [NORMAL, *[NORMAL + 0.01] * 5]
    stopped = told("", "", *["zero_rate"] * 4, values=values)
    assert series_sentence(stopped.row).endswith(
        "It has a learning rate of 0, seen from step 20 on."
    )


def test_an_adapter_that_does_nothing_yet_has_its_own_words():
    row = told("", *["no_gradient"] * 3, values=[CONSTANT * 0] * 4, tag="q.lora_B.weight").row
    assert series_sentence(row) == (
        "q.lora_B.weight is still 0 in every exact record: the adapter does nothing yet, whatever "
        "its A is. It gets no gradient, seen from step 10 on."
    )


def answer(**rows: Series):
    return headline(answer_of([series.row for series in rows.values()]))


def test_the_answer_names_a_cause_that_all_share():
    one = told("", *["zero_rate"] * 3, tag="a/kernel")
    other = told("", *["zero_rate"] * 3, tag="b/kernel")
    said = answer(a=one, b=other)
    assert said.sentence == (
        "Nothing moved: both weights are the same in every exact record (learning rate 0)."
    )
    assert len(said.sentence) <= LONGEST
    assert "Both weights have a learning rate of 0." in said.detail


def test_the_answer_names_the_cause_of_what_stands_still_beside_what_moves():
    moving = [
        told(values=[NORMAL + 0.01 * step for step in range(4)], tag=f"{name}/kernel")
        for name in "acde"
    ]
    still = told("", *["no_gradient"] * 3, tag="b/kernel")
    said = headline(answer_of([each.row for each in (*moving, still)]))
    assert said.sentence == "1 of 5 weights never moved (no gradient): b/kernel."
    assert "1 of 5 weights gets no gradient." in said.detail


def test_different_causes_are_told_each():
    rows = [
        told("", *[cause] * 3, tag=f"{place}/kernel")
        for place, cause in enumerate(("frozen", "frozen", "not_held"))
    ]
    said = headline(answer_of([each.row for each in rows]))
    assert "(" not in said.sentence
    assert "2 of 3 weights are frozen. 1 of 3 weights is in no optimizer." in said.detail
