"""Run from the project's root as ``python -m checks.soak`` (``make soak`` does).

Exits with 1 and what was wrong. With --write the table is kept in checks/benchmarks/soak.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from checks.soak.clients import CLIENTS, HANG_UP, PAUSE_SECONDS
from checks.soak.crowding import MOST_TIMES, Crowding, crowd
from checks.soak.run import CACHE_MB, KEPT, SLACK, Soak, soak
from tests.support.servers.tensorboard_process import LOADERS

CROWDED_SECONDS = 30.0

RESULT = Path(__file__).parent.parent / "benchmarks" / "soak.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m checks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for each loader (default: 600)")
    parser.add_argument("--loader", choices=LOADERS, action="append", help="default: both")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULT.name}")
    given = parser.parse_args()
    found, crowds = [], []
    for loader in given.loader or LOADERS:
        with tempfile.TemporaryDirectory(prefix="soak_") as folder:
            found.append(soak(loader, given.seconds, Path(folder)))
            crowds.append(crowd(loader, min(given.seconds, CROWDED_SECONDS), Path(folder)))
        print(section(found[-1], crowds[-1]), flush=True)
    if given.write:
        RESULT.write_text(f"{HEAD}\n" + "\n".join(map(section, found, crowds)), encoding="utf-8")
    if wrong := [line for each in (*found, *crowds) for line in each.wrong]:
        sys.exit("Wrong:\n" + "\n".join(wrong))


HEAD = f"""# The last run of `make soak`

{CLIENTS} clients ask every route, each pausing up to {PAUSE_SECONDS:g} s between two questions
and hanging up on {HANG_UP:.0%} of them, while runs are written, cut, deleted, replaced and
spoilt. TensorBoard has `--reload_interval=1`,
`--samples_per_plugin=histograms={KEPT}` and `--weightdelta_cache={CACHE_MB}`, so that what is
measured is forgotten again and again. Clients, writer and TensorBoard share two cores with
others: the seconds are those of a busy machine, measured at the client. No answer may be a 5xx,
each must come, memory may grow by the cache and {SLACK / 1e6:.0f} MB, and what is told at the end
must equal `weightdelta report`.

At last one client asks ever new questions and waits for none of the answers: a new question of
another may take {MOST_TIMES:g} times what it takes alone, and none may be refused.
"""


def section(found: Soak, crowd: Crowding) -> str:
    """One loader's table."""
    statuses = sorted(found.answers.statuses.items())
    memory = ", ".join(f"{size / 1e6:.0f}" for size in found.memory)
    caches = [
        f"- cache of {name}: {cache['bytes'] / 1e6:.2f} of {cache['limit_bytes'] / 1e6:g} MB in "
        f"{cache['entries']} entries, {cache['hits']:,} hits, {cache['misses']:,} misses"
        for name, cache in found.cache.items()
    ]
    return "\n".join(
        [
            f"## `{found.loader}`, {found.seconds:g} s",
            "",
            "| route | answers | median | p99 | longest |",
            "|---|---|---|---|---|",
            *(
                f"| {route} | {count:,} | "
                + " | ".join(f"{s * 1e3:.0f} ms" for s in seconds)
                + " |"
                for route, (count, *seconds) in found.percentiles().items()
            ),
            "",
            "- status: " + ", ".join(f"{count:,} x {code}" for code, count in statuses),
            f"- resident memory of TensorBoard in each tenth of the time, in MB: {memory}",
            *caches,
            "- meanwhile: "
            + ", ".join(f"{what} ({count})" for what, count in found.events.items()),
            f"- beside a client that asked {crowd.asked:,} questions and waited for none, a new "
            f"question took {crowd.crowded * 1e3:.0f} ms, {crowd.times:.1f} times as long as alone "
            f"({crowd.alone * 1e3:.0f} ms), and was answered {crowd.statuses}",
            f"- wrong: {len(found.wrong) + len(crowd.wrong) or 'nothing'}",
            "",
        ]
    )


if __name__ == "__main__":
    main()
