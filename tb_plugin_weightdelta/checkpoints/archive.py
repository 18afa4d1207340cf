"""The members of a zip file and where their bytes lie, which Python's own zipfile does not tell.

Every number in it may be wrong or meant to harm: what does not fit into the file is refused
before anything of that size is made.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tb_plugin_weightdelta.checkpoints.stored import CheckpointError
from tb_plugin_weightdelta.core.errors import told

# The zip file format, 4.3: signatures and sizes of the headers without names.
_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_IN_EXTRA: Final = 0xFFFFFFFF  # a 32-bit field whose value is in the zip64 extra field
_STORED, _DEFLATED = 0, 8
_ENCRYPTED: Final = 0x2041  # bits 0, 6 and 13 of the flags

_MOST_MEMBERS: Final = 500_000
_MOST_DIRECTORY: Final = 2**28  # bytes
MOST_DEFLATED: Final = 1032  # bytes out of one byte: deflate cannot do better
PIECE: Final = 2**20  # bytes


@dataclass(frozen=True)
class Member:
    """One file in a zip file.

    offset, length: where its bytes lie in the zip file, as they are there.
    size: of the member itself.
    """

    path: Path
    name: str
    packed: bool
    offset: int
    length: int
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Its bytes from the start, piece by piece, and no more than it claims to have."""
        source = _raw(self) if not self.packed else _inflated(self)
        given = 0
        for piece in source:
            given += len(piece)
            if given > self.size:
                break
            yield piece
        if given != self.size:
            raise CheckpointError(
                f"{self.path.name} is damaged: {told(self.name)} has not the "
                "size that it claims to have."
            )

    def whole(self, most: int) -> bytes:
        """All of its bytes, where they are no more than that."""
        if self.size > most:
            raise CheckpointError(
                f"{self.path.name} holds {told(self.name)} of {self.size:,} bytes, "
                f"and no more than {most:,} are read of it."
            )
        return b"".join(self.pieces())


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip file does."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\3\4", b"PK\5\6")


def members_of(path: Path) -> dict[str, Member]:
    """All files in a zip file, by name, checked against each other and the file's size."""
    try:
        with path.open("rb") as file:
            start, directory = _directory(file, file.seek(0, 2))
            placed = [(each.header, each.placed(file, path, start)) for each in _entries(directory)]
    except struct.error as error:
        raise CheckpointError(f"{path.name} is damaged: as a zip file it is cut off.") from error
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CheckpointError(f"{path.name} cannot be read as a zip file: {error}.") from error
    members = [member for _, member in sorted(placed, key=lambda each: each[0])]
    headers = sorted(header for header, _ in placed)
    for member, after in zip(members, headers[1:], strict=False):
        if member.offset + member.length > after:
            raise CheckpointError(
                f"{path.name} is damaged: {told(member.name)} and what follows it overlap."
            )
    found = {member.name: member for member in members}
    if len(found) != len(members):
        raise CheckpointError(f"{path.name} is damaged: two of its members have one name.")
    return found


@dataclass(frozen=True)
class _Entry:
    """A member as the directory at the file's end tells of it; header: where its own begins."""

    name: bytes
    flags: int
    method: int
    length: int
    size: int
    header: int

    def placed(self, file: IO[bytes], path: Path, end: int) -> Member:
        """The member, once its own header agrees."""
        name = self.name.decode(errors="backslashreplace")
        what = f"{path.name} holds {told(name)}"
        if self.flags & _ENCRYPTED:
            raise CheckpointError(f"{what}, which is encrypted.")
        if self.method not in (_STORED, _DEFLATED):
            raise CheckpointError(f"{what}, which is packed in a way that is not read.")
        file.seek(min(self.header, end))
        local = _LOCAL.unpack(file.read(_LOCAL.size))
        agrees = local[0] == b"PK\3\4" and file.read(local[9]) == self.name
        offset = self.header + _LOCAL.size + local[9] + local[10]
        if not agrees or offset + self.length > end:
            raise CheckpointError(f"{what}, whose place in it is damaged.")
        packed = self.method == _DEFLATED
        if self.size > self.length * MOST_DEFLATED if packed else self.size != self.length:
            raise CheckpointError(f"{what}, whose size cannot be {self.size:,} bytes.")
        return Member(path, name, packed, offset, self.length, self.size)


def _directory(file: IO[bytes], size: int) -> tuple[int, bytes]:
    """Where the central directory begins, and its bytes."""
    tail_at = max(0, size - _END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0:
        raise ValueError("its end is missing")
    _, disk, _, _, count, length, start, _ = _END.unpack_from(tail, place)
    end = tail_at + place
    if end >= _LOCATOR_64.size:
        file.seek(end - _LOCATOR_64.size)
        signature, _, at, _ = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
        if signature == b"PK\6\7":
            file.seek(min(at, size))
            told_64 = _END_64.unpack(file.read(_END_64.size))
            if told_64[0] != b"PK\6\6":
                raise ValueError("its end is damaged")
            disk, count, length, start = told_64[4], *told_64[7:]
    if disk:
        raise ValueError("it is one part of several")
    if count > _MOST_MEMBERS or length > _MOST_DIRECTORY:
        raise ValueError(f"it claims to have {count:,} members")
    if start + length > end:
        raise ValueError("its directory reaches beyond it")
    file.seek(start)
    return start, file.read(length)


def _entries(directory: bytes) -> Iterator[_Entry]:
    at = 0
    while at < len(directory):
        entry = _CENTRAL.unpack_from(directory, at)
        if entry[0] != b"PK\1\2":
            raise ValueError("its directory is damaged")
        flags, method, length, size = entry[3], entry[4], entry[8], entry[9]
        for_name, for_extra, for_comment, header = entry[10], entry[11], entry[12], entry[16]
        name_at = at + _CENTRAL.size
        extra_at = name_at + for_name
        large = _in_extra(directory[extra_at : extra_at + for_extra])
        # Those that do not fit into 32 bits follow each other there in this order.
        size, length, header = (
            next(large) if each == _IN_EXTRA else each for each in (size, length, header)
        )
        yield _Entry(directory[name_at:extra_at], flags, method, length, size, header)
        at = extra_at + for_extra + for_comment
    if at != len(directory):
        raise ValueError("its directory is damaged")


def _in_extra(extra: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            for place in range(at + 4, at + 4 + length - 7, 8):
                yield struct.unpack_from("<Q", extra, place)[0]
        at += 4 + length
    raise ValueError("a size is missing in its directory")


def _raw(member: Member) -> Iterator[bytes]:
    left = member.length
    with member.path.open("rb") as file:
        file.seek(member.offset)
        while left and (piece := file.read(min(left, PIECE))):
            left -= len(piece)
            yield piece


def _inflated(member: Member) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _raw(member):
            yield inflate.decompress(piece, PIECE)
            while inflate.unconsumed_tail:
                yield inflate.decompress(inflate.unconsumed_tail, PIECE)
            if inflate.eof:
                return
        yield inflate.flush()
    except zlib.error as error:
        raise CheckpointError(
            f"{member.path.name} is damaged: {told(member.name)} cannot be unpacked."
        ) from error
