"""The answer for a whole run, in words."""

import math
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.judging import Extent, SeriesRow
from tb_plugin_weightdelta.measuring import ScaleKind
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent, share
from tb_plugin_weightdelta.wording.sentences import floor, hidden

_WHY_FLAT: Final = (
    "Biases that start as one value fan out in the Distributions tab, because there every move "
    "shows; the weights look like flat stripes, because its axis spans their whole initial spread."
)


# Of its spread, a distribution that moved less looks like a stripe.
_FLAT: Final = 0.1


@dataclass(frozen=True)
class Headline:
    """The answer for a whole run: ``sentence`` first, ``detail`` for those who ask why."""

    sentence: str
    detail: str


def headline(rows: Sequence[SeriesRow]) -> Headline:
    """Did the weights of this run move? Weights answer, biases are the comparison."""
    if not rows:
        return Headline("This run has no histograms.", "")
    weights = [row for row in rows if row.role == "weight"]
    biases = [row for row in rows if row.role == "bias"]
    subjects, noun = (weights, "weight tensor") if weights else (list(rows), "series")
    sentence = " ".join(filter(None, [_answer(subjects, noun), _alarms(rows)]))
    detail = [_comparison(weights, biases) if weights and biases else "", floor(subjects)]
    return Headline(sentence, " ".join(filter(None, detail)))


def so_far(answer: Headline, measured: int, of: int) -> Headline:
    """The answer of those series of a run that are measured by now."""
    if measured == 0:
        return Headline(f"None of {of} series is measured yet.", "")
    return Headline(f"{measured} of {of} series so far: {answer.sentence}", answer.detail)


def _answer(subjects: Sequence[SeriesRow], noun: str) -> str:
    judged = [row for row in subjects if row.verdict.name not in ("no_data", "single_step")]
    if not judged and all(row.only_exact and row.compared_with != "first" for row in subjects):
        return (
            f"There are exact records alone of {_all(len(subjects), noun)}, and those compare "
            "with initial values: choose the first step as the baseline."
        )
    if not judged:
        return f"There is no second step to compare for any {noun}."
    exact = all(row.leads for row in judged)
    changed = [row for row in judged if _has_changed(row)]
    if not changed:
        return _nothing_changed(judged, noun, exact)
    still = len(judged) - len(changed)
    some = f"{len(changed)} of {_count(len(judged), noun)}" if still else _all(len(judged), noun)
    noun_form = "distribution" if len(changed) == 1 else "distributions"
    moved = [_told(row, exact) for row in changed]
    steps = f"between {moved[0].baseline} and step {max(each.step for each in moved)}"
    what = (
        f"the values of {some} moved{_by(moved)} on average {steps}, recorded value by value"
        if exact
        else f"the {noun_form} of {some} changed{_by(moved)} {steps}"
    )
    whose = "Its" if len(changed) == 1 else "Their"
    rest = f"The other {still} did not change." if still > 1 else "One did not change."
    more = hidden(changed, whose) if exact else _partly(judged)
    parts = [f"{_yes(changed, noun)}: {what}.", more, rest if still else ""]
    return " ".join(filter(None, parts))


def _told(row: SeriesRow, exact: bool) -> Extent:
    """How far it moved; as records say only where all have some: like is put beside like."""
    told = row.shown if exact or row.only_exact else row.histograms
    unknown = math.nan, math.nan, math.nan, math.nan, math.nan
    return told or Extent("histogram", row.compared_with, row.last_step or 0, *unknown, "none")


def _has_changed(row: SeriesRow) -> bool:
    moved = row.shown is not None and row.shown.movement > 0
    return moved or row.verdict.name == "non_finite"


def _partly(judged: Sequence[SeriesRow]) -> str:
    """What exact records say where only some of the rows have them."""
    recorded = [row for row in judged if row.leads and row.shown and row.shown.movement > 0]
    if not recorded:
        return ""
    by = _by([_told(row, True) for row in recorded])
    whose = "Its" if len(recorded) == 1 else "Their"
    count = len(recorded)
    start = f"Of {count} there are exact records: {whose.lower()} values moved{by} on average."
    return " ".join(filter(None, [start, hidden(recorded, whose)]))


def _nothing_changed(judged: Sequence[SeriesRow], noun: str, exact: bool) -> str:
    everything = _all(len(judged), noun)
    whose = f"The values of {everything}" if exact else f"The histograms of {everything}"
    if not all(row.verdict.name == "unchanged" for row in judged):
        return f"{whose} are back at the baseline at the last step."
    if exact:
        return f"No, nothing moved: the values of {everything} are the same in every exact record."
    return f"No, nothing moved: the histograms of {everything} are identical at every kept step."


def _yes(changed: Sequence[SeriesRow], noun: str) -> str:
    names = {row.verdict.name for row in changed}
    subject = "the weights" if noun == "weight tensor" else "they"
    if names == {"unresolved"}:
        return f"{subject.capitalize()} changed, but their histograms do not resolve how far"
    if names <= {"barely_moved", "unresolved"}:
        return "Barely"
    return f"Yes, {subject} moved"


def _by(moved: Sequence[Extent]) -> str:
    """How far, for the kind of scale that most of them have: " by 0.3 % to 2 % of …"."""
    kinds = [each.scale_kind for each in moved if math.isfinite(each.relative)]
    if not kinds:
        largest = max((each.movement for each in moved if each.movement > 0), default=math.nan)
        return "" if math.isnan(largest) else f" by up to {number(largest)}"
    kind = max(kinds, key=lambda kind: (kinds.count(kind), kind == "std"))
    alike = [each for each in moved if each.scale_kind == kind]
    whose = "its" if len(moved) == 1 else "their"
    resolved = sorted(each.relative for each in alike if each.basis != "bounds")
    if resolved:
        span, remarks = _range(resolved[0], resolved[-1], kind, whose), []
        if len(resolved) > 1:
            text = number if resolved[-1] >= MANY_TIMES else percent
            remarks = [f"median {text(statistics.median(resolved))}"]
    else:
        # Of movements that no buckets resolve, only bounds are known.
        lower = min(each.lower / each.scale for each in alike)
        upper = max(each.upper / each.scale for each in alike)
        span, remarks = _range(lower, upper, kind, whose), ["bounds: the buckets tell no more"]
    remarks += _left_out_of_range(moved, alike, len(resolved))
    return f" by {span} ({'; '.join(remarks)})" if remarks else f" by {span}"


def _range(low: float, high: float, kind: ScaleKind, whose: str) -> str:
    text = number if high >= MANY_TIMES else percent
    most = share(high, kind, whose)
    return most if text(low) == text(high) else f"{text(low)} to {most}"


def _left_out_of_range(
    moved: Sequence[Extent], alike: Sequence[Extent], resolved: int
) -> list[str]:
    """What a range does not speak of."""
    remarks = []
    if 0 < resolved < len(alike):
        remarks.append(f"{len(alike) - resolved} of them by less than the buckets resolve")
    others = {each.scale_kind for each in moved} - {each.scale_kind for each in alike}
    if others:
        count = sum(each.scale_kind in others for each in moved)
        remarks.append(f"{count} of them {_in_words(others)}")
    return remarks


def _in_words(others: Collection[ScaleKind]) -> str:
    """What is true of the rows whose scales are of these kinds."""
    if list(others) == ["none"]:
        return "started at 0"
    if all(kind in ("constant", "none") for kind in others):
        return "started as one value"
    return "did not start as one value" if list(others) == ["std"] else "on another scale"


def _alarms(rows: Sequence[SeriesRow]) -> str:
    texts = {
        "non_finite": "NaN or infinity in {}",
        "exploding": "{} exploded",
        "collapsed": "{} collapsed",
    }
    counts = {name: sum(row.verdict.name == name for row in rows) for name in texts}
    parts = [texts[name].format(count) for name, count in counts.items() if count]
    return f"Look at these first: {', '.join(parts)}." if parts else ""


def _comparison(weights: Sequence[SeriesRow], biases: Sequence[SeriesRow]) -> str:
    """What the biases did, and why they may look livelier in the Distributions tab."""
    exactly = all(row.leads for row in biases)
    told = [(row, _told(row, exactly)) for row in biases]
    changed = [(row, each) for row, each in told if each.movement > 0]
    if not changed:
        return f"For comparison: {_all(len(biases), 'bias')} did not change."
    count, moved = len(changed), [each for _, each in changed]
    some = f"{count} of the {len(biases)} biases" if count < len(biases) else "the biases"
    what, how = ("values", " on average") if exactly else ("distributions", "")
    said = f"For comparison, the {what} of {some} moved{_by(moved)}{how}."
    fanned_out = [row for row, m in changed if m.scale_kind != "std" and (row.elements or 0) > 1]
    flat = [row for row in weights if _looks_flat(row.histograms)]
    if 2 * len(fanned_out) > count and 2 * len(flat) > len(weights):
        return f"{said} {_WHY_FLAT}"
    return said


def _looks_flat(seen: Extent | None) -> bool:
    return seen is not None and seen.scale_kind == "std" and seen.relative < _FLAT


def _all(count: int, noun: str) -> str:
    if count == 2:
        return f"both {_plural(noun)}"
    return f"the only {noun}" if count == 1 else f"all {_count(count, noun)}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    return {"series": "series", "bias": "biases"}.get(noun, f"{noun}s")
