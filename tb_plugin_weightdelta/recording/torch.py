"""Records a PyTorch training by itself: hooks on the optimizer's step."""

from typing import Any, Unpack

import torch

from tb_plugin_weightdelta.recording.event_log import Destination
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.recorder import Training
from tb_plugin_weightdelta.recording.weights import by_name


def record(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    destination: Destination,
    *,
    step: int | None = None,
    **options: Unpack[OptionArguments],
) -> "Recording":
    """Record the parameters of ``model`` at every ``every``-th step of ``optimizer``.

    destination: a folder, or an open ``SummaryWriter``.
    step: how many steps were taken before; found in the state of optimizers that count.
    options: see ``options.Options``; ``every`` is 100 if not given.

    Nothing else needs to be called; the recording lives as long as the optimizer.
    """
    return Recording(model, optimizer, destination, options, step)


class Recording(Training):
    """A training that is being recorded."""

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        destination: Destination,
        options: OptionArguments,
        step: int | None,
    ) -> None:
        super().__init__(destination, options)
        self._model = model
        self._given_step = step
        self._step: int | None = None  # not known before the first
        self._hooks = [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
        ]

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: the step, and the initial weights."""
        return {"step": self._step, **super().state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on as a recording that was checkpointed; before the first step."""
        self._given_step = state.get("step")
        super().load_state_dict(state)

    def close(self) -> None:
        """Stop recording, and have everything on disk; may be called again."""
        for hook in self._hooks:
            hook.remove()
        super().close()

    def _before_step(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        if self._step is None:
            self._begin(optimizer)
        if self._recorder.options.due((self._step or 0) + 1):
            self._keep()

    def _after_step(self, *_: object) -> None:
        self._step = (self._step or 0) + 1
        if self._recorder.options.due(self._step):
            self._record(self._step)

    def _begin(self, optimizer: torch.optim.Optimizer) -> None:
        """Record the weights before the first update that is seen here."""
        self._step = self._given_step or 0
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            taken = self._given_step
            if taken is None:
                taken = _steps_taken(optimizer)
            if taken is None:
                self._recorder.count_from_zero()
            self._step = taken or 0
            self._recorder.begin(self._step, self._weights(), resumed=taken != 0)

    def _weights(self) -> dict[str, torch.Tensor]:
        """By the names that they have in the model itself, not in what wraps it."""
        model = self._model
        if isinstance(model, torch.nn.parallel.DistributedDataParallel):
            model = model.module
        if any(type(part).__name__ == "FullyShardedDataParallel" for part in model.modules()):
            raise ValueError("FSDP1 hides the parameters; fully_shard (FSDP2) can be recorded")
        named = model.named_parameters(remove_duplicate=False)
        return by_name((name.replace("_orig_mod.", ""), parameter) for name, parameter in named)


def _steps_taken(optimizer: torch.optim.Optimizer) -> int | None:
    """What optimizers that count, such as Adam, know of the steps before a checkpoint.

    None where there were some, and nobody counted: SGD has a state with momentum alone.
    """
    states = [state for state in optimizer.state.values() if state]
    counts = [int(state["step"]) for state in states if "step" in state]
    return None if states and not counts else max(counts, default=0)
