"""Records what a Hugging Face Trainer trains, and whatever inherits from it."""

import gc
from pathlib import Path
from typing import Any, Final

import torch
import transformers

from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.trainer import TrainerCallback, TrainerTraining

_STATE_NAME: Final = "weight_delta.pt"


class WeightDeltaCallback(TrainerCallback, transformers.TrainerCallback):
    """Records the weights as the Trainer counts its steps.

    log_dir: a folder, or a writer; the Trainer's own writer if not given, or else ``runs`` in its
        ``output_dir``.
    options: see ``options.Options``; ``every`` is the Trainer's ``logging_steps`` if not given.

    The initial weights are kept in the Trainer's checkpoints. The last ones are recorded before
    the best are loaded.

    Raises TypeError or ValueError for what cannot be meant.
    """

    def on_train_begin(
        self,
        args: Any,
        state: Any,
        control: Any,
        model: Any = None,
        optimizer: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record the weights before the first update."""
        self._close()
        with self._notices.instead_of_raising("begin", "Nothing is recorded"):
            options: OptionArguments = {"every": max(1, int(state.logging_steps)), **self._options}
            log_dir = self._log_dir or self._writer() or Path(args.output_dir) / "runs"
            optimizers = [] if optimizer is None else [optimizer]
            training = TrainerTraining(model, optimizers, log_dir, options)
            training.begin(state.global_step, self._saved(args, state))
            self._training = training

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the weights before a step that is recorded."""
        if self._training:
            self._training.before_step(state.global_step + 1)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record where it is due."""
        if self._training:
            self._training.after_step(state.global_step)
            self._end_if_over(state, control)

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A score may have ended the training."""
        self._end_if_over(state, control)

    def _end_if_over(self, state: Any, control: Any) -> None:
        """Record the last weights before the best take their place."""
        is_over = control.should_training_stop or state.global_step >= state.max_steps
        if self._training and is_over:
            self._training.end(state.global_step)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the initial weights beside those that the Trainer has saved."""
        if self._training and state.is_world_process_zero:
            with self._notices.instead_of_raising("save", "The initial weights are not saved"):
                kept = self._training.checkpoint()
                folder = _checkpoint(args, state)
                if kept and folder.is_dir():
                    torch.save(kept, folder / _STATE_NAME)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Where nothing told that it was the last step: before the writer is closed."""
        if self._training and "train_runtime" in (logs or {}):
            self._training.end(state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Give the memory back."""
        self._close()

    def _close(self) -> None:
        if self._training:
            self._training.close()
        self._training = None

    def _writer(self) -> Any:
        """The Trainer's: callbacks are told of none, but stand in one list."""
        lists = [each for each in gc.get_referrers(self) if isinstance(each, list)]
        writers = [getattr(each, "tb_writer", None) for callbacks in lists for each in callbacks]
        return next((writer for writer in writers if writer is not None), None)

    def _saved(self, args: Any, state: Any) -> dict[str, Any] | None:
        """What ``on_save`` kept, where a training is resumed."""
        if not state.global_step:
            return None
        folders = [_checkpoint(args, state)]
        if isinstance(args.resume_from_checkpoint, str):
            folders.insert(0, Path(args.resume_from_checkpoint))
        for file in (folder / _STATE_NAME for folder in folders):
            with self._notices.instead_of_raising("restore", f"{file} cannot be used"):
                if file.exists():
                    saved: dict[str, Any] = torch.load(file, "cpu", weights_only=True)
                    return saved
        return None


def _checkpoint(args: Any, state: Any) -> Path:
    """Where the Trainer saves the step."""
    return Path(args.output_dir) / f"checkpoint-{state.global_step}"
