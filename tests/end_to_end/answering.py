"""An engine with a help desk that answers: real rules, real store, a clock that we set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from postroom.model.envelope import Envelope, Place
from postroom.runtime.clock import Clock
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from postroom.model.decision import Decision
    from postroom.runtime.engine import Engine
    from postroom.runtime.events import Event

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RULES = """\
version: 1
tables:
  contact:
    fields:
      email: {type: email, unique: true}
      groups: {type: multi_choice, values: [staff, guests]}
  ticket:
    number: SUP
    fields:
      title: {type: text, max: 250}
      notes: {type: log}
contacts: {table: contact, groups: groups, guest: guest@kestrel.example}
groups:
  guests: {ticket: {create: true, edit: all}}
filters:
  quiet: []
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    trust_results_from: [mx.kestrel.example]
    send: {use: file, path: outbox, from: support@kestrel.example}
    filters: [{use: quiet}]
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: anybody-too, then: {allow_as: guest}}]
    mapping: {set: {title: "${subject}"}}
    updates: {append: {notes: "${body.reply}"}}
    answers: {tell: [boss@kestrel.example]}
    notify:
      - {id: ack, after: created, to: "${from.addr_spec}", template: ack}
      - {id: noted, after: updated, to: "${from.addr_spec}", template: noted}
templates:
  ack: {subject: 'Received: ${record.title ?? ""}', text: "We have it."}
  noted: {subject: "Noted", text: "Thank you."}
"""


def mail(
    number: int,
    *more: str,
    sender: str = "ann@weaver.example",
    subject: str = "Light",
    dmarc: str = "pass",
    return_path: str | None = None,
    body: str = "It is dark.",
) -> bytes:
    """Return a message of an authenticated sender; more are whole fields of its header."""
    path = sender if return_path is None else return_path
    domain = sender.rpartition("@")[2]
    lines = (
        f"Return-Path: <{path}>",
        f"Authentication-Results: mx.kestrel.example; dmarc={dmarc} header.from={domain}",
        "Received: from out.weaver.example by mx.kestrel.example; Mon, 2 Nov 2026 08:00:00 +0000",
        f"From: <{sender}>",
        "To: support@kestrel.example",
        f"Subject: {subject}",
        f"Message-ID: <{number}@{domain}>",
        "Date: Mon, 2 Nov 2026 08:00:00 +0000",
        *more,
        "",
        body,
        "",
    )
    return "\r\n".join(lines).encode()


@dataclass
class Office:
    """The engine, and what it was told and did."""

    folder: Path
    rules: str = RULES
    now: datetime = NOW
    events: list[Event] = field(default_factory=list)
    closed: bool = False
    _number: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "rules.yaml").write_text(self.rules, "utf-8")
        self.engine = self.open()

    def open(self) -> Engine:
        """Return an engine on the folder, as of now."""
        clock = Clock(now=lambda: self.now)
        self.closed = False
        self.engine = assemble(folders(self.folder), clock=clock, tell=self.events.append)
        return self.engine

    def close(self) -> None:
        """Let go of the data; may be done twice."""
        if not self.closed:
            self.closed = True
            self.engine.close()

    def later(self, **time: float) -> Office:
        """Let time pass."""
        self.now += timedelta(**time)
        return self

    def receive(self, *raws: bytes) -> list[Decision]:
        """Take messages in, in one batch."""
        return self.engine.process(self.engine.rules.accounts["support"], self.envelopes(raws))

    def envelopes(self, raws: Iterable[bytes]) -> list[Envelope]:
        """Return messages as a transport brings them."""
        found = []
        for raw in raws:
            self._number += 1
            place = Place("INBOX", "1", str(self._number))
            found.append(Envelope(place, raw, len(raw), received_at=self.now))
        return found

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask what is published, after publishing."""
        self.engine.publish()
        return list(archive(self.folder / "postroom-data").query(query).rows)


def reasons(decisions: Iterable[Decision]) -> list[str]:
    """Return why answers were not sent, in order."""
    return [each.reason for decision in decisions for each in decision.suppressed]


def answers(decisions: Iterable[Decision]) -> list[str]:
    """Return the templates of the answers that are sent, in order."""
    return [n.template for d in decisions for n in d.notices if n.kind == "answer"]
