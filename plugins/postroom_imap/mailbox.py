"""What a server says about a folder and its messages, before any is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postroom.hooks.words import plain
from postroom.model.envelope import Place
from postroom_imap import gmail

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA = ("RFC822.SIZE", "INTERNALDATE")


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that is open."""

    name: str
    """As it is written in the rule file."""
    writable: bool
    uidvalidity: str
    uidnext: int | None
    count: int
    permanent_flags: frozenset[str]
    """In small letters."""
    modseq: int | None
    """HIGHESTMODSEQ (RFC 7162); None if the server does not count changes here."""
    at_gmail: bool
    """Whether messages have ids that are for ever, whatever folder they are in."""

    def place(self, key: str) -> Place:
        """Return where a message lies."""
        if self.at_gmail:
            return Place(gmail.MAILBOX, "", key)
        return Place(self.name, self.uidvalidity, key)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message."""

    uid: int
    size: int
    received_at: datetime | None
    key: str
    """What it is known by: its UID, or at Gmail its id there."""
    thread: str = ""
    """Gmail's id of the conversation."""


def folder(said: Mapping[bytes, Any], name: str, *, write: bool, at_gmail: bool) -> Folder | None:
    """Return what imapclient made of the answer to SELECT; None if it does not say enough."""
    if b"UIDVALIDITY" not in said or b"EXISTS" not in said:
        return None
    return Folder(
        name,
        write,
        str(said[b"UIDVALIDITY"]),
        said.get(b"UIDNEXT"),
        said[b"EXISTS"],
        frozenset(_lower(each) for each in said.get(b"PERMANENTFLAGS", ())),
        said.get(b"HIGHESTMODSEQ"),
        at_gmail,
    )


def listed(uid: int, found: Mapping[bytes, Any], *, at_gmail: bool) -> Listed | None:
    """Return what imapclient made of the answer to FETCH; None if the message is not there."""
    key, thread = str(uid), ""
    if at_gmail:
        key, thread = (gmail.number(found, item) for item in gmail.ITEMS)
    if b"RFC822.SIZE" not in found or not key:
        return None
    size, arrived = found[b"RFC822.SIZE"], found.get(b"INTERNALDATE")
    known = size if isinstance(size, int) and size >= 0 else 0
    return Listed(uid, known, _utc(arrived), key, thread)


def _lower(flag: object) -> str:
    return plain(flag.decode("ascii", "replace")).lower() if isinstance(flag, bytes) else ""


def _utc(found: object) -> datetime | None:
    if not isinstance(found, datetime):
        return None
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
