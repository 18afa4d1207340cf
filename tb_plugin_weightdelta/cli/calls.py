"""What every command does with its arguments, its output and its exit code."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator

from tb_plugin_weightdelta.core.errors import BadParameter
from tb_plugin_weightdelta.core.text import printable, sentence_line

GOOD, FOUND, BAD_CALL, INTERRUPTED = 0, 1, 2, 130  # exit codes


def complain(sentence: str) -> None:
    """Say on standard error what is wrong, in one line."""
    print(f"weightdelta: {sentence_line(sentence)}", file=sys.stderr)


def pattern_of(text: str | None, option: str) -> re.Pattern[str]:
    try:
        return re.compile(text or "")
    except re.error as error:
        raise BadParameter(f"{option} {text!r} is no regular expression: {error}.") from None


def write_utf8(text: str) -> None:
    """Write what programs read: UTF-8, whatever the terminal's encoding.

    A terminal itself gets nothing that it would obey.
    """
    if sys.stdout.isatty():
        text = "\n".join(map(printable, text.split("\n")))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout.write(text)


@contextlib.contextmanager
def pipe_may_close() -> Iterator[None]:
    """Whoever reads the output may have seen enough, as ``head`` does: no reason to complain."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
