"""What the server says, recorded in ``data/replies``: the page's tests read the same files."""

import dataclasses
import json
from typing import Any, get_args

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client

from tb_plugin_weightdelta.answering.export import ESTIMATE_KEYS, EXACT_KEYS, KEYS
from tb_plugin_weightdelta.core.exact import FIGURES
from tb_plugin_weightdelta.core.names import MEASURES, METRICS, ScaleKind
from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.judging.answer import State
from tb_plugin_weightdelta.judging.flags import FlagName
from tb_plugin_weightdelta.judging.roles import ROLES
from tb_plugin_weightdelta.judging.row import Sense
from tb_plugin_weightdelta.judging.verdicts import LADDER
from tests.support import contract_log
from tests.support.approval import Approval
from tests.support.places import DATA


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Asks a plugin in this process, on the contract's logdir."""
    from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin  # noqa: PLC0415

    logdir = contract_log.write(tmp_path_factory.mktemp("contract"))
    multiplexer = EventMultiplexer(tensor_size_guidance={"weight_delta": 1000, "histograms": 500})
    multiplexer.AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(logdir))
    context = TBContext(data_provider=provider, multiplexer=multiplexer, logdir=str(logdir))
    apps = WeightDeltaPlugin(context).get_plugin_apps()

    def answer(route: str, **query: Any) -> Any:
        return json.loads(Client(apps[f"/{route}"]).get("/", query_string=query).data)

    return answer


@pytest.fixture
def approved(request) -> Approval:
    return Approval((DATA / "replies"), request.config.getoption("--approve"))


@pytest.mark.filterwarnings("ignore:html5lib")  # TensorBoard's own, where it is imported
@pytest.mark.parametrize(
    ("name", "route", "query"),
    [
        ("runs", "runs", {}),
        ("overview", "overview", {"run": "training", "points": 3}),
        ("overview-other", "overview", {"run": "other", "points": 3}),
        ("overview-until", "overview", {"run": "training", "points": 3, "until": 200}),
        ("overview-unlike", "overview", {"run": "training", "points": 3, "baseline": "run:other"}),
        ("series-spread", "series", {"run": "training", "tag": "conv/kernel"}),
        ("series-constant", "series", {"run": "training", "tag": "dense/bias"}),
        ("series-zero", "series", {"run": "training", "tag": "head/bias"}),
        ("series-unresolved", "series", {"run": "training", "tag": "outlier/kernel"}),
        ("series-broken", "series", {"run": "training", "tag": "broken/kernel"}),
        ("series-recorded", "series", {"run": "training", "tag": "recorded/kernel"}),
        ("series-beside", "series", {"run": "training", "tag": "beside/kernel"}),
        ("series-smeared", "series", {"run": "training", "tag": "smeared/kernel"}),
        ("series-alone", "series", {"run": "training", "tag": "alone/kernel"}),
        ("histogram", "histogram", {"run": "training", "tag": "dense/bias", "step": 300}),
        (
            "histogram-unlike",
            "histogram",
            {"run": "training", "tag": "recorded/kernel", "step": 300, "baseline": "run:other"},
        ),
        ("scalars", "scalars", {"run": "training"}),
        ("error", "series", {"run": "training", "tag": "gone"}),
    ],
)
def test_a_reply_is_as_approved(ask, approved, name, route, query):
    if route == "series":  # as the page does: it tells the precision of a run that was measured
        ask("overview", run="training")
    approved.check(f"{name}.json", ask(route, **query))


def test_the_words_of_replies_are_as_approved(approved):
    """What the page has a table of: a word that only one side knows fails on the other."""
    approved.check(
        "words.json",
        {
            "verdicts": list(LADDER),
            "states": list(get_args(State)),
            "senses": list(get_args(Sense)),
            "flags": list(get_args(FlagName)),
            "roles": list(ROLES),
            "scale_kinds": list(get_args(ScaleKind)),
            "metrics": list(METRICS),
            "measures": list(MEASURES),
            "figures": list(FIGURES),
            "keys": list(KEYS),
            "estimate_keys": list(ESTIMATE_KEYS),
            "exact_keys": list(EXACT_KEYS),
            "thresholds": dataclasses.asdict(Thresholds()),
        },
    )


def test_every_verdict_role_and_scale_occurs_in_what_is_recorded():
    columns = json.loads(((DATA / "replies") / "overview.json").read_text())["columns"]
    assert set(columns["verdict"]) == set(LADDER)
    assert set(columns["role"]) == set(ROLES)
    assert set(columns["scale_kind"]) == {*get_args(ScaleKind), None}
    assert {told["leads"] for told in columns["exact"] if told} == {True, False}
    assert {told["method"] for told in columns["estimate"] if told} >= {"smear"}
