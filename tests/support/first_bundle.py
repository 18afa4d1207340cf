"""What the browser loads before the page can draw its first screen."""

import gzip
import re
from pathlib import Path

_NAMED = re.compile(r'"\./(assets/[^"]+)"')


def first_bundle(static: Path) -> dict[str, int]:
    """Gzipped bytes of each file: the entry, and all that it names to be loaded with the app."""
    entry = (static / "index.js").read_text()
    names = ["index.js", *_NAMED.findall(entry)]
    return {name: len(gzip.compress((static / name).read_bytes())) for name in names}
