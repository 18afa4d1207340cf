"""A tensor at one step and at its start: what its histograms say, and the truth."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from checks.study.networks import Recipe, Weights, recipes, train
from checks.study.straight import straight_lines
from checks.study.writers import WRITERS
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.measuring.distance import compare, resolution
from tb_plugin_weightdelta.measuring.grid import overlay, sides
from tb_plugin_weightdelta.reading.dialects import histogram_series

TOLERANCE = 0.25  # of the exact movement
WORTH_RESOLVING = 0.05  # of the bucket width where most mass lies
FACTORS = (0.0, 0.9, 1.25, 1.5, 2.0, 2.5, 3.0)  # for blur, to choose from
SPIKE_FACTORS = (0.0, 1.0, 1.5, 2.0, 2.5)  # for spikes, likewise


@dataclass(frozen=True)
class Pair:
    """A tensor at one step and at its start.

    bucket: mass-weighted mean bucket width, the wider of both histograms.
    constant: |c| if every value started as one c ≠ 0, else 0.
    resolutions: with each of FACTORS; spike_resolutions: with each of SPIKE_FACTORS.
    """

    half: str
    writer: str
    role: str
    elements: int
    exact: float
    straight: float
    movement: float
    lower: float
    upper: float
    resolution: float
    bucket: float
    constant: float
    resolutions: tuple[float, ...]
    spike_resolutions: tuple[float, ...]

    @property
    def error(self) -> float:
        return abs(self.movement / self.exact - 1) if self.exact > 0 else np.inf

    @property
    def straight_error(self) -> float:
        return abs(self.straight / self.exact - 1) if self.exact > 0 else np.inf

    @property
    def resolved(self) -> bool:
        return self.movement > 0 and self.movement >= self.resolution

    @property
    def close(self) -> bool:
        return self.error <= TOLERANCE

    @property
    def from_constant(self) -> bool:
        return self.constant > 0

    @property
    def worth_resolving(self) -> bool:
        return self.exact > 0 and self.exact >= WORTH_RESOLVING * self.bucket


Trained = list[tuple[Recipe, Weights]]


def trained() -> Trained:
    """Every tensor of every network."""
    return [(recipe, weights) for recipe in recipes() for weights in train(recipe)]


def network_pairs(networks: Trained) -> Iterator[Pair]:
    """Every tensor by every writer, each later step against the first."""
    for recipe, weights in networks:
        yield from _by_every_writer(recipe, weights)


def _on_a_grid(levels: int) -> Callable[[np.ndarray], np.ndarray]:
    """Rounded to so many levels either side of 0 that reach to the largest initial value."""

    def rounded(values: np.ndarray) -> np.ndarray:
        step = np.abs(values[0]).max() / levels or 1.0
        return np.float32(np.round(values / step) * step)

    return rounded


def _smallest_pruned(values: np.ndarray) -> np.ndarray:
    """70 % are 0 throughout: those that were smallest."""
    least = np.abs(values[0])
    return np.where(least <= np.quantile(least, 0.7), np.float32(0), values)


def _some_pruned(values: np.ndarray) -> np.ndarray:
    """30 % are 0 throughout, whatever their value was."""
    pruned = np.random.default_rng(0).random(values.shape[1]) < 0.3
    return np.where(pruned, np.float32(0), values)


def _stored_as(kind: torch.dtype) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: torch.from_numpy(values).to(kind).float().numpy()


POINT_MASSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as trained": lambda values: values,
    "the smallest 70 % are 0": _smallest_pruned,
    "any 30 % are 0": _some_pruned,
    "15 levels": _on_a_grid(7),
    "201 levels": _on_a_grid(100),
    "bfloat16": _stored_as(torch.bfloat16),
    "float16": _stored_as(torch.float16),
}


def point_mass_pairs(networks: Trained, kind: str) -> Iterator[Pair]:
    """The same tensors, one seed of each, with values that many elements share."""
    for recipe, weights in networks:
        if recipe.seed == 1:
            shared = POINT_MASSES[kind](weights.values)
            yield from _by_every_writer(recipe, Weights(weights.tag, weights.role, shared))


def outlier_pairs() -> Iterator[Pair]:
    """Tensors that hardly move while one or two elements go 60 to 6000 spreads away."""
    rng = np.random.default_rng(1)
    recipe = recipes()[0]
    for elements, far, start, noise, where in itertools.product(
        (50, 200, 1000, 20000), (30, 100, 1000), ("normal", "uniform", "constant"),
        (0, 0.01, 0.1), ((6,), (-6,), (3, -3), (4, -2)),
    ):  # fmt: skip
        values = {
            "normal": rng.normal(size=elements),
            "uniform": rng.uniform(-1, 1, elements),
            "constant": np.full(elements, 0.3),
        }[start]
        moved = values + noise * rng.normal(size=elements)
        moved[: len(where)] = far * np.array(where)
        yield from _by_every_writer(
            recipe, Weights("outlier", "outlier", np.float32([values, moved]))
        )


def _by_every_writer(recipe: Recipe, weights: Weights) -> Iterator[Pair]:
    steps = range(len(weights.values))
    for writer, write in WRITERS.items():
        tensors = [write(values) for values in weights.values]
        series = histogram_series(steps, [0.0] * len(steps), tensors)
        yield from _pairs(recipe, weights, writer, series)


def _pairs(
    recipe: Recipe, weights: Weights, writer: str, series: HistogramSeries
) -> Iterator[Pair]:
    edges, counts = series.edges, series.counts
    rows = edges[:1], counts[:1], edges[1:], counts[1:]
    found = compare(*rows)
    both = overlay(*rows)
    a, b = sides(both)
    straight = straight_lines(both)
    by_factor = np.stack([resolution(both, a, b, factor) for factor in FACTORS])  # (F, T)
    by_spikes = np.stack([resolution(both, a, b, spike_factor=factor) for factor in SPIKE_FACTORS])
    ordered = np.sort(weights.values.astype(np.float64), axis=1)
    exact = np.abs(ordered[1:] - ordered[0]).mean(axis=1)
    bucket = (np.diff(edges, axis=1) * counts).sum(axis=1) / counts.sum(axis=1)
    for step in range(len(exact)):
        yield Pair(
            half=recipe.half,
            writer=writer,
            role=weights.role,
            elements=weights.values.shape[1],
            exact=exact[step],
            straight=straight[step],
            movement=found.movement[step],
            lower=found.movement_lower[step],
            upper=found.movement_upper[step],
            resolution=found.resolution[step],
            bucket=max(bucket[0], bucket[step + 1]),
            constant=abs(ordered[0, 0]) if ordered[0, 0] == ordered[0, -1] else 0.0,
            resolutions=tuple(by_factor[:, step]),
            spike_resolutions=tuple(by_spikes[:, step]),
        )
