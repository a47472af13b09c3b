"""uuencode, as a transfer encoding and as files in the middle of a text (POSIX uuencode)."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_MOST_LINES: Final = 1_000_000
_MODE_DIGITS: Final = (3, 4)


class UuFile(NamedTuple):
    """A uuencoded file in a text."""

    filename: str
    start: int
    """Where its `begin` line starts in the data."""
    end: int
    """Behind its `end` line."""


def find_files(data: bytes, most: int) -> list[UuFile]:
    """Return at most that many uuencoded files; a `begin` without data or `end` is plain text."""
    files: list[UuFile] = []
    at = 0
    while len(files) < most:
        begin = data.find(b"begin ", at)
        if begin < 0:
            break
        line_end = data.find(b"\n", begin)
        if line_end < 0:
            break
        at = line_end
        if begin and data[begin - 1 : begin] != b"\n":
            continue
        filename = _filename(data[begin:line_end])
        if filename is None or not _is_data(data[line_end + 1 : line_end + 100].split(b"\n")[0]):
            continue
        end = data.find(b"\nend", line_end)
        if end < 0:
            break
        stop = data.find(b"\n", end + 1)
        stop = len(data) if stop < 0 else stop + 1
        at = stop - 1
        if data[end:stop].strip() != b"end":
            continue
        files.append(UuFile(filename, begin, stop))
    return files


def _filename(line: bytes) -> str | None:
    """Return the name that a `begin 644 name` line gives, or None if it is no such line."""
    words = line.strip().split(b" ", 2)
    if len(words) != 3 or not words[1].isdigit() or len(words[1]) not in _MODE_DIGITS:  # noqa: PLR2004
        return None
    return words[2].decode("utf-8", "replace")


def _is_data(line: bytes) -> bool:
    """Whether a line has the length that its first character states."""
    line = line.rstrip(b"\r")
    if not line:
        return False
    octets = (line[0] - 32) & 63
    needed = (octets + 2) // 3 * 4
    return 32 <= line[0] <= 96 and needed - 2 <= len(line.rstrip()) - 1 + (needed == 0) * 2  # noqa: PLR2004


def uudecode(data: bytes, defects: Defects) -> bytes:
    """Decode the lines between `begin` and `end`, or all where these are missing."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n", _MOST_LINES)
    first = next((n for n, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    decoded: list[bytes] = []
    for line in lines[first + 1 :]:
        if line == b"end":
            break
        if not line.strip():
            continue
        octets = (line[0] - 32) & 63
        try:
            decoded.append(binascii.a2b_uu(line[: 1 + (octets + 2) // 3 * 4]))
        except binascii.Error:
            defects.add("bad_uuencode")
    return b"".join(decoded)
