"""One series becomes a table of steps, and one step of it a table of buckets."""

from dataclasses import asdict

import numpy as np

from tb_plugin_weightdelta.baseline import BaselineChoice
from tb_plugin_weightdelta.exact_series import FIGURES
from tb_plugin_weightdelta.measured import MeasuredSeries
from tb_plugin_weightdelta.metadata import BASIS_POINTS
from tb_plugin_weightdelta.movement import speed
from tb_plugin_weightdelta.overview import (
    STEP_COLUMNS,
    Table,
    evidence_of,
    refused_of,
    scale_of,
)
from tb_plugin_weightdelta.sentences import series_sentence


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
