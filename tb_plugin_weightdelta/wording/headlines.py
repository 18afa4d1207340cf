"""The answer for a whole run, in words: one short line, and for those who ask why a second text."""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tb_plugin_weightdelta.core.names import ScaleKind
from tb_plugin_weightdelta.judging import Answer, Extent, SeriesRow
from tb_plugin_weightdelta.measuring import Estimate
from tb_plugin_weightdelta.wording.causes import causes_of, everywhere, shared_cause
from tb_plugin_weightdelta.wording.counts import (
    NOUNS,
    all_of,
    count,
    kinds,
    part,
    part_of_tensors,
    trained,
)
from tb_plugin_weightdelta.wording.names import CUT, cut_middle, named
from tb_plugin_weightdelta.wording.numbers import plain, span_of
from tb_plugin_weightdelta.wording.sentences import hidden

# What fits on one line of a small window.
LONGEST: Final = 90

_CANCEL: Final = ": moves up and down cancel in them"
FLOOR: Final = (
    f"What histograms show is a floor (>=){_CANCEL}, so single values can have moved several times "
    "as far."
)
_ESTIMATED: Final = (
    f"How far single values moved is estimated, within a factor of {Estimate.FACTOR} for nine of "
    "ten tensors;"
)
_WHY_FLAT: Final = (
    "Biases that start as one value fan out in the Distributions tab, because there every move "
    "shows; the weights look like flat stripes, because its axis spans their whole spread."
)

# Of its spread, a distribution that moved less looks like a stripe.
_FLAT: Final = 0.1

_BROKE: Final = {
    "non_finite": "NaN or Inf in {}",
    "exploding": "{} exploded",
    "collapsed": "{} collapsed",
}
# The same of others beside them.
_BROKE_TOO: Final = {
    "non_finite": "NaN or Inf in {:,}",
    "exploding": "{:,} exploded",
    "collapsed": "{:,} collapsed",
}
# Flags that change how every number of their tensors is to be read.
_NOTED: Final = ("shared_tag", "replaced", "resized", "baseline_sampled", "baseline_trained")
_OF: Final[dict[ScaleKind, str]] = {
    "std": "spread",
    "constant": "value",
    "rms": "size",
    "none": "",
}


@dataclass(frozen=True)
class Headline:
    """The answer for a whole run: ``sentence`` first, ``details`` for those who ask why.

    answer: what that rests on.
    """

    state: str
    sentence: str
    details: Sequence[str]
    answer: Answer

    @property
    def detail(self) -> str:
        """The details as one text."""
        return " ".join(self.details)


def headline(answer: Answer) -> Headline:
    """Did the weights of this run move? Every kind that training moves counts."""
    details = list(filter(None, _details(answer)))
    return Headline(answer.state, _sentence(answer), details, answer)


def so_far(answer: Headline, measured: int, of: int) -> Headline:
    """The answer of those series of a run that are measured by now."""
    start = f"{measured:,} of {of:,} series measured"
    told = f"{start}; so far: {answer.sentence}" if measured else f"{start}."
    sentence = _first_fitting(told, f"{start}.")
    return dataclasses.replace(answer, state="measuring", sentence=sentence)


def _sentence(answer: Answer) -> str:
    match answer.state:
        case "broke":
            return _broke(answer)
        case "still":
            return _nothing_moved(answer)
        case "partly_still":
            return _never_moved(answer)
        case "unknown":
            return _first_fitting(_unknown(answer))
    return _moved(answer)


def _first_fitting(*candidates: str) -> str:
    """The first that fits on the line; the last one is cut to it."""
    fits = (each for each in candidates if len(each) <= LONGEST)
    return next(fits, None) or cut_middle(candidates[-1], LONGEST)


def _broke(answer: Answer) -> str:
    worst = answer.broke[0].verdict.name
    hit = [row for row in answer.broke if row.verdict.name == worst]
    onsets = {row.tag: row.onset.step for row in hit if row.onset}
    step, last = min(onsets.values()), max(onsets.values())
    first = [tag for tag, at in onsets.items() if at == step]
    among = _tags(answer.subjects)
    starts = [row.first_step for row in answer.subjects if row.first_step is not None]
    place = hit[0].place
    by = f"by {place} {step:,}" if step > min([*starts, last]) else f"from its first {place} on"
    what = _BROKE[worst]
    counted = f"This run broke {by}: {what.format(part(hit, answer.subjects))}"
    if also := _broke_too(answer):
        names = [named(first, among, most) for most in (40, 25)]
        return _first_fitting(
            *(f"{counted}; {also}, first in {name}." for name in names if CUT not in name),
            f"{counted}; {also}.",
            f"{counted}.",
        )
    if len(hit) == 1:
        return _first_fitting(
            *(
                f"This run broke {by}: {what.format(named(first, among, most))}."
                for most in (60, 40, 25)
            ),
            f"{counted}.",
        )
    if step == last:
        return _first_fitting(f"{counted} ({named(first, among, 30)}).", f"{counted}.")
    names = [named(first, among, most) for most in (40, 30)]
    names += [name for most in (20, 12) if CUT not in (name := named(first, among, most))]
    fewest = part_of_tensors(hit, answer.subjects)
    fewer = what.format(fewest[0].lower() + fewest[1:])
    return _first_fitting(
        *(f"{counted}, first in {name}." for name in names),
        f"{counted} by {place} {last:,}.",
        f"This run broke {by}: {fewer} by {place} {last:,}.",
    )


def _broke_too(answer: Answer) -> str:
    """The kinds beside the first, and how many tensors each has."""
    counts = Counter(row.verdict.name for row in answer.broke)
    further = list(counts.items())[1:]
    return "; ".join(_BROKE_TOO[name].format(many) for name, many in further)


def _nothing_moved(answer: Answer) -> str:
    still = [*answer.still, *answer.frozen]
    exact = all(row.leads for row in still)
    where = everywhere(still[0]) if exact else "at every kept step"
    verb = "is" if len(still) == 1 else "are"
    unknown = f"; {len(answer.unknown):,} cannot be compared" if answer.unknown else ""
    if cause := shared_cause(still):
        where = f"in every exact record ({cause})"
    return _first_fitting(
        *(
            f"Nothing moved: {part(still, answer.subjects)} {verb} the same {where}{rest}."
            for rest in (unknown, "")
        ),
        f"Nothing moved: {len(still):,} tensors are the same {where}.",
    )


def _never_moved(answer: Answer) -> str:
    still, among = answer.still, _tags(answer.subjects)
    some = part(still, answer.subjects)
    if all(row.does_nothing_yet for row in still):
        zeros = part(still, [row for row in answer.subjects if row.role == "lora_b"])
        verb = "is" if len(still) == 1 else "are"
        return f"{zeros[0].upper()}{zeros[1:]} {verb} still 0: there the adapter does nothing yet."
    start = f"{some} never moved"
    if cause := shared_cause(still):
        start += f" ({cause})"
    at = _where_they_stay(still)
    candidates = [f"{start}: {named(_tags(still), among, most)}" for most in (60, 45, 30, 20)]
    return _first_fitting(
        *(f"{each}{at}." for each in candidates if at),
        *(f"{each}." for each in candidates),
        f"{start}.",
    )


def _where_they_stay(still: Sequence[SeriesRow]) -> str:
    """Norms start at 1 or 0, and in low precision may not be able to leave."""
    if any(row.role != "norm" or row.histograms is None for row in still):
        return ""
    sizes = {row.histograms.scale for row in still if row.histograms}
    kinds = {row.histograms.scale_kind for row in still if row.histograms}
    return f" (exactly {plain(sizes.pop())})" if kinds == {"constant"} and sizes == {1.0} else ""


def _moved(answer: Answer) -> str:
    changed = answer.changed
    some = part(changed, answer.subjects, capital=True)
    if answer.frozen and not answer.unknown:
        some = trained(changed)
    figure = _figure(changed, at_most=answer.state == "barely")
    is_back = not any(row.shown and row.shown.movement > 0 for row in changed)
    verb = "barely moved" if answer.state == "barely" and not is_back else "moved"
    if answer.state == "moving" and "at most" in figure and not is_back:
        verb = "changed"
    if answer.state == "barely" and figure.startswith(" by"):
        figure = f",{figure}"
    start, shorter = f"{some} {verb}", f"{part_of_tensors(changed, answer.subjects)} {verb}"
    if is_back:
        back = "is back at its baseline" if len(changed) == 1 else "are back at their baseline"
        return _first_fitting(*(f"{each}, and {back}." for each in (start, shorter)))
    is_late = _any_flag(changed, "baseline_trained")
    whens = _since_first_logged(changed) if is_late else [""]
    unknown = f"; {len(answer.unknown):,} cannot be compared" if answer.unknown else ""
    remarks = [f" ({each}, if that was meant)" for each in _frozen(answer)] or [""]
    return _first_fitting(
        *(
            f"{first}{since}{rest}{remark}."
            for rest in dict.fromkeys((f"{figure}{unknown}", figure, unknown, ""))
            for remark in remarks
            for first in (start, shorter)
            for since in whens
        ),
        f"{shorter}.",
    )


def _since_first_logged(changed: Sequence[SeriesRow]) -> list[str]:
    """The longest first."""
    steps = {row.baseline_step for row in changed}
    of_all = [f" since step {steps.pop():,}"] if len(steps) == 1 else []
    return [" since the first logged histogram", " since first logged", *of_all]


def _frozen(answer: Answer) -> list[str]:
    """What stands still and was decided: by its names, where those are few, else by its number."""
    if not answer.frozen:
        return []
    names = [named(_tags(answer.frozen), _tags(answer.subjects), most) for most in (40, 30, 20, 12)]
    few = [name for name in names if not name.endswith(" more") and CUT not in name]
    told = [f"{name} {'are' if ' and ' in name or ' to ' in name else 'is'}" for name in few]
    number = len(answer.frozen)
    others = "the other is" if number == 1 else f"the other {number:,} are"
    return [f"{each} frozen" for each in [*told, others]]


def _figure(changed: Sequence[SeriesRow], *, at_most: bool) -> str:
    """How far the weights among them moved, else all: " by at least 0.3 to 2 % of their spread".

    Of those alone of which that is known, and says so where others moved as well.
    """
    weights, alike = _weights_alike(changed)
    if not alike:
        return ""
    sized = [row for row in alike if not row.is_resized] or alike
    about = _told_about(alike)
    told = about or [
        row for row in sized if row.shown and row.shown.movement > 0 and row.sense != "at_most"
    ]
    if at_most or not told:
        told = alike
        most = max(row.shown.upper / row.shown.scale for row in told if row.shown)
        span = f"at most {span_of([most])}"
    elif about:
        span = f"about {span_of([_about(row) for row in told])}"
    else:
        span = span_of([_least(row) for row in told])
        if any(row.sense in ("at_least", "between") for row in told):
            span = f"at least {span}"
    of = "" if span.endswith("times") else " of"
    whose = "its" if len(told) == 1 else "their"
    kind = next(row.shown.scale_kind for row in alike if row.shown)
    noun = "" if len(told) == len(changed) else f", {_the(weights, len(told))}"
    return f"{noun} by {span}{of} {whose} {_OF[kind]}"


def _weights_alike(changed: Sequence[SeriesRow]) -> tuple[list[SeriesRow], list[SeriesRow]]:
    """The weights with a scale, or all tensors with one, and those whose scale is of one kind."""
    weights = _with_scale([row for row in changed if row.role == "weight"])
    weights = weights or _with_scale(changed)
    kinds = Counter(row.shown.scale_kind for row in weights if row.shown)
    kind = max(kinds, key=lambda kind: (kinds[kind], kind == "std"), default=None)
    return weights, [row for row in weights if row.shown and row.shown.scale_kind == kind]


def _with_scale(rows: Sequence[SeriesRow]) -> list[SeriesRow]:
    return [row for row in rows if row.shown and math.isfinite(row.shown.relative)]


def _told_about(alike: Sequence[SeriesRow]) -> list[SeriesRow]:
    """Those whose single values' movement is known or estimated, where they are most of them."""
    sized = [row for row in alike if not row.is_resized]
    known = [row for row in sized if row.leads or row.about]
    return known if any(row.about for row in known) and 2 * len(known) > len(sized) else []


def _about(row: SeriesRow) -> float:
    """How far its single values moved, over its scale."""
    if row.shown is None:
        return math.nan
    return row.about.mean_abs / row.shown.scale if row.about else row.shown.relative


def _least(row: SeriesRow) -> float:
    """What is known of its movement, over its scale, where something is."""
    shown = row.shown
    if shown is None:
        return math.nan
    return shown.lower / shown.scale if row.sense == "between" else shown.relative


def _floor_of(changed: Sequence[SeriesRow]) -> str:
    """What the sentence does not say of those whose movement it tells by an estimate."""
    _, alike = _weights_alike(changed)
    told = [row for row in _told_about(alike) if row.about]
    if not told:
        return ""
    span = span_of([_least(row) for row in told])
    of = "" if span.endswith("times") else " of"
    kind = next(row.shown.scale_kind for row in told if row.shown)
    return f"{_ESTIMATED} the distributions alone moved by {span}{of} their {_OF[kind]}."


def _the(weights: Sequence[SeriesRow], told: int) -> str:
    """The tensors that a figure is of, where it is not of all of them."""
    if told == len(weights) and weights[0].role == "weight":
        return f"the {NOUNS['weight'][told > 1]}"
    return "one of them" if told == 1 else f"{told:,} of them"


def _unknown(answer: Answer) -> str:
    subjects = answer.subjects
    if not subjects and not answer.others:
        return "This run has no histograms that TensorBoard keeps."
    if not subjects:
        return f"No weights are logged here, only {kinds(answer.others)}."
    if all(row.only_exact and row.compared_with != "first" for row in subjects):
        return "Exact records compare with the initial weights: choose the first step as baseline."
    lacking = [row for row in subjects if row.lacking_run]
    if lacking:
        why = _lacks(lacking[0].lacking_run, unlike=all(row.unlike for row in lacking))
        return f"Nothing can be compared{why}."
    names = {row.verdict.name for row in subjects}
    has = "has" if len(subjects) == 1 else "have"
    who = f"{all_of(subjects, capital=False)} {has}"
    if names == {"single_step"}:
        return f"Nothing to compare yet: {who} one step only."
    if names == {"no_data"}:
        return f"Nothing can be compared: {who} no usable histogram."
    return f"Nothing can be compared: {who} one usable step or none."


def _details(answer: Answer) -> list[str]:
    """What else there is to say, each once."""
    weights = [row for row in answer.changed if row.role == "weight"]
    biases = [row for row in answer.changed if row.role == "bias"]
    moved = [row for row in answer.subjects if row.shown and row.shown.movement > 0]
    has_floor = any(row.sense == "at_least" for row in moved)
    return [
        *_notes(answer),
        _further_broken(answer),
        _last_good(answer),
        _never_moved(answer) if answer.still and answer.state == "broke" else "",
        _besides_frozen(answer) if answer.state in ("broke", "partly_still") else "",
        _does_nothing(answer) if answer.state != "partly_still" else "",
        *causes_of(answer),
        _stopped(answer),
        _hidden_still(answer),
        _not_compared(answer),
        _comparison(weights, biases) if weights and biases else "",
        hidden(_leading(moved), "" if has_floor else _CANCEL),
        _floor_of(answer.changed) if answer.state == "moving" else "",
        FLOOR if has_floor else "",
    ]


def _leading(moved: Sequence[SeriesRow]) -> list[SeriesRow]:
    """Those of which records tell what their histograms hide; from one value on that is little."""
    return [row for row in moved if row.leads and row.shown and row.shown.scale_kind == "std"]


def _further_broken(answer: Answer) -> str:
    """The kinds that the sentence had no room for."""
    also = _broke_too(answer)
    return f"Besides: {also}." if also and also not in _broke(answer) else ""


def _last_good(answer: Answer) -> str:
    if not answer.broke:
        return ""
    first = min(
        (row.onset for row in answer.broke if row.onset), key=lambda onset: onset.step, default=None
    )
    if first is None or first.last_good_step is None:
        return ""
    if answer.broke[0].of_checkpoints:
        return f"The last good checkpoint is {first.last_good_step:,}."
    return f"The last good kept step is {first.last_good_step:,}."


def _besides_frozen(answer: Answer) -> str:
    if not answer.frozen:
        return ""
    some = part(answer.frozen, answer.subjects, capital=True)
    return f"{some} never moved and may be frozen on purpose: {_who(answer.frozen, answer)}."


def _does_nothing(answer: Answer) -> str:
    still = [row for row in [*answer.still, *answer.frozen] if row.does_nothing_yet]
    if not still:
        return ""
    verb = "is" if len(still) == 1 else "are"
    return f"{count(len(still), 'lora_b')} {verb} still 0: there the adapter does nothing yet."


def _stopped(answer: Answer) -> str:
    stopped = [onset for onset in answer.onsets if onset.what == "stopped"]
    if not stopped:
        return ""
    tags = {onset.tag for onset in stopped}
    who = _who([row for row in answer.subjects if row.tag in tags], answer)
    steps = {onset.step for onset in stopped}
    since = f"step {stopped[0].step:,}" if len(steps) == 1 else f"step {min(steps):,} or later"
    return f"{who} moved and stopped, from {since} on."


def _hidden_still(answer: Answer) -> str:
    """What may have moved although every histogram is identical."""
    seen = [row for row in [*answer.still, *answer.frozen] if not row.leads]
    if not seen:
        return ""
    digits = ", or moves below the seven digits that TensorBoard's Python loader keeps,"
    rounded = digits if any(row.in_float32 for row in seen) else ""
    hides = f"values that trade places or a few that move inside their buckets{rounded}"
    return f"Only {hides} would leave every histogram identical."


def _not_compared(answer: Answer) -> str:
    if not answer.unknown or answer.state == "unknown":
        return ""
    whys = {_why_unknown(row) for row in answer.unknown}
    why = whys.pop() if len(whys) == 1 else ""
    return f"{_who(answer.unknown, answer)} cannot be compared{why}."


def _why_unknown(row: SeriesRow) -> str:
    if row.lacking_run:
        return _lacks(row.lacking_run, unlike=row.unlike)
    if row.verdict.name == "single_step":
        return ": one step is all there is"
    return ": there is no usable histogram"


def _lacks(run: str, *, unlike: bool) -> str:
    has = "none of these tensors" if unlike else "no usable histogram of these"
    return f": run {cut_middle(run, 30)} has {has}"


def _who(rows: Sequence[SeriesRow], answer: Answer) -> str:
    return named(_tags(rows), _tags(answer.subjects))


def _notes(answer: Answer) -> list[str]:
    """What all numbers of a run, or of many tensors, have to be read with: each reason once."""
    rows = [*answer.subjects, *answer.others]
    notes = []
    for name in _NOTED:
        reasons = Counter(flag.reason for row in rows for flag in row.flags if flag.name == name)
        if number := reasons.total():
            who = "" if number == len(rows) else f"{number:,} of {len(rows):,} tensors: "
            notes.append(f"{who}{reasons.most_common(1)[0][0]}")
    return notes


def _comparison(weights: Sequence[SeriesRow], biases: Sequence[SeriesRow]) -> str:
    """Why biases may look livelier in the Distributions tab, where they do."""
    fanned_out = [
        row
        for row in biases
        if row.shown and row.shown.scale_kind != "std" and (row.elements or 0) > 1
    ]
    flat = [row for row in weights if _looks_flat(row.histograms)]
    return _WHY_FLAT if 2 * len(fanned_out) > len(biases) and 2 * len(flat) > len(weights) else ""


def _looks_flat(seen: Extent | None) -> bool:
    return seen is not None and seen.scale_kind == "std" and seen.relative < _FLAT


def _any_flag(rows: Sequence[SeriesRow], name: str) -> bool:
    return any(flag.name == name for row in rows for flag in row.flags)


def _tags(rows: Sequence[SeriesRow]) -> list[str]:
    return [row.tag for row in rows]
