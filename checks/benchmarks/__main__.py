"""Measure everything, print the table and keep it in ``last.md``. Takes a few minutes."""

import sys
from pathlib import Path

from checks.benchmarks import first_step, maths, memory, overview
from checks.benchmarks.table import markdown

LAST = Path(__file__).parent / "last.md"
# Memory first: later ones leave free memory behind, in which growth would not show.
PARTS = (memory, first_step, maths, overview)


def main() -> None:
    """Run all parts."""
    rows = []
    for part in PARTS:
        print(f"{part.__name__.rpartition('.')[2]} …", file=sys.stderr)
        rows += part.rows()
    text = markdown(rows, [note for part in PARTS for note in part.NOTES])
    LAST.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
