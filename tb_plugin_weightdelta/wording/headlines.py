"""The answer for a whole run, in words."""

import math
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.judging import SeriesFacts
from tb_plugin_weightdelta.measuring import ScaleKind
from tb_plugin_weightdelta.wording.numbers import MANY_TIMES, number, percent, share
from tb_plugin_weightdelta.wording.sentences import floor, hidden

_WHY_FLAT: Final = (
    "Biases that start as one value fan out in the Distributions tab, because there every move "
    "shows; the weights look like flat stripes, because its axis spans their whole initial spread."
)


@dataclass(frozen=True)
class Headline:
    """The answer for a whole run: ``sentence`` first, ``detail`` for those who ask why."""

    sentence: str
    detail: str


def headline(rows: Sequence[SeriesFacts]) -> Headline:
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


def _answer(subjects: Sequence[SeriesFacts], noun: str) -> str:
    judged = [row for row in subjects if row.verdict.name not in ("no_data", "single_step")]
    if not judged and all(row.only_exact and row.baseline != "first" for row in subjects):
        return (
            f"There are exact records alone of {_all(len(subjects), noun)}, and those compare "
            "with initial values: choose the first step as the baseline."
        )
    if not judged:
        return f"There is no second step to compare for any {noun}."
    exact = all(row.leads for row in judged)
    changed = [row for row in _told(judged) if _has_changed(row)]
    if not changed:
        return _nothing_changed(judged, noun, exact)
    still = len(judged) - len(changed)
    some = f"{len(changed)} of {_count(len(judged), noun)}" if still else _all(len(judged), noun)
    noun_form = "distribution" if len(changed) == 1 else "distributions"
    steps = f"between {changed[0].baseline} and step {max(row.last_step or 0 for row in changed)}"
    what = (
        f"the values of {some} moved{_by(changed)} on average {steps}, recorded value by value"
        if exact
        else f"the {noun_form} of {some} changed{_by(changed)} {steps}"
    )
    whose = "Its" if len(changed) == 1 else "Their"
    rest = f"The other {still} did not change." if still > 1 else "One did not change."
    more = hidden([row for row in judged if _has_changed(row)], whose) if exact else _partly(judged)
    parts = [f"{_yes(changed, noun)}: {what}.", more, rest if still else ""]
    return " ".join(filter(None, parts))


def _told(rows: Sequence[SeriesFacts]) -> list[SeriesFacts]:
    """The exact movements where all of the rows have some: like is put beside like."""
    exact = all(row.leads for row in rows)
    return [row.led if exact or row.only_exact else row for row in rows]


def _has_changed(row: SeriesFacts) -> bool:
    return row.led.movement > 0 or row.verdict.name == "non_finite"


def _partly(judged: Sequence[SeriesFacts]) -> str:
    """What exact records say where only some of the rows have them."""
    recorded = [row for row in judged if row.leads and row.led.movement > 0]
    if not recorded:
        return ""
    by = _by([row.led for row in recorded])
    whose = "Its" if len(recorded) == 1 else "Their"
    count = len(recorded)
    start = f"Of {count} there are exact records: {whose.lower()} values moved{by} on average."
    return " ".join(filter(None, [start, hidden(recorded, whose)]))


def _nothing_changed(judged: Sequence[SeriesFacts], noun: str, exact: bool) -> str:
    everything = _all(len(judged), noun)
    whose = f"The values of {everything}" if exact else f"The histograms of {everything}"
    if not all(row.verdict.name == "unchanged" for row in judged):
        return f"{whose} are back at the baseline at the last step."
    if exact:
        return f"No, nothing moved: the values of {everything} are the same in every exact record."
    return f"No, nothing moved: the histograms of {everything} are identical at every kept step."


def _yes(changed: Sequence[SeriesFacts], noun: str) -> str:
    names = {row.verdict.name for row in changed}
    subject = "the weights" if noun == "weight tensor" else "they"
    if names == {"unresolved"}:
        return f"{subject.capitalize()} changed, but their histograms do not resolve how far"
    if names <= {"barely_moved", "unresolved"}:
        return "Barely"
    return f"Yes, {subject} moved"


def _by(rows: Sequence[SeriesFacts]) -> str:
    """How far, for the kind of scale that most of the rows have: " by 0.3 % to 2 % of …"."""
    kinds = [row.scale_kind for row in rows if math.isfinite(row.relative_movement)]
    if not kinds:
        largest = max((row.movement for row in rows if row.movement > 0), default=math.nan)
        return "" if math.isnan(largest) else f" by up to {number(largest)}"
    kind = max(kinds, key=lambda kind: (kinds.count(kind), kind == "std"))
    alike = [row for row in rows if row.scale_kind == kind]
    whose = "its" if len(rows) == 1 else "their"
    resolved = sorted(row.relative_movement for row in alike if row.resolved)
    if resolved:
        span, remarks = _range(resolved[0], resolved[-1], kind, whose), []
        if len(resolved) > 1:
            text = number if resolved[-1] >= MANY_TIMES else percent
            remarks = [f"median {text(statistics.median(resolved))}"]
    else:
        # Of movements that no buckets resolve, only bounds are known.
        lower = min(row.movement_lower / row.scale for row in alike)
        upper = max(row.movement_upper / row.scale for row in alike)
        span, remarks = _range(lower, upper, kind, whose), ["bounds: the buckets tell no more"]
    remarks += _left_out_of_range(rows, alike, len(resolved))
    return f" by {span} ({'; '.join(remarks)})" if remarks else f" by {span}"


def _range(low: float, high: float, kind: ScaleKind, whose: str) -> str:
    text = number if high >= MANY_TIMES else percent
    most = share(high, kind, whose)
    return most if text(low) == text(high) else f"{text(low)} to {most}"


def _left_out_of_range(
    rows: Sequence[SeriesFacts], alike: Sequence[SeriesFacts], resolved: int
) -> list[str]:
    """Which rows a range does not speak of."""
    remarks = []
    if 0 < resolved < len(alike):
        remarks.append(f"{len(alike) - resolved} of them by less than the buckets resolve")
    others = {row.scale_kind for row in rows} - {row.scale_kind for row in alike}
    if others:
        count = sum(row.scale_kind in others for row in rows)
        remarks.append(f"{count} of them {_in_words(others)}")
    return remarks


def _in_words(others: Collection[ScaleKind]) -> str:
    """What is true of the rows whose scales are of these kinds."""
    if list(others) == ["none"]:
        return "started at 0"
    if all(kind in ("constant", "none") for kind in others):
        return "started as one value"
    return "did not start as one value" if list(others) == ["std"] else "on another scale"


def _alarms(rows: Sequence[SeriesFacts]) -> str:
    texts = {
        "non_finite": "NaN or infinity in {}",
        "exploding": "{} exploded",
        "collapsed": "{} collapsed",
    }
    counts = {name: sum(row.verdict.name == name for row in rows) for name in texts}
    parts = [texts[name].format(count) for name, count in counts.items() if count]
    return f"Look at these first: {', '.join(parts)}." if parts else ""


def _comparison(weights: Sequence[SeriesFacts], biases: Sequence[SeriesFacts]) -> str:
    """What the biases did, and why they may look livelier in the Distributions tab."""
    told = _told(biases)
    moved = [row for row in told if row.movement > 0]
    if not moved:
        return f"For comparison: {_all(len(biases), 'bias')} did not change."
    some = f"{len(moved)} of the {len(biases)} biases" if len(moved) < len(biases) else "the biases"
    exactly = all(row.leads for row in told)
    what, how = ("values", " on average") if exactly else ("distributions", "")
    said = f"For comparison, the {what} of {some} moved{_by(moved)}{how}."
    fanned_out = [row for row in moved if row.scale_kind != "std" and (row.elements or 0) > 1]
    flat = [row for row in weights if row.scale_kind == "std" and row.relative_movement < 0.1]
    if 2 * len(fanned_out) > len(moved) and 2 * len(flat) > len(weights):
        return f"{said} {_WHY_FLAT}"
    return said


def _all(count: int, noun: str) -> str:
    if count == 2:
        return f"both {_plural(noun)}"
    return f"the only {noun}" if count == 1 else f"all {_count(count, noun)}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    return {"series": "series", "bias": "biases"}.get(noun, f"{noun}s")
