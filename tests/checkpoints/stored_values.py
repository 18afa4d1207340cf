"""Reads tensors of checkpoints as the comparison does, with numpy's own words for precisions."""

from collections.abc import Callable
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from tb_plugin_weightdelta.checkpoints.stored import CheckpointError, Stored

Read = Callable[[Path], tuple[list[Stored], dict[str, str]]]


def values(stored: Stored) -> np.ndarray:
    """The elements of a tensor in a checkpoint."""
    known = getattr(ml_dtypes, stored.precision, stored.precision)
    with stored.in_one_piece() as (path, offset), Path(path).open("rb") as file:
        file.seek(offset)
        data = file.read(stored.nbytes)
    return np.frombuffer(data, np.dtype(known)).reshape(stored.shape)


def assert_holds(tensors: list[Stored], arrays: dict[str, np.ndarray]) -> None:
    """Every tensor has the name, precision, shape and bits of its array."""
    assert {each.name for each in tensors} == set(arrays)
    for each in tensors:
        wanted = np.asarray(arrays[each.name])
        found = values(each)
        assert (each.name, found.dtype, found.shape) == (each.name, wanted.dtype, wanted.shape)
        assert found.tobytes() == wanted.tobytes(), each.name


def refusal(read: Read, path: Path) -> str:
    """The sentence with which a file is refused; it begins with the file's name."""
    with pytest.raises(CheckpointError) as caught:
        read(path)
    _assert_sentence(str(caught.value), path)
    return str(caught.value)


def read_or_refused(read: Read, path: Path) -> list[Stored]:
    """The tensors of a file that may be refused, and with nothing but a sentence."""
    try:
        return read(path)[0]
    except CheckpointError as error:
        sentence = str(error)
    _assert_sentence(sentence, path)
    return []


def _assert_sentence(sentence: str, path: Path) -> None:
    assert sentence.startswith(f"{path.name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
