"""What stands in front of a message and is none of it, and line ends that are not those of mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_BOM: Final = b"\xef\xbb\xbf"
_REACH: Final = 2_000


def prepared(raw: bytes, defects: Defects) -> tuple[bytes, int]:
    r"""Return the message to read, and where in it the header starts.

    Skips a byte order mark, empty lines and the From line of an mbox file. Only a message that
    ends its lines with a bare \r, or with \r\r\n, is copied.
    """
    head = raw[:_REACH]
    if b"\r\r\n" in head:
        defects.add("bare_cr", "lines end with two")
        raw = raw.replace(b"\r\r\n", b"\r\n")
    elif b"\n" not in head and b"\r" in head and b"\n" not in raw:
        defects.add("bare_cr", "lines end with one alone")
        raw = raw.replace(b"\r", b"\n")
    start = 0
    if raw.startswith(_BOM):
        defects.add("bom")
        start = len(_BOM)
    if raw.startswith((b"\r", b"\n"), start):
        start = len(raw) - len(raw[start:].lstrip(b"\r\n"))
    if raw.startswith((b"From ", b">From "), start):
        end = raw.find(b"\n", start, start + _REACH)
        if end >= 0 and not raw[start:end].partition(b" ")[2].lstrip().startswith(b":"):
            defects.add("mbox_from_line")
            start = end + 1
    return raw, start
