"""Records how far weights have moved, from arrays of any framework."""

import math
import operator
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Unpack

from tensorboard.compat.proto.summary_pb2 import Summary

from tb_plugin_weightdelta.core.exact import Cause, Layout, cause_at
from tb_plugin_weightdelta.core.sums import Array, figures, positions
from tb_plugin_weightdelta.recording.arrays import Job, Measured
from tb_plugin_weightdelta.recording.causes import Causes, Update
from tb_plugin_weightdelta.recording.event_log import (
    EventLog,
    histogram_value,
    record_value,
)
from tb_plugin_weightdelta.recording.folder import LogDir, enter, has_earlier, let_go
from tb_plugin_weightdelta.recording.guard import Closing, Notices
from tb_plugin_weightdelta.recording.initial import (
    InitialWeights,
    any_shared_out,
    file_for,
    find_initial,
)
from tb_plugin_weightdelta.recording.options import OptionArguments, Options
from tb_plugin_weightdelta.recording.standing import Standing
from tb_plugin_weightdelta.recording.weights import (
    Chosen,
    Copies,
    Weights,
    check_named,
    chosen_weights,
    flattened,
)

# Weights one update ago, and their step.
Before = Mapping[str, Array]


class Recorder(Closing):
    """Measures weights against those of its first call and writes what it finds.

    log_dir: a folder, or a writer such as PyTorch's ``SummaryWriter``.
    options: see ``Options``.

    Raises TypeError or ValueError for what cannot be meant, at once. Nothing that goes wrong
    later is raised: it is logged once, under ``tb_plugin_weightdelta.recording``, and the
    training goes on.
    """

    def __init__(self, log_dir: LogDir, **options: Unpack[OptionArguments]) -> None:
        self.options = Options(**options)
        self.notices = Notices()
        self._log = EventLog(log_dir)
        self._initial = InitialWeights(self.options.reference == "host")
        self._begun = False  # whether this recorder has its baseline
        self._writing = True
        self._closed = False
        self._told: set[str] = set()  # names whose layout is in the file
        self._standing = Standing(self._initial, self.options, self.notices)
        self._first_step = 0
        self._recorded = 0  # the last step that was
        self._fell_due = 0  # the last step that was because its time had come
        self._last_step = 0  # that was heard of
        self._names: frozenset[str] = frozenset()  # in the logs
        self._before: tuple[int, Before] | None = None
        self._copies = Copies()
        self._causes = Causes(self.notices)

    def log(
        self,
        step: int,
        weights: Any,
        before: Any = None,
        *,
        grads: Any = None,
        optimizer: Any = None,
    ) -> None:
        """Take note of the weights after ``step`` updates; the first call is the baseline.

        weights: by name, in a dictionary or whatever else ``weights.flattened`` takes: any
            pytree of arrays, a model.

        Where the first step is not 0, and no initial weights were given back, its weights stand
        in for them.

        Records where at least ``every`` steps were made since the last record. Called at every
        step it knows the update ratio by itself, at the price of a copy; otherwise give the
        weights one update ``before``, or go without.

        grads: of the last update, as the weights are given, None where none arrived.
        optimizer: that of Keras, a state of Optax that has ``hyperparams``, or the learning rate.
            With these the recorder finds why a tensor does not move.

        Raises TypeError or ValueError where the first call has no step, or no weights.
        """
        if not self._begun:
            step = whole_step(step)
            check_named(weights)
        with self.notices.instead_of_raising("step", "A step is not recorded"):
            self._log_weights(whole_step(step), weights, before, grads, optimizer)

    def _log_weights(
        self, step: int, weights: Any, before: Any, grads: Any, optimizer: Any
    ) -> None:
        if before is None and self._before and self._before[0] == step - 1:
            before = self._before[1]
        first = not self._begun
        follows = first or self._last_step == step - 1
        if not first and step < self._last_step:
            self.notices.say(
                "back",
                f"Step {step} comes after step {self._last_step}: steps are those of the whole "
                "training, not of an epoch. What is not beyond the last record is not recorded.",
            )
        self._last_step, self._before = step, None
        named: Weights | None = None
        if first or self.due(step):
            named = flattened(weights)
            begun = first and self.begin(step, named)
            if first and not begun:
                # Nobody has recorded this step yet, even where ``every`` divides it.
                self._fell_due = (step - 1) // self.options.every * self.options.every
            if not begun and self.due(step):
                was = None if before is None else flattened(before)
                self.record(
                    step, named, was, update=self._causes.seen(weights, named, grads, optimizer)
                )
        if self.due(step + 1) and (follows or self.options.every > 1):
            self._before = (step, self.keep(flattened(weights) if named is None else named))

    def due(self, step: int) -> bool:
        """Whether the time for a record has come."""
        return step - self._fell_due >= self.options.every

    def has(self, step: int) -> bool:
        """Whether there is nothing to record: the step was, or nothing has begun."""
        return not self._begun or self._closed or step <= self._recorded

    def begin(
        self, step: int, weights: Weights, still: Collection[str] = (), resumed: bool = False
    ) -> bool:
        """Take the initial weights from where they were kept, or else these, and record them.

        still: the names of those that nobody should update.
        resumed: whether updates went before that this recorder has not seen.

        Returns whether a baseline was recorded.
        """
        if self._begun:
            return False
        self._begun = True
        self._first_step = self._recorded = self._last_step = step
        # As if those before had fallen on what ``every`` divides: nobody knows better.
        self._fell_due = step - step % self.options.every
        with self.notices.instead_of_raising("begin", "The initial weights are not recorded"):
            chosen = chosen_weights(weights, self.options, self.notices, still)
            goes_on = resumed or step > 0
            if weights and not any(map(self.options.chooses, weights)):
                self.notices.say(
                    "chosen",
                    f"Nothing is recorded: include and exclude choose none of {len(weights)} "
                    "weights.",
                )
            if any(each.arrays.leads() for each in chosen.values()) and self._writing:
                self._names = frozenset(map(self.options.named, chosen))
                if why := enter(self, self._log.log_dir, self.notices, goes_on=goes_on):
                    self._write_no_more(f"Nothing is recorded: {why}")
            if not self._writing and not any_shared_out(chosen):
                return False
            if self._is_alone(chosen):
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
                goes_on=goes_on,
                file=file_for(self.options, self._log.log_dir, chosen, self.notices),
            )
            if self._initial.origin != "restored":
                self._record(step, weights, still, is_baseline=True)
        return self._initial.origin != "restored"

    def ends_alone(self, weights: Weights) -> bool:
        """At the end: whether others, who hold parts of these weights, record them no more."""
        return self._is_alone(chosen_weights(weights, self.options, self.notices))

    def _is_alone(self, chosen: Mapping[str, Chosen]) -> bool:
        """Whether others, who hold parts of these weights, do not record."""
        shared = [each for each in chosen.values() if each.arrays.is_shared_out(each.array)]
        if not shared or shared[0].arrays.all_record(shared[0].array):
            return False
        self._closed = True
        self.notices.say(
            "closed",
            "Nothing is recorded: other processes hold parts of the weights, and do not record "
            "them at this moment. Call record, and close, in every process.",
        )
        return True

    def note(self, step: int) -> None:
        """The training has come to a step, whether it is recorded or not."""
        self._last_step = step

    def may_train_beside(self, names: Collection[str]) -> bool:
        """Whether it records, and may be of another model that trains together with one of these.

        Of the same tensors it is the same model, where it has made a step before the other began.
        """
        if not self._writing or self._closed or self._recorded > self._first_step:
            return False
        return self._last_step == self._first_step or self._names != names

    @property
    def names(self) -> frozenset[str]:
        """Of its tensors, in the logs."""
        return self._names

    def give_way(self, place: str) -> None:
        """Another recorder of this process goes on with these tensors."""
        if self._writing and not self._closed:
            self._write_no_more(f"No more is recorded here: a later recording goes on in {place}.")

    def count_from_zero(self) -> None:
        """Before ``begin``: the training is resumed, and nobody knows at which step.

        Records of an earlier part are not written over with steps that are not theirs.
        """
        remedy = "Give record the step (step=…), or load_state_dict what state_dict gave before."
        unknown = "the training is resumed, and its optimizer does not know at which step"
        with self.notices.instead_of_raising("step unknown", unknown):
            if has_earlier(self._log.log_dir):
                self._write_no_more(
                    f"Nothing is recorded: {unknown}, but the folder has records. {remedy}"
                )
                return
        self.notices.say("step unknown", f"Steps are counted from 0: {unknown}. {remedy}")

    def record(
        self,
        step: int,
        weights: Weights,
        before: Weights | None = None,
        still: Collection[str] = (),
        update: Update | None = None,
    ) -> None:
        """Measure and write, whatever ``every`` says.

        update: what is seen of the last one, for why a tensor did not move.

        Without a ``begin`` before, these are initial weights that stand in for the true ones.
        """
        if self._closed:
            self.notices.say("closed", f"Step {step} is not recorded: the recorder is closed.")
            return
        if not self.begin(step, weights, still, resumed=True):
            self._record(step, weights, still, before, update)

    def _record(
        self,
        step: int,
        weights: Weights,
        still: Collection[str],
        before: Weights | None = None,
        update: Update | None = None,
        *,
        is_baseline: bool = False,
    ) -> None:
        self._recorded = max(step, self._recorded)
        if self.due(step):
            self._fell_due = step
        with self.notices.instead_of_raising("step", f"Step {step} is not recorded"):
            chosen = chosen_weights(weights, self.options, self.notices, still)
            if not self._writing and not any_shared_out(chosen):
                return
            self.thaw(weights, still)
            if update and before:
                # What was 0 may not be any more, and only hid the gradients of this update.
                update = replace(update, weights={**update.weights, **before})
            told: dict[str, dict[str, float]] = {}
            values = []
            for name, each in chosen.items():
                subject, sentence = f"measure {name}", f"{name} is not recorded at step {step}"
                with self.notices.instead_of_raising(subject, sentence):
                    was = (before or {}).get(name)
                    measured = self._measured(step, name, each, was, is_baseline)
                    if measured is not None and each.arrays.leads():
                        figures = self._figures(
                            name, measured, self._causes.of(name, each, measured, update)
                        )
                        told[self.options.named(name)] = figures
                        values += self._summaries(name, measured, figures)
            self._look_for_removed(step, weights)
            self._write(step, values, told)

    def thaw(self, weights: Weights, still: Collection[str]) -> None:
        """Before their first update: keep those that stood still until now, and will be updated."""
        self._standing.thaw(weights, still)

    def keep(self, weights: Weights, still: Collection[str] = ()) -> Before:
        """Copies of the weights as they are now, for ``before`` until it is called again."""
        kept: dict[str, Array] = {}
        if self._closed or not self._writing:
            return kept
        with self.notices.instead_of_raising("keep", "The update ratio is not recorded"):
            for name, each in chosen_weights(weights, self.options, self.notices, still).items():
                # Those that are frozen later are measured as before.
                if not each.still or name in self._initial:
                    kept[name] = self._copies.of(name, each)
        return kept

    def state_dict(self) -> dict[str, Any]:
        """The initial weights, for a checkpoint: whoever resumes from it gives them back."""
        return self._initial.state()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on measuring against the initial weights of the training that is resumed."""
        sentence = "The initial weights in the checkpoint cannot be used"
        with self.notices.instead_of_raising("restore", sentence):
            self._initial.restore(state)

    def close(self, step: int | None = None, weights: Any = None) -> None:
        """Write what is left and give the memory back; may be called again.

        step, weights: the last ones, recorded if they were not.
        """
        if step is not None and weights is not None:
            with self.notices.instead_of_raising("last", f"Step {step} is not recorded"):
                self._record_last(whole_step(step), weights)
        self._closed = True
        self._before = None
        let_go(self)
        self._initial.forget()
        self._causes.forget()
        self._copies.forget()
        with self.notices.instead_of_raising("write", "The last records may be lost"):
            self._log.close()

    def _record_last(self, step: int, weights: Any) -> None:
        if not self.has(step):
            before = self._before[1] if self._before and self._before[0] == step - 1 else None
            self.record(step, flattened(weights), before)

    def _measured(
        self, step: int, name: str, each: Chosen, before: Array | None, is_baseline: bool
    ) -> Measured | None:
        """What is known of one tensor; None where it is not recorded any more."""
        arrays, array = each.arrays, each.array
        if each.still and name in self._initial.still:
            return self._standing.measure(step, name, each)
        shape = arrays.shape(array)
        if name in self._initial and (was := tuple(self._initial[name].array.shape)) != shape:
            why = f"its shape was {was} and is {shape} at step {step}"
            self.notices.say(f"shape {name}", f"{name} is no longer recorded: {why}.")
            return None
        if name in self._initial.still:
            return None
        if before is not None and arrays.shape(before) != shape:
            before = None
        chosen = positions(math.prod(shape), self.options.seed)
        own = is_baseline and name in self._initial
        # A process that fails to find its part must not keep others waiting: it fails inside.
        job = Job(
            lambda: None if own else self._initial_weights(name, each, step), array, before, chosen
        )
        return arrays.measure(job, self.options.histograms)

    def _initial_weights(self, name: str, each: Chosen, step: int) -> Array | None:
        """None where they are these."""
        if name not in self._initial:
            self.notices.say(f"added {name}", f"{name} is measured from step {step} on, its first.")
            self._initial.keep(name, each.arrays, each.array, step)
            return None
        return self._initial.of(name, each.arrays, each.array).array

    def _figures(self, name: str, measured: Measured, cause: Cause) -> dict[str, float]:
        kept = self._initial.still.get(name) or self._initial[name]
        return figures(measured.sums, measured.quantiles, measured.sampled, kept.step, cause)

    def _summaries(
        self, name: str, measured: Measured, told: dict[str, float]
    ) -> list[Summary.Value]:
        layout = Layout(initial=self._initial.origin, sampled=measured.sampled or None)
        tag = self.options.named(name)
        values = [record_value(tag, told, None if name in self._told else layout)]
        self._told.add(name)
        if measured.rows is not None:
            values.append(histogram_value(tag, measured.rows))
        return values

    def _look_for_removed(self, step: int, weights: Weights) -> None:
        for name in self._initial:
            if name not in weights and self.options.chooses(name):
                self.notices.say(
                    f"removed {name}",
                    f"{name} is no longer recorded: at step {step} it is not among the weights.",
                )

    def _write(
        self, step: int, values: list[Summary.Value], told: dict[str, dict[str, float]]
    ) -> None:
        if not values or not self._writing:
            return
        try:
            self._log.write(step, values)
        except Exception as error:
            self._write_no_more(
                f"Nothing is recorded from step {step} on, it cannot be written: "
                f"{type(error).__name__}: {error}"
            )
            return
        if self.options.on_record:
            with self.notices.instead_of_raising("on_record", f"on_record failed at step {step}"):
                named = {name: _in_words(figures) for name, figures in told.items()}
                self.options.on_record(step, named)

    def _write_no_more(self, sentence: str) -> None:
        self._writing = False
        self._told.clear()
        self.notices.say("write", sentence)


def _in_words(figures: Mapping[str, float]) -> dict[str, Any]:
    return {**figures, "cause": cause_at(figures["cause"])}


def whole_step(step: Any) -> int:
    """A step as a number. Raises TypeError or ValueError for what is none."""
    try:
        number = operator.index(step)
    except TypeError:
        raise TypeError(f"step is {step!r}: it must be the number of updates so far.") from None
    if number < 0 or isinstance(step, bool):
        raise ValueError(f"step is {step!r}: it must be the number of updates so far.")
    return number
