"""What can be set when TensorBoard is started: ``--weightdelta_*`` flags."""

import argparse
from dataclasses import dataclass, fields
from typing import Any, Final

from tb_plugin_weightdelta.core.names import KEPT_RECORDS, PLUGIN_NAME
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Thresholds

PREFIX: Final = "weightdelta_"


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
    *(
        Setting(each.name, getattr(DEFAULT_THRESHOLDS, each.name), each.metadata["help"])
        for each in fields(DEFAULT_THRESHOLDS)
    ),
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
    flags.samples_per_plugin.setdefault(PLUGIN_NAME, KEPT_RECORDS)


def value(flags: Any, name: str) -> float:
    """What a flag was set to; its default where TensorBoard was started without our flags."""
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    return float(getattr(flags, PREFIX + name, default))


def thresholds(flags: Any) -> Thresholds:
    """The thresholds that hold in this TensorBoard."""
    return Thresholds(**{each.name: value(flags, each.name) for each in fields(Thresholds)})


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
