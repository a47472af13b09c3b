"""Small rows for the tests of stores: each says only what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from postroom.model.batch import Batch, Communication, Entry, OutboxRow, PlannedAction, Received
from postroom.model.decision import Notice, RecordChange
from postroom.model.envelope import Place
from postroom.model.record import Field, RecordRef, Table
from postroom.model.sealing import SALT_BYTES, Hidden

if TYPE_CHECKING:
    from postroom.model.envelope import ActionVerb
    from postroom.model.record import Value

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ACCOUNT = "help"
TABLES = {
    "ticket": Table(
        "ticket",
        {
            "title": Field("title", "text"),
            "priority": Field("priority", "integer"),
            "kind": Field("kind", "choice", values=("General", "Billing")),
            "notes": Field("notes", "log"),
        },
        "SUP",
    ),
    "contact": Table(
        "contact",
        {
            "name": Field("name", "text"),
            "email": Field("email", "email", unique=True),
            "other": Field("other", "list", of="email"),
        },
    ),
}


def after(seconds: float) -> datetime:
    """Return a time after NOW."""
    return NOW + timedelta(seconds=seconds)


def raw(number: int) -> bytes:
    """Return a message; no two numbers give the same bytes."""
    return f"Subject: message {number}\r\n\r\nText {number}.\r\n".encode()


def mail(number: int, **changes: Any) -> Communication:  # noqa: ANN401 - as dataclasses.replace
    """Return a message that came in; no two numbers have anything in common."""
    body = changes.get("raw", raw(number))
    plain = Communication(
        id=number,
        account=ACCOUNT,
        direction="in",
        sha256=sha256(body).hexdigest(),
        size=len(body),
        raw=body,
        message_id=f"{number}@partner.example",
        references=(),
        submission=sha256(b"submission" + body).hexdigest(),
        sender=f"ann{number}@partner.example",
        recipients=("help@xyz.example",),
        subject=f"message {number}",
        received_at=after(number),
        decided_at=after(number),
        class_="human",
        outcome="created",
        ref=None,
        sender_state="aligned",
        verified=True,
    )
    return replace(plain, **changes)


def place(key: int | str, mailbox: str = "INBOX", epoch: str = "1") -> Place:
    """Return where a message lies."""
    return Place(mailbox, epoch, str(key))


def entry(number: int, kind: str = "decision") -> Entry:
    """Return an audit entry with a personal value."""
    hidden = Hidden(lambda: bytes(SALT_BYTES))
    subject = hidden.hide("/subject", f"secret {number}")
    return Entry(kind, {"communication": number, "subject": subject}, hidden.rows)


def ticket(number: int, **values: Value) -> RecordChange:
    """Return a ticket to create."""
    return RecordChange("create", RecordRef("ticket", number), {"title": "new", **values})


def contact(number: int, email: str | None, *other: str) -> RecordChange:
    """Return a contact to create."""
    values: dict[str, Value] = {"name": f"contact {number}", "email": email, "other": other}
    return RecordChange("create", RecordRef("contact", number), values)


def update(change: RecordChange, **values: Value) -> RecordChange:
    """Return an update of a record that another change left behind."""
    before = {name: change.values.get(name) for name in values}
    return RecordChange("update", change.ref, values, before, change.revision + 1)


def whole(*numbers: int) -> Batch:
    """Return messages with everything that goes with them: place, entry, ticket."""
    return Batch(
        received=[Received(ACCOUNT, place(n), n) for n in numbers],
        communications=[mail(n, ref=RecordRef("ticket", n)) for n in numbers],
        changes=[ticket(n, priority=n) for n in numbers],
        entries=[entry(n) for n in numbers],
        written_at=NOW,
    )


def notice(number: int, record: int | None = None, **changes: Any) -> OutboxRow:  # noqa: ANN401
    """Return an answer that waits to be sent."""
    said = Notice(
        key=f"key {number}",
        kind="answer",
        origin="notify",
        rule="ack",
        template="ack",
        use="smtp",
        to=(f"Ann{number}@partner.example",),
        subject=f"Re: message {number}",
        text="Thank you.",
        in_reply_to=f"{number}@partner.example",
        ref=None if record is None else RecordRef("ticket", record),
        options={"file": "out.txt"},
        token="TOKEN",  # noqa: S106 - a record token opens nothing here
    )
    row = OutboxRow(0, ACCOUNT, number, said, NOW, NOW)
    wanted = {name: changes.pop(name) for name in ("created_at", "due_at") if name in changes}
    return replace(row, notice=replace(said, **changes), **wanted)


def action(number: int, verb: ActionVerb = "flag", wait: float = 0) -> PlannedAction:
    """Return something to do on a server."""
    target = {"flag": "\\Seen", "move": "Processed"}.get(verb, "")
    return PlannedAction(
        ACCOUNT, place(number), verb, target, after(wait), mail(number).sha256, number
    )
