"""Weights that nobody should update: a checksum stands for the copy that others need."""

import math
from collections.abc import Collection
from dataclasses import replace

from tb_plugin_weightdelta.core.sums import positions
from tb_plugin_weightdelta.recording.arrays import Job, Measured
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.initial import InitialWeights
from tb_plugin_weightdelta.recording.options import Options
from tb_plugin_weightdelta.recording.weights import Chosen, Weights, chosen_weights


class Standing:
    """Those of the initial weights that stand still, measured for as long as they do."""

    def __init__(self, initial: InitialWeights, options: Options, notices: Notices) -> None:
        self._initial = initial
        self._options = options
        self._notices = notices
        self._measured: dict[str, Measured] = {}  # at first

    def measure(self, step: int, name: str, each: Chosen) -> Measured | None:
        """Against itself, once: as long as no bit changes, nothing else would be found.

        None where it changed: it is not recorded any more.
        """
        at_baseline = step == self._initial.still[name].step
        if not at_baseline and not self._is_as_it_was(name, each):
            return None
        if name not in self._measured:
            array = each.array
            chosen = positions(math.prod(each.arrays.shape(array)), self._options.seed)
            job = Job(lambda: None, array, None, chosen)
            self._measured[name] = each.arrays.measure(job, self._options.histograms)
        measured = self._measured[name]
        if at_baseline:
            return measured
        squares = measured.sums.current_squared
        sums = replace(measured.sums, update_squared=0.0, previous_squared=squares)
        return replace(measured, sums=sums)

    def thaw(self, weights: Weights, still: Collection[str]) -> None:
        """Keep those that will be updated from now on, if they are still as they were."""
        names = [name for name in self._initial.still if name in weights and name not in still]
        ours = {name: weights[name] for name in names}
        for name, each in chosen_weights(ours, self._options, self._notices).items():
            if self._is_as_it_was(name, each):
                was = self._initial.still.pop(name)
                self._initial.keep(name, each.arrays, each.array, was.step)

    def _is_as_it_was(self, name: str, each: Chosen) -> bool:
        if each.arrays.checksum(each.array) == self._initial.still[name].checksum:
            return True
        self._notices.say(
            "changed",
            f"{name} is no longer recorded: it changed although nobody should update it. Give "
            "record every optimizer; frozen weights that are loaded, merged or set by their layer "
            "in between are not measured. Others like it are not told.",
        )
        return False
