"""The tables of README.md that pairs fill."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from checks.study.pairs import FACTORS, SPIKE_FACTORS, Pair
from checks.study.writers import WRITERS

HALVES = ("tuned", "held out")
READ_BACK = ("TF2", "legacy")  # each writer counted once

Belongs = Callable[[Pair], bool]


def print_results(found: Sequence[Pair]) -> None:
    """How many pairs are resolved and how far off those are, for every group of interest."""
    both = [pair for pair in found if pair.writer in READ_BACK]
    _print_groups(both, {"both writers": lambda p: True})
    _print_groups(found, {name: lambda p, name=name: p.writer == name for name in WRITERS})
    legacy = [pair for pair in found if pair.writer == "legacy"]
    _print_groups(legacy, {
        "legacy, not from a constant c ≠ 0": lambda p: not p.from_constant,
        "legacy, from a constant c ≠ 0": lambda p: p.from_constant,
    })  # fmt: skip
    roles = sorted({pair.role for pair in found})
    _print_groups(both, {
        f"{role}, {name}": lambda p, role=role, name=name: (p.role, p.writer) == (role, name)
        for role in roles for name in READ_BACK
    })  # fmt: skip
    _print_groups(both, {
        f"{name}, movement {low:g} to {high:g} buckets": _moved_by(name, low, high)
        for name in READ_BACK
        for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 1), (1, np.inf))
    })  # fmt: skip


def _moved_by(writer: str, low: float, high: float) -> Belongs:
    return lambda p: p.writer == writer and p.bucket > 0 and low <= p.exact / p.bucket < high


def _print_groups(found: Sequence[Pair], groups: dict[str, Belongs]) -> None:
    print("| pairs of | half | resolved | within 25 % | median error | straight lines "
          "| worth resolving | of these resolved |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name, belongs in groups.items():
        for half in HALVES:
            group = [pair for pair in found if pair.half == half and belongs(pair)]
            resolved = [pair for pair in group if pair.resolved]
            worth = [pair for pair in group if pair.worth_resolving]
            if not worth:
                continue
            print(
                f"| {name} | {half} | {len(resolved)} of {len(group)} "
                f"| {_percent(pair.close for pair in resolved)} "
                f"| {100 * np.median([pair.error for pair in resolved]):.2f} % "
                f"| {100 * np.median([pair.straight_error for pair in resolved]):.2f} % "
                f"| {len(worth)} | {_percent(pair.resolved for pair in worth)} |"
            )
    print()


def print_bounds(found: Sequence[Pair]) -> None:
    """Whether the bounds hold, and how far from the exact movement they are."""
    broken = [pair for pair in found if not pair.lower <= pair.exact <= pair.upper]
    print(f"bounds that do not contain the exact movement: {len(broken)} of {len(found)}\n")
    for name in WRITERS:
        resolved = [p for p in found if p.writer == name and p.resolved and p.exact > 0]
        below = np.percentile([p.lower / p.exact for p in resolved], [10, 50])
        above = np.percentile([p.upper / p.exact for p in resolved], [50, 90])
        print(f"{name}: lower / exact {below[1]:.2f} (one in ten below {below[0]:.2f}), "
              f"upper / exact {above[0]:.2f} (one in ten above {above[1]:.2f})")  # fmt: skip
    print()


def print_factors(found: Sequence[Pair], outliers: Sequence[Pair]) -> None:
    """What each blur factor would do, and what one far outlier would do to it."""
    print("| blur factor | tuned: within 25 % | tuned: resolved | held out: within 25 % "
          "| held out: resolved | wrong, many | wrong, few |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for index, factor in enumerate(FACTORS):
        cells = []
        for half in HALVES:
            group = [p for p in found if p.half == half and p.writer in READ_BACK]
            passed = [p for p in group if 0 < p.movement >= p.resolutions[index]]
            worth = [p.movement >= p.resolutions[index] for p in group if p.worth_resolving]
            cells += [_percent(p.close for p in passed), _percent(worth)]
        for few in (False, True):
            group = [p for p in outliers if (p.elements < 1000) == few and p.writer == "TF2"]
            wrong = [p.movement >= p.resolutions[index] and not p.close for p in group]
            cells.append(f"{sum(wrong)} of {len(wrong)}")
        print(f"| {factor:g} | " + " | ".join(cells) + " |")
    print()


def print_spikes(found: Mapping[str, Sequence[Pair]]) -> None:
    """Resolved pairs that are more than 25 % off, of all resolved ones, by each spike factor.

    found: by how the values were made equal.
    """
    print("| values | writer | " + " | ".join(f"{factor:g}" for factor in SPIKE_FACTORS) + " |")
    print("|---|---|" + "---|" * len(SPIKE_FACTORS))
    for kind, pairs in found.items():
        for writer in READ_BACK:
            cells = []
            for index in range(len(SPIKE_FACTORS)):
                passed = [
                    p
                    for p in pairs
                    if p.writer == writer and 0 < p.movement >= p.spike_resolutions[index]
                ]
                cells.append(f"{sum(not p.close for p in passed)} of {len(passed)}")
            print(f"| {kind} | {writer} | " + " | ".join(cells) + " |")
    print()


def print_constants(found: Sequence[Pair]) -> None:
    """What can still be said of legacy tensors that left a constant, but are unresolved."""
    left = [p for p in found if p.writer == "legacy" and p.from_constant and not p.resolved]
    same = [_verdict(p.lower / p.constant) == _verdict(p.upper / p.constant) for p in left]
    right = [_verdict(p.movement / p.constant) == _verdict(p.exact / p.constant) for p in left]
    close = [p.close for p in left]
    print(f"unresolved legacy pairs from a constant: {len(left)}; within 25 %: {_percent(close)}; "
          f"both bounds in one verdict: {_percent(same)}; movement in the right one: "
          f"{_percent(right)}\n")  # fmt: skip


def _verdict(relative: float) -> int:
    """0: barely moved, 1: moved, 2: moved far."""
    return int(relative >= 0.01) + int(relative >= 0.1)


def _percent(part: Iterable[bool]) -> str:
    of = list(part)
    return f"{100 * np.mean(of):.1f} %" if of else "–"
