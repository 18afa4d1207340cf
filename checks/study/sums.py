"""What the exact sums of legacy histograms add, beside the exact weights."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch.utils.tensorboard.summary import make_histogram

from checks.study.pairs import Trained
from checks.study.writers import LIMITS, legacy_python
from tb_plugin_weightdelta.core.histograms import HistogramSeries
from tb_plugin_weightdelta.measuring import Movement, movements_of
from tb_plugin_weightdelta.reading.dialects import histogram_series
from tb_plugin_weightdelta.reading.moments import Sums, with_sums

THRESHOLDS = (0.01, 0.1)  # of what counts as moved, and as moved far


@dataclass(frozen=True)
class Told:
    """One tensor over its later steps, (T,) each: the truth, and what is said with its sums.

    constant: |c| if every value started as one c, else NaN. unresolved: without sums, and with.
    """

    distance: np.ndarray
    rms: np.ndarray
    found: Movement
    constant: float
    unresolved: tuple[np.ndarray, np.ndarray]


def told(networks: Trained) -> Iterator[Told]:
    """Every tensor by PyTorch's writer, each later step against the first."""
    for _, weights in networks:
        values = weights.values.astype(np.float64)
        steps = range(len(values))
        bare = histogram_series(steps, [0.0] * len(steps), [legacy_python(v) for v in values])
        summed = with_sums(bare, {(step, 0.0): _sums(values[step]) for step in steps})
        without, found = _moved(bare), _moved(summed)
        ordered = np.sort(values, axis=1)
        yield Told(
            distance=np.abs(ordered[1:] - ordered[0]).mean(axis=1),
            rms=np.sqrt(((values[1:] - values[0]) ** 2).mean(axis=1)),
            found=found.part(slice(1, None)),
            constant=abs(values[0, 0]) if np.ptp(values[0]) == 0 else np.nan,
            unresolved=(_unresolved(without)[1:], _unresolved(found)[1:]),
        )


def _sums(values: np.ndarray) -> Sums:
    proto = make_histogram(values, LIMITS)
    return proto.num, proto.min, proto.max, proto.sum, proto.sum_squares


def _moved(series: HistogramSeries) -> Movement:
    return movements_of({"": (series, series.at(slice(0, 1)))})[""]


def _unresolved(found: Movement) -> np.ndarray:
    """Where the verdict is: only bounds are known, and they deserve different ones."""
    below = (found.movement > 0) & (found.movement < found.resolution) & ~(found.rms > 0)
    low, high = (
        np.digitize(bound / found.scale, THRESHOLDS)
        for bound in (found.movement_lower, found.movement_upper)
    )
    return below & (low != high) & ~np.isnan(found.scale)


def print_sums(networks: Trained) -> None:
    """Errors of the exact root mean square, broken bounds, and what stays unresolved."""
    every = list(told(networks))
    left = [each for each in every if each.constant > 0]
    errors, large = [], 0
    for each in left:
        rms, exact = each.found.rms, each.rms
        is_large = exact >= 1e-5 * each.constant
        large += int(is_large.sum())
        claimed = is_large & (rms > 0)
        errors += np.abs(rms[claimed] / exact[claimed] - 1).tolist()
    broken = sum(
        int(((each.found.movement_lower > each.distance)
             | (each.found.movement_upper < each.distance)
             | (each.found.rms_lower > each.rms)).sum())
        for each in every
    )  # fmt: skip
    moved = [each.distance >= THRESHOLDS[0] * each.found.scale for each in every]
    series = sum(int(each.sum()) for each in moved)
    print(f"root mean square of at least 1e-5 of c: told {len(errors)} of {large}, "
          f"largest relative error {max(errors):.1g}")  # fmt: skip
    print(f"bounds and floors broken: {broken} of {sum(len(each.rms) for each in every)}")
    for name, which in (("without sums", 0), ("with sums", 1)):
        unresolved = sum(
            int((each.unresolved[which] & far).sum())
            for each, far in zip(every, moved, strict=True)
        )
        print(f"{name}: unresolved {unresolved} of {series} that moved by at least 1 %")
    print()
