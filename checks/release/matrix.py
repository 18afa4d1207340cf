"""Which TensorBoards the plugin works with: tries each, with old and new numpy.

``make matrix`` runs it; as ``python -m checks.release.matrix`` it takes versions of TensorBoard
to try only those. Every pair gets an environment of its own, in which TensorBoard serves the
demo logs, started in every way that it can be; the plugin's numbers must be those of this
environment. Takes about a minute a pair.
"""

import itertools
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from checks.release.check import LOGS, ReleaseError, built, run, served
from tests.support.places import DEMO_SERIES
from tests.support.servers.ways import WAYS, Way, started

# The newest patch of each minor version, from the oldest that starts by itself: 2.13 and older
# need setuptools' former pkg_resources and six, and do not say so.
TENSORBOARDS: Final = (
    *("2.21.0", "2.20.0", "2.19.0", "2.18.0", "2.17.1"),
    *("2.16.2", "2.15.2", "2.14.1"),
)
NUMPYS: Final = ("1.26.4", "2.*")
# Older TensorBoards use names that numpy 2 has no longer, and do not start with it.
WITHOUT_NUMPY_2: Final = ("2.16.", "2.15.", "2.14.")
RUN: Final = "question_exact"


def main() -> None:
    """Try all pairs and say how each fared; exits with 1 when one does not work."""
    wanted = sys.argv[1:] or TENSORBOARDS
    failed = False
    with tempfile.TemporaryDirectory(prefix="matrix_") as name:
        folder = Path(name)
        _, wheel = built(folder)
        reference = answers(sys.executable, WAYS["load_fast=true"], folder / "here")
        for pair in itertools.product(wanted, NUMPYS):
            if pair[0].startswith(WITHOUT_NUMPY_2) and pair[1] == NUMPYS[1]:
                continue
            problem = tried(wheel, *pair, reference, folder)
            failed = failed or problem is not None
            print(f"TensorBoard {pair[0]}, numpy {pair[1]}: {problem or 'works'}", flush=True)
    sys.exit(1 if failed else 0)


def tried(
    wheel: Path, tensorboard: str, numpy: str, reference: Mapping[str, Any], folder: Path
) -> str | None:
    """What is wrong with a pair of versions; None when nothing is."""
    place = folder / f"{tensorboard}-{numpy.rstrip('.*')}"
    try:
        venv.create(place, with_pip=True)
        python = str(place / "bin" / "python")
        asked = [f"tensorboard=={tensorboard}", f"numpy=={numpy}", "ipython"]
        run(python, "-m", "pip", "install", "--quiet", str(wheel), *asked, cwd=folder)
        for name, way in WAYS.items():
            found = answers(python, way, place / "started" / name)
            different = differences(found, reference)
            if different:
                return f"with {name} these differ: {', '.join(different)}"
    except (ReleaseError, AssertionError, OSError, TimeoutError) as error:
        return str(error).strip().splitlines()[-1]  # of a traceback the error itself
    return None


def answers(python: str, way: Way, folder: Path) -> dict[str, Any]:
    """What the plugin answers about the demo logs in an environment, names of runs left out."""
    with started(way, LOGS, folder, python) as board:
        served(board, board.table("runs")["version"], python)
        board.wait_for_series({f"{way.run_prefix}{run}": n for run, n in DEMO_SERIES.items()})
        run = f"{way.run_prefix}{RUN}"
        table = board.table("overview", run=run)
        tag = table["columns"]["tag"][0]
        series = board.table("series", run=run, tag=tag)
        histogram = board.table("histogram", run=run, tag=tag, step=500)
        return {
            "columns": table["columns"],
            "headline": table["headline"],
            "series": {key: value for key, value in series.items() if "run" not in key},
            "histogram": [histogram[key] for key in ("edges", "counts", "wall_time")],
        }


def differences(found: Any, wanted: Any, path: str = "") -> list[str]:
    """Where two answers differ by more than rounding."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or found.keys() != wanted.keys():
            return [path]
        return list(flat(differences(found[key], wanted[key], f"{path}/{key}") for key in wanted))
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return [path]
        pairs = zip(found, wanted, strict=True)
        return list(flat(differences(one, other, path) for one, other in pairs))
    if isinstance(wanted, float) and isinstance(found, float):
        return [] if abs(found - wanted) <= 1e-9 * max(abs(found), abs(wanted)) else [path]
    return [] if found == wanted else [path]


def flat(lists: Iterable[list[str]]) -> Iterable[str]:
    """Each of the places once."""
    return dict.fromkeys(itertools.chain.from_iterable(lists))


if __name__ == "__main__":
    main()
