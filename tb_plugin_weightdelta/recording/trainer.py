"""What the callbacks of Trainers share: a PyTorch training whose steps others count."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Unpack

import torch
from torch.optim import Optimizer

from tb_plugin_weightdelta.recording.arrays.torch_shards import is_sharded
from tb_plugin_weightdelta.recording.causes import Update
from tb_plugin_weightdelta.recording.folder import LogDir, checked
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.initial import LARGEST_UNASKED
from tb_plugin_weightdelta.recording.options import OptionArguments, Options
from tb_plugin_weightdelta.recording.torch import ModelTraining, still_names


class TrainerCallback:
    """What a callback is made with; the Trainer that it is given to is not known yet.

    Raises TypeError or ValueError for what cannot be meant.
    """

    def __init__(self, log_dir: LogDir | None = None, **options: Unpack[OptionArguments]) -> None:
        Options(**options)
        if log_dir is not None:
            checked(log_dir)
        self._log_dir = log_dir
        self._options = options
        self._notices = Notices()
        self._training: TrainerTraining | None = None


class TrainerTraining(ModelTraining):
    """The initial weights are kept in the Trainer's checkpoints, unless options say where."""

    def __init__(
        self,
        model: torch.nn.Module,
        optimizers: Iterable[Optimizer],
        log_dir: LogDir,
        options: OptionArguments,
    ) -> None:
        self._in_checkpoints = options.get("initial") is None
        initial = False if self._in_checkpoints else options["initial"]
        super().__init__(model, optimizers, log_dir, {**options, "initial": initial})
        self._sees_steps = True

    def begin(self, step: int, state: dict[str, Any] | None = None) -> None:
        """Before the first update that is seen here.

        state: what ``checkpoint`` gave, where a training is resumed.
        """
        if state:
            self.load_state_dict(state)
        self._look_at_optimizers()
        self._begin(step, resumed=step > 0)

    def go_on(self, optimizers: Iterable[Optimizer]) -> None:
        """Begin another part of the same training."""
        self._see(optimizers)
        self._look_at_optimizers()
        self._updated = (-1, -1)  # others may be updated now

    def before_step(self, step: int) -> None:
        """Before the update that leads to ``step``."""
        self._prepare(step)

    def no_single_update(self) -> None:
        """There were several since ``before_step``: a ratio would be of all of them."""
        self._before = None

    def after_step(self, step: int) -> None:
        """After the update that led to ``step``."""
        self._recorder.note(step)
        if self._recorder.due(step):
            self._record(step)

    def end(self, step: int) -> None:
        """Where the training has arrived."""
        self._record_last(step)

    def checkpoint(self) -> dict[str, Any]:
        """What a checkpoint should have; nothing where that takes much room."""
        if not self._in_checkpoints:
            return {}
        state = self.state_dict()
        weights = state["initial"].values()
        size = sum(each.nbytes for each in weights)
        if size >= LARGEST_UNASKED:
            self._recorder.notices.mention(
                "initial",
                f"The initial weights ({size / 2**20:.0f} MB) are not kept in checkpoints: a "
                "training that is to be resumed needs initial='…'.",
            )
        too_much = size >= LARGEST_UNASKED or any(map(is_sharded, weights))
        return {} if too_much else state

    def _keep(self) -> None:
        if self._sees_steps:
            super()._keep()

    def _still(self) -> set[str]:
        """Frozen ones alone, where optimizers have copies of the weights, as DeepSpeed's."""
        weights = self._weights()
        if self._sees_steps:
            return still_names(weights, self._optimizers)
        return {name for name, each in weights.items() if not each.requires_grad}

    def _look(self, weights: Mapping[str, torch.Tensor], seen: bool = True) -> Update:
        """Optimizers that have copies of the weights have their gradients, too."""
        update = super()._look(weights, seen and self._sees_steps)
        return update if self._sees_steps else replace(update, held=None)

    def _look_at_optimizers(self) -> None:
        """Whether they hold the weights themselves: only then are they updated when these step."""
        weights = self._weights()
        self._sees_steps = len(still_names(weights, self._optimizers)) < len(weights)
