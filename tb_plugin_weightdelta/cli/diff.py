"""``weightdelta diff``: which weights changed between checkpoints, and by how much."""

import argparse
from pathlib import Path
from typing import Any, Final

from tb_plugin_weightdelta.cli.calls import (
    FOUND,
    GOOD,
    complain,
    pattern_of,
    pipe_may_close,
    write_utf8,
)
from tb_plugin_weightdelta.core.errors import BadParameter

_FEWEST: Final = 2  # checkpoints


def add_diff(commands: Any) -> None:
    """Make it one of the commands of a parser."""
    text = "which weights changed between checkpoints, and by how much"
    parser = commands.add_parser("diff", help=text, description=text.capitalize())
    parser.set_defaults(command=_diff)
    parser.add_argument(
        "checkpoints",
        metavar="CHECKPOINT",
        nargs="+",
        help="a file, a folder, or the index of several files; the others are compared with the "
        "first",
    )
    parser.add_argument("--tag", metavar="REGEX", help="only tensors whose names contain a match")
    parser.add_argument(
        "--map",
        metavar="FROM=TO",
        action="append",
        default=[],
        help="what begins with FROM in the first checkpoint begins with TO in the others",
    )
    parser.add_argument(
        "--step-from",
        metavar="REGEX",
        help="where the name of a checkpoint tells its step (default: as in checkpoint-500)",
    )
    parser.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="table for people (default), json or csv for programs",
    )
    parser.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help="exit with 1 when a tensor has one of these verdicts, separated by commas",
    )
    parser.add_argument(
        "--frozen", metavar="REGEX", help="exit with 1 when a tensor whose name matches moved"
    )


def _diff(args: argparse.Namespace) -> int:
    """What is slow to import is imported when it is needed."""
    from tb_plugin_weightdelta.answering import export  # noqa: PLC0415
    from tb_plugin_weightdelta.checkpoints import compare  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.choice import verdicts_in  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.report import RunReport  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.terminal import (  # noqa: PLC0415
        progress_bar,
        show_offenders,
        show_reports,
    )

    if len(args.checkpoints) < _FEWEST:
        raise BadParameter("One checkpoint is compared with nothing: name a second.")
    unwanted = [] if args.fail_on is None else verdicts_in(args.fail_on, "--fail-on")
    frozen = pattern_of(args.frozen, "--frozen") if args.frozen else None
    with progress_bar("Comparing", in_bytes=True) as advance:
        diff = compare(
            list(map(Path, args.checkpoints)),
            tag=pattern_of(args.tag, "--tag"),
            prefixes=dict(map(_renaming, args.map)),
            step_from=pattern_of(args.step_from, "--step-from") if args.step_from else None,
            advance=advance,
        )
    if frozen and not any(frozen.search(row.tag) for row in diff.rows):
        raise BadParameter(f"No tensor matches --frozen {args.frozen!r}.")
    for sentence in diff.remarks:
        complain(sentence)
    report = RunReport(diff.name, diff.rows, {}, frozen)
    offenders = report.offenders(unwanted, is_strict=True) if unwanted or frozen else []
    with pipe_may_close():
        if args.format == "table":
            show_reports([report])
        elif args.format == "json":
            write_utf8(export.json_text(diff.records))
        else:
            write_utf8(export.csv_text(diff.records, export.CHECKPOINT_KEYS))
        if offenders and args.format == "table":
            show_offenders(offenders, f"{len(offenders)} of {len(diff.rows)} tensors failed.")
    return FOUND if offenders else GOOD


def _renaming(text: str) -> tuple[str, str]:
    before, equals, after = text.partition("=")
    if not equals or not before:
        raise BadParameter(f"--map is {text!r}: it must be FROM=TO, two beginnings of names.")
    return before, after
