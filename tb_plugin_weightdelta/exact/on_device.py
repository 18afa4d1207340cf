"""The sums of one block of weights, written once for every framework."""

from typing import Any, Protocol

# An array or a scalar of some framework.
Array = Any


class Device(Protocol):
    """What differs between frameworks and is needed here; everything else is an operator."""

    def wide(self, array: Array) -> Array:
        """The values in float64, or in float32 where there is no float64."""

    def total(self, array: Array) -> Array:
        """The sum of a wide array."""

    def product(self, left: Array, right: Array) -> Array:
        """The sum of the products of two wide arrays."""

    def count(self, condition: Array) -> Array:
        """How many are true."""

    def finite(self, array: Array) -> Array:
        """Which values are neither NaN nor infinite."""

    def range(self, array: Array) -> tuple[Array, Array]:
        """The smallest and the largest value."""


def block_sums(device: Device, initial: Array, current: Array, previous: Array) -> list[Array]:
    """The fields of ``Sums`` for a block, but for the number of its elements.

    previous: the block one update ago, or None.
    """
    start, now = device.wide(initial), device.wide(current)
    moved = now - start
    least, most = device.range(moved)
    low, high = device.range(now)
    return [
        device.total(abs(moved)),
        device.product(moved, moved),
        device.product(start, now),
        device.product(start, start),
        device.product(now, now),
        device.count(now != start),
        device.count(~device.finite(now)),
        *_update_sums(device, now, previous),
        *(-least, most, -low, high),
    ]


def _update_sums(device: Device, now: Array, previous: Array) -> list[Array]:
    if previous is None:
        unknown = device.total(now) * float("nan")
        return [unknown, unknown]
    before = device.wide(previous)
    return [device.product(now - before, now - before), device.product(before, before)]
