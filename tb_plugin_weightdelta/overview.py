"""One run becomes one table of columns: what the page, the exports and the terminal show.

Arrays stay arrays: encoding them, NaN as null, is the replies' business.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.exact_series import FIGURES
from tb_plugin_weightdelta.facts import SeriesFacts
from tb_plugin_weightdelta.flags import Flag, span_flags, step_gap
from tb_plugin_weightdelta.headline import headline, so_far
from tb_plugin_weightdelta.histograms import LEFT_OUT_BYTES, FloatArray, IntArray, LeftOut
from tb_plugin_weightdelta.measured import MeasuredSeries
from tb_plugin_weightdelta.movement import ScaleKind
from tb_plugin_weightdelta.recorded import ExactFacts
from tb_plugin_weightdelta.sentences import series_sentence
from tb_plugin_weightdelta.verdicts import DEFAULT_THRESHOLDS, LADDER, Thresholds, Verdict

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
