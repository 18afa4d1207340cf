"""Hyper-parameters of runs, as the HParams plugin's summaries hold them."""

from collections.abc import Iterable, Mapping
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
    """The hyper-parameters of each run: its own, those of a folder it lies in, or of one in it.

    PyTorch's ``add_hparams`` writes them to a folder of its own below the run's. Where several
    lie there nothing tells which are the run's.
    """
    below: dict[str, list[str]] = {}
    for session in sessions:
        below.setdefault(session.rpartition("/")[0], []).append(session)
    found = {}
    for run in runs:
        parts = run.split("/")
        around = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
        inside = below.get(run, [])
        candidates = [*around, *(inside if len(inside) == 1 else []), "."]
        found[run] = next((sessions[each] for each in candidates if each in sessions), {})
    return found
