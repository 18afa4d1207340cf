"""What can be set when TensorBoard is started: ``--weightdelta_*`` flags.

Imported by the entry point before anything is guarded, so it imports nothing of ours.
"""

import argparse
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "weightdelta_"

_RECORDS_OF: Final = "weight_delta"
# How many exact records of a tensor the loaders keep.
KEPT_RECORDS: Final = 1000


@dataclass(frozen=True)
class Setting:
    """A flag: its default, and what it is for."""

    name: str
    default: float
    help: str


SETTINGS: Final = (
    Setting(
        "first_step_limit",
        64,
        "MiB that may be read of each run's event files to find the first histogram of every tag.",
    ),
    Setting("cache", 256, "MB of memory that measured series may take."),
    Setting("moved", 0.01, "Relative movement from which a tensor counts as moved."),
    Setting("moved_far", 0.1, "Relative movement from which a tensor counts as moved far."),
    Setting("exploding", 10, "Times the baseline's spread from which a tensor is exploding."),
    Setting("collapsed", 0.1, "Part of the baseline's spread up to which a tensor has collapsed."),
)


def define(parser: argparse.ArgumentParser) -> None:
    """Add the flags to TensorBoard's; raises argparse.ArgumentError when a name is taken."""
    group = parser.add_argument_group("Weight Delta plugin")
    for setting in SETTINGS:
        group.add_argument(
            f"--{PREFIX}{setting.name}",
            metavar="N",
            type=_positive,
            default=setting.default,
            help=f"{setting.help} (default: {setting.default:g})",
        )


def keep_records(flags: Any) -> None:
    """Let TensorBoard keep a thousand exact records of a tensor, unless it was told otherwise.

    Of tensors that it knows nothing about its loaders keep 10 and 100.
    """
    flags.samples_per_plugin.setdefault(_RECORDS_OF, KEPT_RECORDS)


def value(flags: Any, name: str) -> float:
    """What a flag was set to; its default where TensorBoard was started without our flags."""
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    return float(getattr(flags, PREFIX + name, default))


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
