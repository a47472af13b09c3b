"""How much of anything a message may hold. Checked before the work, never after it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Ceilings of the reader. A message that passes one is refused, its header kept.

    Only ever lowered: the defaults are what the reader was measured with.
    """

    message: int = 40_000_000
    """Bytes of a raw message."""
    header: int = 256 * 1024
    """Bytes of a header block."""
    field: int = 64 * 1024
    """Bytes of one field."""
    fields: int = 1_000
    """Fields of a header block."""
    addresses: int = 1_000
    """Mailboxes in one field."""
    encoded_words: int = 1_000
    """RFC 2047 encoded words in one field."""
    comment_depth: int = 20
    """Comments inside comments in one field."""
    parameters: int = 64
    """Parameters of a Content-Type or Content-Disposition field."""
    depth: int = 50
    """Multiparts and messages inside each other."""
    parts: int = 1_000
    """Parts of all kinds in a message."""
    attachment: int = 25_000_000
    """Bytes of one decoded part."""


LIMITS = Limits()


class LimitPassed(Exception):  # noqa: N818 - it says what happened, and never leaves the reader
    """A message holds more of something than is allowed. Raised and caught inside the reader."""
