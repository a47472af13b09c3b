"""What the tests of the contract work with."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from postroom.model.envelope import Place, ServerAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.model.envelope import ActionVerb, Envelope
    from postroom.testing.transport_contract.mailbox import Mailbox

LIMIT: Final = 1_000_000
"""`max_message` of the transports in these tests, where it does not matter."""


def many(usual: int) -> int:
    """Return how many messages a large mailbox has: `POSTROOM_MANY` of the environment says so."""
    return int(os.environ.get("POSTROOM_MANY", usual))


class Ledger:
    """A `postroom.hooks.contracts.Position` that keeps what it is told in memory."""

    def __init__(self, *, full_sweep: bool = False) -> None:
        self.full_sweep = full_sweep
        self.held: set[Place] = set()
        self.cursors: dict[tuple[str, str], str] = {}

    def note(self, envelopes: Sequence[Envelope]) -> None:
        """Hold messages from now on, and move the cursor to the last."""
        for each in envelopes:
            self.held.add(each.place)
            self.cursors[each.place.mailbox, each.place.epoch] = each.place.key

    def cursor(self, mailbox: str, epoch: str) -> str:
        """Return the key of the last message that was noted, or ""."""
        return self.cursors.get((mailbox, epoch), "")

    def unknown(self, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return the keys that are not held, in the same order."""
        return [key for key in keys if Place(mailbox, epoch, key) not in self.held]


def message(number: int, body: str = "") -> bytes:
    """Return a small message; no two numbers give the same bytes."""
    lines = [
        "From: Ann Example <ann@partner.example>",
        "To: help@xyz.example",
        f"Subject: Message {number}",
        f"Message-ID: <{number}@partner.example>",
        "Date: Mon, 01 Jan 2024 10:00:00 +0000",
        "",
        body or f"This is the text of message {number}.",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def action_for(envelope: Envelope, verb: ActionVerb, target: str = "") -> ServerAction:
    """Return the action that the engine would ask for."""
    now = datetime(2024, 1, 2, tzinfo=UTC)
    digest = sha256(envelope.raw).hexdigest()
    return ServerAction(1, "test", envelope.place, verb, target, now, digest)


def fetch(mailbox: Mailbox, ledger: Ledger | None = None, limit: int = 10_000) -> list[Envelope]:
    """Fetch with a transport of its own, as after a restart."""
    transport = mailbox.transport(LIMIT)
    try:
        return list(transport.fetch(ledger or Ledger(), limit))
    finally:
        transport.close()
