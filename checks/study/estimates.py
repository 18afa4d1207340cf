"""How far single weights moved as it is estimated, beside how far they did.

``python -m checks.study.estimates`` trains twenty networks, two seeds each, and takes about four
minutes. Factors are calibrated on all networks but those of one family, and tried on those.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from checks.study.more_networks import more_recipes
from checks.study.networks import STEPS, recipes, train
from checks.study.writers import legacy_python, tf2
from tb_plugin_weightdelta.measuring import movements_of
from tb_plugin_weightdelta.measuring.estimate import METHODS, estimate
from tb_plugin_weightdelta.reading.dialects import histogram_series

# Of the mass of each network's errors, all networks alike, so much is within the factor.
LEVEL = 0.925
MOVED = 0.01  # of the spread, from which the figures count
LEAST_STEP = 5  # of those that factors are calibrated on


@dataclass(frozen=True)
class Told:
    """One tensor of one network by one writer at one step: the truth, and the estimate.

    method: "" where there is none.
    """

    network: str
    writer: str
    step: int
    spread: float
    mean_abs: float
    rms: float
    movement: float
    method: str
    estimate: float
    estimated_rms: float

    @property
    def family(self) -> str:
        return self.network.partition(",")[0]

    @property
    def counts(self) -> bool:
        return self.step == STEPS[-1] and self.mean_abs >= MOVED * self.spread

    @property
    def off(self) -> float:
        return abs(float(np.log(self.estimate / self.mean_abs)))


def told() -> Iterator[Told]:
    """Every tensor that starts with a spread."""
    for recipe in [*recipes(), *more_recipes()]:
        for weights in train(recipe):
            values = weights.values.astype(np.float64)
            if np.ptp(values[0]) == 0 or not np.isfinite(values).all():
                continue
            change = values - values[0]
            for writer, write in (("TF2", tf2), ("legacy", legacy_python)):
                steps = range(len(values))
                series = histogram_series(steps, [0.0] * len(steps), [write(v) for v in values])
                first = series.at(slice(0, 1))
                moved = movements_of({"": (series, first)})[""]
                found = estimate(series, first, moved)
                for row in range(1, len(values)):
                    yield Told(
                        network=recipe.name,
                        writer=writer,
                        step=STEPS[row],
                        spread=values[0].std(),
                        mean_abs=np.abs(change[row]).mean(),
                        rms=np.sqrt((change[row] ** 2).mean()),
                        movement=moved.movement[row],
                        method=found.methods[row] or "",
                        estimate=found.mean_abs[row],
                        estimated_rms=found.rms[row],
                    )


def factor(answered: list[Told]) -> float:
    """Within which so much of the errors lie that every network counts alike."""
    by_network = defaultdict(list)
    for each in answered:
        by_network[each.network].append(each.off)
    off = np.concatenate([np.array(errors) for errors in by_network.values()])
    weight = np.concatenate([np.full(len(e), 1 / len(e)) for e in by_network.values()])
    order = np.argsort(off)
    mass = np.cumsum(weight[order]) / weight.sum()
    return float(np.exp(off[order][mass.searchsorted(LEVEL)]))


def print_estimates(every: list[Told]) -> None:
    """What is answered, how far off it is, and whether intervals hold where they were not made."""
    answered = [t for t in every if t.method and t.mean_abs > 0 and t.step >= LEAST_STEP]
    counted = [t for t in every if t.counts]
    held: dict[str, list[bool]] = defaultdict(list)
    off, rms, widths = [], [], []
    for family in sorted({t.family for t in every}):
        made = factor([t for t in answered if t.family != family])
        for t in counted:
            if t.family == family and t.method:
                held[t.network].append(t.off <= np.log(made))
                off.append(t.off)
                rms.append(abs(np.log(t.estimated_rms / t.rms)))
                widths.append(made)
    print(f"factor, from all networks: {factor(answered):.3f}; held out: "
          f"{min(widths):.3f} to {max(widths):.3f}")  # fmt: skip
    print(f"{len(counted)} tensors by two writers moved by at least {MOVED:.0%}; "
          f"answered {len(off) / len(counted):.0%}")  # fmt: skip
    for name in METHODS[1:]:
        some = [t for t in counted if t.method == name]
        errors = np.log([t.estimate / t.mean_abs for t in some])
        print(f"{name}: {len(some)}, bias x{np.exp(np.median(errors)):.2f}, "
              f"median off x{np.exp(np.median(abs(errors))):.2f}, "
              f"within x1.5 {np.mean(abs(errors) < np.log(1.5)):.0%}")  # fmt: skip
    floor = np.log([t.movement / t.mean_abs for t in counted])
    print(f"the floor: median off x{np.exp(np.median(abs(floor))):.2f}")
    print(f"median off x{np.exp(np.median(off)):.3f}, of the rms x{np.exp(np.median(rms)):.3f}")
    print(f"held in {np.mean(list(itertools.chain(*held.values()))):.1%}; by network:")
    for network, each in sorted(held.items(), key=lambda item: np.mean(item[1])):
        print(f"  {network}: {sum(each)} of {len(each)}")


if __name__ == "__main__":
    print_estimates(list(told()))
