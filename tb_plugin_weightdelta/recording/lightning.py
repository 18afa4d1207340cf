"""Records what a Lightning Trainer trains."""

import os
from typing import Any, Unpack

from torch.optim import Optimizer

try:
    from lightning.pytorch import Callback
except ImportError:  # the same by its older name
    from pytorch_lightning import Callback

from tb_plugin_weightdelta.recording.folder import LogDir
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.torch_steps import hear_steps
from tb_plugin_weightdelta.recording.trainer import TrainerCallback, TrainerTraining


class WeightDeltaCallback(TrainerCallback, Callback):
    """Records the weights as the Trainer counts its steps: ``trainer.global_step``. Where that
    stands still, because an optimizer is not stepped as ``self.optimizers()`` gives it, its own
    steps are counted.

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
        self._counted = 0  # by the Trainer
        self._uncounted = 0  # steps that it does not count
        self._began = 0  # the step at which this fit began
        self._at_once = 1  # steps that a batch takes
        self._stepped: set[int] = set()  # the optimizers of this batch
        self._made = 0  # how many steps they made
        self._has_trained = False  # in this fit
        self._hooks: list[Any] = []

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
            self._has_trained = False
            log_dir = self._log_dir or _log_dir(trainer)
            if self._training and self._goes_on(trainer, pl_module):
                self._training.go_on(trainer.optimizers)
            else:
                self._begin(trainer, pl_module, log_dir)
            self._began = self._step
            self._hear(trainer)

    def _begin(self, trainer: Any, pl_module: Any, log_dir: LogDir) -> None:
        """Another training than before, or the first."""
        if self._training:
            self._training.close()
        saved, self._saved, self._training = dict(self._saved), {}, None
        self._of = (trainer, pl_module)
        self._counted, self._uncounted = trainer.global_step, saved.pop("uncounted", 0)
        training = TrainerTraining(pl_module, trainer.optimizers, log_dir, self._options)
        training.begin(self._step, saved)
        self._training = training

    def _hear(self, trainer: Any) -> None:
        """DeepSpeed's optimizer is none of PyTorch's, and has no hooks."""
        self._hear_no_more()  # where the fit before was broken off
        optimizers = [each for each in trainer.optimizers if isinstance(each, Optimizer)]
        self._hooks = hear_steps(optimizers, self._before_step, self._after_step, self._notices)

    def _hear_no_more(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    @property
    def _step(self) -> int:
        return self._counted + self._uncounted

    def _before_step(self, place: int, optimizer: Any) -> None:
        """Keep the weights before the first step of a batch where it is recorded."""
        if not self._training:
            return
        if not self._stepped:
            self._training.before_step(self._step + self._at_once)
        elif place in self._stepped:
            self._training.no_single_update()
        self._stepped.add(place)

    def _after_step(self, place: int, optimizer: Any) -> None:
        self._made += 1

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        """Record where it is due."""
        before, made = self._step, self._made
        if trainer.global_step == self._counted:
            self._uncounted += made
        self._counted = trainer.global_step
        self._made, self._has_trained = 0, True
        if self._training:
            if not self._stepped:  # as where a GradScaler found no number
                self._training.no_single_update()
            if self._step > before:
                self._at_once = self._step - before
                self._training.after_step(self._step)
        self._stepped.clear()

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last weights."""
        self._hear_no_more()
        if not self._training:
            return
        self._training.end(self._step)
        if self._has_trained and self._step == self._began:
            self._notices.say(
                "no step",
                f"Nothing was recorded after step {self._step}: global_step stood still, and no "
                "optimizer that configure_optimizers returned made a step. Return from it the one "
                "that trains.",
            )

    def state_dict(self) -> dict[str, Any]:
        """The initial weights, for the Trainer's checkpoints."""
        if not self._training:
            return self._saved
        uncounted = {"uncounted": self._uncounted} if self._uncounted else {}
        return uncounted | self._training.checkpoint()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on measuring against the initial weights of the training that is resumed."""
        self._saved = state_dict

    def _goes_on(self, trainer: Any, pl_module: Any) -> bool:
        """Whether ``fit`` is called again, with nothing loaded in between."""
        goes_on = self._of == (trainer, pl_module) and trainer.global_step >= self._counted
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
