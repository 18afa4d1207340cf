"""Hyper-parameters of runs, as the HParams plugin's summaries hold them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no type hints
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.error import HParamsError

SESSION_TAG: Final = metadata.SESSION_START_INFO_TAG

# More than a table could show.
MOST_HPARAMS: Final = 200
_LONGEST_TEXT: Final = 200

HParams = dict[str, str | float | bool]


def parsed(content: bytes) -> HParams:
    """What the start of a session says; nothing where it cannot be read."""
    try:
        session = metadata.parse_session_start_info_plugin_data(content)
    except (DecodeError, HParamsError):
        return {}
    found: HParams = {}
    for name, value in islice(sorted(session.hparams.items()), MOST_HPARAMS):
        kind = value.WhichOneof("kind")
        if kind in ("number_value", "string_value", "bool_value"):
            single = getattr(value, kind)
            found[name] = single[:_LONGEST_TEXT] if isinstance(single, str) else single
    return found


def of_runs(runs: Iterable[str], sessions: Mapping[str, HParams]) -> dict[str, HParams]:
    """The hyper-parameters of each run: its own, those of the next folder it lies in, or below it.

    PyTorch's ``add_hparams`` writes them to folders of their own below the run's, one each time
    it is called. Where those differ nothing tells which are the run's.
    """
    below: dict[str, list[HParams]] = {run: [] for run in runs}
    for session, known in sessions.items():
        run = next((folder for folder in _around(session) if folder in below), None)
        if run is not None and known not in below[run]:
            below[run].append(known)
    found = {}
    for run, inside in below.items():
        around = next((folder for folder in _around(run) if folder in sessions), None)
        known = {} if len(inside) != 1 else inside[0]
        found[run] = known if around is None else sessions[around]
    return found


def _around(run: str) -> Iterator[str]:
    """The folder of a run and those it lies in, up to the logdir."""
    while run:
        yield run
        run = run.rpartition("/")[0]
    yield "."
