"""Text from logs for those who cannot take all of it: terminals, a server's log, JSON."""


def printable(text: str) -> str:
    """The text with line breaks, tabs and all that a terminal would obey as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def sentence_line(text: str) -> str:
    """A sentence on one line: white space becomes single spaces, the rest ``printable``."""
    return printable(" ".join(text.split()))


def unicode_text(text: str) -> str:
    """The text with a replacement character for what no UTF-8 can hold: lone surrogates.

    Python reads a folder's name with them where it is not UTF-8.
    """
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
