"""Finding the first histograms of a run in its event files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from checks.benchmarks.logdirs import tag_names, write_run
from checks.benchmarks.table import Row
from checks.benchmarks.timing import medians
from tb_plugin_weightdelta.reading.event_files import RunFolders
from tb_plugin_weightdelta.reading.first_step import FirstStepReader

TAGS, STEPS = 200, 5
ROUNDS = 9
TARGET_MS = 100

NOTES = (
    f"first step: `FirstStepReader.head` of a run of {TAGS} tags that it has not seen, all of "
    "which are logged at the file's start.",
)


def rows() -> list[Row]:
    """Milliseconds per run, for both kinds of histogram."""
    with TemporaryDirectory() as folder:
        sides = {"30 buckets": "tf2", "500 legacy buckets": "legacy"}
        for run in sides.values():
            write_run(Path(folder) / run, TAGS, 0, STEPS, legacy=run == "legacy")
        taken = medians(
            {size: lambda run=run: _find(folder, run) for size, run in sides.items()}, ROUNDS
        )
    return [
        Row(
            f"true first step of {TAGS} tags of {size}",
            f"{1e3 * taken[size]:.3g} ms",
            "–",
            f"{1e3 * taken[size]:.3g} ms per run",
            f"< {TARGET_MS} ms per run",
            1e3 * taken[size] < TARGET_MS,
        )
        for size in sides
    ]


def _find(folder: str, run: str) -> None:
    tags = tag_names(TAGS)
    head = FirstStepReader(RunFolders([folder])).head(run, tags)
    if head is None or any(head.certain(tag) is None for tag in tags):
        raise RuntimeError(f"The first steps of {run} were not found.")
