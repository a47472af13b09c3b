"""Put aside a message that cannot be handled, knowing nothing of it but its bytes."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postroom.ledger.item import Item
from postroom.model.decision import Clocked, Decision
from postroom.model.facts import Facts
from postroom.model.message import Message
from postroom.pipeline.plan import after_decision
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from postroom.model.batch import Found
    from postroom.model.envelope import Envelope
    from postroom.rules.ruleset import Account


FAULT = "handling it failed"
"""How the reason begins where the fault is ours."""


def not_had(message: Message, envelope: Envelope) -> Message:
    """Return what is known of a message that its server did not give, or not in full.

    Where not a byte was had, its place stands for it: two of them are not the same message.
    """
    sha256 = message.sha256
    if not envelope.raw:
        sha256 = hashlib.sha256(repr(envelope.place).encode()).hexdigest()
    return replace(message, sha256=sha256, size=envelope.size, refused=envelope.problem)


def unread(sha256: str, size: int, reason: str) -> Message:
    """Return a message that nobody has looked into."""
    return Message(sha256, size, refused=reason)


@dataclass(frozen=True, slots=True)
class Held:
    """What stands around a message that is put aside."""

    account: Account
    rules: str
    """Hash of the rule set under which it failed."""
    found: Found
    now: datetime


def quarantined(envelope: Envelope, message: Message, received_at: datetime, held: Held) -> Item:
    """Return the decision that no rule had a part in, ready to be written."""
    account, now = held.account, held.now
    same = held.found.by_sha256.get(message.sha256)
    facts = Facts(
        account.name,
        received_at,
        now,
        communication=held.found.next_communication,
        duplicate_of=same.communication if same else None,
        duplicate_by="bytes" if same else "",
    )
    decision = Decision(
        "quarantined",
        account.name,
        reasons=(message.refused or "",),
        after=after_decision(account, "quarantined"),
        facts=facts,
        rules=held.rules,
    )
    return Item(envelope, message, facts, decision, Clocked(now, 0))


def died(deaths: int) -> str:
    """Return why a message is put aside that engines died with."""
    return f"{deaths} attempts to handle it ended with the death of the engine"


def why(error: Exception) -> str:
    """Return what failed and where, without the error's own words: they may quote the mail."""
    if isinstance(error, Problem):
        return f"it cannot be stored: {error.diagnostic.message}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "postroom" in f.filename]
    where = f" in `{frames[-1].name}`" if frames else ""
    return f"{FAULT}: {type(error).__name__}{where}"
