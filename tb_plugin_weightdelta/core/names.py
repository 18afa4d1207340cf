"""Names and numbers that several modules share, each with its reason."""

from typing import Final, Literal, get_args

PLUGIN_NAME: Final = "weight_delta"
TAB_NAME: Final = "Weight Delta"

# The plugin whose summaries are read. TensorBoard stores every dialect of
# histogram (TF1, TF2, Keras, PyTorch, tensorboardX) under this one name.
HISTOGRAMS_PLUGIN_NAME: Final = "histograms"

# The newest layout of histogram summaries known here; a newer one may hold
# something other than [left, right, count] rows.
HISTOGRAMS_VERSION: Final = 0

# TensorBoard's own Distributions tab draws these quantiles, in 1/100 of a
# percent: under a normal distribution they lie half a standard deviation
# apart. Ours are the same, so that the two tabs can be held side by side.
BASIS_POINTS: Final = (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000)

# The most points a sparkline may have: by default, and at most on request.
SPARKLINE_POINTS: Final = 40
SPARKLINE_POINTS_MAX: Final = 1000

# What the recorder of exact movement writes under: the tensor's name follows.
EXACT_TAG_PREFIX: Final = f"{PLUGIN_NAME}/"

# The newest layout of exact records known here (docs/decisions/0013).
EXACT_VERSION: Final = 1

# How many exact records of a tensor the loaders keep.
KEPT_RECORDS: Final = 1000

# The measures that have one value per step, in the order in which tables, files and the page give
# them: what API, CSV, documentation and page are checked against. measuring's ``Movement`` says
# what they are.
METRICS: Final = (
    *("movement", "movement_lower", "movement_upper", "resolution", "relative_movement"),
    *("median_shift", "spread_ratio", "min_shift", "max_shift", "shape_change"),
    *("implied_drift", "rms", "rms_lower", "speed"),
)

# What a table shows over steps: movement from the baseline; that of single values, estimated;
# movement from one kept step to the next over the steps between; the spread over the baseline's;
# the size of a tensor as a vector; and two that were recorded.
Measure = Literal[
    "movement", "estimate", "speed", "spread_ratio", "norm", "update_ratio", "fraction_changed"
]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

# What a movement is divided by: the baseline's standard deviation, the value it started as, the
# initial root mean square, or nothing.
ScaleKind = Literal["std", "constant", "rms", "none"]
