"""A training whose framework calls the recorder: its hooks say when, this keeps and records."""

from abc import abstractmethod
from collections.abc import Collection
from typing import Any

from tb_plugin_weightdelta.recording.causes import Update
from tb_plugin_weightdelta.recording.folder import LogDir
from tb_plugin_weightdelta.recording.guard import Closing
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.recorder import Before, Recorder
from tb_plugin_weightdelta.recording.weights import Weights


class Training(Closing):
    """log_dir, options: as a ``Recorder`` takes them; ``every`` is 100 if not given, often
    enough for 1,000 records of most trainings.
    """

    def __init__(self, log_dir: LogDir, options: OptionArguments) -> None:
        options.setdefault("every", 100)
        self._recorder = Recorder(log_dir, **options)
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

    def _still(self) -> Collection[str]:
        """The names of those that nobody should update."""
        return ()

    def _last_update(self, weights: Weights, still: Collection[str]) -> Update | None:
        """What is seen of the update that is recorded; None where that is nothing."""
        return None

    def _begin(self, step: int, resumed: bool) -> None:
        """Before the first update that is seen here."""
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            self._recorder.begin(step, self._weights(), self._still(), resumed=resumed)

    def _keep(self) -> None:
        """Before an update whose outcome is recorded."""
        with self._recorder.notices.instead_of_raising("weights", "No update ratio"):
            self._before = self._recorder.keep(self._weights(), self._still())

    def _record(self, step: int) -> None:
        """After the update that led to ``step``."""
        before, self._before = self._before, None
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            weights, still = self._weights(), self._still()
            update = self._last_update(weights, still)
            self._recorder.record(step, weights, before, still, update)

    def _record_last(self, step: int) -> None:
        """At the end: where a training ends, it has arrived."""
        if self._recorder.has(step):
            return
        with self._recorder.notices.instead_of_raising("weights", "The last step is not recorded"):
            if not self._recorder.ends_alone(self._weights()):
                self._record(step)
