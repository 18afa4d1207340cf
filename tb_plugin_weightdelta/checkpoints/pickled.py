"""A pickle, read without Python's unpickler: nothing that it names is imported or called.

What a name stands for is given by the reader, and all else is plain values. The operations are
those of Python's pickle protocols 2 to 5 (see pickletools).
"""

import pickletools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

_MOST_OPERATIONS: Final = 5_000_000
_LARGEST: Final = 2**63


class Malformed(Exception):
    """It is no sound pickle, or a larger one than is read."""


class Inert:
    """Something that no tensor depends on; nothing can be done with it."""

    __slots__ = ()


_VALUES: Final = {
    *{"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"},
    *{"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"},
    *{"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BINSTRING", "SHORT_BINSTRING"},
}
_EMPTY: Final[dict[str, Callable[[], Any]]] = {
    **{"NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False},
    **{"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple},
    "EMPTY_SET": Inert,
}
_TUPLES: Final = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Name:
    """A function or class that a pickle names.

    made: what comes of calling it, given its arguments; nothing of the kind is called itself.
    """

    __slots__ = ("made", "name")

    def __init__(self, name: str, made: Callable[..., Any]) -> None:
        self.name = name
        self.made = made


def read_pickle(
    data: bytes, named: Callable[[str, str], Name], persistent: Callable[[Any], Any]
) -> Any:
    """What a pickle holds.

    named: what stands for a module's name.
    persistent: what stands for what is kept outside the pickle, from its id.

    Raises Malformed, and whatever those two raise.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd text in the pickle
            return _Machine(named, persistent).run(_operations(data))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("its pickle is damaged") from error
    except (RecursionError, MemoryError, OverflowError) as error:
        raise Malformed("its pickle is larger than what is read") from error


def _operations(data: bytes) -> Iterator[tuple[str, Any]]:
    for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if count > _MOST_OPERATIONS:
            raise Malformed("its pickle is larger than what is read")
        yield operation.name, argument


def _is_plain(key: Any) -> bool:
    """Whether it is looked up at once: a tuple of tuples of tuples … may take for ever."""
    if isinstance(key, int):
        return -_LARGEST <= key < _LARGEST
    return isinstance(key, str | bytes | float | None)


class _Machine:
    """The stack and the memo of what is being read."""

    def __init__(self, named: Callable[[str, str], Name], persistent: Callable[[Any], Any]) -> None:
        self.named = named
        self.persistent = persistent
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under each mark
        self.memo: dict[int, Any] = {}

    def run(self, operations: Iterator[tuple[str, Any]]) -> Any:
        for name, argument in operations:
            if name in _VALUES:
                self.stack.append(argument)
            elif name in _EMPTY:
                self.stack.append(_EMPTY[name]())
            elif name in _TUPLES:
                self.stack[-_TUPLES[name] :] = [self._last(_TUPLES[name])]
            elif name == "STOP":
                return self.stack.pop()
            elif name not in ("PROTO", "FRAME"):
                getattr(self, f"_{name.lower()}")(argument)
        raise Malformed("its pickle is damaged")

    def _last(self, count: int) -> tuple[Any, ...]:
        if len(self.stack) < count:
            raise IndexError
        return tuple(self.stack[-count:])

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.below.pop()
        return items

    def _mark(self, _: None) -> None:
        self.below.append(self.stack)
        self.stack = []

    def _pop(self, _: None) -> None:
        self.stack.pop()

    def _pop_mark(self, _: None) -> None:
        self._since_mark()

    def _tuple(self, _: None) -> None:
        items = tuple(self._since_mark())
        self.stack.append(items)

    def _get(self, place: int) -> None:
        self.stack.append(self.memo[place])

    _binget = _long_binget = _get

    def _put(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    _binput = _long_binput = _put

    def _memoize(self, _: None) -> None:
        self._put(len(self.memo))

    def _append(self, _: None) -> None:
        item = self.stack.pop()
        self._extend([item])

    def _appends(self, _: None) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Inert):
            raise Malformed("its pickle is damaged")

    def _additems(self, _: None) -> None:
        self._since_mark()

    def _frozenset(self, _: None) -> None:
        self._since_mark()
        self.stack.append(Inert())

    def _setitem(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([key, value])

    def _setitems(self, _: None) -> None:
        self._update(self._since_mark())

    def _update(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            for key, value in zip(items[::2], items[1::2], strict=True):
                target[key if _is_plain(key) else Inert()] = value
        elif not isinstance(target, Inert):
            raise Malformed("its pickle is damaged")

    def _global(self, argument: str) -> None:
        module, name = argument.split(" ")
        self.stack.append(self.named(module, name))

    def _stack_global(self, _: None) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise Malformed("its pickle is damaged")
        self.stack.append(self.named(module, name))

    def _reduce(self, _: None) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise Malformed("its pickle calls what is no function")
        self.stack.append(function.made(*arguments))

    _newobj = _reduce

    def _build(self, _: None) -> None:
        """The attributes of an object; no tensor depends on them."""
        self.stack.pop()
        self._last(1)

    def _binpersid(self, _: None) -> None:
        self.stack.append(self.persistent(self.stack.pop()))
