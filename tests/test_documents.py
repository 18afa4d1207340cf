"""What documents say that the code says too: measures, their order, and default thresholds."""

import json
import re
from dataclasses import asdict

import pytest

from tb_plugin_weightdelta.core.names import METRICS
from tb_plugin_weightdelta.core.question import Thresholds
from tests.support.places import ROOT

CONTRACT = (ROOT / "tb_plugin_weightdelta" / "http_api.md").read_text()
MEASURED = (ROOT / "docs" / "how-it-measures.md").read_text()
DEFAULTS = asdict(Thresholds())


def test_the_contract_says_what_each_measure_is():
    table = CONTRACT[CONTRACT.index("| word |") :].partition("\n\n")[0]
    named = re.findall(r"[a-z_]+", " ".join(line.split("|")[1] for line in table.splitlines()))
    assert set(METRICS) <= set(named)


@pytest.mark.parametrize("key", ["thresholds", "settings"])
def test_the_examples_of_the_contract_have_the_default_thresholds(key):
    (example,) = re.findall(rf'"{key}": (\{{.*?\}})', CONTRACT)
    told = json.loads(example)
    assert {name: told[name] for name in DEFAULTS} == DEFAULTS


def test_the_parameters_of_the_contract_name_the_default_thresholds():
    for names, meaning in re.findall(
        r"^\| ((?:`[a-z_]+`(?:, )?)+) \| (.*) \|$", CONTRACT, re.MULTILINE
    ):
        given = [name for name in re.findall(r"[a-z_]+", names) if name in DEFAULTS]
        told = [float(number) for number in re.findall(r"\(([0-9.]+)\)", meaning)]
        assert told in ([], [DEFAULTS[name] for name in given]), names


def test_the_rules_of_the_verdicts_name_the_default_thresholds():
    rules = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]*)\|", MEASURED, re.MULTILINE))
    for verdict in ("moved_far", "exploding", "collapsed"):
        assert f"{DEFAULTS[verdict]:g}" in re.findall(r"\d+(?:\.\d+)?", rules[verdict]), verdict
    assert f"{DEFAULTS['moved']:g}" in rules["moved"]
    readme = (ROOT / "README.md").read_text()
    assert f"below {100 * DEFAULTS['moved']:g} %" in readme
    assert f"from {100 * DEFAULTS['moved_far']:g} %" in readme
