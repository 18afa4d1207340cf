"""From the exact records that a data provider holds of a tensor to one ExactSeries."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.exact import (
    FIGURES,
    QUANTILES,
    ExactLayoutError,
    ExactSeries,
    decoded_layout,
    decoded_records,
)
from tb_plugin_weightdelta.core.histograms import FloatArray

# Beyond, float64 does not hold every whole number, and JSON no integer at all.
_LARGEST: Final = 2.0**53

_READ: Final = (
    *FIGURES,
    *("elements", "norm", "initial_norm", "baseline_step", "non_finite", "sampled_elements"),
)

_NEVER_NEGATIVE: Final = tuple(name for name in _READ if name not in ("cosine", "baseline_step"))


def exact_series(data: Sequence[Any], tag: str, content: bytes) -> ExactSeries:
    """The records in the order of their steps; of a repeated step the last one.

    data: what the provider kept, ``TensorDatum`` in the order of arrival.
    content: what the metadata of ``tag`` say of the layout. Records of a layout that is not
        known here, or not as it says, are refused with the reason.
    """
    by_step = {int(datum.step): datum for datum in data}
    steps = sorted(by_step)
    try:
        layout = decoded_layout(content, tag)
        rows = decoded_records([by_step[step].numpy for step in steps], layout, tag)
    except ExactLayoutError as error:
        return ExactSeries.unreadable(str(error))
    figures = {name: layout.column(rows, name) for name in _READ}
    wrong = _impossible(figures)
    if wrong:
        return ExactSeries.unreadable(f"The exact records of {tag} are damaged: {wrong}.")
    return ExactSeries(
        steps=np.array(steps, dtype=np.int64),
        wall_times=np.array([by_step[step].wall_time for step in steps], dtype=np.float64),
        figures=figures,
        changes=np.stack([layout.column(rows, name) for name in QUANTILES], axis=1),
    )


def _impossible(figures: Mapping[str, FloatArray]) -> str:
    """What no recorder can have written; NaN, which says nothing, can be of all but two."""
    elements, baseline_step = figures["elements"], figures["baseline_step"]
    if not ((elements >= 1) & (elements <= _LARGEST)).all():
        return "they do not say how many elements there are"
    if not (np.abs(baseline_step) <= _LARGEST).all():
        return "they do not say which step they compare with"
    if (figures["sampled_elements"] > elements).any():
        return "sampled_elements is larger than elements"
    negative = [name for name in _NEVER_NEGATIVE if (figures[name] < 0).any()]
    return f"{negative[0]} is negative" if negative else ""
