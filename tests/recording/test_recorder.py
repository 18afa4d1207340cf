"""The recorder on numpy arrays: what it writes, and that nothing stops it."""

import errno
import json
import logging
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.compat import tf
from tensorboard.plugins.histogram import summary_v2
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.core.exact import QUANTILES, decoded_layout, decoded_records
from tb_plugin_weightdelta.core.sums import SAMPLE
from tb_plugin_weightdelta.recording import Recorder
from tb_plugin_weightdelta.recording.arrays.numpy import ARRAYS as NUMPY
from tb_plugin_weightdelta.recording.arrays.numpy import NumpyArrays
from tests.support.places import ROOT
from tests.support.records import assert_figures, expected, histograms, layouts, records


@pytest.fixture
def training():
    """Weights after 0 … 10 updates."""
    rng = np.random.default_rng(0)
    start = {"kernel": rng.normal(0, 0.05, (20, 30)).astype(np.float32), "bias": np.zeros(30)}
    states = [start]
    for _ in range(10):
        states.append(
            {n: (w + rng.normal(0, 1e-3, w.shape)).astype(w.dtype) for n, w in states[-1].items()}
        )
    return states


def run(folder, states, **options):
    with Recorder(folder, **options) as recorder:
        for step, weights in enumerate(states):
            recorder.log(step, weights)
    return records(folder)


@pytest.mark.parametrize("every", [1, 5])
def test_figures_agree_with_their_definitions_at_every_recorded_step(tmp_path, training, every):
    found = run(tmp_path, training, every=every)
    assert found.keys() == training[0].keys()
    for name, series in found.items():
        assert list(series) == list(range(0, 11, every))
        for step, figures in series.items():
            previous = training[step - 1][name] if step else None
            assert_figures(
                figures, expected(training[0][name], training[step][name], previous), 1e-12
            )


def test_the_series_starts_with_zeros(tmp_path, training):
    first = run(tmp_path, training)["kernel"][0]
    assert first["mean_abs"] == first["max_abs"] == first["fraction_changed"] == 0
    assert first["cosine"] == 1
    assert math.isnan(first["update_ratio"])


def test_weights_updated_in_place_are_measured_against_their_start(tmp_path):
    weights = {"w": np.ones(4)}
    with Recorder(tmp_path) as recorder:
        for step in range(3):
            recorder.log(step, weights)
            weights["w"] += 1
    found = records(tmp_path)["w"]
    assert [found[step]["mean_abs"] for step in range(3)] == [0, 1, 2]
    assert found[2]["update_ratio"] == pytest.approx(0.5)


def test_the_update_ratio_is_told_where_the_step_before_is_known(tmp_path):
    one, two = {"w": np.full(4, 1.0)}, {"w": np.full(4, 1.5)}
    with Recorder(tmp_path) as recorder:
        recorder.log(0, one)
        recorder.log(7, two)
        recorder.log(20, two, before=one)
    found = records(tmp_path)["w"]
    assert math.isnan(found[7]["update_ratio"])
    assert found[20]["update_ratio"] == pytest.approx(0.5)


def test_a_first_step_after_the_baseline_knows_its_update(tmp_path):
    run(tmp_path, [{"w": np.full(4, 1.0)}, {"w": np.full(4, 1.5)}])
    assert records(tmp_path)["w"][1]["update_ratio"] == pytest.approx(0.5)


def test_between_recorded_steps_weights_are_not_looked_at(tmp_path, monkeypatch):
    looked, kept, measured = [], [], []

    class Weights(dict):
        def items(self):
            looked.append(step)
            return super().items()

    def counted(name, steps):
        real = getattr(NumpyArrays, name)

        def method(*arguments, **options):
            steps.append(step)
            return real(*arguments, **options)

        monkeypatch.setattr(NumpyArrays, name, method)

    counted("keep", kept)
    counted("sums", measured)
    with Recorder(tmp_path, every=5) as recorder:
        for step in range(18):
            recorder.log(step, Weights(w=np.full(3, 1.0 + step)))
    assert sorted(set(looked)) == [0, 4, 5, 9, 10, 14, 15]
    assert kept == [0, 4, 9, 14]
    assert measured == [0, 5, 10, 15]


def test_every_is_at_least_so_many_steps_since_the_last_record(tmp_path):
    with Recorder(tmp_path, every=10) as recorder:
        for step in range(0, 50, 7):
            recorder.log(step, {"w": np.full(3, 1.0 + step)})
    assert list(records(tmp_path)["w"]) == [0, 14, 28, 42]


def test_the_last_weights_are_recorded_where_they_are_given_to_close(tmp_path, training):
    with Recorder(tmp_path, every=4) as recorder:
        for step, weights in enumerate(training):
            recorder.log(step, weights)
        recorder.close(10, training[10])
        recorder.close(10, training[10])
    series = records(tmp_path)["kernel"]
    assert list(series) == [0, 4, 8, 10]
    assert_figures(
        {**series[10], "update_ratio": math.nan},
        expected(training[0]["kernel"], training[10]["kernel"]),
        1e-12,
    )


def test_last_weights_that_were_recorded_are_not_recorded_again(tmp_path, training):
    recorder = Recorder(tmp_path, every=5)
    for step, weights in enumerate(training):
        recorder.log(step, weights)
    recorder.close(10, training[10])
    assert list(records(tmp_path)["kernel"]) == [0, 5, 10]


@pytest.mark.parametrize(
    ("step", "error"), [("0", TypeError), (1.5, TypeError), (-1, ValueError), (True, ValueError)]
)
def test_a_step_that_is_none_is_refused_at_once(tmp_path, step, error):
    with pytest.raises(error, match="step is"):
        Recorder(tmp_path).log(step, {"w": np.ones(3)})


def test_a_step_that_is_none_later_on_stops_nothing(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": np.ones(3)})
        recorder.log("one", {"w": np.ones(3)})
        recorder.log(2, {"w": np.ones(3)})
    assert list(records(tmp_path)["w"]) == [0, 2]
    assert len(said()) == 1


@pytest.mark.parametrize(
    "weights", [np.ones(3), "text", object(), [1.0, 2.0]], ids=["array", "text", "object", "list"]
)
def test_weights_without_names_are_refused_at_once(tmp_path, weights):
    with pytest.raises(TypeError, match="no array that has a name: give a dictionary"):
        Recorder(tmp_path).log(0, weights)


def test_steps_that_begin_again_are_told_once(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        for _ in range(3):
            for step in range(3):
                recorder.log(step, {"w": np.ones(3)})
    (sentence,) = said()
    assert sentence.startswith("Step 0 comes after step 2: steps are those of the whole training")


def test_a_choice_of_nothing_is_told(tmp_path, said):
    with Recorder(tmp_path, include="^encoder") as recorder:
        recorder.log(0, {"w": np.ones(3)})
    assert said() == ["Nothing is recorded: include and exclude choose none of 1 weights."]


def test_nested_weights_have_the_names_of_their_paths(tmp_path):
    nested = {"layers": [{"w": np.ones(3)}, {"w": np.ones(2)}], "head": {"b": np.zeros(2)}}
    with Recorder(tmp_path) as recorder:
        recorder.log(0, nested)
    assert list(records(tmp_path)) == ["layers/0/w", "layers/1/w", "head/b"]


def test_names_are_chosen_by_regular_expressions(tmp_path):
    names = ("encoder/kernel", "encoder/bias", "head/kernel")
    with Recorder(tmp_path, include="kernel$", exclude="^head") as recorder:
        recorder.log(0, {name: np.ones(3) for name in names})
    assert list(records(tmp_path)) == ["encoder/kernel"]


@pytest.mark.parametrize(
    "options",
    [
        *({"every": 0}, {"every": 2.5}, {"every": "100"}, {"every": True}),
        *({"include": "("}, {"include": ["a"]}, {"exclude": 3}, {"prefix": None}),
        *({"reference": "disk"}, {"seed": -1}, {"seed": "x"}, {"histograms": 1}),
        *({"initial": 5}, {"initial": True}, {"on_record": "print"}),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_meant_is_refused_before_training(tmp_path, options):
    (name,) = options
    with pytest.raises((TypeError, ValueError), match=f"^{name} is "):
        Recorder(tmp_path, **options)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(0, 1, 100_000).astype(np.float32),
        np.arange(31.0),
        np.full(7, 0.1, np.float32),
        np.array([3.5]),
    ],
    ids=["normal", "integers", "constant", "single"],
)
def test_histograms_are_binned_as_tensorflow_bins_them(tmp_path, values):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": values})
    wanted = tensor_util.make_ndarray(summary_v2.histogram_pb("w", values).value[0].tensor)
    np.testing.assert_allclose(histograms(tmp_path)["w"][0], wanted, rtol=1e-15, atol=1e-15)


def test_histograms_can_be_left_out(tmp_path, training):
    run(tmp_path, training[:2], histograms=False)
    assert histograms(tmp_path) == {}


def test_only_what_came_after_them_is_compared_with_the_initial_weights(tmp_path, monkeypatch):
    compared = []

    class Watched(NumpyArrays):
        def sums(self, job):
            compared.append(job.initial() is not None)
            return super().sums(job)

    monkeypatch.setattr(NUMPY, "__class__", Watched)
    run(tmp_path, [{"w": np.ones(3)}, {"w": np.full(3, 2.0), "new": np.ones(2)}])
    assert compared == [False, True, False]
    assert records(tmp_path)["w"][1]["mean_abs"] == 1


def test_quantiles_of_a_large_tensor_are_those_of_a_seeded_sample(tmp_path):
    rng = np.random.default_rng(5)
    start = rng.normal(0, 1, 3 * SAMPLE)
    moved = start + rng.normal(0, 1, start.shape)
    for folder in ("a", "b"):
        run(tmp_path / folder, [{"w": start}, {"w": moved}], seed=3)
    run(tmp_path / "c", [{"w": start}, {"w": moved}], seed=4)
    a, b, c = (records(tmp_path / folder)["w"][1] for folder in "abc")
    assert a == b
    assert a["q5000"] != c["q5000"]
    assert a["sampled_elements"] == SAMPLE
    assert layouts(tmp_path / "a")["w"].sampled == SAMPLE
    wanted = expected(start, moved)
    assert_figures({**a, "update_ratio": math.nan}, wanted)
    for name in QUANTILES:
        assert a[name] == pytest.approx(wanted[name], abs=0.03)
    assert (a["q0"], a["q10000"]) == (wanted["q0"], wanted["q10000"])


def test_a_tensor_of_the_sample_s_size_is_exact(tmp_path):
    run(tmp_path, [{"w": np.ones(SAMPLE)}])
    assert records(tmp_path)["w"][0]["sampled_elements"] == 0
    assert layouts(tmp_path)["w"].sampled is None


def test_tied_weights_are_counted_once(tmp_path, said, mentioned):
    shared = np.ones(4)
    with Recorder(tmp_path) as recorder:
        for step in range(3):
            recorder.log(step, {"embedding": shared, "head": shared[:], "other": np.ones(4)})
    assert list(records(tmp_path)) == ["embedding", "other"]
    assert "head shares its weights with embedding and is recorded as it." in mentioned()
    assert said() == []


def test_weights_that_are_not_finite_are_recorded_as_such(tmp_path, said):
    bad = np.array([1, np.nan, np.inf, 2])
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": np.ones(4)})
        recorder.log(1, {"w": bad})
        recorder.log(2, {"w": np.ones(4)})
    found = records(tmp_path)["w"]
    assert [found[step]["non_finite"] for step in range(3)] == [0, 2, 0]
    assert math.isnan(found[1]["mean_abs"])
    assert found[2]["mean_abs"] == 0
    assert np.isnan(histograms(tmp_path)["w"][1][:, 0]).all()
    assert said() == []


def test_a_shape_that_changes_ends_one_series_and_no_other(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        for step in range(4):
            recorder.log(step, {"a": np.ones(3 if step < 2 else 4), "b": np.ones(2)})
    found = records(tmp_path)
    assert (list(found["a"]), list(found["b"])) == ([0, 1], [0, 1, 2, 3])
    (sentence,) = said()
    assert sentence == ("a is no longer recorded: its shape was (3,) and is (4,) at step 2.")


def test_tensors_that_come_and_go_are_told_once(tmp_path, said):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"a": np.ones(3), "gone": np.ones(3)})
        for step in (1, 2):
            recorder.log(step, {"a": np.ones(3), "new": np.full(3, step) * 1.0})
    found = records(tmp_path)
    assert list(found["gone"]) == [0]
    assert [figures["baseline_step"] for figures in found["new"].values()] == [1, 1]
    assert found["new"][2]["mean_abs"] == 1
    assert sorted(said()) == [
        "gone is no longer recorded: at step 1 it is not among the weights.",
        "new is measured from step 1 on, its first.",
    ]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (np.ones((0, 3)), "it is empty"),
        (np.arange(3, dtype=np.int8), "it holds int8"),
        (np.array([True]), "it holds bool"),
        (np.ones(2, np.complex64), "it holds complex64"),
        ("text", "it holds <U4"),
        ([[1.0], [2.0, 3.0]], "numpy cannot read"),
    ],
    ids=["empty", "quantised", "bool", "complex", "text", "ragged"],
)
def test_what_cannot_be_measured_is_told_once_and_the_rest_recorded(tmp_path, said, odd, reason):
    with Recorder(tmp_path) as recorder:
        for step in range(3):
            recorder.log(step, {"odd": odd, "w": np.ones(3)})
    assert list(records(tmp_path)) == ["w"]
    (sentence,) = said()
    assert sentence.startswith("odd is not recorded: it")
    assert reason in sentence


def test_a_tensor_may_be_called_like_what_can_go_wrong(tmp_path, said):
    """Each is told once, whatever it is called."""
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"closed": np.ones(0), "w": np.ones(3)})
    recorder.log(1, {"w": np.ones(3)})
    assert said() == [
        "closed is not recorded: it is empty.",
        "Step 1 is not recorded: the recorder is closed.",
    ]


def test_half_precision_is_widened_before_it_is_summed(tmp_path):
    start = np.full(50_000, 1.0, np.float16)
    moved = start + np.float16(0.001)
    run(tmp_path, [{"w": start}, {"w": moved}])
    assert_figures(records(tmp_path)["w"][1], expected(start, moved, start), 1e-12)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, said):
    (tmp_path / "file").write_text("in the way")
    with Recorder(tmp_path / "file" / "run") as recorder:
        for step in range(3):
            recorder.log(step, {"w": np.ones(3)})
    (sentence,) = said()
    assert sentence.startswith("Nothing is recorded from step 0 on, it cannot be written: ")


def test_a_full_disk_stops_nothing(tmp_path, said, monkeypatch, capfd):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": np.ones(3)})

        def full(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(tf.io.gfile.GFile, "write", full)
        for step in range(1, 20):
            recorder.log(step, {"w": np.ones(3)})
    sentences = said()
    assert len(sentences) == 1
    assert "No space left on device" in sentences[0]
    assert capfd.readouterr().err == ""


def test_records_can_be_read_while_the_training_goes_on(tmp_path):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": np.ones(3)})
        assert list(records(tmp_path)["w"]) == [0]
        recorder.log(1, {"w": np.zeros(3)})
        assert list(records(tmp_path)["w"]) == [0, 1]


def test_a_recorder_that_is_closed_says_so_once(tmp_path, said):
    recorder = Recorder(tmp_path)
    recorder.log(0, {"w": np.ones(3)})
    recorder.close()
    recorder.close()
    for step in (1, 2):
        recorder.log(step, {"w": np.ones(3)})
    assert said() == ["Step 1 is not recorded: the recorder is closed."]
    assert list(records(tmp_path)["w"]) == [0]


def test_a_writer_that_is_closed_is_told_of_once(tmp_path, said):
    class Closed:
        file_writer = None

    with Recorder(Closed()) as recorder:
        for step in range(3):
            recorder.log(step, {"w": np.ones(3)})
    (sentence,) = said()
    assert "the writer is closed" in sentence


def test_a_failure_that_nobody_thought_of_stops_nothing(tmp_path, said):
    class Weights(dict):
        def items(self):
            raise RuntimeError("no items today")

    with Recorder(tmp_path) as recorder:
        for step in range(20):
            recorder.log(step, Weights())
    assert said() == ["A step is not recorded: RuntimeError: no items today"]


def test_failures_are_warnings_of_a_named_logger(tmp_path, caplog):
    with Recorder(tmp_path) as recorder:
        recorder.log(0, {"w": np.ones(0)})
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("tb_plugin_weightdelta.recording", logging.WARNING)


def test_a_script_need_not_close_anything(tmp_path):
    code = (
        "import sys, numpy\n"
        "from tb_plugin_weightdelta.recording import Recorder\n"
        "recorder = Recorder(sys.argv[1])\n"
        "for step in range(40): recorder.log(step, {'w': numpy.full(3, 1.0 + step)})\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert list(records(tmp_path)["w"]) == list(range(40))


def test_importing_the_recorder_imports_no_framework():
    code = (
        "import sys, tb_plugin_weightdelta.recording\n"
        "frameworks = {'tensorflow', 'torch', 'jax', 'keras'} & set(sys.modules)\n"
        "assert not frameworks, frameworks\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("loader", ["rust", "python"])
def test_both_of_tensorboard_s_loaders_serve_every_record(tmp_path, training, loader):
    """Also those of a second file, as a resumed training writes it."""
    with Recorder(tmp_path / "run") as recorder:
        for step in range(6):
            recorder.log(step, training[step])
        state = recorder.state_dict()
    with Recorder(tmp_path / "run") as recorder:
        recorder.load_state_dict(state)
        for step in range(6, 11):
            recorder.log(step, training[step])
    command = [sys.executable, "-m", "tests.recording.served", str(tmp_path), loader, "10"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT, timeout=100)
    wanted = records(tmp_path / "run")
    served = json.loads(printed.stdout)
    assert served.keys() == {f"weight_delta/{name}" for name in wanted}
    for name, figures in wanted.items():
        series = served[f"weight_delta/{name}"]
        layout = decoded_layout(series["layout"].encode(), name)
        assert series["steps"] == list(range(11))
        np.testing.assert_array_equal(
            decoded_records(series["records"], layout, name),
            [list(figures[step].values()) for step in range(11)],
        )
