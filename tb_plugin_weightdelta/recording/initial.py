"""The weights before the first update, which everything is measured against."""

import filecmp
import os
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.exact import Initial
from tb_plugin_weightdelta.core.sums import Array
from tb_plugin_weightdelta.recording.arrays import Arrays
from tb_plugin_weightdelta.recording.folder import SUFFIX, LogDir, folder_of
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.options import Options
from tb_plugin_weightdelta.recording.weights import Chosen

_STATE_VERSION: Final = 1


@dataclass(frozen=True)
class Still:
    """What is left of weights that the optimizer does not update: enough to see a change."""

    checksum: int
    step: int


@dataclass
class Kept:
    """One tensor's initial weights and their step.

    saved: as read from a checkpoint, not yet where the weights live.
    """

    array: Array
    step: int
    saved: bool = False


class InitialWeights:
    """What was kept, tensor by tensor.

    origin: whether they are from before the first update.
    """

    def __init__(self, on_host: bool) -> None:
        self.on_host = on_host
        self.origin: Initial = "kept"
        self._kept: dict[str, Kept] = {}
        self.still: dict[str, Still] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def keep(self, name: str, arrays: Arrays, array: Array, step: int) -> Kept:
        """Take these for the initial weights of a tensor."""
        self._kept[name] = Kept(arrays.keep(array, self.on_host), step)
        return self._kept[name]

    def of(self, name: str, arrays: Arrays, current: Array) -> Kept:
        """The initial weights of a tensor, ready to be measured against."""
        kept = self._kept[name]
        if kept.saved:
            array = arrays.restored(kept.array, current, self.on_host)
            kept = self._kept[name] = Kept(array, kept.step)
        return kept

    def __getitem__(self, name: str) -> Kept:
        return self._kept[name]

    def rename(self, names: Collection[str]) -> None:
        """Find tensors under the names that a resumed training has for them.

        Keras puts a Sequential's own name before the paths of its variables, and not when
        the model was loaded from a file.
        """
        spare = [kept for kept in self._kept if kept not in names]
        wanted = [name for name in names if name not in self._kept]
        for name in wanted:
            same = [each for each in spare if _end_alike(each, name)]
            if len(same) == 1 and sum(_end_alike(same[0], each) for each in wanted) == 1:
                self._kept[name] = self._kept.pop(same[0])

    def forget(self) -> None:
        """Give the memory back."""
        self._kept.clear()
        self.still.clear()

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {
            "version": _STATE_VERSION,
            "origin": self.origin,
            "initial": {name: kept.array for name, kept in self._kept.items()},
            "steps": {name: kept.step for name, kept in self._kept.items()},
            "still": {name: (each.checksum, each.step) for name, each in self.still.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what ``state`` gave."""
        if state["version"] > _STATE_VERSION:
            raise ValueError(f"a newer version of Weight Delta saved it ({state['version']})")
        self._kept = {
            name: Kept(array, state["steps"][name], saved=True)
            for name, array in state["initial"].items()
        }
        self.still = {name: Still(*each) for name, each in state.get("still", {}).items()}
        if self._kept or self.still:  # a recorder that was closed has none any more
            self.origin = _restored(state["origin"])

    def write(
        self, path: Path, arrays: dict[str, Arrays], *, one_aside: bool = False
    ) -> Path | None:
        """Into a file that ``read`` reads, whole or not at all.

        one_aside: whether what was there takes the place of what was put aside before.

        Returns where the file now is that held something else before.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        names = [name for name in self._kept if name in arrays]
        values = [arrays[name].as_numpy(self._kept[name].array) for name in names]
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            told: dict[str, Any] = {str(place): value for place, value in enumerate(values)}
            told |= {"origin": self.origin, "names": np.array(names)}
            told |= {"steps": [self._kept[name].step for name in names]}
            told |= {"still": np.array(list(self.still))}
            told |= {"checksums": np.array([s.checksum for s in self.still.values()], np.uint64)}
            told |= {"still_steps": [each.step for each in self.still.values()]}
            np.savez(file, **told)
        aside = _put_aside(path, partial, one=one_aside)
        os.replace(partial, path)
        return aside

    def read(self, path: Path) -> None:
        """Go on from a file that ``write`` wrote."""
        with np.load(path, allow_pickle=False) as file:
            self._kept = {
                str(name): Kept(file[str(place)], int(step), saved=True)
                for place, (name, step) in enumerate(zip(file["names"], file["steps"], strict=True))
            }
            if "still" in file:
                still = (file["still"], file["checksums"], file["still_steps"])
                self.still = {
                    str(name): Still(int(checksum), int(step))
                    for name, checksum, step in zip(*still, strict=True)
                }
            self.origin = _restored(str(file["origin"]))


def _put_aside(path: Path, new: Path, *, one: bool) -> Path | None:
    """Rename a file that another is about to replace, unless they hold the same."""
    if not path.exists() or filecmp.cmp(path, new, shallow=False):
        return None
    numbered = (f"{path.name}.previous{n or ''}" for n in count())
    aside = next(each for each in map(path.with_name, numbered) if one or not each.exists())
    path.replace(aside)
    return aside


def _end_alike(one: str, other: str) -> bool:
    return one.endswith(f"/{other}") or other.endswith(f"/{one}")


def _restored(origin: str) -> Initial:
    return "missing" if origin == "missing" else "restored"


LARGEST_UNASKED: Final = 256 * 2**20  # bytes


@dataclass(frozen=True)
class InitialFile:
    """Where the initial weights are kept for a resumption; ``asked``: by the user."""

    path: Path
    asked: bool


def file_for(
    options: Options, log_dir: LogDir, chosen: Mapping[str, Chosen], notices: Notices
) -> InitialFile | None:
    """As the options say, or else beside the records, unless that takes much room."""
    if options.initial is not None:
        return InitialFile(Path(options.initial), asked=True) if options.initial else None
    folder = folder_of(log_dir)
    if folder is None or any_shared_out(chosen):
        return None
    size = sum(each.arrays.nbytes(each.array) for each in chosen.values() if not each.still)
    if size < LARGEST_UNASKED:
        # Of several models in one folder, each has its own.
        names = zlib.crc32("\n".join(sorted(map(options.named, chosen))).encode())
        return InitialFile(folder / f"initial.{names:08x}{SUFFIX}.npz", asked=False)
    notices.mention(
        "initial",
        f"The initial weights ({size / 2**20:.0f} MB) are not kept in a file: a training that is "
        "to be resumed needs initial='…', or state_dict() in its checkpoints.",
    )
    return None


def find_initial(
    initial: InitialWeights,
    chosen: Mapping[str, Chosen],
    notices: Notices,
    *,
    step: int,
    goes_on: bool,
    file: InitialFile | None,
) -> None:
    """Take the initial weights from where they were kept, or else those of now, at ``step``.

    goes_on: whether updates went before.
    """
    path = file.path if file else None
    # At step 0 a file is that of an earlier training, and is replaced.
    in_file = path is not None and goes_on and path.exists()
    if path and in_file and initial.origin == "kept":
        with notices.instead_of_raising("file", f"{path} cannot be read"):
            initial.read(path)
    initial.rename(chosen)
    # A process that others write for has chosen nothing, and may have no file.
    if goes_on and chosen and initial.origin == "kept":
        initial.origin = "missing"
        where = f" ({path} does not exist)" if file and file.asked and not in_file else ""
        notices.say(
            "missing",
            f"The weights before the first update are missing{where}: movement is measured from "
            f"step {step} on. Where a training is resumed, give load_state_dict what "
            "state_dict gave before, or its file as initial=….",
        )
    for name, each in chosen.items():
        with notices.instead_of_raising(f"measure {name}", f"{name} is not recorded"):
            _keep_missing(initial, name, each, step)
    if file and chosen and not in_file:
        try:
            _write(initial, file, chosen, notices)
        except Exception as error:
            # Where nobody asked for it, the records themselves tell what is wrong with the folder.
            tell = notices.say if file.asked else notices.mention
            tell("file", f"{file.path} cannot be written: {type(error).__name__}: {error}")


def _keep_missing(initial: InitialWeights, name: str, each: Chosen, step: int) -> None:
    if name in initial or name in initial.still:
        return
    if each.still:
        initial.still[name] = Still(each.arrays.checksum(each.array), step)
    elif initial.origin != "restored":
        initial.keep(name, each.arrays, each.array, step)


def any_shared_out(chosen: Mapping[str, Chosen]) -> bool:
    """Whether other processes wait for this one to measure."""
    return any(each.arrays.is_shared_out(each.array) for each in chosen.values())


def _write(
    initial: InitialWeights, file: InitialFile, chosen: Mapping[str, Chosen], notices: Notices
) -> None:
    if not all(each.arrays.leads() for each in chosen.values()):
        return
    if any_shared_out(chosen):
        raise ValueError("no process has all of a sharded weight; checkpoint state_dict()")
    arrays = {name: each.arrays for name, each in chosen.items()}
    aside = initial.write(file.path, arrays, one_aside=not file.asked)
    if aside and file.asked:
        notices.say(
            "aside",
            f"{file.path} held other initial weights, which are now in {aside}. If it is their "
            "training that is resumed here, give its step (step=… in PyTorch), and that file as "
            "initial=….",
        )
