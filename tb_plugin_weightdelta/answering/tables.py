"""What is answered, as tables: the list of runs, one run, one series, one histogram.

The page, the exports and the terminal show the same ones. Arrays stay arrays: encoding them,
NaN as null, is not their business.
"""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.exact import FIGURES
from tb_plugin_weightdelta.core.histograms import LARGEST_RATIO, FloatArray, HistogramSeries
from tb_plugin_weightdelta.core.names import BASIS_POINTS, METRICS, Measure
from tb_plugin_weightdelta.core.question import BaselineChoice, Question
from tb_plugin_weightdelta.judging import LADDER, Answer, Series, SeriesRow, answer_of
from tb_plugin_weightdelta.measuring import speeds_of
from tb_plugin_weightdelta.reading import SeriesEntry
from tb_plugin_weightdelta.wording import Headline, because, headline, series_sentence, so_far

Table = dict[str, Any]

# So many histograms that were left out are named one by one.
MOST_LEFT_OUT: Final = 10_000


def runs_table(
    version: str,
    listing: Mapping[str, Mapping[str, SeriesEntry]],
    *,
    without_files: str | None = None,
    nothing: str | None = None,
    left_out: Mapping[str, str] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    last_steps: Mapping[str, int] | None = None,
    hparams: Mapping[str, Mapping[str, Any]] | None = None,
    beside: str | None = None,
) -> Table:
    """The runs of ``listing`` that have series, in natural order of their names.

    without_files: what cannot be told because the event files are not reached; None where they are.
    nothing: why there are no runs, and what to do; None where there are some.
    left_out: runs that hold histograms and are not listed, with the reason.
    answers: the headlines of those that have been measured as they are now.
    last_steps: how far the trainings that are shown went, where the listing does not tell.
    hparams: the hyper-parameters of runs that have some.
    beside: the run with which the tensors of each are counted that both have.
    """
    wanted = None if beside is None else set(listing.get(beside, ()))
    answers, last_steps, hparams = answers or {}, last_steps or {}, hparams or {}
    runs = [
        {
            "run": run,
            "series": len(tags),
            "last_step": last_steps.get(run, max(each.last_step for each in tags.values())),
            "last_wall_time": max(each.last_wall_time for each in tags.values()),
            **{key: answers.get(run, {}).get(key) for key in ("state", "median_movement")},
            "hparams": hparams.get(run, {}),
            "shared": None if wanted is None else len(wanted.intersection(tags)),
        }
        for run, tags in sorted(listing.items(), key=lambda item: natural_key(item[0]))
        if tags
    ]
    return {
        "version": version,
        "without_files": without_files,
        "nothing": nothing,
        "left_out": [{"run": run, "reason": why} for run, why in (left_out or {}).items()],
        "runs": runs,
    }


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts ``run2`` before ``run10``."""
    parts = re.split(r"0*([0-9]+)", name.lower())
    # The longer number is the larger; one of more than 4,300 digits int() does not take.
    return [(place % 2 * len(part), part) for place, part in enumerate(parts)], name


def run_table(
    run: str,
    asked: Question,
    rows: Sequence[SeriesRow],
    unread: Mapping[str, str],
    *,
    measure: Measure = "movement",
    of: int | None = None,
    most_left_out: int = MOST_LEFT_OUT,
) -> Table:
    """One run as columns, ranked.

    unread: a reason for each tag that could not be read.
    measure: what the rows' sparklines show.
    of: how many series the run has while some are still being measured, None when none is.
    """
    answer = judged(rows)
    ranked = answer.ranked
    measured = len(ranked) + sum(1 for tag in unread if tag)
    summary = headline(answer)
    if of is not None:
        summary = so_far(summary, len(ranked), of)
    return {
        "run": run,
        "baseline": str(asked.choice),
        "until": asked.until,
        "thresholds": asdict(asked.thresholds),
        "headline": headline_table(summary),
        "counts": counts_of(ranked),
        "stored_as": summary.answer.stored_as,
        "columns": columns_of(ranked),
        "sparkline": {
            "measure": measure,
            "steps": [row.sparkline_steps for row in ranked],
            "values": [row.sparkline for row in ranked],
        },
        "left_out": _left_out(ranked, unread, most_left_out),
        "measured": measured,
        "of": measured if of is None else of,
        "complete": of is None,
    }


def counts_of(rows: Sequence[SeriesRow]) -> Table:
    """How many series have each verdict, the most serious first."""
    counts = Counter(row.verdict.name for row in rows)
    return {name: counts[name] for name in LADDER if counts[name]}


def headline_table(told: Headline) -> Table:
    """The answer for a run, and when what broke, stopped or never moved was first seen so."""
    return {
        "state": told.state,
        "sentence": told.sentence,
        "detail": told.detail,
        "subject": _subject(told.answer),
        "median_movement": _median_movement(told.answer),
        "onset": _onset(told.answer),
    }


def _subject(answer: Answer) -> Table | None:
    """The tensor and step that the sentence speaks of, or that show best what it says."""
    if answer.state in ("broke", "still", "partly_still") and answer.onsets:
        onset = answer.onsets[0]
        return {"tag": onset.tag, "step": onset.step}
    moved = answer.changed or answer.subjects
    weights = [row for row in moved if row.role == "weight"]
    row = next(iter(weights or moved), None)
    return None if row is None else {"tag": row.tag, "step": row.last_step}


def _median_movement(answer: Answer) -> float | None:
    """Of the weights, as fractions of their scales; of all that the answer is about without any."""
    known = [row for row in answer.subjects if row.shown is not None]
    shown = {row.tag: row.shown.relative for row in known if row.shown}
    weights = [shown[row.tag] for row in known if row.role == "weight"]
    moved = [each for each in weights or shown.values() if not np.isnan(each)]
    return float(np.median(moved)) if moved else None


def _onset(answer: Answer) -> Table | None:
    """What came first, and the order in which tensors were hit; None where nothing was."""
    order = [asdict(onset) for onset in answer.onsets[:MOST_LEFT_OUT]]
    if not order:
        return None
    return {key: order[0][key] for key in ("what", "step", "last_good_step")} | {"order": order}


def judged(rows: Sequence[SeriesRow]) -> Answer:
    """The answer that the rows of a run give, each with the flags that it raises beside the others.

    Those that moved farthest come first.
    """
    return answer_of(sorted(SeriesRow.beside_each_other(rows), key=_rank))


def _rank(row: SeriesRow) -> tuple[int, float, str]:
    """By its own scale; what started at 0 behind, by its layer's; what never moved behind that."""
    if row.shown is None:
        return 4, 0.0, row.tag
    if row.verdict.name == "unchanged":
        return 3, 0.0, row.tag
    if not np.isnan(row.shown.relative):
        return 0, -row.shown.relative, row.tag
    if row.stand_in and row.stand_in.tag:
        return 1, -row.shown.movement / row.stand_in.scale, row.tag
    return 2, -row.shown.movement, row.tag


def _left_out(rows: Sequence[SeriesRow], unread: Mapping[str, str], most: int) -> list[Table]:
    """What could not be used: whole series first, and at most so many of all."""
    whole = (*unread.items(), *((row.tag, row.refused) for row in rows))
    told = [{"tag": tag, "step": None, "reason": why} for tag, why in whole if why]
    single = ({"tag": row.tag, **vars(out)} for row in rows for out in row.left_out)
    told += itertools.islice(single, max(0, most - len(told)))
    if further := sum(1 for _ in single):
        told.append({"tag": "", "step": None, "reason": f"{further} more are not listed"})
    return told


def columns_of(rows: Sequence[SeriesRow]) -> Table:
    """What tables say of series, a list for each column."""
    scales = [_scale(row) for row in rows]
    return {
        "tag": [row.tag for row in rows],
        "role": [row.role for row in rows],
        "verdict": [row.verdict.name for row in rows],
        "flags": [[flag.name for flag in row.flags] for row in rows],
        "evidence": [_evidence(row) for row in rows],
        "sentence": [series_sentence(row) for row in rows],
        "elements": [row.elements for row in rows],
        "stored_as": [row.stored_as for row in rows],
        "first_step": [row.first_step for row in rows],
        "last_step": [row.last_step for row in rows],
        "kept_steps": [row.kept_steps for row in rows],
        "moved_step": [row.moved_step for row in rows],
        "baseline_step": [row.baseline_step for row in rows],
        "non_finite_step": [row.non_finite_step for row in rows],
        "scale": np.asarray([scale for scale, _ in scales]),
        "scale_kind": [kind for _, kind in scales],
        **{name: np.asarray([row.values[name] for row in rows]) for name in METRICS},
        "stand_in": [asdict(row.stand_in) if row.stand_in else None for row in rows],
        "shown": [_shown(row) for row in rows],
        "estimate": [asdict(row.estimate) if row.estimate else None for row in rows],
        "exact": [_exact(row) for row in rows],
    }


def _shown(row: SeriesRow) -> Table | None:
    """How far a series moved, as surely as is known: what page and terminal show."""
    if (extent := row.shown) is None:
        return None
    return {
        "basis": extent.basis,
        "sense": row.sense,
        "movement": extent.movement,
        "lower": extent.lower,
        "upper": extent.upper,
        "relative_movement": extent.relative,
        "scale": extent.scale,
        "scale_kind": extent.scale_kind,
    }


def _exact(row: SeriesRow) -> Table | None:
    """The last exact record of a series."""
    if (exact := row.exact) is None:
        return None
    return {
        "step": exact.step,
        **exact.figures,
        "relative_movement": exact.extent.relative,
        "scale": exact.scale,
        "scale_kind": exact.scale_kind,
        "leads": exact.leads,
    }


def _evidence(row: SeriesRow) -> Table:
    """What a verdict and flags rest on."""
    return {
        "rule": row.verdict.rule,
        "threshold": row.verdict.threshold,
        "value": row.verdict.value,
        "unit": row.verdict.unit,
        "cause": because(row) or None,
        "flags": {flag.name: flag.reason for flag in row.flags},
    }


def _scale(row: SeriesRow) -> tuple[float, str | None]:
    """What movements are divided by; of a series known by exact records alone, what those are."""
    found = row.histograms or row.exact
    return (found.scale, found.scale_kind) if found else (np.nan, None)


def series_table(
    run: str, series: Series, asked: Question, description: str, *, complete: bool = True
) -> Table:
    """One series, step by step; without a comparison its measures are NaN, its bands empty.

    complete: whether all is known of each step that the event files tell.
    """
    row, histograms, movement = series.row, series.histograms, series.movement
    missing = np.full(len(histograms), np.nan)
    speeds = speeds_of({row.tag: histograms}, {row.tag: np.arange(len(histograms))})
    measures = {"speed": speeds[row.tag], **(vars(movement) if movement else {})}
    scale, scale_kind = _scale(row)
    left_out = [{"step": None, "reason": row.refused}] if row.refused else []
    return {
        "run": run,
        "tag": row.tag,
        "role": row.role,
        "verdict": row.verdict.name,
        "flags": [flag.name for flag in row.flags],
        "evidence": _evidence(row),
        "sentence": series_sentence(row),
        "description": description,
        "elements": row.elements,
        "stored_as": row.stored_as,
        "baseline": str(asked.choice),
        "baseline_run": None if row.baseline_step is None else _run_of(asked.choice, run),
        "baseline_step": row.baseline_step,
        "scale": scale,
        "scale_kind": scale_kind,
        "basis_points": BASIS_POINTS,
        "baseline_bands": movement.baseline_bands[-1] if movement else [],
        "steps": histograms.steps,
        "wall_times": histograms.wall_times,
        **{name: measures.get(name, missing) for name in METRICS},
        "bands": list(movement.bands.T) if movement else [],
        "delta_bands": list(movement.delta_bands.T) if movement else [],
        "shown": _shown_steps(series),
        "estimate": _estimate_steps(series),
        "exact": _exact_steps(series),
        "left_out": left_out + [asdict(out) for out in histograms.left_out],
        "complete": complete,
    }


def _estimate_steps(series: Series) -> Table | None:
    """How far single values moved, by steps of the histograms; None where that is not estimated."""
    found = None if series.row.leads else series.estimate
    if found is None or not any(found.methods):
        return None
    return {
        "mean_abs": found.mean_abs,
        "lower": found.lower,
        "upper": found.upper,
        "rms": found.rms,
        "method": list(found.methods),
    }


def _run_of(choice: BaselineChoice, run: str) -> str:
    """The run that baselines come from."""
    return choice.run if choice.kind == "run" else run


def _shown_steps(series: Series) -> Table | None:
    """What is shown step by step, at the steps of what it rests on."""
    row, exact, movement = series.row, series.exact, series.movement
    if row.exact and row.leads and exact is not None:
        moved = exact.figures["mean_abs"]
        return {
            "basis": ["records"] * len(exact),
            "steps": exact.steps,
            "wall_times": exact.wall_times,
            **dict.fromkeys(("movement", "lower", "upper"), moved),
            "relative_movement": moved / row.exact.scale,
            "scale": row.exact.scale,
            "scale_kind": row.exact.scale_kind,
        }
    if movement is None or row.histograms is None:
        return None
    unresolved = (movement.movement > 0) & (movement.movement < movement.resolution)
    summed = movement.rms > 0
    moved = np.where(summed, movement.rms, movement.movement)
    basis = np.where(summed, "moments", np.where(unresolved, "bounds", "histogram"))
    return {
        "basis": basis.tolist(),
        "steps": series.histograms.steps,
        "wall_times": series.histograms.wall_times,
        "movement": moved,
        "lower": movement.movement_lower,
        "upper": movement.movement_upper,
        "relative_movement": _relative(moved, movement.scale),
        "scale": row.histograms.scale,
        "scale_kind": row.histograms.scale_kind,
    }


def _relative(moved: FloatArray, scale: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.minimum(moved / scale, LARGEST_RATIO)


def _exact_steps(series: Series) -> Table | None:
    """The exact records of a series, step by step."""
    exact, last = series.exact, series.row.exact
    if exact is None or last is None:
        return None
    return {
        "leads": last.leads,
        "scale": last.scale,
        "scale_kind": last.scale_kind,
        "baseline_step": last.baseline_step,
        "sampled_elements": int(np.nanmax(exact.figures["sampled_elements"], initial=0)),
        "steps": exact.steps,
        "wall_times": exact.wall_times,
        **{name: exact.figures[name] for name in FIGURES},
        "change_bands": list(exact.changes.T),
    }


def histogram_table(
    run: str,
    tag: str,
    choice: BaselineChoice,
    histogram: HistogramSeries,
    baseline: HistogramSeries | None,
) -> Table:
    """The buckets of one kept step and of its baseline, one row each."""
    return {
        "run": run,
        "tag": tag,
        **_step(histogram),
        "baseline": {"run": _run_of(choice, run), **_step(baseline)} if baseline else None,
    }


def _step(histogram: HistogramSeries) -> Table:
    """Without the padding: empty buckets of zero width say nothing."""
    edges, counts = histogram.edges[0], histogram.counts[0]
    says = (counts > 0) | (np.diff(edges) > 0)
    return {
        "step": histogram.steps[0],
        "wall_time": histogram.wall_times[0],
        "edges": np.concatenate([edges[:1], edges[1:][says]]),
        "counts": counts[says],
    }
