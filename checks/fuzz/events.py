"""Target: the events of a file whose frames are sound, so that mutations reach what is inside."""

import io

from tensorboard.summary.writer.record_writer import RecordWriter

from checks.fuzz import files
from tb_plugin_weightdelta.reading.event_files import framed

# Between events in what the fuzzer mutates.
_BREAK = b"\xff\x00\xfe"


def check(data: bytes) -> None:
    """Frames each part of the data as a record, and reads the file."""
    file = io.BytesIO()
    writer = RecordWriter(file)
    for part in data.split(_BREAK):
        writer.write(part)
    files.check(file.getvalue())


def seeds() -> list[bytes]:
    """The first events of each golden file."""
    return [_BREAK.join(list(framed(io.BytesIO(file), files.LIMIT))[:6]) for file in files.seeds()]
