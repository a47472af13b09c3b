"""Whether a message can be checked in linear time.

The library matches blanks with patterns that take the square of their number, and more in a header.
Mail of people has no such runs of blanks; a message that has is not checked.
"""

from __future__ import annotations

from typing import Final

import re2

MOST_BLANKS: Final = 80
"""In a row, in the header."""
MOST_WORK: Final = 50_000_000
"""The sum of the squares of the runs of blanks in a body."""
_BLANKS: Final = re2.compile(rb"[\t ]{16,}")
_IN_HEADER: Final = re2.compile(rb"[\t \r\n\v\f]{%d,}" % (MOST_BLANKS + 1))


def why_not(raw: bytes, most: int) -> str | None:
    """Return why a message is not checked; None if it is."""
    if len(raw) > most:
        return "the message is too large to be checked"
    header, body = _split(raw)
    if _IN_HEADER.search(header):
        return "the header holds too many blanks"
    work = sum((found.end() - found.start()) ** 2 for found in _BLANKS.finditer(body))
    return "the body holds too many blanks" if work > MOST_WORK else None


def _split(raw: bytes) -> tuple[bytes, bytes]:
    ends = [end for mark in (b"\r\n\r\n", b"\n\n") if (end := raw.find(mark)) >= 0]
    end = min(ends, default=len(raw))
    return raw[:end], raw[end:]
