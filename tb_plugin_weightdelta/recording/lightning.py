"""Records what a Lightning Trainer trains."""

import os
from typing import Any, Unpack

try:
    from lightning.pytorch import Callback
except ImportError:  # the same by its older name
    from pytorch_lightning import Callback

from tb_plugin_weightdelta.recording.folder import LogDir
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.trainer import TrainerCallback, TrainerTraining


class WeightDeltaCallback(TrainerCallback, Callback):
    """Records the weights as the Trainer counts its steps: ``trainer.global_step``.

    log_dir: a folder, or a writer; if not given, that of the first logger which has one, or else
        ``runs`` in the Trainer's ``default_root_dir``.
    options: see ``options.Options``; ``every`` is 100 if not given.

    The initial weights are in the state that the Trainer's checkpoints have of this callback. A
    second ``fit`` goes on. What is trained is recorded, not the averages of other callbacks.

    Raises TypeError or ValueError for what cannot be meant.
    """

    def __init__(self, log_dir: LogDir | None = None, **options: Unpack[OptionArguments]) -> None:
        super().__init__(log_dir, **options)
        self._of: tuple[Any, Any] | None = None  # the trainer and the module
        self._saved: dict[str, Any] = {}
        self._step = 0
        self._at_once = 1  # steps that a batch takes
        self._stepped: dict[int, int] = {}  # the optimizers of this batch, and when

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Stand before others, such as those that put averages into the module at the end."""
        if self in trainer.callbacks:  # and not called by another callback
            trainer.callbacks.remove(self)
            trainer.callbacks.insert(0, self)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the weights before the first update."""
        if trainer.fast_dev_run:
            return
        with self._notices.instead_of_raising("begin", "Nothing is recorded"):
            self._at_once = max(1, len(trainer.optimizers))
            log_dir = self._log_dir or _log_dir(trainer)
            if self._training and self._goes_on(trainer, pl_module):
                self._training.go_on(trainer.optimizers)
                return
            if self._training:
                self._training.close()
            self._of, self._step = (trainer, pl_module), trainer.global_step
            saved, self._saved, self._training = self._saved, {}, None
            training = TrainerTraining(pl_module, trainer.optimizers, log_dir, self._options)
            training.begin(self._step, saved)
            self._training = training

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Keep the weights before the first step of a batch where it is recorded."""
        if not self._training:
            return
        step = trainer.global_step
        if not self._stepped:
            self._training.before_step(step + self._at_once)
        elif self._stepped.get(id(optimizer), step) != step:
            self._training.no_single_update()
        self._stepped.setdefault(id(optimizer), step)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        """Record where it is due."""
        self._stepped.clear()
        taken, self._step = trainer.global_step - self._step, trainer.global_step
        if self._training and taken:
            self._at_once = taken
            self._training.after_step(self._step)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last weights."""
        if self._training:
            self._training.end(trainer.global_step)

    def state_dict(self) -> dict[str, Any]:
        """The initial weights, for the Trainer's checkpoints."""
        return self._training.checkpoint() if self._training else self._saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on measuring against the initial weights of the training that is resumed."""
        self._saved = state_dict

    def _goes_on(self, trainer: Any, pl_module: Any) -> bool:
        """Whether ``fit`` is called again, with nothing loaded in between."""
        goes_on = self._of == (trainer, pl_module) and trainer.global_step >= self._step
        return goes_on and not self._saved


def _log_dir(trainer: Any) -> LogDir:
    """The writer of TensorBoard's logger, or else a folder."""
    boards = [each for each in trainer.loggers if _is_of_tensorboard(each)]
    if boards and trainer.is_global_zero:
        return _open_writer(boards[0])
    folders = [getattr(each, "log_dir", None) for each in trainer.loggers]
    found = next((each for each in folders if isinstance(each, str)), None)
    return found or os.path.join(trainer.default_root_dir, "runs")


def _is_of_tensorboard(logger: Any) -> bool:
    """By name: the two packages that Lightning comes in have one each."""
    return any(each.__name__ == "TensorBoardLogger" for each in type(logger).__mro__)


def _open_writer(logger: Any) -> Any:
    """Lightning closes it at the end of ``fit``, and again opens it with what it logs next."""
    writer = logger.experiment
    if getattr(writer, "file_writer", writer) is None:
        writer._get_file_writer()
    return writer
