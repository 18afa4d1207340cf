"""Hears of each step of PyTorch's optimizers; how steps are told apart stands here alone."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import Optimizer

from tb_plugin_weightdelta.recording.guard import Notices

Heard = Callable[[int, Optimizer], None]


def hear_steps(
    optimizers: Iterable[Optimizer], before: Heard, after: Heard, notices: Notices
) -> list[Any]:
    """Call ``before`` and ``after`` each step with the optimizer, and its place among these.

    Returns the hooks, to ``remove`` them again.
    """
    return [
        hook
        for place, each in enumerate(optimizers)
        for hook in (
            each.register_step_pre_hook(_hook(before, place, notices)),
            each.register_step_post_hook(_hook(after, place, notices)),
        )
    ]


def _hook(act: Heard, place: int, notices: Notices) -> Callable[..., None]:
    """Compiled into the optimizer's step, it would be compiled again for every record."""

    def at_outermost(optimizer: Optimizer) -> None:
        if _depth(optimizer) <= 1:
            act(place, optimizer)

    apart = torch.compiler.disable(at_outermost)

    def hook(optimizer: Optimizer, *_: object) -> None:
        with notices.instead_of_raising("hook", "A step is not recorded"):
            apart(optimizer)

    return hook


def _depth(optimizer: Optimizer) -> int:
    """How many steps of it are running: one that calls that of its class is heard of twice.

    The stack is asked, because a step that fails has no end to be heard of.
    """
    code = getattr(type(optimizer).step, "__code__", None)
    depth, frame = 0, sys._getframe().f_back
    while frame:
        depth += frame.f_code is code and frame.f_locals.get("self") is optimizer
        frame = frame.f_back
    return depth
