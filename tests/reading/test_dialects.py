"""Every dialect becomes the same ``HistogramSeries``, and bad rows are named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from tensorboard import data_compat
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.histograms import MOST_BUCKETS, NON_FINITE, HistogramSeries
from tb_plugin_weightdelta.measuring.movement import measure
from tb_plugin_weightdelta.reading.dialects import EMPTY, TOO_FEW, TOO_MANY, histogram_series
from tests.support.event_logs import legacy_proto, tf2_rows


def one(rows) -> tuple[list[float], list[float]]:
    """Edges and counts of a single summary, without the padding."""
    series = histogram_series([0], [0.0], [np.asarray(rows, dtype=np.float64)])
    assert not series.left_out
    edges, counts = series.edges[0], series.counts[0]
    says = (counts > 0) | (np.diff(edges) > 0)
    return [edges[0], *edges[1:][says].tolist()], counts[says].tolist()


def reason_of(rows) -> str:
    """Why a summary was left out, beside a good one that was not."""
    good = [[0.0, 1.0, 5.0]]
    tensors = [np.asarray(good), np.asarray(rows)]
    series = histogram_series([3, 7], [0.0, 1.0], tensors)
    assert series.steps.tolist() == [3]
    assert [out.step for out in series.left_out] == [7]
    return series.left_out[0].reason


def rust_rows(proto: HistogramProto) -> np.ndarray:
    """What TensorBoard's Rust data server makes of a ``HistogramProto``: nothing is trimmed."""
    limits, counts = list(proto.bucket_limit), list(proto.bucket)
    return np.array([[proto.min, *limits[:-1]], [*limits[:-1], proto.max], counts]).T


def python_rows(proto: HistogramProto) -> np.ndarray:
    """What TensorBoard's Python loader makes of a ``HistogramProto``."""
    value = data_compat.migrate_value(Summary.Value(tag="any", histo=proto))
    rows: np.ndarray = tensor_util.make_ndarray(value.tensor)
    return rows


class TestDialects:
    def test_tf2_equal_buckets_keep_their_edges(self):
        rows = tf2_rows(np.random.default_rng(0).normal(size=200))
        edges, counts = one(rows)
        assert edges == pytest.approx([rows[0, 0], *rows[:, 1]])
        assert counts == rows[:, 2].tolist()

    def test_tf2_constant_is_a_point_mass(self):
        assert one(tf2_rows(np.full(7, 0.25))) == ([0.25, 0.25], [7.0])

    def test_old_constant_row_is_a_point_mass(self):
        edges, counts = one([[-0.4, 0.6, 32.0]])
        assert edges == pytest.approx([0.1, 0.1])
        assert edges[0] == edges[1]
        assert counts == [32.0]

    def test_a_row_of_width_one_among_others_is_an_ordinary_bucket(self):
        assert one([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]) == ([0.0, 1.0, 2.0], [2.0, 3.0])

    def test_legacy_histograms_are_the_same_through_both_loaders(self):
        proto = legacy_proto(np.random.default_rng(1).normal(0, 0.05, 500))
        from_rust = one(rust_rows(proto))
        from_python = one(python_rows(proto))
        assert from_rust[1] == from_python[1]
        assert from_rust[0] == pytest.approx(from_python[0], rel=1e-6)
        assert from_rust[0][0] == proto.min
        assert from_rust[0][-1] == proto.max

    def test_a_backwards_empty_first_bucket_is_dropped(self):
        rows = [[0.5, 0.4, 0.0], [0.4, 0.8, 3.0]]
        assert one(rows) == ([0.5, 0.8], [3.0])

    def test_unbounded_outer_limits_of_legacy_histograms_become_minimum_and_maximum(self):
        proto = HistogramProto(min=-1.0, max=2.0, num=3)
        proto.bucket_limit.extend([0.0, np.finfo(np.float64).max])
        proto.bucket.extend([1.0, 2.0])
        for rows in (rust_rows(proto), python_rows(proto)):
            assert one(rows) == ([-1.0, 0.0, 2.0], [1.0, 2.0])

    def test_empty_buckets_at_the_ends_do_not_widen_the_range(self):
        rows = [[0.0, 1.0, 0.0], [1.0, 2.0, 4.0], [2.0, 3.0, 0.0]]
        assert one(rows) == ([1.0, 2.0], [4.0])

    def test_a_gap_between_buckets_becomes_an_empty_bucket(self):
        assert one([[0.0, 1.0, 1.0], [2.0, 3.0, 1.0]]) == ([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 1.0])

    def test_empty_buckets_side_by_side_become_one_and_every_measure_stays(self):
        # PyTorch's writer keeps all of TF1's buckets between the smallest and the largest value.
        positive = 1e-12 * 1.1 ** np.arange(300)
        limits = np.concatenate([-positive[::-1], [0.0], positive])
        rows = []
        for spread in (0.05, 0.05, 0.07):
            values = np.random.default_rng(2).normal(0, spread, 500)
            used = limits[(limits > values.min()) & (limits < values.max())]
            edges = np.concatenate([[values.min()], used, [values.max()]])
            rows.append(np.stack([edges[:-1], edges[1:], np.histogram(values, edges)[0]], axis=1))
        joined = histogram_series(range(3), [0.0] * 3, rows)
        filled = [row[row[:, 2] > 0] for row in rows]
        for i, each in enumerate(filled):
            full = joined.counts[i] > 0
            own = (joined.edges[i, :-1][full], joined.edges[i, 1:][full], joined.counts[i][full])
            assert np.array_equal(np.stack(own, axis=1), each)
            empty = ~full & (np.diff(joined.edges[i]) > 0)
            assert not (empty[:-1] & empty[1:]).any()
        longest = max(len(row) for row in rows)
        assert joined.counts.shape[1] < longest / 2
        table = np.stack([np.pad(r, ((0, longest - len(r)), (0, 0)), "edge") for r in rows])
        for row, padded in zip(rows, table, strict=True):
            padded[len(row) :] = (row[-1, 1], row[-1, 1], 0)
        edges = np.concatenate([table[:, :1, 0], table[:, :, 1]], axis=1)
        apart = HistogramSeries(joined.steps, joined.wall_times, edges, table[:, :, 2])
        measured = [measure(each, each.at(slice(1))) for each in (joined, apart)]
        for name, values in vars(measured[0]).items():
            assert values == pytest.approx(vars(measured[1])[name], rel=1e-9, nan_ok=True), name

    def test_numbers_of_buckets_may_change_from_step_to_step(self):
        tensors = [np.array([[0.0, 2.0, 1.0]]), np.array([[0.0, 1.0, 1.0], [1.0, 4.0, 2.0]])]
        series = histogram_series([0, 1], [0.0, 1.0], tensors)
        assert series.edges.tolist() == [[0.0, 2.0, 2.0], [0.0, 1.0, 4.0]]
        assert series.counts.tolist() == [[1.0, 0.0], [1.0, 2.0]]

    def test_a_writer_of_one_bucket_may_meet_a_range_of_1(self):
        tensors = [np.array([[0.0, 1.0, 9.0]]), np.array([[0.0, 1.2, 9.0]])]
        series = histogram_series([0, 1], [0.0, 1.0], tensors)
        assert series.edges.tolist() == [[0.0, 1.0], [0.0, 1.2]]

    def test_a_repeated_step_keeps_its_last_histogram(self):
        tensors = [np.array([[0.0, 1.0, count]]) for count in (1.0, 2.0, 3.0)]
        series = histogram_series([0, 0, 5], [0.0, 1.0, 2.0], tensors)
        assert series.steps.tolist() == [0, 5]
        assert series.counts.tolist() == [[2.0], [3.0]]
        assert series.repeats == 2

    def test_a_restart_supersedes_what_was_logged_from_its_step_on(self):
        tensors = [np.array([[0.0, 1.0, count]]) for count in (1.0, 2.0, 3.0, 4.0, 5.0)]
        series = histogram_series([0, 5, 9, 5, 7], [0.0, 1.0, 2.0, 3.0, 4.0], tensors)
        assert series.steps.tolist() == [0, 5, 7]
        assert series.counts.tolist() == [[1.0], [4.0], [5.0]]
        assert series.repeats == 1

    def test_a_second_training_in_the_same_folder_supersedes_the_first(self):
        tensors = [np.array([[0.0, 1.0, count]]) for count in (1.0, 2.0, 3.0)]
        series = histogram_series([0, 10, 0], [0.0, 1.0, 2.0], tensors)
        assert series.steps.tolist() == [0]
        assert series.counts.tolist() == [[3.0]]

    def test_integer_and_float32_tensors_are_accepted(self):
        assert histogram_series([0], [0.0], [np.array([[0, 1, 5]])]).counts.tolist() == [[5.0]]
        narrow = np.array([[0, 1, 5]], dtype=np.float32)
        assert histogram_series([0], [0.0], [narrow]).edges.dtype == np.float64

    def test_a_series_without_summaries_is_empty(self):
        series = histogram_series([], [], [])
        assert len(series) == 0
        assert not series.left_out


class TestBadInput:
    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("column", [0, 1, 2])
    def test_nan_and_infinity_are_named(self, bad, column):
        rows = np.array([[0.0, 1.0, 5.0], [1.0, 2.0, 5.0]])
        rows[1, column] = bad
        assert reason_of(rows) == NON_FINITE

    def test_a_range_too_wide_for_a_number_is_named(self):
        assert reason_of([[-1.7e308, 1.7e308, 5.0]]) == NON_FINITE

    def test_a_negative_count_is_named(self):
        assert "negative" in reason_of([[0.0, 1.0, 5.0], [1.0, 2.0, -1.0]])

    @pytest.mark.parametrize("rows", [np.zeros((30, 3)), np.zeros((0, 3))])
    def test_an_empty_histogram_is_named(self, rows):
        assert reason_of(rows) == EMPTY

    @pytest.mark.parametrize(
        "tensor", [np.zeros(3), np.zeros((4, 2)), np.zeros((2, 3, 3)), np.array([["a", "b", "c"]])]
    )
    def test_a_tensor_of_another_shape_or_kind_is_named(self, tensor):
        assert "not rows of [left, right, count]" in reason_of(tensor)

    @pytest.mark.parametrize(
        "rows",
        [
            [[0.0, 1.0, 5.0], [2.0, 1.0, 5.0]],
            [[5.0, 1.0, 10.0]],
            [[3.0, 4.0, 1.0], [0.0, 1.0, 1.0]],
        ],
    )
    def test_backwards_edges_are_named(self, rows):
        assert "backwards" in reason_of(rows) or "overlap" in reason_of(rows)

    def test_overlapping_buckets_are_named(self):
        assert "overlap" in reason_of([[0.0, 2.0, 5.0], [1.0, 3.0, 5.0]])

    @given(
        st.lists(
            st_numpy.arrays(
                st.sampled_from([np.float32, np.float64, np.int64]),
                st_numpy.array_shapes(min_dims=1, max_dims=3, max_side=4),
            ),
            max_size=5,
        )
    )
    def test_whatever_arrives_becomes_valid_rows_or_is_named(self, tensors):
        with np.errstate(all="ignore"):
            series = histogram_series(range(len(tensors)), [0.0] * len(tensors), tensors)
        assert len(series) + len(series.left_out) == len(tensors)
        assert np.isfinite(series.edges).all()
        assert (np.diff(series.edges, axis=1) >= 0).all()
        assert (series.counts >= 0).all()
        assert (series.counts.max(axis=1) > 0).all()
        assert series.edges.shape == (len(series), series.counts.shape[1] + 1)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (np.ones((MOST_BUCKETS + 1, 3)), f"{MOST_BUCKETS + 1} buckets, more than the 5000"),
        ([[0.0, 1.0, 1e30]], TOO_MANY),
        ([[0.0, 1.0, 1e308], [1.0, 2.0, 1e308]], TOO_MANY),
        ([[0.0, 1.0, 1e-300]], TOO_FEW),
        ([[0.0, 1.0, np.inf], [1.0, 2.0, -np.inf]], NON_FINITE),  # found by fuzzing
        ([[-1.7e308, -1.6e308, 1.0]], NON_FINITE),
    ],
)
def test_what_no_number_could_hold_is_named(rows, why):
    assert why in reason_of(rows)


def test_as_many_buckets_as_are_read_are_kept():
    edges = np.linspace(0, 1, MOST_BUCKETS + 1)
    rows = np.stack([edges[:-1], edges[1:], np.ones(MOST_BUCKETS)], axis=1)
    assert len(histogram_series([0], [0.0], [rows])) == 1


def test_steps_further_apart_than_a_whole_number_goes_are_in_order():  # found by fuzzing
    steps = [-(2**63), 0, 2**63 - 1]
    rows = [np.array([[0.0, 1.0, 5.0]])] * 3
    assert histogram_series(steps, [0.0, 1.0, 2.0], rows).steps.tolist() == steps
    assert len(histogram_series([9, -(2**63)], [0.0, 1.0], rows[:2])) == 1
