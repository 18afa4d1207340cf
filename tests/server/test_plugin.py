"""The HTTP contract, asked of a real TensorBoard with both loaders."""

import csv
import gzip
import io
import json
import re
import shutil
import threading

import pytest
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client

from tests.support.event_logs import EventLog, drifting, log_drifting
from tests.support.places import DEMO_SERIES, ODD_RUN, ODD_TAG, ROOT
from tests.support.providers import GrowingProvider
from tests.support.servers.tensorboard_process import LOADERS, PYTHON, RUST, TensorBoard

CONTRACT = (ROOT / "tb_plugin_weightdelta" / "http_api.md").read_text()


class TestRuns:
    def test_lists_every_run_with_histograms_in_natural_order(self, board):
        runs = board.table("runs")["runs"]
        assert [entry["run"] for entry in runs] == list(DEMO_SERIES)
        question = runs[1]
        assert question["last_step"] == 500
        assert question["last_wall_time"] > 1e9

    def test_says_how_many_tensors_each_run_shares_with_another(self, board):
        def shared(**query):
            return {each["run"]: each["shared"] for each in board.table("runs", **query)["runs"]}

        assert set(shared().values()) == {None}
        rates = shared(shared_with="torch_rates/lr-1")
        assert (
            rates["torch_rates/lr-1"]
            == rates["torch_rates/lr-1e-2"]
            == DEMO_SERIES["torch_rates/lr-1"]
        )
        assert rates["question"] == 0
        assert shared(shared_with="question")["question_exact"] == 16
        assert set(shared(shared_with="nowhere").values()) == {0}

    def test_of_an_empty_logdir_is_empty(self, loader, tmp_path):
        (tmp_path / "logs").mkdir()
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as empty:
            table = empty.table("runs")
        assert table["runs"] == []

    def test_a_run_that_was_asked_for_is_listed_with_its_answer_until_it_grows(
        self, loader, tmp_path
    ):
        logs, second = tmp_path / "logs", "events.out.tfevents.2000000000.b"
        log_drifting(logs / "a", [0, 1], ["dense/kernel"])
        with TensorBoard(logs, loader, "--reload_interval=1", log=tmp_path / "log.txt") as board:
            (run,) = board.wait_until(bool)
            assert (run["state"], run["median_movement"]) == (None, None)
            board.table("overview", run="a", moved=0.5)
            assert board.table("runs")["runs"][0]["state"] is None
            headline = board.table("overview", run="a")["headline"]
            (run,) = board.table("runs")["runs"]
            assert (run["state"], run["median_movement"]) == ("moving", headline["median_movement"])
            log_drifting(logs / "a", [2, 3], ["dense/kernel"], name=second)
            board.wait_until(lambda runs: runs[0]["last_step"] == 3 and runs[0]["state"] is None)

    def test_the_empty_tag_is_a_tag_on_every_route(self, loader, tmp_path):
        log_drifting(tmp_path / "logs" / "a", [0, 1], ["", "dense/kernel"])
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_until(bool)
            assert "" in board.table("overview", run="a")["columns"]["tag"]
            assert board.table("series", run="a", tag="")["tag"] == ""
            assert board.table("histogram", run="a", tag="", step=1)["step"] == 1
            assert board.get("series", run="a").status == 400

    def test_a_run_has_the_keys_of_the_documented_example(self, board):
        section = CONTRACT.split("\n## `runs`")[1]
        example = json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL)[1])
        assert list(board.table("runs")["runs"][0]) == list(example["runs"][0])


class TestOverview:
    def test_says_that_the_weights_of_the_question_moved_and_by_how_much(self, board):
        table = board.table("overview", run="question")
        said = table["headline"]["sentence"]
        low, high = re.search(r"([\d.]+) to ([\d.]+) %", said).groups()
        columns = table["columns"]
        weights = [row for row, role in enumerate(columns["role"]) if role == "weight"]
        told = [columns["shown"][row] for row in weights]
        moved = [
            100 * (each["lower"] if each["basis"] == "bounds" else each["movement"]) / each["scale"]
            for each in told
        ]
        assert [each["basis"] for each in told].count("bounds") in (1, 2)
        assert float(low) == pytest.approx(min(moved), rel=0.05)
        assert float(high) == pytest.approx(max(moved), rel=0.05)
        assert "Distributions tab" in table["headline"]["detail"]

    def test_finds_the_frozen_layer_unchanged(self, board):
        columns = board.table("overview", run="keras_frozen/train")["columns"]
        verdicts = dict(zip(columns["tag"], columns["verdict"], strict=True))
        unchanged = {tag for tag, verdict in verdicts.items() if verdict == "unchanged"}
        assert unchanged == {tag for tag in verdicts if "frozen_features" in tag}

    def test_tells_three_learning_rates_apart(self, board):
        counts = {
            rate: board.table("overview", run=f"torch_rates/{rate}")["counts"]
            for rate in ("lr-1e-6", "lr-1e-2", "lr-1")
        }
        assert set(counts["lr-1e-6"]) <= {"barely_moved", "unresolved"}
        assert "barely_moved" in counts["lr-1e-6"]
        assert set(counts["lr-1e-2"]) == {"moved_far"}
        assert "exploding" in counts["lr-1"]

    def test_thresholds_can_be_changed_per_request(self, board):
        strict = board.table("overview", run="question", moved=1e-9, moved_far=1e-8)
        assert strict["thresholds"]["moved_far"] == 1e-8
        assert set(strict["counts"]) <= {"moved_far", "moved", "unresolved"}
        tags, verdicts = strict["columns"]["tag"], strict["columns"]["verdict"]
        assert verdicts[tags.index("weights_conv4")] == "moved_far"

    def test_points_bounds_the_sparkline(self, board):
        sparkline = board.table("overview", run="question", points=5)["sparkline"]
        assert {len(steps) for steps in sparkline["steps"]} == {5}

    def test_until_answers_as_if_the_run_had_ended_at_that_step(self, board):
        whole = board.table("overview", run="question")
        table = board.table("overview", run="question", until=110)
        assert (whole["until"], table["until"]) == (None, 110)
        assert set(table["columns"]["last_step"]) == {100}
        place = table["columns"]["tag"].index("local1_weights")
        series = board.table("series", run="question", tag="local1_weights")
        expected = series["movement"][series["steps"].index(100)]
        assert table["columns"]["movement"][place] == pytest.approx(expected, rel=1e-12)
        assert "and step 100" in table["columns"]["sentence"][place]
        assert table["headline"]["sentence"] != whole["headline"]["sentence"]
        exported = board.get("export", run="question", format="json", until=110).json()
        assert [record["last_step"] for record in exported] == table["columns"]["last_step"]
        assert board.table("overview", run="question") == whole

    def test_another_run_can_be_the_baseline(self, board):
        table = board.table("overview", run="torch_rates/lr-1", baseline="run:torch_rates/lr-1e-2")
        assert table["baseline"] == "run:torch_rates/lr-1e-2"
        assert all(value is not None for value in table["columns"]["movement"])


class TestParts:
    @pytest.mark.filterwarnings("ignore:html5lib")  # TensorBoard's own, where it is imported
    def test_a_wait_that_ends_gives_what_is_measured_by_then(self):
        from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin  # noqa: PLC0415

        provider = GrowingProvider(a=[f"t{number}" for number in range(20)])
        context = TBContext(data_provider=provider)
        overview = Client(WeightDeltaPlugin(context).get_plugin_apps()["/overview"])
        whole = threading.Event()

        def hold_the_rest() -> None:
            if provider.reads:
                whole.wait(20)

        provider.before_reading = hold_the_rest
        parts = iter(lambda: overview.get("/?run=a&wait=0.05").json, None)
        part = next(part for part in parts if part["measured"])
        assert (part["measured"], part["of"], part["complete"]) == (8, 20, False)
        assert len(part["columns"]["tag"]) == sum(part["counts"].values()) == 8
        assert part["headline"]["sentence"].startswith("8 of 20 series measured; so far: ")
        assert part["headline"]["state"] == "measuring"
        whole.set()
        reply = overview.get("/?run=a").json
        assert (reply["measured"], reply["of"], reply["complete"]) == (20, 20, True)
        assert len(provider.reads) == 20


class TestSeriesAndHistogram:
    def test_the_last_step_of_a_series_equals_its_row_in_the_overview(self, board):
        columns = board.table("overview", run="question")["columns"]
        row = columns["tag"].index("local1_weights")
        series = board.table("series", run="question", tag="local1_weights")
        # The overview measures many series in one go: sums are rounded in another order.
        assert series["movement"][-1] == pytest.approx(columns["movement"][row], rel=1e-12)
        assert series["sentence"] == columns["sentence"][row]
        assert series["steps"][0] == 0
        assert series["steps"][-1] == 500

    def test_speed_of_the_first_step_is_null(self, board):
        assert board.table("series", run="question", tag="local1_weights")["speed"][0] is None

    def test_a_histogram_has_one_edge_more_than_counts_and_all_elements(self, board):
        table = board.table("histogram", run="question", tag="local1_weights", step=100)
        for side in (table, table["baseline"]):
            assert len(side["edges"]) == len(side["counts"]) + 1
            assert sum(side["counts"]) == 294_912
        assert table["step"] == 100
        assert table["baseline"]["step"] == 0

    def test_previous_compares_with_the_kept_step_before(self, board):
        table = board.table(
            "histogram", run="question", tag="local1_weights", step=100, baseline="previous"
        )
        assert table["baseline"]["step"] == 80


class TestExport:
    def test_csv_and_json_hold_the_overviews_numbers_in_its_order(self, board):
        columns = board.table("overview", run="question")["columns"]
        records = board.get("export", run="question", format="json").json()
        assert [record["tag"] for record in records] == columns["tag"]
        assert [record["movement"] for record in records] == columns["movement"]
        reply = board.get("export", run="question")
        lines = list(csv.DictReader(io.StringIO(reply.body.decode())))
        assert [line["tag"] for line in lines] == columns["tag"]
        assert [float(line["movement"]) for line in lines] == columns["movement"]
        assert reply.headers["Content-Type"].startswith("text/csv")

    def test_the_documented_example_has_the_keys_of_the_answer(self, board):
        section = CONTRACT.split("\n## `export`")[1]
        (example,) = json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL)[1])
        assert list(board.get("export", run="question", format="json").json()[0]) == list(example)

    def test_odd_names_are_safe_in_the_files_name_and_whole_in_its_text(self, dialects_board):
        reply = dialects_board.get("export", run=ODD_RUN)
        name = re.fullmatch(
            r'attachment; filename="([\w.-]+)"', reply.headers["Content-Disposition"]
        )
        assert name
        assert name[1].endswith(".csv")
        (line,) = csv.DictReader(io.StringIO(reply.body.decode()))
        assert (line["run"], line["tag"]) == (ODD_RUN, ODD_TAG)

    def test_another_format_is_refused_by_name(self, board):
        reply = board.get("export", run="question", format="xlsx")
        assert reply.status == 400
        assert "'format' is 'xlsx', not csv or json" in reply.json()["error"]


class TestErrors:
    @pytest.mark.parametrize(
        ("route", "parameters", "status", "named"),
        [
            ("overview", {}, 400, "'run' is missing"),
            ("overview", {"run": ""}, 400, "'run' is missing"),
            ("overview", {"run": "nope"}, 404, "'nope'"),
            ("overview", {"run": "question", "points": "many"}, 400, "'points' is 'many'"),
            ("overview", {"run": "question", "points": "1"}, 400, "not from 2 to 1000"),
            ("overview", {"run": "question", "wait": "soon"}, 400, "'wait' is 'soon'"),
            ("overview", {"run": "question", "wait": "0"}, 400, "'wait' is '0'"),
            ("overview", {"run": "question", "wait": "61"}, 400, "not from 0 to 60"),
            ("overview", {"run": "question", "baseline": "last"}, 400, "'last'"),
            ("overview", {"run": "question", "baseline": "run:nope"}, 404, "'nope'"),
            ("overview", {"run": "question", "colour": "red"}, 400, "'colour' is unknown"),
            ("overview", {"run": "question", "moved": "far"}, 400, "'moved' is 'far'"),
            ("overview", {"run": "question", "collapsed": "-1"}, 400, "not a number above 0"),
            ("series", {"run": "question", "tag": "x", "exploding": "inf"}, 400, "'exploding'"),
            ("overview", {"run": "question", "until": "x"}, 400, "'until' is 'x'"),
            ("overview", {"run": "question", "until": ""}, 400, "'until' is ''"),
            ("export", {"run": "question", "until": "1.5"}, 400, "'until' is '1.5'"),
            ("overview", {"run": "question", "until": "9" * 20}, 400, "'until'"),
            ("series", {"run": "question", "tag": "x", "until": "1"}, 400, "'until' is unknown"),
            ("runs", {"run": "question"}, 400, "'run' is unknown"),
            ("series", {"run": "question"}, 400, "'tag' is missing"),
            ("series", {"run": "question", "tag": "nope"}, 404, "'nope'"),
            ("series", {"run": "nope", "tag": "nope"}, 404, "run 'nope'"),
            ("histogram", {"run": "question", "tag": "local1_weights"}, 400, "'step' is missing"),
            (
                "histogram",
                {"run": "question", "tag": "local1_weights", "step": "7"},
                404,
                "no usable histogram at step 7",
            ),
            (
                "histogram",
                {"run": "question", "tag": "local1_weights", "step": "9" * 40},
                400,
                "'step'",
            ),
        ],
    )
    def test_a_bad_call_is_named_in_a_sentence(self, board, route, parameters, status, named):
        reply = board.get(route, **parameters)
        assert reply.status == status
        sentence = reply.json()["error"]
        assert named in sentence
        assert sentence.endswith(".")

    def test_a_parameter_given_twice_is_refused(self, board):
        reply = board.fetch("data/plugin/weight_delta/overview?run=a&run=b")
        assert reply.status == 400
        assert "given 2 times" in reply.json()["error"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["runs", "overview?run=question", "static/index.js"])
    def test_anything_but_get_is_refused(self, board, method, path):
        assert board.fetch(f"data/plugin/weight_delta/{path}", method=method).status == 405

    @pytest.mark.parametrize("name", ["", "nope.js", "../plugin.py", "%2e%2e/plugin.py", "assets"])
    def test_only_files_of_the_page_are_served(self, board, name):
        assert board.fetch(f"data/plugin/weight_delta/static/{name}").status == 404


class TestTransport:
    def test_replies_are_json_compressed_on_request(self, board):
        path = "data/plugin/weight_delta/overview?run=question"
        packed = board.fetch(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Content-Type"] == "application/json"
        assert packed.headers["X-Content-Type-Options"] == "nosniff"
        assert gzip.decompress(packed.body) == board.fetch(path).body

    def test_what_has_not_changed_is_not_sent_again(self, board):
        path = "data/plugin/weight_delta/overview?run=question"
        tag = board.fetch(path).headers["ETag"]
        again = board.fetch(path, headers={"If-None-Match": tag})
        assert again.status == 304
        assert again.body == b""
        assert again.headers["Content-Type"] == "application/json"
        assert "Content-Type is required" not in board.log_text()

    def test_assets_may_be_kept_and_the_entry_may_not(self, board):
        entry = board.fetch("data/plugin/weight_delta/static/index.js")
        assert entry.status == 200
        assert "no-cache" in entry.headers["Cache-Control"]
        asset = re.search(rb"assets/[\w.-]+\.js", entry.body)[0].decode()
        reply = board.fetch(f"data/plugin/weight_delta/static/{asset}")
        assert "immutable" in reply.headers["Cache-Control"]
        assert reply.headers["Content-Type"].startswith("text/javascript")


class TestContract:
    @pytest.mark.parametrize(
        ("route", "parameters"),
        [
            ("runs", {}),
            ("overview", {"run": "question_exact", "points": "3"}),
            ("series", {"run": "question_exact", "tag": "local1_weights"}),
            ("histogram", {"run": "question", "tag": "biases_conv1", "step": "400"}),
            ("status", {}),
        ],
    )
    def test_every_route_answers_with_the_keys_of_its_documented_example(
        self, board, route, parameters
    ):
        section = CONTRACT.split(f"\n## `{route}`")[1].split("\n## ")[0]
        example = json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL)[1])
        reply = board.table(route, **parameters)
        assert list(reply) == list(example)
        for key, value in example.items():
            if isinstance(value, dict) and key not in ("counts", "timings"):
                assert list(reply[key]) == list(value), key
        if "columns" in example:
            (evidence,) = example["columns"]["evidence"]
            assert list(reply["columns"]["evidence"][0]) == list(evidence)
            (exact,) = example["columns"]["exact"]
            assert list(reply["columns"]["exact"][0]) == list(exact)

    def test_odd_names_work_in_every_route(self, dialects_board):
        assert dialects_board.table("overview", run=ODD_RUN)["columns"]["tag"] == [ODD_TAG]
        series = dialects_board.table("series", run=ODD_RUN, tag=ODD_TAG)
        step = series["steps"][-1]
        histogram = dialects_board.table("histogram", run=ODD_RUN, tag=ODD_TAG, step=step)
        assert (histogram["run"], histogram["tag"]) == (ODD_RUN, ODD_TAG)


class TestServing:
    @pytest.mark.parametrize("flags", [("--path_prefix=/tb/here",)])
    def test_works_below_a_path_prefix(self, loader, tmp_path, logdir, flags):
        with TensorBoard(logdir, loader, *flags, log=tmp_path / "log.txt") as board:
            assert "/tb/here" in board.url
            board.wait_for_series({"a": 2})
            assert board.table("overview", run="a")["columns"]["tag"]

    def test_the_tab_is_listed_and_active(self, board):
        listing = board.fetch("data/plugins_listing").json()["weight_delta"]
        assert listing["enabled"] is True
        assert listing["tab_name"] == "Weight Delta"
        assert listing["loading_mechanism"]["type"] == "IFRAME"
        page = board.fetch("data/plugin_entry.html?name=weight_delta").body.decode()
        assert "./static/index.js" in page


class TestLiveLogs:
    def test_a_run_that_appears_and_grows_is_followed(self, loader, tmp_path, logdir):
        with TensorBoard(logdir, loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 2})
            values = drifting(1, range(3))
            with EventLog(logdir / "b") as log:
                log.values("dense/kernel", 0, values[0])
                board.wait_for_series({"a": 2, "b": 1})
                assert board.table("overview", run="b")["columns"]["verdict"] == ["single_step"]
                log.values("dense/kernel", 5, values[2])
                board.wait_until(lambda runs: runs[-1]["last_step"] == 5)
            assert board.table("overview", run="b")["columns"]["last_step"] == [5]

    def test_a_truncated_event_file_shows_what_comes_before_the_cut(self, loader, tmp_path, logdir):
        (file,) = (logdir / "a").iterdir()
        whole = file.read_bytes()
        (logdir / "cut").mkdir()
        (logdir / "cut" / file.name).write_bytes(whole[: len(whole) * 3 // 4])
        with TensorBoard(logdir, loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 2, "cut": 2})
            board.wait_until(lambda runs: runs[-1]["last_step"] >= 10)
            columns = board.table("overview", run="cut")["columns"]
            assert sorted(columns["tag"]) == ["dense/bias", "dense/kernel"]

    def test_flipped_bits_cost_no_other_run(self, loader, tmp_path, logdir):
        (file,) = (logdir / "a").iterdir()
        flipped = bytearray(file.read_bytes())
        for position in range(len(flipped) // 3, len(flipped), 97):
            flipped[position] ^= 0xFF
        shutil.copytree(logdir / "a", logdir / "flipped")
        (logdir / "flipped" / file.name).write_bytes(flipped)
        with TensorBoard(logdir, loader, log=tmp_path / "log.txt") as board:
            runs = board.wait_until(
                lambda runs: any((e["run"], e["series"]) == ("a", 2) for e in runs)
            )
            assert board.table("overview", run="a")["columns"]["kept_steps"] == [3, 3]
            for entry in runs:
                assert board.get("overview", run=entry["run"]).status == 200

    def test_malformed_histograms_are_counted_and_the_rest_is_shown(self, tmp_path, loader):
        values = drifting(2, range(3))
        with EventLog(tmp_path / "logs" / "a") as log:
            log.values("good", 0, values[0])
            log.values("good", 1, values[1])
            log.rows("good", 2, [[0.0, 1.0, -4.0]])
            log.rows("nan", 0, [[0.0, float("nan"), 4.0]])
            log.rows("flat", 0, [1.0, 2.0, 3.0])
        with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 3})
            table = board.table("overview", run="a")
        left_out = {(entry["tag"], entry["step"]) for entry in table["left_out"]}
        assert left_out == {("good", 2), ("nan", 0), ("flat", 0)}
        verdicts = dict(zip(table["columns"]["tag"], table["columns"]["verdict"], strict=True))
        assert verdicts == {"good": "unresolved", "nan": "non_finite", "flat": "no_data"}


def test_several_tensors_under_one_tag_are_noticed_with_both_loaders(tmp_path, loader):
    """As early Keras 3 wrote them; the Rust loader keeps only the last of each step."""
    layers = [drifting(seed, range(3)) for seed in (1, 2, 3)]
    with EventLog(tmp_path / "logs" / "a") as log:
        for step in range(3):
            for layer in layers:
                log.values("kernel", step, layer[step])
            log.values("alone", step, layers[0][step])
    with TensorBoard(tmp_path / "logs", loader, log=tmp_path / "log.txt") as board:
        board.wait_for_series({"a": 2})
        board.wait_until(lambda runs: runs[0]["last_step"] == 2)
        columns = board.table("overview", run="a")["columns"]
        flags = dict(zip(columns["tag"], columns["flags"], strict=True))
        series = board.table("series", run="a", tag="kernel")
    assert flags == {"kernel": ["shared_tag"], "alone": []}
    assert series["steps"] == [0, 1, 2]
    assert series["bands"][0][2] == pytest.approx(layers[-1][2].min())


def test_both_loaders_give_the_same_numbers(logdir, tmp_path):
    tables = []
    for loader in LOADERS:
        with TensorBoard(logdir, loader, log=tmp_path / "log.txt") as board:
            board.wait_for_series({"a": 2})
            board.wait_until(lambda runs: runs[0]["last_step"] == 20)
            tables.append(board.table("overview", run="a"))
    assert {RUST, PYTHON} == set(LOADERS)
    assert tables[0] == tables[1]
