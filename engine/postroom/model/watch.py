"""When silence, delay and trouble are worth an alarm, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched of an account."""

    silent_for: timedelta | None = None
    """How long no message may come; None: any time."""
    unread_for: timedelta = timedelta(hours=1)
    """How long nobody may have looked into the mailbox."""
    behind_for: timedelta = timedelta(minutes=15)
    """How long the server may hold a message that the ledger does not."""
    unsent_for: timedelta = timedelta(hours=4)
    """How long a notice may wait to be sent."""
    expires_within: timedelta = timedelta(days=14)
    """How long before a sign-in ends somebody is told."""
    tell: tuple[str, ...] = ()
    """Addresses of those who are told; () for those of the whole engine."""


@dataclass(frozen=True, slots=True)
class EngineWatch:
    """What is watched of the whole engine."""

    tell: tuple[str, ...] = ()
    """Addresses of those who are told where an account names nobody."""
    through: str = ""
    """The account whose `send` takes what is said of the engine, and of accounts without one."""
    disk_free: int = 10**9
    """Bytes that must be free where the data lies."""
