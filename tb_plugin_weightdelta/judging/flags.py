"""What else to know about a series beside its verdict: flags, each with its reason."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tb_plugin_weightdelta.core.exact import ExactSeries
from tb_plugin_weightdelta.core.histograms import HistogramSeries, IntArray, gaps
from tb_plugin_weightdelta.core.question import BaselineChoice

FlagName = Literal[
    "stopped",
    "shared_tag",
    "replaced",
    "late_start",
    "ended_early",
    "baseline_sampled",
    "baseline_after_step_0",
    "baseline_trained",
    "baseline_lost",
    "resized",
    "invalid_rows",
]

# So many identical histograms at the end make "stopped": two may be chance.
_STOPPED_ROWS: Final = 3
# Counts are exact but for a writer's rounding.
_SAME_COUNT: Final = 1e-3
# A series that is this many of its own step gaps behind the run is not merely logged less often.
_GAPS: Final = 2.0


@dataclass(frozen=True)
class Flag:
    """A flag and a sentence that says what it rests on."""

    name: FlagName
    reason: str


def flags_of(
    series: HistogramSeries,
    choice: BaselineChoice,
    baseline: HistogramSeries | None,
    exact: ExactSeries | None = None,
    leading: ExactSeries | None = None,
    *,
    trained_before: str = "",
    is_parameter: bool = True,
) -> tuple[Flag, ...]:
    """The flags that a series raises by itself.

    leading: its exact records where they lead. trained_before: why the run's first histograms are
        not of initial weights.
    """
    candidates = (
        _stopped(leading, "records") if leading else _stopped(series, "histograms"),
        _shared_tag(series),
        _replaced(series),
        _baseline_sampled(series),
        None if series.first_unknown else _baseline_after_step_0(choice, baseline, leading),
        _baseline_trained(choice, baseline, trained_before) if not leading else None,
        _baseline_lost(series, exact) if exact else None,
        _resized(series, baseline) if is_parameter else None,
        _invalid_rows(series),
    )
    return tuple(flag for flag in candidates if flag)


def span_flags(steps: tuple[int, int], gap: float, run_steps: tuple[int, int]) -> tuple[Flag, ...]:
    """The flags that a series raises beside the others of its run.

    steps, run_steps: first and last step of the series, and of all series of the run.
    gap: the median number of training steps between neighbouring kept steps.
    """
    flags = []
    if steps[0] - run_steps[0] > _GAPS * gap:
        reason = f"It starts at step {steps[0]:,}, the run at step {run_steps[0]:,}."
        flags.append(Flag("late_start", reason))
    if run_steps[1] - steps[1] > _GAPS * gap:
        reason = f"It ends at step {steps[1]:,}, the run goes on to step {run_steps[1]:,}."
        flags.append(Flag("ended_early", reason))
    return tuple(flags)


def step_gap(steps: IntArray) -> float:
    """The median number of training steps between neighbours; 0 for one step."""
    return float(np.median(gaps(steps))) if len(steps) > 1 else 0.0


def stopped_from(series: HistogramSeries | ExactSeries) -> tuple[int, int] | None:
    """The first of the identical steps at the end of a series that moved, and the step before."""
    since = series.unchanged_from if len(series) else 0
    if since == 0 or len(series) - since < _STOPPED_ROWS:
        return None
    return int(series.steps[since]), int(series.steps[since - 1])


def _stopped(series: HistogramSeries | ExactSeries, what: str) -> Flag | None:
    if (stopped := stopped_from(series)) is None:
        return None
    rest = len(series) - series.unchanged_from
    return Flag(
        "stopped",
        f"It moved, but its last {rest:,} {what}, from step {stopped[0]:,} on, are identical.",
    )


def _shared_tag(series: HistogramSeries) -> Flag | None:
    if series.repeats < 2 or len(series) == 0:
        return None
    start = f"{series.repeats:,} histograms were logged under this tag at step {series.steps[0]:,}"
    only = "The last one of each step alone is compared."
    if not series.repeats_alike:
        return Flag(
            "shared_tag", f"{start}, not all of as many values: several tensors share it. {only}"
        )
    if len(series) == 1:
        return Flag(
            "shared_tag",
            f"{start} and at no other: the step is missing. Pass it to every call "
            "(add_histogram(tag, values, global_step=step), tf.summary.histogram(tag, values, "
            "step=step)); or else several tensors share the tag.",
        )
    return Flag(
        "shared_tag",
        f"{start}: the step repeats, as when the epoch is passed at every batch. Pass a step that "
        "counts batches (add_histogram(tag, values, global_step=step)); or else several tensors "
        f"share the tag. {only}",
    )


def _replaced(series: HistogramSeries) -> Flag | None:
    if not series.replaced or len(series) == 0:
        return None
    return Flag(
        "replaced",
        f"A later training in the same folder began again at step {series.steps[0]:,}: what was "
        "logged there before is not shown. Give each training a folder of its own.",
    )


def _baseline_sampled(series: HistogramSeries) -> Flag | None:
    if not series.first_unknown or len(series) == 0:
        return None
    if series.sampled_elsewhere:
        return Flag(
            "baseline_sampled",
            "The data server that TensorBoard reads may keep only a random sample of the steps, "
            "and the event files are not at hand to read the first one from: the baseline is step "
            f"{series.steps[0]:,}, the first that it gave.",
        )
    return Flag(
        "baseline_sampled",
        "TensorBoard keeps a random sample of the steps, and the first one could not be read from "
        f"the event files: the baseline is step {series.steps[0]:,}, the first kept. To keep all "
        f"steps, start TensorBoard with --samples_per_plugin=histograms={steps_logged(series)}.",
    )


def steps_logged(series: HistogramSeries) -> int:
    """About how many steps were logged, from the smallest gap between kept ones, rounded up."""
    if len(series) < 2:
        return max(1, len(series))
    span = int(series.steps[-1]) - min(0, int(series.steps[0]))
    count = span // int(gaps(series.steps).min()) + 1
    unit = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return int(math.ceil(count / unit) * unit)


def _baseline_after_step_0(
    choice: BaselineChoice, baseline: HistogramSeries | None, leading: ExactSeries | None
) -> Flag | None:
    """Records that lead may compare with weights from before the first histogram.

    Whoever names a checkpoint as the first knows what it is.
    """
    if leading and leading.place == "checkpoint":
        return None
    first = int(baseline.steps[0]) if baseline else 0
    since = int(leading.figures["baseline_step"][0]) if leading else first
    what = "first histogram is that" if baseline else "exact records compare with the weights"
    step = first if baseline else since
    if choice.kind != "first" or min(since, step) <= 0:
        return None
    return Flag(
        "baseline_after_step_0", f"Its {what} of step {step:,}: what moved before is not seen."
    )


def _baseline_trained(
    choice: BaselineChoice, baseline: HistogramSeries | None, trained_before: str
) -> Flag | None:
    """Of a later first step it is said already that something moved before."""
    if not trained_before or choice.kind != "first" or baseline is None or baseline.steps[0] > 0:
        return None
    return Flag("baseline_trained", trained_before)


def _baseline_lost(series: HistogramSeries, exact: ExactSeries) -> Flag | None:
    """Where a training was resumed without its initial weights, or recorded late."""
    if len(exact) == 0:
        return None
    baselines = exact.figures["baseline_step"]
    first = min([baselines[0], *series.steps[:1]])
    if not baselines[-1] > first:
        return None
    return Flag(
        "baseline_lost",
        f"From step {baselines[-1]:,.0f} on its exact records compare with the weights at that "
        f"step, not with those at step {first:,.0f}, which were not at hand any more.",
    )


def _resized(series: HistogramSeries, baseline: HistogramSeries | None) -> Flag | None:
    """Batches of gradients and activations may have any size; a parameter keeps its own."""
    if baseline is None or len(series) == 0:
        return None
    counts = series.counts.sum(axis=1)
    first = float(baseline.counts[-1].sum())
    other = np.flatnonzero(np.abs(counts - first) > _SAME_COUNT * first)
    if len(other) == 0:
        return None
    row = int(other[0])
    now = f"It has {counts[row]:,.0f} values from step {series.steps[row]:,} on"
    compared = "distributions are compared, single values cannot be"
    return Flag("resized", f"{now}, and {first:,.0f} at its baseline: {compared}.")


def _invalid_rows(series: HistogramSeries) -> Flag | None:
    if not series.left_out:
        return None
    first, count = series.left_out[0], len(series.left_out)
    who = f"The histogram of step {first.step:,} is left out"
    if count > 1:
        who = f"{count:,} histograms are left out, the first that of step {first.step:,}"
    return Flag("invalid_rows", f"{who}: {first.reason}.")
