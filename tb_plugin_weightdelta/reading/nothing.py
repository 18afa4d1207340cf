"""Why a logdir shows nothing: what its event files hold instead of histograms, and what to do."""

from collections.abc import Sequence
from typing import Final

from tensorboard.compat.proto.summary_pb2 import Summary

from tb_plugin_weightdelta.core.errors import told
from tb_plugin_weightdelta.core.names import HISTOGRAMS_PLUGIN_NAME
from tb_plugin_weightdelta.reading.event_files import (
    LimitReached,
    RunFolders,
    decoded,
    framed,
    open_file,
)

# A look, not a search: the page asks again every few seconds.
_MOST_RUNS: Final = 5
_MOST_BYTES: Final = 2**20  # of each file
_MOST_FILES: Final = 3  # of each run

_NEXT: Final = (
    "Log them (add_histogram in PyTorch, tf.summary.histogram, histogram_freq=1 of Keras' "
    "callback), or record exact movement with tb_plugin_weightdelta.recording."
)


def why_nothing(runs: Sequence[str], folders: RunFolders) -> str:
    """Why none of a logdir's runs has histograms, and the next step, in sentences."""
    if not runs:
        return f"TensorBoard has found no event files yet. {_NEXT}"
    for run in runs[:_MOST_RUNS]:
        histograms, scalars = _tags_of(folders.event_files(run))
        if both := sorted(histograms & scalars):
            return (
                f"{_both(both)} in run {told(run)}, and TensorBoard keeps one of the two at most. "
                "Log them under different names; of these logs --load_fast=false shows the tags "
                "whose histogram came first."
            )
    what = "The only run has no" if len(runs) == 1 else f"None of {len(runs)} runs has"
    return f"{what} histograms. {_NEXT}"


def _both(tags: Sequence[str]) -> str:
    if len(tags) == 1:
        return f"The tag {told(tags[0])} is a scalar and a histogram"
    return f"The tag {told(tags[0])} and {len(tags) - 1} more are scalars and histograms"


def _tags_of(files: Sequence[str]) -> tuple[set[str], set[str]]:
    """The tags of histograms and those of scalars, as the heads of event files have them."""
    histograms: set[str] = set()
    scalars: set[str] = set()
    for path in files[:_MOST_FILES]:
        try:
            with open_file(path) as file:
                for record in framed(file, _MOST_BYTES):
                    event = decoded(record)
                    for value in event.summary.value if event else ():
                        (histograms if _is_histogram(value) else scalars).add(value.tag)
        except (LimitReached, OSError):
            continue
    return histograms, scalars


def _is_histogram(value: Summary.Value) -> bool:
    plugin = value.metadata.plugin_data.plugin_name
    return bool(value.WhichOneof("value") == "histo" or plugin == HISTOGRAMS_PLUGIN_NAME)
