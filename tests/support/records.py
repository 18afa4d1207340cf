"""Reads what a recorder wrote, and says what it should have written."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import FIELDS, QUANTILES, Layout, decoded_layout
from tb_plugin_weightdelta.core.names import BASIS_POINTS, EXACT_TAG_PREFIX, PLUGIN_NAME
from tb_plugin_weightdelta.core.sums import CERTAIN, positions

# One tensor's figures by step.
Series = dict[int, dict[str, float]]


def records(folder: Path) -> dict[str, Series]:
    """Every exact record of a run, by the name of its tensor."""
    found: dict[str, Series] = {}
    layouts: dict[str, Layout] = {}
    for step, value in _values(folder):
        if not value.tag.startswith(EXACT_TAG_PREFIX):
            continue
        name = value.tag.removeprefix(EXACT_TAG_PREFIX)
        plugin = value.metadata.plugin_data
        if plugin.plugin_name == PLUGIN_NAME:
            layouts[name] = decoded_layout(plugin.content, name)
        numbers = tensor_util.make_ndarray(value.tensor)
        assert numbers.dtype == np.float64
        figures = dict(zip(layouts[name].fields, numbers.tolist(), strict=True))
        assert step not in found.setdefault(name, {}), f"{name} has two records at step {step}"
        found[name][step] = figures
    return found


def layouts(folder: Path) -> dict[str, Layout]:
    """What the last file of a run says of its series."""
    return {
        value.tag.removeprefix(EXACT_TAG_PREFIX): decoded_layout(
            value.metadata.plugin_data.content, value.tag
        )
        for _, value in _values(folder)
        if value.metadata.plugin_data.plugin_name == PLUGIN_NAME
    }


def histograms(folder: Path) -> dict[str, dict[int, np.ndarray]]:
    """Every histogram of a run as rows."""
    found: dict[str, dict[int, np.ndarray]] = {}
    for step, value in _values(folder):
        if value.metadata.plugin_data.plugin_name == "histograms":
            found.setdefault(value.tag, {})[step] = tensor_util.make_ndarray(value.tensor)
    return found


def _values(folder: Path):
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                yield event.step, value


def expected(
    initial: np.ndarray, current: np.ndarray, previous: np.ndarray | None = None
) -> dict[str, float]:
    """The figures of a finite tensor by their definitions, in float64."""
    start, now = initial.astype(np.float64).ravel(), current.astype(np.float64).ravel()
    moved = now - start
    norm, initial_norm = np.linalg.norm(now), np.linalg.norm(start)
    with np.errstate(all="ignore"):
        told = {
            "elements": now.size,
            "mean_abs": np.mean(np.abs(moved)),
            "rms": np.sqrt(np.mean(moved**2)),
            "max_abs": np.max(np.abs(moved)),
            "relative": np.linalg.norm(moved) / initial_norm if initial_norm else np.nan,
            "cosine": start @ now / (norm * initial_norm),
            "fraction_changed": np.mean(now != start),
            "update_ratio": np.nan,
            "norm": norm,
            "initial_norm": initial_norm,
            "non_finite": 0,
        }
    if previous is not None:
        before = previous.astype(np.float64).ravel()
        length = np.linalg.norm(before)
        told["update_ratio"] = np.linalg.norm(now - before) / length if length else np.nan
    levels = np.array(BASIS_POINTS) / 10_000
    return told | dict(zip(QUANTILES, np.quantile(moved, levels), strict=True))


def assert_figures(
    found: Mapping[str, float], wanted: Mapping[str, float], tolerance: float = 1e-6
) -> None:
    """Each figure agrees to a relative tolerance; quantiles, to one of the largest movement.

    Quantiles of a sample are left out.
    """
    assert tuple(found) == FIELDS
    scale = max(abs(wanted["max_abs"]), np.finfo(np.float64).tiny)
    for name, value in wanted.items():
        if name in QUANTILES:
            if found["sampled_elements"] == 0:
                assert abs(found[name] - value) <= tolerance * scale, (name, found[name], value)
        elif name not in CERTAIN or name == "initial_norm":
            np.testing.assert_allclose(found[name], value, rtol=tolerance, err_msg=name)
        else:
            assert found[name] == value, name


def assert_quantiles(found: Mapping[str, float], moved: np.ndarray) -> None:
    """Quantiles are numpy's; of a large tensor those of its seeded sample, but for the extremes."""
    chosen = positions(len(moved), seed=0)
    sample = moved if chosen is None else moved[chosen]
    assert found["sampled_elements"] == (0 if chosen is None else len(chosen))
    wanted = np.quantile(sample, np.array(BASIS_POINTS) / 10_000)
    wanted[[0, -1]] = moved.min(), moved.max()
    np.testing.assert_allclose([found[name] for name in QUANTILES], wanted, rtol=1e-12, atol=0)


def save_states(folder: Path, states: Mapping[int, Mapping[str, np.ndarray]]) -> None:
    """Weights by step and name, for ``saved_states`` of another process."""
    flat = {f"{step}:{name}": w for step, state in states.items() for name, w in state.items()}
    np.savez(
        folder / "states.npz", names=list(flat), **dict(zip(_places(), flat.values(), strict=False))
    )


def saved_states(folder: Path) -> dict[int, dict[str, np.ndarray]]:
    states: dict[int, dict[str, np.ndarray]] = {}
    with np.load(folder / "states.npz") as file:
        for place, line in zip(_places(), file["names"].tolist(), strict=False):
            step, _, name = line.partition(":")
            states.setdefault(int(step), {})[name] = file[place]
    return states


def _places() -> Iterator[str]:
    return map(str, itertools.count())


def assert_truth(
    folder: Path,
    states: Mapping[int, Mapping[str, np.ndarray]],
    steps: Iterable[int],
    tolerance: float = 1e-6,
) -> None:
    """All figures of all tensors are those of saved weights, those one step before included."""
    found = records(folder)
    assert found.keys() == states[0].keys()
    for name, series in found.items():
        assert list(series) == list(steps)
        for step, figures in series.items():
            previous = states[step - 1][name] if step else None
            wanted = expected(states[0][name], states[step][name], previous)
            assert_figures(figures, wanted, tolerance)
