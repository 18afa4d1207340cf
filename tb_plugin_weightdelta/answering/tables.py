"""What is answered, as tables: the list of runs, one run, one series, one histogram.

The page, the exports and the terminal show the same ones. Arrays stay arrays: encoding them,
NaN as null, is not their business.
"""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.exact import FIGURES
from tb_plugin_weightdelta.core.histograms import LEFT_OUT_BYTES, FloatArray, IntArray, LeftOut
from tb_plugin_weightdelta.core.names import BASIS_POINTS
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, BaselineChoice, Thresholds
from tb_plugin_weightdelta.judging import (
    LADDER,
    ExactFacts,
    Flag,
    MeasuredSeries,
    SeriesFacts,
    Verdict,
    span_flags,
    step_gap,
)
from tb_plugin_weightdelta.measuring import ScaleKind, speed
from tb_plugin_weightdelta.reading import Listing
from tb_plugin_weightdelta.wording import headline, series_sentence, so_far

Table = dict[str, Any]

# So many histograms that were left out are named one by one.
MOST_LEFT_OUT: Final = 10_000

# Measures that have one value per step, in the order in which tables give them.
STEP_COLUMNS = (
    "movement",
    "movement_lower",
    "movement_upper",
    "resolution",
    "relative_movement",
    "median_shift",
    "spread_ratio",
    "min_shift",
    "max_shift",
    "shape_change",
    "implied_drift",
)


def runs_table(
    version: str,
    listing: Listing,
    written: Mapping[str, int | None],
    unlisted: bool = False,
    without_files: str | None = None,
) -> Table:
    """The runs of ``listing`` that have series, in natural order of their names.

    written: the last step in each run's event files, None where it is not known.
    unlisted: whether there are event files with histograms although no run is listed.
    without_files: what cannot be told because the event files are not reached; None where they are.
    """
    runs = [
        {
            "run": run,
            "series": len(tags),
            "last_step": max(each.last_step for each in tags.values()),
            "last_written_step": written.get(run),
            "last_wall_time": max(each.last_wall_time for each in tags.values()),
        }
        for run, tags in sorted(listing.items(), key=lambda item: natural_key(item[0]))
        if tags
    ]
    return {
        "version": version,
        "reading": unlisted or any(map(_is_behind, runs)),
        "without_files": without_files,
        "runs": runs,
    }


def _is_behind(run: Table) -> bool:
    """Whether TensorBoard has not read all that was written."""
    written = run["last_written_step"]
    return written is not None and bool(written > run["last_step"])


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts ``run2`` before ``run10``."""
    parts = re.split(r"([0-9]+)", name)
    return [
        _number_key(part) if place % 2 else (1, 0, part.lower()) for place, part in enumerate(parts)
    ]


def _number_key(digits: str) -> tuple[int, int, str]:
    """Sorts by value; a name may have more digits than Python takes for a number."""
    significant = digits.lstrip("0")
    return 0, len(significant), f"{significant} {digits}"


@dataclass(frozen=True)
class OverviewRow:
    """One series in a run's table: the values of its last step, and a sparkline.

    Small, so that a cache can hold those of thousands of series.
    """

    facts: SeriesFacts
    verdict: Verdict
    flags: tuple[Flag, ...]
    kept_steps: int
    gap: float
    baseline_step: int | None
    values: Mapping[str, float]
    sparkline_steps: IntArray
    sparkline_movement: FloatArray
    left_out: tuple[LeftOut, ...]
    refused: str = ""

    @property
    def nbytes(self) -> int:
        """What it takes in memory beside names and numbers."""
        arrays = self.sparkline_steps.nbytes + self.sparkline_movement.nbytes
        return int(arrays) + LEFT_OUT_BYTES * len(self.left_out)


def overview_row(measured: MeasuredSeries) -> OverviewRow:
    """What a run's table says of one series."""
    series, movement = measured.series, measured.movement
    values = {
        name: float(getattr(movement, name)[-1]) if movement else np.nan for name in STEP_COLUMNS
    }
    return OverviewRow(
        facts=measured.facts,
        verdict=measured.verdict,
        flags=measured.flags,
        kept_steps=len(measured.steps),
        gap=step_gap(measured.steps),
        baseline_step=measured.baseline_step,
        values={**values, "speed": measured.last_speed},
        sparkline_steps=measured.sparkline_steps,
        sparkline_movement=measured.sparkline,
        left_out=series.left_out,
        refused=refused_of(measured),
    )


def refused_of(measured: MeasuredSeries) -> str:
    """Why its exact records cannot be read, where they cannot."""
    return "" if measured.exact is None else measured.exact.refused


def run_table(
    run: str,
    choice: BaselineChoice,
    rows: Sequence[OverviewRow],
    unread: Mapping[str, str],
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    *,
    until: int | None = None,
    of: int | None = None,
) -> Table:
    """One run as columns, ranked.

    unread: a reason for each tag that could not be read.
    until: the step up to which alone the rows were measured, None for all steps.
    of: how many series the run has while some are still being measured, None when none is.
    """
    ranked = sorted(rows, key=_rank)
    counts = Counter(row.verdict.name for row in ranked)
    measured = len(ranked) + sum(1 for tag in unread if tag)
    summary = headline([row.facts for row in ranked])
    if of is not None:
        summary = so_far(summary, len(ranked), of)
    return {
        "run": run,
        "baseline": str(choice),
        "until": until,
        "thresholds": asdict(thresholds),
        "headline": {"sentence": summary.sentence, "detail": summary.detail},
        "counts": {name: counts[name] for name in LADDER if counts[name]},
        "columns": _columns(ranked),
        "sparkline": {
            "steps": [row.sparkline_steps for row in ranked],
            "movement": [row.sparkline_movement for row in ranked],
        },
        "left_out": _left_out(ranked, unread),
        "measured": measured,
        "of": measured if of is None else of,
        "complete": of is None,
    }


def _left_out(rows: Sequence[OverviewRow], unread: Mapping[str, str]) -> list[Table]:
    """What could not be used: whole series first, and at most ``MOST_LEFT_OUT`` of all."""
    whole = (*unread.items(), *((row.facts.tag, row.refused) for row in rows))
    told = [{"tag": tag, "step": None, "reason": why} for tag, why in whole if why]
    single = ({"tag": row.facts.tag, **vars(out)} for row in rows for out in row.left_out)
    told += itertools.islice(single, max(0, MOST_LEFT_OUT - len(told)))
    if further := sum(1 for _ in single):
        told.append({"tag": "", "step": None, "reason": f"{further} more are not listed"})
    return told


def _rank(row: OverviewRow) -> tuple[int, float, str]:
    """Relative movements first, largest first; then absolute ones; then none at all."""
    facts = row.facts.led
    if not np.isnan(facts.relative_movement):
        return 0, -facts.relative_movement, facts.tag
    if not np.isnan(facts.movement):
        return 1, -facts.movement, facts.tag
    return 2, 0.0, facts.tag


def _columns(rows: Sequence[OverviewRow]) -> Table:
    flags = _all_flags(rows)
    return {
        "tag": [row.facts.tag for row in rows],
        "role": [row.facts.role for row in rows],
        "verdict": [row.verdict.name for row in rows],
        "flags": [[flag.name for flag in raised] for raised in flags],
        "evidence": [
            evidence_of(row.verdict, raised) for row, raised in zip(rows, flags, strict=True)
        ],
        "sentence": [series_sentence(row.facts) for row in rows],
        "elements": [row.facts.elements for row in rows],
        "first_step": [row.facts.first_step for row in rows],
        "last_step": [row.facts.last_step for row in rows],
        "kept_steps": [row.kept_steps for row in rows],
        "baseline_step": [row.baseline_step for row in rows],
        "scale": np.asarray([scale_of(row.facts)[0] for row in rows]),
        "scale_kind": [scale_of(row.facts)[1] for row in rows],
        **{
            name: np.asarray([row.values[name] for row in rows], dtype=np.float64)
            for name in (*STEP_COLUMNS, "speed")
        },
        "exact": [_exact(row.facts.exact) for row in rows],
    }


def _exact(recorded: ExactFacts | None) -> Table | None:
    """The last exact record of a series."""
    if recorded is None:
        return None
    figures = {name: getattr(recorded, name) for name in FIGURES}
    relative_movement, leads = recorded.relative_movement, recorded.leads
    return {
        "step": recorded.step,
        **figures,
        "relative_movement": relative_movement,
        "scale": recorded.scale,
        "scale_kind": recorded.scale_kind,
        "leads": leads,
    }


def _all_flags(rows: Sequence[OverviewRow]) -> list[tuple[Flag, ...]]:
    """Each row's flags, those that compare it with the rest of the run included."""
    spans = [(row.facts.first_step, row.facts.last_step) for row in rows]
    known = [(first, last) for first, last in spans if first is not None and last is not None]
    if not known:
        return [row.flags for row in rows]
    run_steps = min(first for first, _ in known), max(last for _, last in known)
    return [
        row.flags
        if first is None or last is None
        else row.flags + span_flags((first, last), row.gap, _known_start(row, first, run_steps))
        for row, (first, last) in zip(rows, spans, strict=True)
    ]


def _known_start(row: OverviewRow, first: int, run_steps: tuple[int, int]) -> tuple[int, int]:
    """The run's steps; of a series whose true first step is unknown no late start is said."""
    sampled = any(flag.name == "baseline_sampled" for flag in row.flags)
    return (first, run_steps[1]) if sampled else run_steps


def evidence_of(verdict: Verdict, flags: Sequence[Flag]) -> Table:
    """What a verdict and flags rest on."""
    return {
        "rule": verdict.rule,
        "threshold": verdict.threshold,
        "value": verdict.value,
        "flags": {flag.name: flag.reason for flag in flags},
    }


def scale_of(facts: SeriesFacts) -> tuple[float, ScaleKind | None]:
    """What movements are divided by; of a series known by exact records alone, what those are."""
    if not np.isnan(facts.movement):
        return facts.scale, facts.scale_kind
    if facts.exact:
        return facts.exact.scale, facts.exact.scale_kind
    return np.nan, None


def series_table(
    run: str, measured: MeasuredSeries, choice: BaselineChoice, description: str
) -> Table:
    """One series, step by step; without a comparison its measures are NaN, its bands empty."""
    movement, series, facts = measured.movement, measured.series, measured.facts
    missing = np.full(len(series), np.nan)
    baseline_run = choice.run if choice.kind == "run" else run
    scale, scale_kind = scale_of(facts)
    left_out = [{"step": None, "reason": why}] if (why := refused_of(measured)) else []
    return {
        "run": run,
        "tag": facts.tag,
        "role": facts.role,
        "verdict": measured.verdict.name,
        "flags": [flag.name for flag in measured.flags],
        "evidence": evidence_of(measured.verdict, measured.flags),
        "sentence": series_sentence(facts),
        "description": description,
        "elements": facts.elements,
        "baseline": str(choice),
        "baseline_run": None if measured.baseline_step is None else baseline_run,
        "baseline_step": measured.baseline_step,
        "scale": scale,
        "scale_kind": scale_kind,
        "basis_points": BASIS_POINTS,
        "baseline_bands": movement.baseline_bands[-1] if movement else [],
        "steps": series.steps,
        "wall_times": series.wall_times,
        **{name: getattr(movement, name) if movement else missing for name in STEP_COLUMNS},
        "speed": speed(series),
        "bands": list(movement.bands.T) if movement else [],
        "delta_bands": list(movement.delta_bands.T) if movement else [],
        "exact": _exact_steps(measured),
        "left_out": left_out + [asdict(out) for out in series.left_out],
    }


def _exact_steps(measured: MeasuredSeries) -> Table | None:
    """The exact records of a series, step by step."""
    exact, recorded = measured.exact, measured.facts.exact
    if exact is None or recorded is None:
        return None
    return {
        "leads": recorded.leads,
        "scale": recorded.scale,
        "scale_kind": recorded.scale_kind,
        "baseline_step": recorded.baseline_step,
        "sampled_elements": int(np.nanmax(exact.figures["sampled_elements"], initial=0)),
        "steps": exact.steps,
        "wall_times": exact.wall_times,
        **{name: exact.figures[name] for name in FIGURES},
        "change_bands": list(exact.changes.T),
    }


def histogram_table(
    run: str, measured: MeasuredSeries, index: int, choice: BaselineChoice
) -> Table:
    """The buckets of the kept step number ``index`` and of its baseline."""
    series, baseline = measured.series, measured.baseline
    table: Table = {
        "run": run,
        "tag": measured.facts.tag,
        "step": series.steps[index],
        "wall_time": series.wall_times[index],
        **_buckets(series.edges[index], series.counts[index]),
        "baseline": None,
    }
    if baseline:
        which = index if len(baseline.steps) > 1 else 0
        table["baseline"] = {
            "run": choice.run if choice.kind == "run" else run,
            "step": baseline.steps[which],
            "wall_time": baseline.wall_times[which],
            **_buckets(baseline.edges[which], baseline.counts[which]),
        }
    return table


def _buckets(edges: np.ndarray, counts: np.ndarray) -> Table:
    """Without the padding: empty buckets of zero width say nothing."""
    says = (counts > 0) | (np.diff(edges) > 0)
    return {"edges": np.concatenate([edges[:1], edges[1:][says]]), "counts": counts[says]}
