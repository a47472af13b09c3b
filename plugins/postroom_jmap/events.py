"""What a server pushes: events of the kind `state` (RFC 8620 7.1, 7.3), over a stream of lines.

Nothing is believed but that something may have changed: what did is then asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom_jmap.answers import SenselessError, fields_of, inner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LARGEST: Final = 64 * 1024
"""Bytes of a line, and of an event."""


@dataclass
class Event:
    """One event, as far as it has come."""

    kind: str = ""
    data: bytearray = field(default_factory=bytearray)
    id: str | None = None

    def take(self, line: bytes) -> None:
        """Take a line of it. Raises SenselessError if it grows too large."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"event":
                self.kind = value.decode("utf-8", "replace")
            case b"data":
                self.data += value + b"\n"
            case b"id" if b"\0" not in value:
                self.id = value.decode("utf-8", "replace")
            case _:
                pass  # a comment, or something that we need not know
        if len(self.data) > _LARGEST:
            raise SenselessError("an event without end")


def events(blocks: Iterable[bytes], until: float) -> Iterator[Event]:
    """Yield events up to a time of `time.monotonic`. Raises SenselessError for one without end."""
    event = Event()
    for line in _lines(blocks, until):
        if line:
            event.take(line)
            continue
        yield event
        event = Event()


def pushed(event: Event, account: str) -> str | None:
    """Return the state that the mail of our account is in, or None if that is not told.

    Of an event that makes no sense it is the whole of it: looking costs a question.
    """
    if event.kind != "state":
        return None
    try:
        changed = inner(inner(fields_of(bytes(event.data)), "changed"), account)
    except SenselessError:
        return event.data.decode("utf-8", "replace")
    return str(changed["Email"]) if "Email" in changed else None


def _lines(blocks: Iterable[bytes], until: float) -> Iterator[bytes]:
    """Yield whole lines, which end as they may: with CR, LF, or both."""
    held = b""
    for block in blocks:
        if time.monotonic() > until:
            return
        *whole, held = (held + block).splitlines(keepends=True) or [b""]
        if held.endswith(b"\n"):
            whole, held = [*whole, held], b""
        if len(held) > _LARGEST:
            raise SenselessError("a line without end")
        yield from (line.rstrip(b"\r\n") for line in whole)
