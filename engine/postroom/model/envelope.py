"""What a transport hands in: raw bytes and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a message lies on its server. The same place is never fetched twice."""

    mailbox: str
    """Folder or file, as the server names it."""
    epoch: str
    """What makes keys of this mailbox unique: UIDVALIDITY for IMAP; "" where keys are for ever."""
    key: str
    """UID, UIDL, immutable id, or file name."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it was found, before anybody read it."""

    place: Place
    raw: bytes = field(repr=False)
    """The whole message; only its header where `problem` says why there is no more."""
    size: int
    """Of the whole message, in bytes, as the server states it."""
    received_at: datetime | None = None
    """When the server took it in (IMAP INTERNALDATE), UTC; None if it does not say."""
    mail_from: str | None = None
    """RFC 5321 reverse-path; "" is the null one; None if nobody told us."""
    rcpt_to: tuple[str, ...] = ()
    problem: str | None = None
    """Why the message could not be had in full: too large, unreadable, gone half way."""
    thread: str = ""
    """What the server knows its conversation by, where it has ids for those (Gmail); "" if not."""


ActionVerb = Literal["keep", "flag", "move", "delete"]


@dataclass(frozen=True, slots=True)
class AfterDecision:
    """What an account does on its server once a decision is durable."""

    verb: ActionVerb = "keep"
    target: str = ""
    """The folder to move to, or the flag to set."""
    delay: timedelta | None = None
    """How long to wait; None is at once."""


@dataclass(frozen=True, slots=True)
class ServerAction:
    """One thing to do to one message on its server. May be carried out twice without harm."""

    id: int
    account: str
    place: Place
    verb: ActionVerb
    target: str
    due_at: datetime
    sha256: str
    """Of the raw message, so that a transport can make sure that it is the same one."""
    communication: int = 0
    """The message it is about; 0 where that is not known."""
