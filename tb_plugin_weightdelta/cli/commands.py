"""``weightdelta``: the tab's answers without a browser, for people and for CI.

``weightdelta report`` shows every series, ``weightdelta check`` fails when a verdict
is among those that must not be. Keys, verdicts and exit codes are stable. What is
slow to import is imported when a command needs it, so that ``--help`` is quick.
"""

import argparse
import io
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tb_plugin_weightdelta import __version__
from tb_plugin_weightdelta.cli.calls import (
    BAD_CALL,
    FOUND,
    GOOD,
    INTERRUPTED,
    complain,
    pattern_of,
    pipe_may_close,
    write_utf8,
)
from tb_plugin_weightdelta.cli.diff import add_diff
from tb_plugin_weightdelta.core.errors import BadParameter, NotInLogdir, WeightDeltaError
from tb_plugin_weightdelta.core.question import DEFAULT_THRESHOLDS, Question

if TYPE_CHECKING:
    from tb_plugin_weightdelta.cli.report import RunReport

logger = logging.getLogger(__name__)

_FAIL_ON: Final = "unchanged,non_finite,exploding,collapsed"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. An error is one sentence on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        args = _parser().parse_args(argv)
        return int(args.command(args))
    except WeightDeltaError as error:
        complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # nobody who runs a command is helped by a traceback
        logger.debug("Where it failed:", exc_info=True)
        complain(f"It failed with {type(error).__name__}: {error}")
    return BAD_CALL


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line."""

    def error(self, message: str) -> NoReturn:
        raise BadParameter(f"{message} (see {self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(
        prog="weightdelta",
        description="Did my weights move? Answers from the histograms in TensorBoard's logs.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    report = _add_command(commands, _report, "report", "how far every series moved")
    report.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="table for people (default), json or csv for programs",
    )
    report.add_argument(
        "--summary", action="store_true", help="the answer alone: one line, or one object, a run"
    )
    report.add_argument(
        "--series",
        action="store_true",
        help="every step that a recorder wrote, with all its figures (json or csv)",
    )
    report.add_argument(
        "--sort",
        metavar="COLUMN",
        help="order of the tensors: answer (default), tag, role, verdict (most serious first) or "
        "movement (largest first)",
    )
    report.add_argument(
        "--limit", metavar="N", help="only the first N tensors of each run, in that order"
    )
    report.add_argument(
        "--verdict",
        metavar="VERDICTS",
        help="only tensors with one of these verdicts, separated by commas",
    )
    add_diff(commands)
    check = _add_command(
        commands, _check, "check", "exit with 1 when a weight has one of the given verdicts"
    )
    check.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help=f"verdicts that must not be, separated by commas (default: {_FAIL_ON}, of which "
        "unchanged does not count where whole blocks, or all but adapters and heads, stand still)",
    )
    check.add_argument(
        "--frozen",
        metavar="REGEX",
        help="tags that contain a match must not move, and may be unchanged",
    )
    return parser


def _add_command(
    commands: Any, run: Callable[[argparse.Namespace], int], name: str, text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text.capitalize(), allow_abbrev=False
    )
    command.set_defaults(command=run)
    command.add_argument("logdir", metavar="LOGDIR", help="what TensorBoard's --logdir takes")
    command.add_argument("--run", metavar="REGEX", help="only runs whose name contains a match")
    command.add_argument("--tag", metavar="REGEX", help="only tags that contain a match")
    command.add_argument(
        "--baseline",
        metavar="first|previous|step:N|run:NAME",
        default="first",
        help="what is compared with (default: the first histogram of each series)",
    )
    command.add_argument(
        "--until",
        metavar="N",
        help="measure as if every run had ended at step N, to compare runs of unequal length",
    )
    for threshold in fields(DEFAULT_THRESHOLDS):
        command.add_argument(
            f"--{threshold.name.replace('_', '-')}",
            metavar="N",
            help=f"{threshold.metadata['help']} (default: {threshold.default:g})",
        )
    return command


def _report(args: argparse.Namespace) -> int:
    from tb_plugin_weightdelta.answering import export  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.choice import Choice  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.terminal import show_reports, show_summaries  # noqa: PLC0415

    if args.series:
        return _report_steps(args)
    given = args.sort, args.verdict, args.limit
    if args.summary and any(each is not None for each in given):
        raise BadParameter("--summary shows no tensors: leave out --sort, --limit and --verdict.")
    reports = _measured(args, choice=Choice.parse(*given))
    with pipe_may_close():
        if args.summary:
            summaries = [report.summary for report in reports]
            if args.format == "table":
                show_summaries(summaries)
            else:
                is_json = args.format == "json"
                text_of = export.json_text if is_json else export.summary_csv
                write_utf8(text_of(summaries))
        elif args.format == "table":
            show_reports(reports)
        else:
            text_of = export.json_text if args.format == "json" else export.csv_text
            write_utf8(text_of([record for report in reports for record in report.records]))
    return GOOD


def _report_steps(args: argparse.Namespace) -> int:
    from tb_plugin_weightdelta.answering import export  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.report import listing_of, open_logs, steps_of  # noqa: PLC0415

    if args.format == "table":
        raise BadParameter("--series is for programs: add --format csv or --format json.")
    if args.summary or any(each is not None for each in (args.sort, args.verdict, args.limit)):
        raise BadParameter("--series gives all steps: leave out --summary, --sort and the like.")
    patterns = pattern_of(args.run, "--run"), pattern_of(args.tag, "--tag")
    with open_logs(args.logdir, kept_records=None) as logs:
        listing, _ = listing_of(logs, args.logdir, *patterns)
        records = [export.recorded_steps(*each) for each in steps_of(logs, listing)]
    if not records:
        raise NotInLogdir("No recorder wrote anything that matches: --series shows its steps.")
    with pipe_may_close():
        text_of = export.json_text if args.format == "json" else export.steps_csv
        write_utf8(text_of(records))
    return GOOD


def _check(args: argparse.Namespace) -> int:
    """What could not be read cannot pass, nor what cannot be judged: without offenders an error."""
    from tb_plugin_weightdelta.cli.choice import verdicts_in  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.terminal import show_offenders  # noqa: PLC0415

    unwanted = verdicts_in(_FAIL_ON if args.fail_on is None else args.fail_on, "--fail-on")
    reports = _measured(args, frozen=pattern_of(args.frozen, "--frozen") if args.frozen else None)
    if args.frozen and not any(
        report.frozen and report.frozen.search(row.tag) for report in reports for row in report.rows
    ):
        raise BadParameter(f"No tensor matches --frozen {args.frozen!r}.")
    subjects = sum(len(report.judged.subjects) for report in reports)
    offenders = [
        record
        for report in reports
        for record in report.offenders(unwanted, is_strict=args.fail_on is not None)
    ]
    if not offenders and all(report.judged.state == "unknown" for report in reports):
        raise BadParameter(f"Nothing could be judged. {reports[0].answer.sentence}")
    summary = f"{len(offenders):,} of {subjects:,} series failed ({', '.join(unwanted)})."
    with pipe_may_close():
        show_offenders(offenders, summary)
    if offenders:
        return FOUND
    return BAD_CALL if any(report.unread for report in reports) else GOOD


def _measured(args: argparse.Namespace, **how: Any) -> list["RunReport"]:
    """The series that the arguments ask for, by run; how: of ``reports_of``.

    Raises BadParameter before anything is read, NotInLogdir when nothing matches,
    LogdirError when the logdir cannot be read.
    """
    from tb_plugin_weightdelta.cli.report import listing_of, open_logs, reports_of  # noqa: PLC0415
    from tb_plugin_weightdelta.cli.terminal import progress_bar  # noqa: PLC0415

    given = {name: getattr(args, name) for name in ("baseline", "until", *vars(DEFAULT_THRESHOLDS))}
    asked = Question.parse({name: text for name, text in given.items() if text is not None})
    patterns = pattern_of(args.run, "--run"), pattern_of(args.tag, "--tag")
    with progress_bar(f"Reading {args.logdir}") as advance, open_logs(args.logdir) as logs:
        listing, dropped = listing_of(logs, args.logdir, *patterns)
        reports = [*reports_of(logs, listing, asked, advance, **how), *dropped]
    for report in reports:
        for unread, why in report.unread.items():
            part = f"The series {unread!r} of run" if unread else "A part of run"
            what = part if report.rows or unread else "Run"
            complain(f"{what} {report.run!r} is left out: {why}.")
        for row in report.rows:
            if row.refused:
                complain(f"In run {report.run!r}: {row.refused}")
    return reports
