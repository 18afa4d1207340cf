"""Bands agree with TensorBoard's own, and behave as quantiles must."""

import numpy as np
import pytest
from hypothesis import given
from tensorboard.plugins.distribution.compressor import compress_histogram

from tb_plugin_weightdelta.core.names import BASIS_POINTS
from tb_plugin_weightdelta.measuring.movement import quantiles
from tests.support import reference
from tests.support.strategies import histograms, rows_of


@given(histograms())
def test_bands_equal_tensorboards_compressed_histogram(histogram):
    edges, counts = histogram
    theirs = [value for _, value in compress_histogram(rows_of(edges, counts))]
    ours = quantiles(edges[np.newaxis], counts[np.newaxis], BASIS_POINTS)[0]
    scale = np.abs(edges).max()
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9 * scale)


@given(histograms())
def test_bands_never_cross_and_stay_between_minimum_and_maximum(histogram):
    edges, counts = histogram
    bands = quantiles(edges[np.newaxis], counts[np.newaxis], BASIS_POINTS)[0]
    assert (np.diff(bands) >= 0).all()
    assert bands[0] == edges[0]
    assert bands[-1] == edges[-1]


@given(histograms())
def test_the_share_of_elements_below_a_quantile_is_its_level(histogram):
    edges, counts = histogram
    if (np.diff(edges)[counts > 0] == 0).any():
        return  # at a point mass the CDF jumps past the level
    bands = quantiles(edges[np.newaxis], counts[np.newaxis], BASIS_POINTS)[0]
    cdf = reference.linear_cdf(edges.tolist(), counts.tolist())
    levels = [cdf(value) for value in bands]
    # A quantile is rounded to the grid of floating point numbers around it.
    slope = (counts / counts.sum() / np.where(np.diff(edges) > 0, np.diff(edges), 1)).max()
    assert levels == pytest.approx(
        np.array(BASIS_POINTS) / 1e4, abs=1e-9 + 1e-15 * slope * np.abs(edges).max()
    )


def test_rows_are_independent_of_each_other():
    edges = np.array([[0.0, 1.0, 2.0], [10.0, 10.0, 30.0]])
    counts = np.array([[1.0, 1.0], [3.0, 1.0]])
    both = quantiles(edges, counts, (0, 5000, 10000))
    assert both.tolist() == [[0.0, 1.0, 2.0], [10.0, 10.0, 30.0]]
