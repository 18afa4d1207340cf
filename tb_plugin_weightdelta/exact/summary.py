"""The layout of an exact record in an event file: written by the recorder, read by the tab.

One summary value per tensor and step: a 1-D float64 tensor under ``weight_delta/<name>``,
whose metadata names the numbers in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, get_args

import numpy as np
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.util import tensor_util

from tb_plugin_weightdelta.errors import WeightDeltaError
from tb_plugin_weightdelta.exact.statistics import FIELDS, FloatArray
from tb_plugin_weightdelta.metadata import EXACT_TAG_PREFIX, EXACT_VERSION, PLUGIN_NAME

# Where the initial weights come from: kept since before the first update, restored from the
# training that was resumed, or lost, so that those at the resumption stand in for them.
Initial = Literal["kept", "restored", "missing"]

_INITIALS: Final = get_args(Initial)

# Ten times what a layout of today takes, and names.
_LARGEST_LAYOUT: Final = 16_384  # bytes
_MOST_FIELDS: Final = 256


class ExactLayoutError(WeightDeltaError):
    """A record is not laid out as any version known here."""


@dataclass(frozen=True)
class Layout:
    """What the numbers of a series of records are.

    sampled: of how many elements its quantiles are, None when they are of all.
    """

    fields: tuple[str, ...] = FIELDS
    initial: Initial = "kept"
    sampled: int | None = None

    def column(self, records: FloatArray, field: str) -> FloatArray:
        """One figure at every step, records: (T, fields); NaN where its version had none."""
        if field not in self.fields:
            return np.full(len(records), np.nan)
        return records[:, self.fields.index(field)]


def encoded_layout(layout: Layout) -> bytes:
    """The metadata's content."""
    return json.dumps({"version": EXACT_VERSION, **asdict(layout)}).encode()


def decoded_layout(content: bytes, tag: str) -> Layout:
    """What metadata says of the records under ``tag``; raises ExactLayoutError."""
    damaged = f"The layout of the exact records of {tag} is damaged"
    if len(content) > _LARGEST_LAYOUT:
        raise ExactLayoutError(f"{damaged}: it is longer than {_LARGEST_LAYOUT} bytes.")
    try:
        told = json.loads(content)
        version = int(told["version"])
        if version > EXACT_VERSION:
            raise ExactLayoutError(
                f"The exact records of {tag} have layout {version}, and this version of Weight "
                f"Delta knows layouts up to {EXACT_VERSION}: a newer one reads them."
            )
        layout = Layout(tuple(told["fields"]), told["initial"], told["sampled"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ExactLayoutError(f"{damaged}.") from error
    if not _is_sound(layout):
        raise ExactLayoutError(f"{damaged}.")
    return layout


def _is_sound(layout: Layout) -> bool:
    """Whether everything in it is of its kind; JSON can hold anything."""
    named = all(isinstance(name, str) for name in layout.fields)
    counted = layout.sampled is None or type(layout.sampled) is int
    is_known = isinstance(layout.initial, str) and layout.initial in _INITIALS
    return named and counted and is_known and 0 < len(layout.fields) <= _MOST_FIELDS


def decoded_records(tensors: Sequence[FloatArray], layout: Layout, tag: str) -> FloatArray:
    """The records of a series as (T, fields); raises ExactLayoutError."""
    shape = (len(layout.fields),)
    for tensor in tensors:
        if np.shape(tensor) != shape:
            raise ExactLayoutError(
                f"An exact record of {tag} has shape {np.shape(tensor)} where its layout "
                f"names {len(layout.fields)} numbers."
            )
    if any(np.asarray(tensor).dtype.kind not in "fiu" for tensor in tensors):
        raise ExactLayoutError(f"The exact records of {tag} are not numbers.")
    return np.asarray(tensors, dtype=np.float64).reshape(-1, *shape)


def record_value(name: str, figures: Mapping[str, float], layout: Layout | None) -> Summary.Value:
    """One record as a summary; a series needs its layout with the first alone."""
    metadata = layout and SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(
            plugin_name=PLUGIN_NAME, content=encoded_layout(layout)
        ),
        data_class=DATA_CLASS_TENSOR,
    )
    numbers = np.array([figures[field] for field in FIELDS])
    return Summary.Value(
        tag=EXACT_TAG_PREFIX + name,
        metadata=metadata,
        tensor=tensor_util.make_tensor_proto(numbers, dtype=np.float64),
    )


def histogram_value(name: str, rows: FloatArray) -> Summary.Value:
    """One histogram as ``tf.summary.histogram`` writes it, rows: (K, 3)."""
    return Summary.Value(
        tag=name,
        metadata=histogram_metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(rows, dtype=np.float64),
    )
