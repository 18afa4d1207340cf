"""Why a logdir shows nothing: what its event files hold instead of histograms, and what to do."""

from collections.abc import Sequence
from typing import Final

from tb_plugin_weightdelta.core.errors import told
from tb_plugin_weightdelta.reading.event_files import (
    LimitReached,
    RunFolders,
    TagKinds,
    decoded,
    framed,
    open_file,
)

# A look, not a search: the page asks again every few seconds.
_MOST_RUNS: Final = 20
_MOST_BYTES: Final = 2**18  # of each file
_MOST_FILES: Final = 3  # of each run

_NEXT: Final = (
    "Log them (add_histogram in PyTorch, tf.summary.histogram, histogram_freq=1 of Keras' "
    "callback), or record exact movement with tb_plugin_weightdelta.recording."
)


def why_nothing(runs: Sequence[str], with_scalars: int, folders: RunFolders) -> str:
    """Why none of a logdir's runs has histograms, and the next step, in sentences.

    with_scalars: how many of them have scalars: where some do, the logdir is the right one.
    """
    if not runs:
        return f"TensorBoard has found no event files yet. {_NEXT}"
    for run, why in dropped_runs(runs, folders).items():
        return (
            f"In run {told(run)} {why}. Of these logs --load_fast=false shows the tags whose "
            "histogram came first."
        )
    return f"{_what_there_is(len(runs), with_scalars)} {_NEXT}"


def _what_there_is(runs: int, with_scalars: int) -> str:
    if runs == 1:
        return f"The only run has {'scalars and ' if with_scalars else ''}no histograms."
    if with_scalars == runs:
        return f"{runs} runs with scalars, none with histograms."
    some = f", {with_scalars} have scalars" if with_scalars else ""
    return f"None of {runs} runs has histograms{some}."


def dropped_runs(runs: Sequence[str], folders: RunFolders) -> dict[str, str]:
    """Those of some runs without histograms in whose files there are some, and what became of them.

    Looks at the heads of the first files of the first runs.
    """
    whys = {run: _kinds_in(folders.event_files(run)).of_both() for run in runs[:_MOST_RUNS]}
    return {run: why for run, why in whys.items() if why}


def _kinds_in(files: Sequence[str]) -> TagKinds:
    """What the heads of event files hold."""
    kinds = TagKinds()
    for path in files[:_MOST_FILES]:
        try:
            with open_file(path) as file:
                for record in framed(file, _MOST_BYTES):
                    event = decoded(record)
                    for value in event.summary.value if event else ():
                        kinds.note(value)
        except (LimitReached, OSError):
            continue
    return kinds
