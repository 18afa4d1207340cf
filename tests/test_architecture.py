"""The rules of the house: imports run down and through faces, each room knows what it must."""

import ast
import importlib
import os
import re
import sys
from collections import Counter

import pytest

from tests.support.places import ROOT

NAME = "tb_plugin_weightdelta"
PACKAGE = ROOT / NAME
MODULES = sorted(
    str(path.relative_to(PACKAGE).with_suffix("")).replace(os.sep, "/")
    for path in PACKAGE.rglob("*.py")
)

# A room may import those of lower floors, through their faces.
FLOORS = {
    "core": 0,
    "reading": 1,
    "measuring": 1,
    "recording": 1,
    "judging": 2,
    "wording": 3,
    "answering": 4,
    "testing": 4,
    "checkpoints": 5,
    "serving": 5,
    "cli": 6,
}
# Not even downwards: what is judged and said does not know where it comes from.
STRANGERS = {(a, b) for a in ("judging", "wording") for b in ("reading", "recording")} | {
    (a, "recording") for a in ("answering", "serving", "cli")
}
# The modules of these are imported by name.
FACELESS = {"core", "serving"}
ONLY_NUMPY = {"core", "measuring", "judging", "wording"}
# The most names that a room shows.
MOST_NAMES = 8
FRAMEWORKS = {
    "checkpoints/hdf5": {"h5py"},
    "recording/arrays/jax": {"jax"},
    "recording/arrays/tensorflow": {"tensorflow"},
    "recording/arrays/torch": {"torch"},
    "recording/arrays/torch_shards": {"torch"},
    "recording/keras": {"keras"},
    "recording/keras_names": {"keras"},
    "recording/lightning": {"lightning", "pytorch_lightning", "torch"},
    "recording/torch": {"torch"},
    "recording/torch_steps": {"torch"},
    "recording/trainer": {"torch"},
    "recording/transformers": {"torch", "transformers"},
    "testing/keras": {"keras"},
    "testing/torch": {"torch"},
}


def room_of(module: str) -> str:
    return module.split("/", maxsplit=1)[0]


def imports_of(module: str) -> set[str]:
    """Absolute names of all that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative name"
            names |= {_whole(str(node.module), alias.name) for alias in node.names}
    return names


def _whole(package: str, name: str) -> str:
    """What ``from package import name`` imports: a module of its own, or of a face."""
    room, _, inner = package.removeprefix(f"{NAME}.").partition(".")
    is_module = not inner and room in FACELESS and (PACKAGE / room / f"{name}.py").exists()
    return f"{package}.{name}" if is_module else package


def own_imports_of(module: str) -> list[tuple[str, str]]:
    """The room and, where it is named, the module of each of our own that a module imports."""
    own = [name.split(".")[1:] for name in imports_of(module) if name.startswith(f"{NAME}.")]
    return [(parts[0], "/".join(parts[1:])) for parts in own]


def tops_of(module: str) -> set[str]:
    """The packages of others that a module imports."""
    return {name.split(".")[0] for name in imports_of(module)} - {NAME, *sys.stdlib_module_names}


def test_every_room_has_its_floor_and_nothing_stands_outside():
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(FLOORS)
    assert {module for module in MODULES if "/" not in module} == {"__init__", "loader"}


@pytest.mark.parametrize("module", [each for each in MODULES if "/" in each])
def test_imports_go_down_and_through_a_face(module):
    here = room_of(module)
    for room, inner in own_imports_of(module):
        if room != here:
            assert FLOORS[room] < FLOORS[here], f"{module} imports {room}, which is not below"
            assert (here, room) not in STRANGERS
            # What knows a framework is a face of its own: not everybody has it installed.
            is_face = not inner or room in FACELESS or f"{room}/{inner}" in FRAMEWORKS
            assert is_face, f"{module} imports {room} past its face"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_of_a_room_imports_its_own_face(module):
    if module.endswith("__init__"):
        return
    for room, inner in own_imports_of(module):
        assert inner or room != room_of(module)


def test_nothing_imports_itself_by_way_of_others():
    below = {
        module: {
            "/".join(part for part in pair if part)
            for pair in own_imports_of(module)
            if pair[0] == room_of(module)
        }
        for module in MODULES
    }
    below = {module: {_file(name) for name in names} - {module} for module, names in below.items()}
    while leaves := {module for module, names in below.items() if not names & below.keys()}:
        below = {module: names for module, names in below.items() if module not in leaves}
    assert not below, "these import each other in a circle"


def _file(name: str) -> str:
    return name if (PACKAGE / f"{name}.py").exists() else f"{name}/__init__"


@pytest.mark.parametrize("room", sorted(FLOORS))
def test_a_face_is_small(room):
    face = importlib.import_module(f"{NAME}.{room}")
    assert len(getattr(face, "__all__", ())) <= MOST_NAMES
    assert (room in FACELESS) == (not hasattr(face, "__all__"))


@pytest.mark.parametrize("module", MODULES)
def test_the_maths_the_words_and_the_verdicts_know_numpy_alone(module):
    if room_of(module) in ONLY_NUMPY:
        assert tops_of(module) <= {"numpy"}


@pytest.mark.parametrize("module", MODULES)
def test_each_framework_is_known_where_it_must_be(module):
    known = tops_of(module) & {"tensorflow", *set().union(*FRAMEWORKS.values())}
    assert known == FRAMEWORKS.get(module, set())


@pytest.mark.parametrize("module", MODULES)
def test_only_reading_opens_event_files_and_asks_the_data_provider(module):
    if room_of(module) in ("reading", "recording"):
        return
    text = (PACKAGE / f"{module}.py").read_text()
    assert not re.search(r"tfevents|GFile|gfile|open_file|list_tensors|read_tensors", text)
    asked = {name for name in imports_of(module) if name.startswith("tensorboard.data")}
    assert not asked


@pytest.mark.parametrize("module", ["loader", "__init__"])
def test_the_entry_point_imports_nothing_of_ours_outside_its_guard(module):
    tree = ast.parse((PACKAGE / f"{module}.py").read_text())
    names = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if str(name).startswith(NAME)]


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


def test_a_folder_holds_no_more_than_can_be_looked_over():
    tops = [PACKAGE, *(ROOT / name for name in ("tests", "checks", "demo"))]
    counts = Counter(str(path.parent) for top in tops for path in top.rglob("*.py"))
    assert len(counts) > 20
    assert {folder: count for folder, count in counts.items() if count > 20} == {}
