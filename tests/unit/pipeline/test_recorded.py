from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from postroom.ledger.entries import decision as entry_of
from postroom.ledger.item import Item
from postroom.model.decision import Clocked, Decision
from postroom.model.envelope import Envelope, Place
from postroom.model.facts import AnswerCounts, Facts, Scan, Thread, TokenFact, Window
from postroom.model.message import Message
from postroom.model.record import Record, RecordRef
from postroom.model.sealing import revealed
from postroom.pipeline.recorded import recorded

NOW = datetime(2026, 11, 2, 8, 0, 0, 123, tzinfo=UTC)
TICKET = RecordRef("ticket", 3)
FACTS = Facts(
    account="help",
    received_at=NOW - timedelta(minutes=3),
    now=NOW,
    communication=7,
    next_record=4,
    duplicate_of=2,
    duplicate_by="submission",
    message_id_reused=True,
    contact=Record(RecordRef("contact", 1), {"email": "a@x.example"}, 5),
    guest=Record(RecordRef("contact", 2), {}, 1),
    others={"b@x.example": Record(RecordRef("contact", 9), {}, 2)},
    token=TokenFact(valid=True, ref=TICKET, carrier="subject", problem="p", conflict="records"),
    thread=Thread(TICKET, 5, participant=True),
    record=Record(TICKET, {}, 8),
    counts={Window("from", timedelta(hours=1)): 0, Window("to", timedelta(seconds=1.5)): 4},
    answers=AnswerCounts({"ack": 2}, 1, 3, paused_until=NOW),
    bounced=6,
    rcpt_to=("help@x.example",),
    scan=Scan("found", ("Eicar", "Other"), "d"),
)


class Everything:
    """A past that has every record, at every revision."""

    def __init__(self) -> None:
        self.unknown: list[str] = []

    def version(self, ref: RecordRef, revision: int) -> Record | None:
        known = (FACTS.contact, FACTS.guest, FACTS.record, *FACTS.others.values())
        return next(r for r in known if r and (r.ref, r.revision) == (ref, revision))

    def record(self, ref: RecordRef) -> Record | None:
        raise AssertionError(ref)

    def contact(self, address: str) -> Record | None:
        raise AssertionError(address)

    def count(self, window: Window, sender: str, facts: Facts) -> int:
        raise AssertionError(window, sender, facts)


def body(facts: Facts) -> dict[str, Any]:
    """Return the entry of a decision as the log gives it back."""
    envelope = Envelope(Place("INBOX", "1", "7"), b"x", 1)
    message = Message("0" * 64, 1)
    decided = Decision("created", "help", facts=facts)
    entry = entry_of(Item(envelope, message, facts, decided, Clocked(NOW, 1)), lambda: bytes(16))
    private = [(place, json.loads(value)) for place, _, value in entry.private]
    told: dict[str, Any] = revealed(json.loads(json.dumps(entry.body)), private)
    return told


def test_facts_come_back_from_the_log_as_they_were() -> None:
    past = Everything()
    assert recorded(body(FACTS), 7, past) == FACTS
    assert past.unknown == []


def test_nothing_stays_nothing() -> None:
    bare = Facts("help", NOW, NOW, communication=7, answers=AnswerCounts())
    assert recorded(body(bare), 7, Everything()) == bare


def test_facts_that_were_erased_are_named() -> None:
    told = body(FACTS)
    told["facts"] |= {"others": {"private": "00"}, "rcpt_to": {"private": "00"}}
    past = Everything()
    found = recorded(told, 7, past)
    assert (found.others, found.rcpt_to) == ({}, ())
    assert past.unknown == ["others", "rcpt_to"]
