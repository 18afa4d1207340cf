"""Which tensors changed between checkpoints, and by how much: measured, judged and told."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.answering import export, tables
from tb_plugin_weightdelta.checkpoints.comparing import Compared, compared
from tb_plugin_weightdelta.checkpoints.opening import Checkpoint, opened, steps_of
from tb_plugin_weightdelta.checkpoints.precision import is_measured
from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored
from tb_plugin_weightdelta.core.exact import FIELDS, QUANTILES, ExactSeries
from tb_plugin_weightdelta.core.histograms import NO_HISTOGRAMS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.judging import SeriesRow, measure_all

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Diff:
    """What the tensors of a checkpoint are beside those of the first.

    paths, steps: of the checkpoints, in the order of the steps.
    tensors: what was compared of each, by name, with each of the later checkpoints.
    rows: what is known of each, ranked as on the page.
    left_out: why others were not compared, by name.
    """

    paths: Sequence[Path]
    steps: Sequence[int]
    tensors: Mapping[str, Sequence[Compared]]
    rows: Sequence[SeriesRow]
    left_out: Mapping[str, str]

    @property
    def name(self) -> str:
        """What was compared with what."""
        return f"{self.paths[0]} .. {self.paths[-1]}"

    @property
    def remarks(self) -> list[str]:
        """A sentence for each reason why tensors were not compared."""
        return _sentences(self.left_out)

    @property
    def records(self) -> list[export.Record]:
        """One for each tensor, as ``weightdelta report`` gives it."""
        found = export.records_of({"run": self.name, "columns": tables.columns_of(self.rows)})
        return [{**each, "exact": self._exact(each)} for each in found]

    def _exact(self, record: export.Record) -> export.Record:
        """What two files tell beyond a recorder is there, too."""
        last = self.tensors[record["tag"]][-1]
        return {
            **(record["exact"] or {}),
            # Of equal bytes nothing was computed.
            "non_finite": None if last.bit_identical else int(last.figures["non_finite"]),
            "bit_identical": last.bit_identical,
            "baseline_precision": last.first.precision,
            "precision": last.last.precision,
            "beyond_rounding": last.beyond_rounding,
        }


def compare(
    paths: Sequence[Path],
    *,
    tag: re.Pattern[str] | None = None,
    prefixes: Mapping[str, str] | None = None,
    step_from: re.Pattern[str] | None = None,
    advance: Advance = lambda done, of: None,
) -> Diff:
    """Compare checkpoints with the first of them.

    tag: only tensors whose names contain a match.
    prefixes: other beginnings for the names of the first checkpoint, by what they are.
    advance: is told how many bytes were compared, and of how many.

    Raises CheckpointError where a checkpoint cannot be read, or nothing can be compared.
    """
    steps = steps_of(paths, step_from)
    order = sorted(range(len(paths)), key=steps.__getitem__)
    paths, steps = [paths[place] for place in order], [steps[place] for place in order]
    first, *others = map(opened, paths)
    if prefixes:
        first = first.renamed(prefixes)
    pairs: dict[str, list[tuple[Stored, Stored]]] = {}
    left_out = dict(first.left_out)
    for other in others:
        one, two = _named_alike(first, other)
        left_out |= other.left_out
        for name in sorted(one.tensors.keys() | two.tensors.keys()):
            if tag and not tag.search(name):
                continue
            why = _why_not(name, one, two)
            if why:
                left_out[name] = why
            else:
                pairs.setdefault(name, []).append((one.tensors[name], two.tensors[name]))
    left_out = {name: why for name, why in left_out.items() if not tag or tag.search(name)}
    once = {name: each for name, each in pairs.items() if len(each) == len(others)}
    once, tied = _without_tied(once)
    left_out |= tied
    if not once:
        raise CheckpointError(_nothing(paths, left_out))
    found = _compared(once, advance)
    series = {name: _series(steps, each) for name, each in found.items()}
    nothing = dict.fromkeys(found, NO_HISTOGRAMS)
    measured = measure_all(nothing, Question(), {}, exact=series)
    rows = tables.judged([each.row for each in measured.values()]).ranked
    return Diff(paths, steps, found, rows, left_out)


def _compared(
    pairs: Mapping[str, Sequence[tuple[Stored, Stored]]], advance: Advance
) -> dict[str, list[Compared]]:
    flat = [(name, pair) for name, each in pairs.items() for pair in each]
    total = sum(stored.nbytes for _, pair in flat for stored in pair)
    done = 0

    def add(nbytes: int) -> None:
        nonlocal done
        done += nbytes
        advance(done, total)

    found: dict[str, list[Compared]] = {name: [] for name in pairs}
    results = compared([pair for _, pair in flat], add)
    for (name, _), result in zip(flat, results, strict=True):
        found[name].append(result)
    return found


def _named_alike(first: Checkpoint, other: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """As they are where most names are the same; else without what wrappers put before them."""
    plain = first.by_plain_names(), other.by_plain_names()
    shared = len(first.tensors.keys() & other.tensors.keys())
    return (
        plain if len(plain[0].tensors.keys() & plain[1].tensors.keys()) > shared else (first, other)
    )


def _why_not(name: str, first: Checkpoint, other: Checkpoint) -> str:
    """Why two tensors are not compared; "" where they are."""
    for here, there in ((first, other), (other, first)):
        if name not in here.tensors:
            return f"is in {there.path} alone"
    one, two = first.tensors[name], other.tensors[name]
    if one.shape != two.shape:
        return f"has shape {one.shape} in {first.path} and {two.shape} in {other.path}"
    odd = [each.precision for each in (one, two) if not is_measured(each.precision)]
    if odd:
        return f"holds {odd[0]}, not weights with a point"
    return "" if one.elements else "is empty"


def _without_tied(
    pairs: Mapping[str, list[tuple[Stored, Stored]]],
) -> tuple[dict[str, list[tuple[Stored, Stored]]], dict[str, str]]:
    """Tensors that share their memory in every checkpoint are compared once."""
    firsts: dict[Any, str] = {}
    once, tied = {}, {}
    for name, each in pairs.items():
        place = tuple(
            (stored.path, stored.offset, stored.shape) for pair in each for stored in pair
        )
        shared = firsts.setdefault(place, name)
        if shared == name or any(stored.unpack for pair in each for stored in pair):
            once[name] = each
        else:
            tied[name] = f"shares its weights with {shared}"
    return once, tied


def _nothing(paths: Sequence[Path], left_out: Mapping[str, str]) -> str:
    sentence = f"The checkpoints {paths[0]} and {paths[-1]} have no tensor to compare."
    return " ".join([sentence, *_sentences(left_out)[:1]])


def _sentences(left_out: Mapping[str, str]) -> list[str]:
    """One for each reason, with the first of the names."""
    by_reason: dict[str, list[str]] = {}
    for name, why in left_out.items():
        by_reason.setdefault(why, []).append(name)
    return [
        f"{names[0]} is left out: it {why}."
        if len(names) == 1
        else f"{names[0]} and {len(names) - 1:,} more are left out: each {why}."
        for why, names in by_reason.items()
    ]


def _series(steps: Sequence[int], found: Sequence[Compared]) -> ExactSeries:
    """A tensor's figures at the step of each checkpoint, as a recorder would have written them."""
    at_first = _at_first(found[0])
    each = [{**one.figures, "baseline_step": float(steps[0])} for one in found]
    rows = [{**at_first, "baseline_step": float(steps[0])}, *each]
    return ExactSeries(
        steps=np.array(steps, dtype=np.int64),
        wall_times=np.arange(len(steps), dtype=np.float64),
        figures={
            name: np.array([row[name] for row in rows]) for name in FIELDS if name not in QUANTILES
        },
        changes=np.array([[row[name] for name in QUANTILES] for row in rows]),
        place="checkpoint",
    )


_ZEROS: Final = ("mean_abs", "rms", "max_abs", "relative", "fraction_changed", *QUANTILES)


def _at_first(found: Compared) -> dict[str, float]:
    """Of the first checkpoint itself."""
    told = found.figures
    initial = told["initial_norm"]
    return {**told, **dict.fromkeys(_ZEROS, 0.0), "cosine": 1.0, "norm": initial, "non_finite": 0.0}


def diff(first: str | Path, *others: str | Path) -> list[export.Record]:
    """How far each tensor is from that of the first checkpoint: an object each, by movement.

    The keys are those of ``weightdelta report --format json``; figures are under ``exact``.

    Raises CheckpointError where a checkpoint cannot be read, or nothing can be compared.
    """
    return compare([Path(first), *map(Path, others)]).records
