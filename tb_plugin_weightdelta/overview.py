"""One series becomes one table of steps, one run becomes one table of columns.

These tables are what the page, the exports and the terminal show. Arrays stay
arrays: encoding them, NaN as null, is the replies' business.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tb_plugin_weightdelta.baseline import Baseline, BaselineChoice, choose
from tb_plugin_weightdelta.headline import headline
from tb_plugin_weightdelta.histograms import NON_FINITE, HistogramSeries
from tb_plugin_weightdelta.metadata import BASIS_POINTS
from tb_plugin_weightdelta.movement import Movement, measure
from tb_plugin_weightdelta.roles import Role, role_of
from tb_plugin_weightdelta.sentences import SeriesFacts, series_sentence
from tb_plugin_weightdelta.verdicts import LADDER, Verdict, judge

Table = dict[str, Any]

_STEP_COLUMNS = (
    "movement",
    "relative_movement",
    "median_shift",
    "spread_ratio",
    "min_shift",
    "max_shift",
    "speed",
)


@dataclass(frozen=True)
class MeasuredSeries:
    """One series with everything known about it; ``movement`` is None without a comparison."""

    tag: str
    role: Role
    series: HistogramSeries
    baseline: Baseline | None
    movement: Movement | None
    verdict: Verdict
    facts: SeriesFacts


def measure_series(
    tag: str,
    series: HistogramSeries,
    choice: BaselineChoice,
    other: HistogramSeries | None,
) -> MeasuredSeries:
    """Measure one series; ``other`` is where its baseline comes from, None when that is missing."""
    baseline = choose(choice, series, other) if len(series) and other and len(other) else None
    movement = measure(series, baseline) if baseline else None
    verdict = judge(series, movement)
    role = role_of(tag)
    facts = SeriesFacts(
        tag=tag,
        role=role,
        verdict=verdict.name,
        elements=_elements(series),
        first_step=int(series.steps[0]) if len(series) else None,
        last_step=int(series.steps[-1]) if len(series) else None,
        baseline=_baseline_words(choice, baseline),
        scale=float(movement.scale[-1]) if movement else np.nan,
        scale_kind=movement.scale_kind if movement else "none",
        movement=float(movement.movement[-1]) if movement else np.nan,
        relative_movement=float(movement.relative_movement[-1]) if movement else np.nan,
        spread_ratio=float(movement.spread_ratio[-1]) if movement else np.nan,
        non_finite_step=next((o.step for o in series.left_out if o.reason == NON_FINITE), None),
    )
    return MeasuredSeries(tag, role, series, baseline, movement, verdict, facts)


def _baseline_words(choice: BaselineChoice, baseline: Baseline | None) -> str:
    if baseline is None:
        return str(choice)
    words = f"step {int(baseline.steps[-1])}"
    return f"{words} of run {choice.run}" if choice.kind == "run" else words


def run_table(
    run: str,
    choice: BaselineChoice,
    measured: list[MeasuredSeries],
    unread: Mapping[str, str],
    points: int,
) -> Table:
    """One run as columns, ranked; ``unread`` gives a reason for each tag that could not be read."""
    ranked = sorted(measured, key=_rank)
    counts = Counter(row.verdict.name for row in ranked)
    summary = headline([row.facts for row in ranked])
    return {
        "run": run,
        "baseline": str(choice),
        "headline": {"sentence": summary.sentence, "detail": summary.detail},
        "counts": {name: counts[name] for name in LADDER if counts[name]},
        "columns": _columns(ranked),
        "sparkline": _sparkline(ranked, points),
        "left_out": [{"tag": tag, "step": None, "reason": why} for tag, why in unread.items()]
        + [{"tag": row.tag, **entry} for row in ranked for entry in _left_out(row)],
    }


def _rank(row: MeasuredSeries) -> tuple[int, float, str]:
    """Relative movements first, largest first; then absolute ones; then none at all."""
    if not np.isnan(row.facts.relative_movement):
        return 0, -row.facts.relative_movement, row.tag
    if not np.isnan(row.facts.movement):
        return 1, -row.facts.movement, row.tag
    return 2, 0.0, row.tag


def _columns(rows: list[MeasuredSeries]) -> Table:
    columns: Table = {
        "tag": [row.tag for row in rows],
        "role": [row.role for row in rows],
        "verdict": [row.verdict.name for row in rows],
        "flags": [_flags(row) for row in rows],
        "sentence": [series_sentence(row.facts) for row in rows],
        "elements": [row.facts.elements for row in rows],
        "first_step": [row.facts.first_step for row in rows],
        "last_step": [row.facts.last_step for row in rows],
        "kept_steps": [len(row.series) for row in rows],
        "baseline_step": [_baseline_step(row) for row in rows],
        "scale": np.asarray([row.facts.scale for row in rows]),
        "scale_kind": [row.facts.scale_kind if row.movement else None for row in rows],
    }
    for name in _STEP_COLUMNS:
        last = [getattr(row.movement, name)[-1] if row.movement else np.nan for row in rows]
        columns[name] = np.asarray(last, dtype=np.float64)
    return columns


def _flags(row: MeasuredSeries) -> list[str]:
    flags = {
        "shared_tag": row.series.repeated_steps > 0,
        "invalid_rows": bool(row.series.left_out),
    }
    return [name for name, raised in flags.items() if raised]


def _elements(series: HistogramSeries) -> int | None:
    return int(series.counts[-1].sum()) if len(series) else None


def _baseline_step(row: MeasuredSeries) -> int | None:
    return int(row.baseline.steps[-1]) if row.baseline else None


def _sparkline(rows: list[MeasuredSeries], points: int) -> Table:
    """At most ``points`` steps of each series, evenly chosen, the first and last among them."""
    steps, values = [], []
    for row in rows:
        kept = len(row.series)
        chosen = np.unique(np.linspace(0, kept - 1, min(points, kept)).round().astype(np.int64))
        steps.append(row.series.steps[chosen])
        movement = row.movement.movement if row.movement else np.full(kept, np.nan)
        values.append(movement[chosen])
    return {"steps": steps, "movement": values}


def series_table(run: str, row: MeasuredSeries, choice: BaselineChoice, description: str) -> Table:
    """One series, step by step; without a comparison its measures are NaN, its bands empty."""
    movement, compared = row.movement, row.movement is not None
    missing = np.full(len(row.series), np.nan)
    return {
        "run": run,
        "tag": row.tag,
        "role": row.role,
        "verdict": row.verdict.name,
        "flags": _flags(row),
        "sentence": series_sentence(row.facts),
        "description": description,
        "elements": row.facts.elements,
        "baseline": str(choice),
        "baseline_run": (choice.run if choice.kind == "run" else run) if compared else None,
        "baseline_step": _baseline_step(row),
        "scale": row.facts.scale,
        "scale_kind": row.facts.scale_kind if compared else None,
        "basis_points": BASIS_POINTS,
        "baseline_bands": movement.baseline_bands[-1] if movement else [],
        "steps": row.series.steps,
        "wall_times": row.series.wall_times,
        **{name: getattr(movement, name) if movement else missing for name in _STEP_COLUMNS},
        "bands": list(movement.bands.T) if movement else [],
        "delta_bands": list(movement.delta_bands.T) if movement else [],
        "left_out": _left_out(row),
    }


def _left_out(row: MeasuredSeries) -> list[Table]:
    return [{"step": out.step, "reason": out.reason} for out in row.series.left_out]


def histogram_table(run: str, row: MeasuredSeries, index: int, choice: BaselineChoice) -> Table:
    """The buckets of the kept step number ``index`` and of its baseline."""
    series, baseline = row.series, row.baseline
    table: Table = {
        "run": run,
        "tag": row.tag,
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
