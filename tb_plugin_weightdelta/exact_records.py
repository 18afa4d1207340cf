"""From the exact records that a data provider holds of a tensor to one ExactSeries."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.exact.statistics import QUANTILES
from tb_plugin_weightdelta.exact.summary import ExactLayoutError, decoded_layout, decoded_records
from tb_plugin_weightdelta.exact_series import FIGURES, ExactSeries

_READ: Final = (
    *FIGURES,
    *("elements", "norm", "initial_norm", "baseline_step", "non_finite", "sampled_elements"),
)


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
    for name in ("elements", "baseline_step"):
        if not np.isfinite(layout.column(rows, name)).all():
            return ExactSeries.unreadable(f"The exact records of {tag} are damaged: no {name}.")
    return ExactSeries(
        steps=np.array(steps, dtype=np.int64),
        wall_times=np.array([by_step[step].wall_time for step in steps], dtype=np.float64),
        figures={name: layout.column(rows, name) for name in _READ},
        changes=np.stack([layout.column(rows, name) for name in QUANTILES], axis=1),
    )
