"""The sums: what they say of a tensor, and that parts merge into the whole."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tb_plugin_weightdelta.core.exact import FIELDS
from tb_plugin_weightdelta.core.sums import (
    ADDED,
    HOST,
    LEVELS,
    NAMES,
    NOTHING,
    Sums,
    between,
    block_sums,
    figures,
    from_rows,
    neighbours,
    quantiles_of,
    vector,
)
from tests.support.records import assert_figures, expected


def sums_of(initial, current, previous=None) -> Sums:
    return Sums(len(current), *block_sums(HOST, initial, current, previous))


def figures_of(initial, current, previous=None, baseline_step=0) -> dict[str, float]:
    """With the quantiles of all elements."""
    quantiles = quantiles_of(current - initial)
    return figures(sums_of(initial, current, previous), quantiles, 0, baseline_step)


def weights(seed: int, elements: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    initial = rng.normal(0, 0.05, elements)
    previous = initial + rng.normal(0, 0.002, elements)
    return initial, previous, previous + rng.normal(0, 0.0005, elements)


def test_the_sums_that_add_up_come_first():
    assert NAMES[:ADDED][-1] == "previous_squared"
    assert vector(NOTHING)[ADDED:] == [-math.inf] * 4


def test_figures_are_those_of_their_definitions():
    initial, previous, current = weights(1)
    found = figures_of(initial, current, previous)
    assert_figures(found, expected(initial, current, previous), 1e-12)
    assert found["sampled_elements"] == 0


@given(st.lists(st.integers(1, 499), max_size=6, unique=True))
def test_parts_merge_into_the_whole(cuts):
    initial, previous, current = weights(2)
    parts = [
        sums_of(*each)
        for each in zip(
            *(np.split(a, sorted(cuts)) for a in (initial, current, previous)), strict=True
        )
    ]
    whole = sums_of(initial, current, previous)
    merged = from_rows(np.array([vector(part) for part in parts]))
    np.testing.assert_allclose(vector(merged), vector(whole), rtol=1e-13)
    assert from_rows(np.array([vector(part) for part in [*parts, NOTHING]])) == merged


def test_weights_that_did_not_move_give_exact_zeros():
    initial, *_ = weights(3)
    found = figures_of(initial, initial.copy(), initial)
    zeros = ("mean_abs", "rms", "max_abs", "relative", "fraction_changed", "update_ratio")
    assert [found[name] for name in zeros] == [0] * len(zeros)
    assert found["cosine"] == 1


def test_a_permutation_moves_what_no_histogram_shows():
    initial, *_ = weights(4)
    current = np.random.default_rng(0).permutation(initial)
    found = figures_of(initial, current)
    assert found["fraction_changed"] > 0.99
    assert found["relative"] > 1
    assert found["norm"] == pytest.approx(found["initial_norm"])


def test_there_is_no_ratio_to_weights_that_were_all_zero():
    zeros = np.zeros(5)
    found = figures_of(zeros, zeros + 0.1, zeros, baseline_step=7)
    assert math.isnan(found["relative"])
    assert math.isnan(found["cosine"])
    assert math.isnan(found["update_ratio"])
    assert found["mean_abs"] == pytest.approx(0.1)
    assert found["baseline_step"] == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_counted_and_nothing_else_is_said(bad):
    initial, *_ = weights(5)
    current = initial.copy()
    current[[3, 7]] = bad
    with np.errstate(all="ignore"):
        found = figures_of(initial, current)
    assert found["non_finite"] == 2
    assert found["elements"] == 500
    assert found["initial_norm"] == pytest.approx(np.linalg.norm(initial))
    unknown = set(FIELDS) - {
        *("elements", "non_finite", "initial_norm", "sampled_elements", "baseline_step")
    }
    assert all(math.isnan(found[name]) for name in unknown)


@pytest.mark.parametrize("far", [np.inf, 1e200])
def test_parts_whose_sums_cannot_be_added_merge_too(far):
    with np.errstate(all="ignore"):
        parts = [sums_of(np.ones(3), np.array([1, sign * far, 1])) for sign in (1, -1)]
        merged = from_rows(np.array([vector(part) for part in parts]))
        whole = sums_of(np.ones(6), np.array([1, far, 1, 1, -far, 1]))
    assert merged.non_finite == whole.non_finite == (2 if math.isinf(far) else 0)
    assert (merged.elements, merged.height, merged.depth) == (6, far, far)
    assert not math.isfinite(merged.current_squared)


def test_weights_measured_against_themselves_are_those_that_did_not_move():
    initial, previous, _ = weights(7)
    against_a_copy = figures_of(initial, initial.copy(), previous)
    alone = figures(sums_of(None, initial, previous), np.zeros(7), 0, 0)
    assert alone == against_a_copy
    assert not math.copysign(1, alone["q0"]) < 0


def test_minimum_and_maximum_are_exact_even_of_a_sample():
    initial, _, current = weights(6)
    moved = current - initial
    found = figures(sums_of(initial, current), quantiles_of(np.sort(moved)[100:400]), 300, 0)
    assert found["q0"] == moved.min()
    assert found["q10000"] == moved.max()
    assert found["sampled_elements"] == 300


@given(st.integers(1, 3000), st.integers(0, 99))
def test_quantiles_are_numpy_s_from_the_values_beside_them_alone(elements, seed):
    values = np.random.default_rng(seed).normal(size=elements)
    near = np.sort(values)[neighbours(elements)]
    of_numpy = np.quantile(values, LEVELS)
    np.testing.assert_allclose(between(near, elements), of_numpy, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(quantiles_of(values), of_numpy, rtol=1e-12, atol=1e-15)
    assert between(np.zeros(14), elements).tolist() == [0] * 7
