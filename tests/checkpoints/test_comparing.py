"""What is found of two checkpoints, held against numpy in float64."""

import itertools

import ml_dtypes
import numpy as np
import pytest

from tb_plugin_weightdelta.checkpoints import CheckpointError, compare, comparing, diff
from tests.checkpoints.safetensors_files import BFLOAT16, write

PRECISIONS = {
    name: np.dtype(getattr(ml_dtypes, name, name))
    for name in ("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
}
FIGURES = ("mean_abs", "rms", "max_abs", "relative", "cosine", "fraction_changed")


def difference(tmp_path, first, last, **how):
    """The record of the only tensor of two checkpoints."""
    paths = [write(tmp_path / f"{n}.safetensors", {"w": w}) for n, w in enumerate((first, last))]
    (record,) = compare(paths, **how).records
    return record


def truth(first, last):
    start, now = first.astype(np.float64).ravel(), last.astype(np.float64).ravel()
    moved = now - start
    norms = np.linalg.norm(start) * np.linalg.norm(now)
    return {
        "mean_abs": np.abs(moved).mean(),
        "rms": np.sqrt((moved**2).mean()),
        "max_abs": np.abs(moved).max(),
        "relative": np.linalg.norm(moved) / np.linalg.norm(start),
        "cosine": start @ now / norms,
        "fraction_changed": (start != now).mean(),
    }


def assert_true(record, first, last):
    found = [record["exact"][name] for name in FIGURES]
    np.testing.assert_allclose(found, list(truth(first, last).values()), rtol=1e-9)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("elements", [1, 1000, 70_001])
def test_figures_are_those_of_their_definitions(tmp_path, precision, elements):
    rng = np.random.default_rng(0)
    first = rng.normal(size=elements).astype(PRECISIONS[precision])
    last = (first.astype(np.float64) + rng.normal(0, 0.1, elements)).astype(first.dtype)
    last[0] = first[0] + 1
    record = difference(tmp_path, first, last)
    assert_true(record, first, last)
    exact = record["exact"]
    assert (exact["precision"], exact["baseline_precision"]) == (precision, precision)
    assert (exact["bit_identical"], exact["non_finite"]) == (False, 0)
    assert exact["beyond_rounding"] is None


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(PRECISIONS, 2)))
def test_of_two_precisions_it_is_told_what_rounding_does_not_explain(tmp_path, one, other):
    rng = np.random.default_rng(1)
    first = rng.normal(size=5000).astype(PRECISIONS[one])
    last = first.astype(PRECISIONS[other])
    assert difference(tmp_path, first, last)["exact"]["beyond_rounding"] == 0
    last[:7] = np.asarray(2 * first[:7].astype(np.float64) + 1).astype(last.dtype)
    record = difference(tmp_path, first, last)
    assert record["exact"]["beyond_rounding"] == 7
    assert record["exact"]["bit_identical"] is False
    assert_true(record, first, last)


def test_one_changed_element_of_a_million_is_found(tmp_path):
    first = np.ones(1_000_000, np.float32)
    last = first.copy()
    last[777_777] = np.nextafter(np.float32(1), np.float32(2))
    record = difference(tmp_path, first, last)
    assert record["exact"]["fraction_changed"] == 1e-6
    assert_true(record, first, last)


def test_a_large_tensor_is_read_in_pieces_whose_quantiles_are_of_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(comparing, "_PIECE", 2**16)
    rng = np.random.default_rng(2)
    first = rng.normal(size=200_000).astype(np.float32)
    last = first.copy()
    last[150_000:] += rng.normal(0, 0.1, 50_000).astype(np.float32)
    paths = [write(tmp_path / f"{n}.safetensors", {"w": w}) for n, w in enumerate((first, last))]
    found = compare(paths)
    assert_true(found.records[0], first, last)
    figures = found.tensors["w"][0].figures
    assert figures["sampled_elements"] == 65_536
    assert figures["norm"] == pytest.approx(np.linalg.norm(last.astype(np.float64)), rel=1e-12)
    moved = last.astype(np.float64) - first
    assert figures["q8413"] == pytest.approx(np.quantile(moved, 0.8413), rel=0.1)
    assert (figures["q0"], figures["q10000"]) == (moved.min(), moved.max())


def test_equal_bytes_are_equal_whatever_they_mean(tmp_path):
    odd = np.array([np.nan, np.inf, -0.0, 1], np.float32)
    record = difference(tmp_path, odd, odd.copy())
    assert record["verdict"] == "unchanged"
    exact = record["exact"]
    assert (exact["bit_identical"], exact["mean_abs"], exact["fraction_changed"]) == (True, 0, 0)
    assert exact["non_finite"] is None
    assert record["sentence"] == "No value of w changed between checkpoint 1 and checkpoint 2."


def test_zeros_of_both_signs_are_equal_in_value_and_not_in_bits(tmp_path):
    record = difference(tmp_path, np.array([0.0, 1], np.float32), np.array([-0.0, 1], np.float32))
    assert record["verdict"] == "unchanged"
    assert record["exact"]["bit_identical"] is False
    assert record["exact"]["fraction_changed"] == 0


def test_what_is_not_finite_is_counted_and_named(tmp_path):
    first = np.ones(10, np.float32)
    last = first.copy()
    last[[2, 5]] = np.nan, np.inf
    record = difference(tmp_path, first, last)
    assert record["verdict"] == "non_finite"
    assert record["exact"]["non_finite"] == 2
    assert "holds NaN or infinity in checkpoint 2" in record["sentence"]


def test_zero_dimensions_are_compared_and_nothing_is_left_out(tmp_path):
    record = difference(tmp_path, np.float32(2).reshape(()), np.float32(3).reshape(()))
    assert record["exact"]["mean_abs"] == 1


def test_ten_thousand_small_tensors(tmp_path):
    rng = np.random.default_rng(3)
    first = {f"h.{n}.w": rng.normal(size=5).astype(np.float32) for n in range(10_000)}
    last = {name: each + np.float32(n % 2) for n, (name, each) in enumerate(first.items())}
    write(tmp_path / "a.safetensors", first)
    write(tmp_path / "b.safetensors", last)
    records = {
        each["tag"]: each for each in diff(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    }
    assert len(records) == 10_000
    assert sum(each["exact"]["bit_identical"] for each in records.values()) == 5_000
    assert records["h.3.w"]["exact"]["mean_abs"] == pytest.approx(1, rel=1e-6)


def test_a_file_that_becomes_shorter_is_told(tmp_path, monkeypatch):
    paths = [
        write(tmp_path / f"{n}.safetensors", {"w": np.full(1000, n, np.float32)}) for n in range(2)
    ]
    real = comparing.compared

    def shortened(*arguments):
        paths[1].write_bytes(paths[1].read_bytes()[:-8])
        return real(*arguments)

    monkeypatch.setattr("tb_plugin_weightdelta.checkpoints.differences.compared", shortened)
    with pytest.raises(CheckpointError, match=r"1\.safetensors ends within w\."):
        compare(paths)


def test_progress_is_in_bytes_of_both_and_ends_at_all(tmp_path):
    told = []
    first = np.ones(300_000, np.float32)
    difference(tmp_path, first, first + 1, advance=lambda done, of: told.append((done, of)))
    assert told[-1] == (2 * first.nbytes, 2 * first.nbytes)


def test_bfloat16_is_rounded_as_others_round_it():
    from tb_plugin_weightdelta.checkpoints.precision import beyond_rounding  # noqa: PLC0415

    values = np.random.default_rng(4).normal(size=100_000).astype(np.float32)
    values[:3] = [np.nan, np.inf, -0.0]
    rounded = values.astype(BFLOAT16)
    raw = rounded.view(np.uint16)
    assert beyond_rounding(values, raw, ("float32", "bfloat16")) == 0
    raw[10:20] += 1
    assert beyond_rounding(values, raw, ("float32", "bfloat16")) == 10
