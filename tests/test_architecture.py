"""The rules of the house: data flows one way, and each room knows only what it must."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tb_plugin_weightdelta"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))

# Each module may import those to its left, never those to its right.
FLOW = (
    *("__init__", "metadata", "errors", "printable", "settings"),
    *("histograms", "dialects", "exact_series", "exact_records"),
    *("cache", "run_folders", "event_files", "first_step", "last_step", "engine"),
    *("provider", "listing", "recovery", "run_reading", "reader", "run_source", "baseline"),
    *("quantiles", "overlay", "cubic", "distance", "bounds", "resolution", "comparison"),
    *("movement", "recorded", "roles", "verdicts", "flags"),
    *("facts", "figures", "sentences", "headline", "together", "measured"),
    *("overview", "detail", "records", "run_list"),
    *("waiting", "work", "measurements", "arguments", "replies", "page"),
    *("timings", "server", "plugin", "loader"),
    *("logs", "report", "terminal", "cli"),
)
# The maths: numpy and nothing else.
MATHS = FLOW[FLOW.index("baseline") : FLOW.index("overview")]


def imports_of(module: str) -> set[str]:
    """Absolute names of all that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
            names.add(node.module)
    return names


def own_imports_of(module: str) -> set[str]:
    parts = {
        name.split(".")[1]
        for name in imports_of(module)
        if name.startswith("tb_plugin_weightdelta.")
    }
    return parts & set(MODULES)


def test_every_module_has_its_place_in_the_flow():
    assert sorted(FLOW) == MODULES


@pytest.mark.parametrize("module", FLOW)
def test_imports_go_one_way(module):
    allowed = set(FLOW[: FLOW.index(module)])
    assert own_imports_of(module) <= allowed


@pytest.mark.parametrize("module", MATHS)
def test_the_maths_imports_numpy_alone(module):
    foreign = {
        name.split(".")[0]
        for name in imports_of(module)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "tb_plugin_weightdelta"}
    }
    assert foreign <= {"numpy"}


def test_only_few_modules_know_the_data_provider():
    knowing = {m for m in MODULES if any("tensorboard.data" in name for name in imports_of(m))}
    assert knowing == {"provider", "listing", "run_reading", "reader", "logs"}


def test_only_two_modules_open_event_files():
    opening = {m for m in MODULES if any("run_folders.open_file" in name for name in imports_of(m))}
    assert opening == {"first_step", "last_step"}


def test_nothing_generated_is_committed_and_no_registry_is_named():
    lock = (ROOT / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.search(r"\.tgz\b", lock)  # no address that a package came from


@pytest.mark.parametrize(
    "document",
    [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/*/*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_what_a_document_links_to_is_there(document):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
