"""What is known of a run's series without reading them: histograms and exact records, joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tensorboard.data.provider import TensorTimeSeries

from tb_plugin_weightdelta.metadata import EXACT_TAG_PREFIX

# Keras logs the histograms of X under X and this.
_KERAS_SUFFIX: Final = "/histogram"


@dataclass(frozen=True)
class Listed:
    """One series as the provider lists it: its histograms, its exact records, or both.

    exact_tag: the tag that the exact records were logged under.
    """

    histograms: TensorTimeSeries | None = None
    exact: TensorTimeSeries | None = None
    exact_tag: str = ""

    @property
    def last_step(self) -> int:
        """The last step that the provider holds."""
        return max(int(each.max_step) for each in self._both)

    @property
    def last_wall_time(self) -> float:
        """When the last summary was written, in seconds since the epoch."""
        return max(float(each.max_wall_time) for each in self._both)

    @property
    def age(self) -> tuple[tuple[int, float] | None, ...]:
        """What changes when the series does."""
        return tuple(
            (int(each.max_step), float(each.max_wall_time)) if each else None
            for each in (self.histograms, self.exact)
        )

    @property
    def description(self) -> str:
        """What the training script said of the tensor."""
        return next((str(each.description) for each in self._both if each.description), "")

    @property
    def _both(self) -> list[TensorTimeSeries]:
        return [each for each in (self.histograms, self.exact) if each is not None]


Listing = Mapping[str, Mapping[str, Listed]]


def joined(
    histograms: Mapping[str, TensorTimeSeries], exact: Mapping[str, TensorTimeSeries]
) -> dict[str, Listed]:
    """The series of a run by tag.

    The records ``weight_delta/X`` belong to the histograms ``X``, else to ``X/histogram``
    if those have none of their own; where there are neither they are the series ``X``.
    """
    series = {tag: Listed(histograms=listed) for tag, listed in histograms.items()}
    for tag, listed in exact.items():
        if not tag.startswith(EXACT_TAG_PREFIX):
            continue
        owner = tag.removeprefix(EXACT_TAG_PREFIX)
        is_keras = owner not in histograms and owner + _KERAS_SUFFIX in histograms
        if is_keras and tag + _KERAS_SUFFIX not in exact:
            owner += _KERAS_SUFFIX
        series[owner] = Listed(histograms.get(owner), listed, tag)
    return series


def names_beside(tag: str) -> list[str]:
    """The names that decide what belongs to the series ``tag``, its own first."""
    return list(dict.fromkeys([tag, tag.removesuffix(_KERAS_SUFFIX), tag + _KERAS_SUFFIX]))
