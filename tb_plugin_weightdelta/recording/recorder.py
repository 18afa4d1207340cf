"""Records how far weights have moved, from arrays of any framework."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Unpack

from tensorboard.compat.proto.summary_pb2 import Summary

from tb_plugin_weightdelta.core.exact import Layout
from tb_plugin_weightdelta.recording.arrays import Job, Measured
from tb_plugin_weightdelta.recording.event_log import (
    Destination,
    EventLog,
    histogram_value,
    record_value,
)
from tb_plugin_weightdelta.recording.guard import Closing, Notices
from tb_plugin_weightdelta.recording.initial import InitialWeights, any_shared_out, find_initial
from tb_plugin_weightdelta.recording.options import OptionArguments, Options
from tb_plugin_weightdelta.recording.sums import Array, figures, positions
from tb_plugin_weightdelta.recording.weights import Chosen, Weights, chosen_weights

# Weights one update ago, and their step.
Before = Mapping[str, Array]


class Recorder(Closing):
    """Measures weights against those of its first call and writes what it finds.

    destination: a folder, or a writer such as PyTorch's ``SummaryWriter``.
    options: see ``Options``.

    Nothing that goes wrong here is raised, but for options that cannot be meant: it is
    logged once, under ``tb_plugin_weightdelta.recording``, and the training goes on.
    """

    def __init__(self, destination: Destination, **options: Unpack[OptionArguments]) -> None:
        self.options = Options(**options)
        self.notices = Notices()
        self._log = EventLog(destination)
        self._initial = InitialWeights(self.options.reference == "host")
        self._begun = False  # whether this recorder has its baseline
        self._writing = True
        self._closed = False
        self._told: set[str] = set()  # names whose layout is in the file
        self._last_step: int | None = None
        self._before: tuple[int, Before] | None = None

    def log(self, step: int, weights: Weights, before: Weights | None = None) -> None:
        """Take note of the weights after ``step`` updates; the first call is the baseline.

        Where its step is not 0, and no initial weights were given back, it stands in for them.

        Records where ``every`` divides the step. Called at every step it knows the update
        ratio by itself, at the price of a copy; otherwise give the weights one update
        ``before``, or go without.
        """
        if before is None and self._before and self._before[0] == step - 1:
            before = self._before[1]
        first = not self._begun
        follows = first or self._last_step == step - 1
        if not (first and self.begin(step, weights)) and self.options.due(step):
            self.record(step, weights, before)
        self._last_step, self._before = step, None
        if self.options.due(step + 1) and (follows or self.options.every > 1):
            self._before = (step, self.keep(weights))

    def begin(self, step: int, weights: Weights, resumed: bool = False) -> bool:
        """Take the initial weights from where they were kept, or else these, and record them.

        resumed: whether updates went before that this recorder has not seen.

        Returns whether a baseline was recorded.
        """
        if self._begun:
            return False
        self._begun = True
        with self.notices.instead_of_raising("begin", "The initial weights are not recorded"):
            chosen = chosen_weights(weights, self.options, self.notices)
            if not self._writing and not any_shared_out(chosen):
                return False
            if self.options.reference == "host" and any_shared_out(chosen):
                self.notices.say(
                    "reference",
                    "reference='host' does not hold for weights that several processes share: "
                    "the initial ones are kept on the device.",
                )
            find_initial(
                self._initial,
                chosen,
                self.notices,
                step=step,
                goes_on=resumed or step > 0,
                path=self.options.initial,
            )
            if self._initial.origin != "restored":
                self.record(step, weights)
        return self._initial.origin != "restored"

    def count_from_zero(self) -> None:
        """Before ``begin``: the training is resumed, and nobody knows at which step.

        Records of an earlier part are not written over with steps that are not theirs.
        """
        remedy = "Give record the step (step=…), or load_state_dict what state_dict gave before."
        unknown = "the training is resumed, and its optimizer does not know at which step"
        with self.notices.instead_of_raising("step unknown", unknown):
            if self._log.has_earlier():
                self._write_no_more(
                    f"Nothing is recorded: {unknown}, but the folder has records. {remedy}"
                )
                return
        self.notices.say("step unknown", f"Steps are counted from 0: {unknown}. {remedy}")

    def record(self, step: int, weights: Weights, before: Weights | None = None) -> None:
        """Measure and write, whatever ``every`` says.

        Without a ``begin`` before, these are initial weights that stand in for the true ones.
        """
        if self._closed:
            self.notices.say("closed", f"Step {step} is not recorded: the recorder is closed.")
            return
        if self.begin(step, weights, resumed=True):
            return
        with self.notices.instead_of_raising("step", f"Step {step} is not recorded"):
            chosen = chosen_weights(weights, self.options, self.notices)
            if not self._writing and not any_shared_out(chosen):
                self._initial.forget()
                return
            values = []
            for name, each in chosen.items():
                subject, sentence = f"measure {name}", f"{name} is not recorded at step {step}"
                with self.notices.instead_of_raising(subject, sentence):
                    values += self._values(step, name, each, (before or {}).get(name))
            self._look_for_removed(step, weights)
            self._write(step, values)

    def keep(self, weights: Weights) -> Before:
        """Copies of the weights as they are now, for ``before`` of a later call."""
        kept: dict[str, Array] = {}
        if self._closed or not self._writing:
            return kept
        with self.notices.instead_of_raising("keep", "The update ratio is not recorded"):
            for name, each in chosen_weights(weights, self.options, self.notices).items():
                kept[name] = each.arrays.keep(each.array, on_host=False)
        return kept

    def state_dict(self) -> dict[str, Any]:
        """The initial weights, for a checkpoint: whoever resumes from it gives them back."""
        return self._initial.state()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on measuring against the initial weights of the training that is resumed."""
        sentence = "The initial weights in the checkpoint cannot be used"
        with self.notices.instead_of_raising("restore", sentence):
            self._initial.restore(state)

    def close(self) -> None:
        """Write what is left and give the memory back; may be called again."""
        self._closed = True
        self._before = None
        self._initial.forget()
        with self.notices.instead_of_raising("write", "The last records may be lost"):
            self._log.close()

    def _values(
        self, step: int, name: str, each: Chosen, before: Array | None
    ) -> list[Summary.Value]:
        """The summaries of one tensor."""
        arrays, array = each.arrays, each.array
        shape = arrays.shape(array)
        if name in self._initial and (was := tuple(self._initial[name].array.shape)) != shape:
            why = f"its shape was {was} and is {shape} at step {step}"
            self.notices.say(f"shape {name}", f"{name} is no longer recorded: {why}.")
            return []
        if before is not None and arrays.shape(before) != shape:
            before = None
        chosen = positions(math.prod(shape), self.options.seed)
        # A process that fails to find its part must not keep others waiting: it fails inside.
        job = Job(lambda: self._initial_weights(name, each, step), array, before, chosen)
        measured = arrays.measure(job, self.options.histograms)
        return self._summaries(name, measured) if arrays.leads() else []

    def _initial_weights(self, name: str, each: Chosen, step: int) -> Array:
        if name not in self._initial:
            self.notices.say(f"added {name}", f"{name} is measured from step {step} on, its first.")
            self._initial.keep(name, each.arrays, each.array, step)
        return self._initial.of(name, each.arrays, each.array).array

    def _summaries(self, name: str, measured: Measured) -> list[Summary.Value]:
        sampled = measured.sampled
        layout = Layout(initial=self._initial.origin, sampled=sampled or None)
        told = figures(measured.sums, measured.quantiles, sampled, self._initial[name].step)
        values = [record_value(name, told, None if name in self._told else layout)]
        self._told.add(name)
        if measured.rows is not None:
            values.append(histogram_value(name, measured.rows))
        return values

    def _look_for_removed(self, step: int, weights: Weights) -> None:
        for name in self._initial:
            if name not in weights and self.options.chooses(name):
                self.notices.say(
                    f"removed {name}",
                    f"{name} is no longer recorded: at step {step} it is not among the weights.",
                )

    def _write(self, step: int, values: list[Summary.Value]) -> None:
        if not values or not self._writing:
            return
        try:
            self._log.write(step, values)
        except Exception as error:
            self._write_no_more(
                f"Nothing is recorded from step {step} on, it cannot be written: "
                f"{type(error).__name__}: {error}"
            )

    def _write_no_more(self, sentence: str) -> None:
        self._writing = False
        self._told.clear()
        self.notices.say("write", sentence)


class Training(Closing):
    """A training whose framework calls us: its hooks say when, this keeps and records.

    destination, options: as a ``Recorder`` takes them; ``every`` is 100 if not given, often
        enough for 1,000 records of most trainings.
    """

    def __init__(self, destination: Destination, options: OptionArguments) -> None:
        options.setdefault("every", 100)
        self._recorder = Recorder(destination, **options)
        self._before: Before | None = None

    def state_dict(self) -> dict[str, Any]:
        """The initial weights, for a checkpoint."""
        return self._recorder.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on measuring against the initial weights of the training that is resumed."""
        self._recorder.load_state_dict(state)

    def close(self) -> None:
        """Have everything on disk and record no more; may be called again."""
        self._before = None
        self._recorder.close()

    @abstractmethod
    def _weights(self) -> Weights:
        """The weights as they are now."""

    def _keep(self) -> None:
        """Before an update whose outcome is recorded."""
        with self._recorder.notices.instead_of_raising("weights", "No update ratio"):
            self._before = self._recorder.keep(self._weights())

    def _record(self, step: int) -> None:
        """After the update that led to ``step``."""
        before, self._before = self._before, None
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            self._recorder.record(step, self._weights(), before)
