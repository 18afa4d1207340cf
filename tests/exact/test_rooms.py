"""The rooms of the recorder: which module may know a framework, and that imports go one way."""

import ast
from pathlib import Path

import pytest

import tb_plugin_weightdelta.exact

PACKAGE = Path(tb_plugin_weightdelta.exact.__file__).parent
PREFIX = "tb_plugin_weightdelta.exact."

# Each module may import those to its left, never those to its right.
FLOW = (
    *("statistics", "summary", "sample", "buckets", "on_device", "arrays", "numpy_arrays"),
    *("torch_shards", "torch_arrays", "tensorflow_arrays", "jax_arrays"),
    *("notices", "options", "event_log", "closing", "chosen", "initial", "baseline"),
    *("recorder", "__init__"),
    *("torch", "keras"),
)
FRAMEWORKS = {
    "torch_shards": {"torch"},
    "torch_arrays": {"torch"},
    "torch": {"torch"},
    "tensorflow_arrays": {"tensorflow"},
    "jax_arrays": {"jax"},
    "keras": {"keras"},
}


def imports_of(module: str) -> set[str]:
    """Absolute names of all modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_every_module_has_its_place_in_the_flow():
    assert sorted(FLOW) == sorted(path.stem for path in PACKAGE.glob("*.py"))


@pytest.mark.parametrize("module", FLOW)
def test_imports_go_one_way(module):
    own = {name.removeprefix(PREFIX).split(".")[0] for name in imports_of(module) if PREFIX in name}
    assert own & set(FLOW) <= set(FLOW[: FLOW.index(module)])


@pytest.mark.parametrize("module", FLOW)
def test_each_framework_is_known_where_it_must_be(module):
    known = {name.split(".")[0] for name in imports_of(module)}
    assert known & {"torch", "tensorflow", "jax", "keras"} == FRAMEWORKS.get(module, set())


def test_the_sums_need_numpy_alone():
    for module in ("statistics", "sample", "buckets", "on_device"):
        known = {name.split(".")[0] for name in imports_of(module)}
        assert "tensorboard" not in known
