"""Where a training's initial weights come from: given back, in a file, or those of now."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tb_plugin_weightdelta.exact.chosen import Chosen
from tb_plugin_weightdelta.exact.initial import InitialWeights
from tb_plugin_weightdelta.exact.notices import Notices


@dataclass(frozen=True)
class Start:
    """Where the recording starts.

    goes_on: whether updates went before.
    path: of the file that keeps the initial weights.
    """

    step: int
    goes_on: bool
    path: Path | None


def find_initial(
    initial: InitialWeights, start: Start, chosen: Mapping[str, Chosen], notices: Notices
) -> None:
    """Take the initial weights from where they were kept, or else those of now."""
    path, goes_on = start.path, start.goes_on
    # At step 0 a file is that of an earlier training, and is replaced.
    in_file = path is not None and goes_on and path.exists()
    if path and in_file and initial.origin == "kept":
        with notices.instead_of_raising("file", f"{path} cannot be read"):
            initial.read(path)
    initial.rename(chosen)
    # A process that others write for has chosen nothing, and may have no file.
    if goes_on and chosen and initial.origin == "kept":
        initial.origin = "missing"
        where = f" ({path} does not exist)" if path and not in_file else ""
        notices.say(
            "missing",
            f"The weights before the first update are missing{where}: movement is measured from "
            f"step {start.step} on. Where a training is resumed, give load_state_dict what "
            "state_dict gave before, or its file as initial=….",
        )
    for name, each in chosen.items():
        with notices.instead_of_raising(f"measure {name}", f"{name} is not recorded"):
            if name not in initial and initial.origin != "restored":
                initial.keep(name, each.arrays, each.array, start.step)
    if path and chosen and not in_file:
        with notices.instead_of_raising("file", f"{path} cannot be written"):
            _write(initial, path, chosen, notices)


def any_shared_out(chosen: Mapping[str, Chosen]) -> bool:
    """Whether other processes wait for this one to measure."""
    return any(each.arrays.is_shared_out(each.array) for each in chosen.values())


def _write(
    initial: InitialWeights, path: Path, chosen: Mapping[str, Chosen], notices: Notices
) -> None:
    if not all(each.arrays.leads() for each in chosen.values()):
        return
    if any_shared_out(chosen):
        raise ValueError("no process has all of a sharded weight; checkpoint state_dict()")
    aside = initial.write(path, {name: each.arrays for name, each in chosen.items()})
    if aside:
        notices.say(
            "aside",
            f"{path} held other initial weights, which are now in {aside}. If it is their training "
            "that is resumed here, give its step (step=… in PyTorch), and that file as initial=….",
        )
