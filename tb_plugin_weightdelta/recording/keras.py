"""Records a Keras training by itself, with any of Keras' backends."""

from collections.abc import Collection
from typing import Any, Unpack

import keras

from tb_plugin_weightdelta.recording.arrays import arrays_of, unwrapped
from tb_plugin_weightdelta.recording.causes import Update, seen_update
from tb_plugin_weightdelta.recording.folder import LogDir
from tb_plugin_weightdelta.recording.keras_names import LayerNames
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.training import Training
from tb_plugin_weightdelta.recording.weights import Weights, by_name


class WeightDeltaCallback(Training, keras.callbacks.Callback):
    """Records the weights of a model at every ``every``-th batch that it is trained on.

    log_dir: a folder, or a writer that has ``add_event``.
    options: see ``options.Options``; ``every`` is 100 if not given.

    Names are those of ``variable.path``, the second of two equal ones ``path_1``. Layers that
    Keras named are numbered as in a fresh process; not with ``histograms=False``, where Keras'
    own histograms are to be found by their names. ``fit`` and ``compile`` may be called again:
    the steps go on. The last weights of each ``fit`` are recorded; with ``use_ema`` they are the
    averages that Keras has put into the model by then.
    """

    def __init__(self, log_dir: LogDir, **options: Unpack[OptionArguments]) -> None:
        keras.callbacks.Callback.__init__(self)
        Training.__init__(self, log_dir, options)
        self._names = LayerNames()
        self._step = 0
        self._uncounted = 0  # steps of optimizers before this one
        self._at_once = 1  # steps that Keras takes without asking its callbacks
        self._first_of_batch = 0
        self._has_begun = False  # with the weights that there are
        self._averaged = False  # whether Keras puts averages into the model at the end

    def on_train_begin(self, logs: Any = None) -> None:
        """Record the weights before the first update."""
        with self._recorder.notices.instead_of_raising("begin", "Nothing is recorded"):
            self._uncounted = max(0, self._step - self._counted())
            self._step = self._steps_taken()
            self._at_once = int(self._model.steps_per_execution or 1)
            self._averaged = _averages(self._model.optimizer)
            self._has_begun = len(self.model.weights) > 0
            if self._has_begun:
                self._number_layers()
                self._recorder.thaw(self._weights(), self._still())
                self._begin(self._step, resumed=self._step > 0)

    def on_train_end(self, logs: Any = None) -> None:
        """Record the weights that the training arrived at."""
        if self._averaged:
            self._before = None  # from there to an average is no update
        self._record_last(self._step)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count again where Keras does not say how many steps it took at the end of an epoch."""
        if self._at_once > 1:
            self._count_again()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Keep the weights before a step that is recorded."""
        if self._averaged and self._recorder.due(self._step):
            self._record(self._step)
        self._first_of_batch, self._before = batch, None
        if not self._recorder.due(self._step + self._at_once):
            return
        with self._recorder.notices.instead_of_raising("weights", "No update ratio"):
            if self._is_one_update():
                self._keep()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Record where it is due."""
        taken = batch - self._first_of_batch + 1
        self._step += taken
        self._recorder.note(self._step)
        if not self._has_begun:
            self._begin_late()
        if not self._recorder.due(self._step):
            return
        if self._at_once > 1:
            self._count_again()
        # Where this was the last step, averages take the place of its weights: wait and see.
        if not self._averaged:
            self._record(self._step)

    def _begin_late(self) -> None:
        """On TensorFlow a model without an input shape is built in its first step."""
        self._has_begun = True
        self._recorder.notices.say(
            "missing",
            "The model had no weights before its first batch: movement is measured from step "
            f"{self._step} on. Give it a keras.Input, or call it with a batch, before fit.",
        )
        self._number_layers()
        self._begin(self._step, resumed=True)

    def _is_one_update(self) -> bool:
        """Whether the next batch is one step of the optimizer."""
        several = _batches_of_update(self._model.optimizer)
        return self._at_once == 1 and (self._step + 1) % several == 0

    def _count_again(self) -> None:
        with self._recorder.notices.instead_of_raising("count", "Steps may be counted wrongly"):
            self._step = self._steps_taken()

    def _steps_taken(self) -> int:
        """Batches trained on so far; a new ``compile`` does not let them begin again."""
        return self._uncounted + self._counted()

    def _counted(self) -> int:
        """As the optimizer counted them."""
        # ``model`` and not ``_model``: with JAX, asking for it brings its variables up to date.
        optimizer = self.model.optimizer
        if optimizer is None:  # train_step does without
            return self._step - self._uncounted
        counter = unwrapped(optimizer.iterations)
        return int(arrays_of(counter).as_numpy(counter)) * _batches_of_update(optimizer)

    def _number_layers(self) -> None:
        notices = self._recorder.notices
        if self._recorder.options.histograms:
            with notices.instead_of_raising("names", "Layers have the numbers that Keras gives"):
                self._names.see(self.model, notices)

    def _weights(self) -> dict[str, Any]:
        return by_name((self._names.path(variable), variable) for variable in self.model.weights)

    def _last_update(self, weights: Weights, still: Collection[str]) -> Update:
        """Keras shows its callbacks no gradients."""
        return seen_update(weights, self.model.optimizer, frozen=still)

    def _still(self) -> set[str]:
        """Frozen ones. What a layer never trains is its state (statistics), and changes."""
        layers = self.model._flatten_layers()
        trained = {id(each) for layer in layers for each in layer._trainable_variables}
        return {
            name
            for name, variable in self._weights().items()
            if id(variable) in trained and not variable.trainable
        }


def _batches_of_update(optimizer: Any) -> int:
    """Of how many batches the gradients are added up."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return getattr(inner, "gradient_accumulation_steps", None) or 1


def _averages(optimizer: Any) -> bool:
    """Whether it, or one that it is made of, keeps averages of the weights."""
    inner = [getattr(optimizer, "inner_optimizer", None), *getattr(optimizer, "optimizers", ())]
    return bool(getattr(optimizer, "use_ema", False)) or any(
        _averages(each) for each in inner if each
    )
