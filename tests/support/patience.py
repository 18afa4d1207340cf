"""Waiting for what another thread does."""

import time
from collections.abc import Callable

GENEROUS = 20  # seconds after which something hangs


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GENEROUS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
