"""Which exact records belong to which histograms, and which hyper-parameters to which run."""

from types import SimpleNamespace

import pytest

from tb_plugin_weightdelta.reading.hparams import of_runs
from tb_plugin_weightdelta.reading.provider import SeriesEntry, joined, names_beside


def series(step=1, wall_time=1.0, description=""):
    return SimpleNamespace(max_step=step, max_wall_time=wall_time, description=description)


def listing(histograms: list[str], exact: list[str]) -> dict[str, tuple[bool, str]]:
    """By tag: whether there are histograms, and the tag of the exact records."""
    found = joined({tag: series() for tag in histograms}, {tag: series() for tag in exact})
    assert all(bool(each.exact) == bool(each.exact_tag) for each in found.values())
    return {tag: (each.histograms is not None, each.exact_tag) for tag, each in found.items()}


X, KERAS = "weight_delta/X", "weight_delta/X/histogram"


@pytest.mark.parametrize(
    ("histograms", "exact", "expected"),
    [
        (["X"], [], {"X": (True, "")}),
        (["X"], [X], {"X": (True, X)}),
        (["X/histogram"], [X], {"X/histogram": (True, X)}),
        (["X/histogram"], [KERAS], {"X/histogram": (True, KERAS)}),
        (["X", "X/histogram"], [X], {"X": (True, X), "X/histogram": (True, "")}),
        (["X/histogram", "X"], [X, KERAS], {"X": (True, X), "X/histogram": (True, KERAS)}),
        (["X/histogram"], [KERAS, X], {"X/histogram": (True, KERAS), "X": (False, X)}),
        (["X/histogram"], [X, KERAS], {"X/histogram": (True, KERAS), "X": (False, X)}),
        ([], [X], {"X": (False, X)}),
        (["Y"], [X], {"Y": (True, ""), "X": (False, X)}),
        (["weight_delta/X"], [X], {"weight_delta/X": (True, ""), "X": (False, X)}),
        (["X"], ["X", "other/X"], {"X": (True, "")}),
    ],
)
def test_records_are_joined_by_name(histograms, exact, expected):
    assert listing(histograms, exact) == expected


@pytest.mark.parametrize(
    ("histograms", "exact"), [(h, e) for h in (0, 1, 2, 3) for e in (0, 1, 2, 3)]
)
@pytest.mark.parametrize("tag", ["X", "X/histogram"])
def test_the_names_beside_a_tag_are_enough_to_know_what_belongs_to_it(tag, histograms, exact):
    names = ["X", "X/histogram"]
    logged = [name for place, name in enumerate(names) if histograms >> place & 1]
    recorded = [X if place == 0 else KERAS for place in (0, 1) if exact >> place & 1]
    beside = names_beside(tag)
    assert beside[0] == tag
    whole = listing([*logged, "Y"], [*recorded, "weight_delta/Y"])
    part = listing(
        [name for name in logged if name in beside],
        [name for name in recorded if name.removeprefix("weight_delta/") in beside],
    )
    assert part.get(tag) == whole.get(tag)


class TestSeriesEntry:
    def test_goes_as_far_as_the_later_of_the_two(self):
        both = SeriesEntry(series(10, 5.0), series(20, 4.0), X)
        assert (both.last_step, both.last_wall_time) == (20, 5.0)

    def test_ages_with_either(self):
        ages = {
            SeriesEntry(series(h), series(e) if e else None, X).age
            for h in (1, 2)
            for e in (None, 1, 2)
        }
        assert len(ages) == 6

    def test_is_described_by_whichever_says_something(self):
        assert SeriesEntry(series(), series(description="d"), X).description == "d"
        assert SeriesEntry(series(description="h"), series(description="d"), X).description == "h"
        assert SeriesEntry(None, series(), X).description == ""


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], {".": None, "a": None, "a/1/train": None}),
        (["a"], {".": None, "a": "a", "a/1/train": "a"}),
        (["."], {".": ".", "a": ".", "a/1/train": "."}),
        # The nearest folder around a run comes first, and any of them before what lies in it.
        ([".", "a", "a/1"], {".": ".", "a": "a", "a/1/train": "a/1"}),
        ([".", "a/1700"], {".": ".", "a": ".", "a/1/train": "."}),
        # PyTorch writes them below, for the run next above them.
        (["a/1700"], {".": None, "a": "a/1700", "a/1/train": None}),
        (["a/hp/1700"], {".": None, "a": "a/hp/1700", "a/1/train": None}),
        (["1700"], {".": "1700", "a": None, "a/1/train": None}),
        (["1700", "1800"], {".": None, "a": None, "a/1/train": None}),
        (["ab/1700", "a/1/train/1700"], {".": "ab/1700", "a": None, "a/1/train": "a/1/train/1700"}),
    ],
)
def test_hyper_parameters_are_a_runs_own_or_those_around_it_or_the_only_ones_below(
    sessions, expected
):
    known = {session: {"of": session} for session in sessions}
    told = of_runs(expected, known)
    assert {run: each.get("of") for run, each in told.items()} == expected


def test_hyper_parameters_that_were_written_twice_are_the_runs():
    again = {"a/1700": {"lr": 1.0}, "a/1800": {"lr": 1.0}}
    assert of_runs(["a"], again) == {"a": {"lr": 1.0}}
    assert of_runs(["a"], {**again, "a/1900": {"lr": 2.0}}) == {"a": {}}
