"""Whatever is logged or asked: an answer that holds, or a reason, and never an exception."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client, EnvironBuilder

from tb_plugin_weightdelta.core.exact import exact_series
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.first_step import FirstHistogram, RunHead, recovered_series
from tests.support.hostile import LAYOUTS, NUMBERS, STEPS, WALL_TIMES, record_series, tensors
from tests.support.invariants import BASELINES, check_measured, check_series
from tests.support.providers import GrowingProvider

LOGGED = st.lists(st.tuples(STEPS, WALL_TIMES, tensors()), max_size=5)
POINTS = st.sampled_from([None, None, 2, 40])


def series_of(logged: Sequence[tuple[int, float, np.ndarray]]):
    steps, wall_times, arrays = zip(*logged, strict=True) if logged else ((), (), ())
    return histogram_series(steps, wall_times, arrays)


@given(LOGGED)
def test_any_tensors_become_valid_rows_or_are_left_out_with_a_reason(logged):
    series = series_of(logged)
    check_series(series)
    last_of_each = {step for step, _, _ in logged}
    told = {*series.steps.tolist(), *(out.step for out in series.left_out)}
    assert told <= last_of_each
    if [step for step, _, _ in logged] == sorted(last_of_each):
        assert told == last_of_each


@given(st.lists(LOGGED, min_size=1, max_size=3), st.sampled_from(BASELINES), POINTS)
def test_any_series_are_measured(logs, baseline, points):
    check_measured({f"t{i}": series_of(log) for i, log in enumerate(logs)}, {}, baseline, points)


@given(LOGGED, STEPS)
def test_any_series_is_measured_until_any_step(logged, until):
    check_measured({"t": series_of(logged)}, {}, "first", 40, until)


@given(LOGGED, LAYOUTS, record_series(), POINTS)
def test_any_records_are_read_or_refused_with_a_reason(logged, content, records, points):
    exact = exact_series(records, "weight_delta/t", content)
    assert len(exact) or exact.refused
    check_measured({"t": series_of(logged)}, {"t": exact}, "first", points)


@given(LOGGED, STEPS, WALL_TIMES, tensors())
def test_any_first_histogram_is_put_back(logged, step, wall_time, rows):
    data = [SimpleNamespace(step=s, wall_time=w, numpy=t) for s, w, t in logged]
    head = RunHead(first={"t": FirstHistogram(step, wall_time, rows, "file")})
    check_series(recovered_series(data, "t", head, 2))


ZERO = np.array([[0.0, 0.0, 1.0]])
SPREAD = np.array([[0.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    "logged",
    [
        # Steps that float64 does not tell apart, and such as int64 cannot subtract.
        [(2**63 - 512, 1.0, ZERO), (2**63 - 511, 2.0, SPREAD)],
        [(-(2**63) + 511, 1.0, ZERO), (-(2**63) + 512, 2.0, SPREAD)],
        [(-(2**63), 1.0, ZERO), (2**63 - 1, 2.0, SPREAD)],
        # A range that is more times as large as a number can say.
        [(0, 1.0, np.array([[1e-35, 1e-35, 1.0]])), (1, 2.0, np.array([[0.0, 1e274, 1.0]]))],
    ],
)
def test_what_was_found(logged):
    for points in (None, 40):
        check_measured({"t": series_of(logged)}, {}, "first", points)


ROUTES = ("runs", "overview", "series", "histogram", "status", "export", "static/x")
NAMES = (
    *("run", "tag", "step", "baseline", "until", "points", "format"),
    *("moved", "moved_far", "exploding", "collapsed", "other"),
)
_TEXTS = st.one_of(
    st.sampled_from(["a", "w", "0", "first", "run:a", "step:1", "csv", "json", "2", "0.5"]),
    st.sampled_from(["-1", "1e400", "nan", "inf", "1_0", " 1", "١٢", "9" * 5000, "", "..", "\0"]),
    NUMBERS.map(repr),
    st.text(max_size=20),
)
_PAIRS = st.tuples(st.sampled_from(NAMES), _TEXTS.map(lambda text: quote(text, "")))
_ASKED = st.lists(_PAIRS.map("=".join), max_size=6)
QUERIES = st.one_of(
    _ASKED.map(lambda pairs: "&".join(["run=a", *pairs])),
    _ASKED.map(lambda pairs: "&".join(["run=a&tag=w", *pairs])),
    _ASKED.map("&".join),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
)
METHODS = st.one_of(
    st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "get", "QUERY"]),
    st.text(st.characters(min_codepoint=65, max_codepoint=90), min_size=1, max_size=40),
)


@pytest.fixture(scope="module")
def apps():
    from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin  # noqa: PLC0415

    context = TBContext(data_provider=GrowingProvider(a=["w", "v"], b=["w"]))
    apps = WeightDeltaPlugin(context).get_plugin_apps()
    return {**apps, "/static/x": apps["/static/*"]}


@pytest.mark.filterwarnings("ignore:html5lib")  # TensorBoard's own, where it is imported
@given(st.sampled_from(ROUTES), QUERIES, METHODS, st.sampled_from([b"", b"x" * 1000]))
def test_any_question_has_an_answer_or_an_error_of_the_caller(apps, route, query, method, body):
    environ = EnvironBuilder(path=f"/{route}", method=method, data=body).get_environ()
    reply = Client(apps[f"/{route}"]).open({**environ, "QUERY_STRING": query})
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    if method.upper() not in ("GET", "HEAD"):
        assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD")
    assert reply.status_code in (200, 400, 404, 405, 414)
    if method.upper() == "HEAD":
        assert reply.data == b""
    elif reply.status_code != 200:
        sentence = json.loads(reply.data)["error"]
        assert len(sentence) < 1000
        assert reply.content_type == "application/json"
    elif reply.content_type == "application/json":
        json.loads(reply.data)
