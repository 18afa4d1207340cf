"""Finds the tensors of a checkpoint: a file, a folder, or an index of files."""

import importlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored

# The module that reads a file, by how its name ends.
_READERS: Final = {
    ".safetensors": "safetensors",
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), "torch_zip"),
    **dict.fromkeys((".npz", ".npy"), "npz"),
    **dict.fromkeys((".h5", ".hdf5", ".keras"), "hdf5"),
}
# What is not read, by how its name ends or what a folder holds, and what to do instead.
_REFUSED: Final = {
    ".gguf": "GGUF holds quantised weights: compare the models that it was made from",
    ".index": "it is TensorFlow's: load it and save it with Keras as .keras or .h5",
    ".pb": "it is TensorFlow's SavedModel: load it and save it with Keras as .keras or .h5",
    ".onnx": "ONNX is not read: compare the models that it was exported from",
    ".msgpack": "Flax' msgpack is not read: save the parameters with safetensors.flax.save_file",
    "_METADATA": "it is Orbax': restore it and save the parameters with safetensors.flax.save_file",
    "_CHECKPOINT_METADATA": (
        "it is Orbax': restore it and save the parameters with safetensors.flax.save_file"
    ),
    "saved_model.pb": "it is TensorFlow's SavedModel: load it and save it with Keras as .keras",
}
# What a folder of Hugging Face holds; the first that is there is its model.
_OF_FOLDER: Final = (
    *("model.safetensors.index.json", "model.safetensors", "adapter_model.safetensors"),
    *("diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.safetensors"),
    *("pytorch_model.bin.index.json", "pytorch_model.bin", "adapter_model.bin"),
)
_LARGEST_INDEX: Final = 100_000_000  # bytes
# What wrappers put before a name: DistributedDataParallel, torch.compile, PEFT, FSDP.
_WRAPPERS: Final = re.compile(
    r"^(?:module\.|base_model\.model\.)+|\b_orig_mod\.|\b_fsdp_wrapped_module\."
    r"|\b_checkpoint_wrapped_module\."
)


@dataclass(frozen=True)
class Checkpoint:
    """path: as it was given. tensors: by name. left_out: why others are, by name."""

    path: Path
    tensors: Mapping[str, Stored]
    left_out: Mapping[str, str]

    def by_plain_names(self) -> "Checkpoint":
        """With the names of the model itself, where no two become one."""
        plain = {name: _WRAPPERS.sub("", name) for name in self.tensors}
        if len(set(plain.values())) < len(plain):
            return self
        tensors = {plain[name]: stored for name, stored in self.tensors.items()}
        return Checkpoint(self.path, tensors, self.left_out)

    def renamed(self, prefixes: Mapping[str, str]) -> "Checkpoint":
        """With other beginnings of names; the first that fits is taken.

        Raises CheckpointError where two tensors would have one name.
        """
        tensors: dict[str, Stored] = {}
        for name, stored in self.tensors.items():
            was = next((each for each in prefixes if name.startswith(each)), "")
            new = prefixes.get(was, "") + name[len(was) :]
            if new in tensors:
                raise CheckpointError(f"--map gives two tensors of {self.path} the name {new}.")
            tensors[new] = stored
        return Checkpoint(self.path, tensors, self.left_out)


def opened(path: Path) -> Checkpoint:
    """What a checkpoint holds. Raises CheckpointError where that cannot be told."""
    if not path.exists():
        raise CheckpointError(f"There is no checkpoint {path}.")
    try:
        files = _files_of(path)
        tensors: dict[str, Stored] = {}
        left_out: dict[str, str] = {}
        for file in files:
            found, why = _reader_of(file).tensors_in(file)
            for stored in found:
                if stored.name in tensors:
                    other = tensors[stored.name].path.name
                    raise CheckpointError(f"{stored.name} is in {file.name} and in {other}.")
                tensors[stored.name] = stored
            left_out |= why
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not tensors:
        raise CheckpointError(f"There are no tensors in {path}.")
    return Checkpoint(path, tensors, left_out)


def _files_of(path: Path) -> Sequence[Path]:
    """The files that a checkpoint is spread over."""
    if path.is_dir():
        names = {each.name for each in path.iterdir()}
        for name in _OF_FOLDER:
            if name in names:
                return _files_of(path / name)
        for name in names & _REFUSED.keys():
            raise CheckpointError(f"{path} is not read: {_REFUSED[name]}.")
        found = sorted(path / name for name in names if Path(name).suffix in _READERS)
        if len({each.suffix for each in found}) > 1 or not found:
            what = "no checkpoint that is read" if not found else "checkpoints of several formats"
            raise CheckpointError(f"{path} holds {what}: name the file itself.")
        if len(found) > 1 and found[0].suffix != ".safetensors":
            raise CheckpointError(f"{path} holds {len(found)} checkpoints: name one of them.")
        return found
    return _of_index(path) if path.name.endswith(".index.json") else [path]


def _of_index(path: Path) -> Sequence[Path]:
    """The files that an index of Hugging Face names, all beside it."""
    try:
        if path.stat().st_size > _LARGEST_INDEX:
            raise ValueError
        names = set(json.loads(path.read_bytes())["weight_map"].values())
        files = [path.parent / name for name in sorted(names)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CheckpointError(f"{path.name} is no index of a checkpoint.") from None
    for name, file in zip(sorted(names), files, strict=True):
        if Path(name).name != name or name in (".", ".."):
            raise CheckpointError(f"{path.name} names {name!r}, which is not a file beside it.")
        if not file.is_file():
            raise CheckpointError(f"{path.name} names {name}, which is not there.")
    return files


def _reader_of(path: Path) -> Any:
    module = _READERS.get(path.suffix.lower())
    if module is None:
        why = _REFUSED.get(path.suffix.lower(), f"its format is none of {', '.join(_READERS)}")
        raise CheckpointError(f"{path.name} is not read: {why}.")
    # Those that need a library are imported where one of their files shows that it is needed.
    return importlib.import_module(f"tb_plugin_weightdelta.checkpoints.{module}")


_STEP: Final = re.compile(r"(?:checkpoint|global_step|step|iter)[-_=]?(\d+)", re.IGNORECASE)
_PAIR: Final = 2
_EPOCH: Final = re.compile(r"epoch[-_=]?(\d+)", re.IGNORECASE)


def steps_of(paths: Sequence[Path], pattern: re.Pattern[str] | None) -> list[int]:
    """The training step of each checkpoint, from its name.

    Where names do not tell, it is their number in the order in which they are given, from 1 on.
    So it is of two that are given the other way round: the second is compared with the first.

    Raises CheckpointError where ``pattern`` finds none in a name.
    """
    for each in (pattern,) if pattern else (_STEP, _EPOCH):
        found = [_step_in(path, each) for path in paths]
        if pattern and None in found:
            path = paths[found.index(None)]
            raise CheckpointError(f"--step-from finds no number in {path}.")
        steps = [step for step in found if step is not None]
        backwards = len(paths) == _PAIR and steps != sorted(steps)
        if len(steps) == len(paths) == len(set(steps)) and not backwards:
            return steps
    return list(range(1, len(paths) + 1))


def _step_in(path: Path, pattern: re.Pattern[str]) -> int | None:
    """The last that the name tells, or the folder's name where that of the file does not."""
    for name in (path.name, path.parent.name):
        numbers = [match[1] if match.re.groups else match[0] for match in pattern.finditer(name)]
        if numbers and str(numbers[-1]).isdecimal():
            return int(numbers[-1])
    return None
