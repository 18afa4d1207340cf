"""What can be set when TensorBoard is started: ``--weightdelta_*`` flags."""

import argparse
from dataclasses import fields
from typing import Any, Final

from tb_plugin_weightdelta.core.names import KEPT_RECORDS, PLUGIN_NAME
from tb_plugin_weightdelta.core.question import Thresholds

PREFIX: Final = "weightdelta_"

_FIRST_STEPS: Final = (
    "MiB that may be read of each run's event files to find the first histogram of every tag."
)

# Each flag: its default, and what it is for.
SETTINGS: Final[dict[str, tuple[float, str]]] = {
    "first_step_limit": (64, _FIRST_STEPS),
    "cache": (256, "MB of memory that measured series may take."),
    **{
        each.name: (getattr(Thresholds, each.name), each.metadata["help"])
        for each in fields(Thresholds)
    },
}


def define(parser: argparse.ArgumentParser) -> None:
    """Add the flags to TensorBoard's; raises argparse.ArgumentError when a name is taken."""
    group = parser.add_argument_group("Weight Delta plugin")
    for name, (default, purpose) in SETTINGS.items():
        group.add_argument(
            f"--{PREFIX}{name}",
            metavar="N",
            type=_positive,
            default=default,
            help=f"{purpose} (default: {default:g})",
        )


def keep_records(flags: Any) -> None:
    """Let TensorBoard keep a thousand exact records of a tensor, unless it was told otherwise.

    Of tensors that it knows nothing about its loaders keep 10 and 100.
    """
    flags.samples_per_plugin.setdefault(PLUGIN_NAME, KEPT_RECORDS)


def values(flags: Any) -> dict[str, float]:
    """What the flags were set to; defaults where TensorBoard was started without our flags."""
    return {
        name: float(getattr(flags, PREFIX + name, default))
        for name, (default, _) in SETTINGS.items()
    }


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
