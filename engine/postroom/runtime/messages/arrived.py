"""Messages on their way from an account to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from postroom.model.envelope import Envelope
    from postroom.model.facts import Scan
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was fetched and read, and is not decided yet."""

    envelope: Envelope
    message: Message
    received_at: datetime
    checked_here: str = ""
    """What a plugin found out about its sender, as RFC 8601 results."""
    scan: Scan | None = None
    """What another says of malware in it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages of an account that are in hand: read, and not decided yet."""

    account: Account
    arrived: Sequence[Arrived]
    note: int
    """The number under which the store knows that they are in hand."""
