"""The maths of the overview, beside a loop over SciPy's and TensorBoard's functions."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import wasserstein_distance
from tensorboard.plugins.distribution.compressor import compress_histogram

from checks.benchmarks.samples import FloatArray, legacy_rows, tf2_rows
from checks.benchmarks.table import Row, times_faster
from checks.benchmarks.timing import medians
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.core.names import BASIS_POINTS, SPARKLINE_POINTS
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.judging.series import measure_all
from tb_plugin_weightdelta.measuring import estimates_of, movements_of
from tb_plugin_weightdelta.measuring.movement import quantiles
from tb_plugin_weightdelta.reading.dialects import histogram_series

TAGS, STEPS = 100, 500  # of a run
ROUNDS = 5
LOOP_SAMPLE = 400  # histograms
TARGET = 10.0
# Microseconds that the estimate of a series may take, by buckets.
ESTIMATES = {30: 200.0, 500: 1000.0}

NOTES = (
    "maths: ours is `measure_all` and the bands of every step, from normalised "
    "histograms. *Overview* measures the steps of a sparkline, as that route does; *every step* "
    "measures all 500, as the route of one series does; *normalising* is `histogram_series`.",
    f"The loop calls `scipy.stats.wasserstein_distance` (bucket centres, counts as weights) and "
    f"`compress_histogram` for each of {LOOP_SAMPLE} histograms, evenly chosen from the same ones; "
    "the latter is given lists, as TensorBoard's Distributions plugin gives it.",
)


def rows() -> list[Row]:
    """Microseconds per histogram, for both kinds of histogram."""
    return [
        *_rows("400 series x 500 steps x 30 buckets", tf2_rows, 400),
        *_rows("20 series x 500 steps x 500 legacy buckets", legacy_rows, 20),
        *(_estimate(buckets, most) for buckets, most in ESTIMATES.items()),
    ]


def _rows(size: str, sample: Callable[[int, int], FloatArray], count: int) -> list[Row]:
    # A few different series, measured in turn: 400 different ones would take 150 MB.
    tensors = [sample(seed, STEPS) for seed in range(min(count, 20))]
    series = [_normalised(each) for each in tensors]
    in_turn = list(itertools.islice(itertools.cycle(series), count))
    chosen = [tensors[i % len(tensors)][i * 7 % STEPS] for i in range(LOOP_SAMPLE)]
    as_lists = [each.tolist() for each in chosen]
    taken = medians(
        {
            "overview": lambda: _measure(in_turn, SPARKLINE_POINTS),
            "every step": lambda: _measure(series, None),
            "normalising": lambda: [_normalised(each) for each in tensors],
            "loop": lambda: _loop(tensors[0][0], chosen, as_lists),
        },
        ROUNDS,
    )
    loop = 1e6 * taken["loop"] / LOOP_SAMPLE
    each = {
        "overview": 1e6 * taken["overview"] / (count * STEPS),
        "every step": 1e6 * taken["every step"] / (len(series) * STEPS),
        "normalising": 1e6 * taken["normalising"] / (len(series) * STEPS),
    }
    targets = {"overview": TARGET, "every step": 1.0}
    return [
        times_faster(f"maths, {what}: {size}", ours, loop, "µs", targets.get(what))
        for what, ours in each.items()
    ]


def _estimate(buckets: int, most: float) -> Row:
    """Of smeared uniform starts at one step, as the table of a run asks for them."""
    rng = np.random.default_rng(0)
    start = rng.uniform(-1, 1, 10_000)
    both = (np.histogram(each, buckets) for each in (start, start + rng.normal(0, 0.2, 10_000)))
    series = _normalised(np.array([np.stack([e[:-1], e[1:], n], axis=1) for n, e in both]))
    first, last = series.at(slice(0, 1)), series.at(slice(1, 2))
    pairs = {str(n): (last, first) for n in range(TAGS)}
    moved = movements_of(pairs)
    taken = medians({"estimate": lambda: estimates_of(pairs, moved)}, ROUNDS)["estimate"]
    ours = 1e6 * taken / TAGS
    return Row(
        f"maths, estimate: one step of {buckets} buckets",
        *(f"{ours:.3g} µs", "–", "–", f"≤ {most:g} µs", ours <= most),
    )


def _normalised(tensors: FloatArray) -> HistogramSeries:
    return histogram_series(range(len(tensors)), [0.0] * len(tensors), list(tensors))


def _measure(every: Sequence[HistogramSeries], points: int | None) -> None:
    """All columns of ``overview``, a run at a time, and the bands of every step."""
    for start in range(0, len(every), TAGS):
        run = {f"layer_{n}/kernel": each for n, each in enumerate(every[start : start + TAGS])}
        measure_all(run, Question(), run, points=points)
        for series in run.values():
            quantiles(series.edges, series.counts, BASIS_POINTS)


def _loop(
    baseline: FloatArray, histograms: Sequence[FloatArray], as_lists: Sequence[list[list[float]]]
) -> None:
    start, start_counts = baseline[:, :2].mean(axis=1), baseline[:, 2]
    for rows, as_list in zip(histograms, as_lists, strict=True):
        centres = (rows[:, 0] + rows[:, 1]) / 2
        wasserstein_distance(start, centres, start_counts, rows[:, 2])
        compress_histogram(as_list)
