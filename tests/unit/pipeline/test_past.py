from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.ledger.changes import changed
from postroom.model.decision import RecordChange
from postroom.model.facts import Facts, Window
from postroom.model.record import FileRef, LogEntry, RecordRef
from postroom.model.sealing import revealed
from postroom.pipeline.past import History
from postroom.rules.load import load
from postroom.source.text import Source

if TYPE_CHECKING:
    from postroom.model.record import Value

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RULES = load(
    [
        Source(
            "r.yaml",
            """\
version: 1
tables:
  contact: {fields: {name: {type: text}, email: {type: email}, other: {type: list, of: email}}}
  ticket:
    fields:
      title: {type: text}
      notes: {type: log}
      files: {type: files}
      due: {type: date}
      seen: {type: timestamp}
      cost: {type: decimal}
      urgent: {type: boolean}
      requester: {type: reference, table: contact}
contacts: {table: contact, guest: g@x.example}
""",
        )
    ],
    KINDS,
)
LINE = LogEntry(NOW, "ann@x.example", verified=True, text="one")
VALUES: dict[str, Value] = {
    "title": "Rear light",
    "notes": (LINE,),
    "files": (FileRef("00", "a.txt", "text/plain", 3, 7, 2),),
    "due": date(2026, 11, 3),
    "seen": NOW,
    "cost": Decimal("4.50"),
    "urgent": True,
    "requester": 4,
}
TICKET, ANN = RecordRef("ticket", 1), RecordRef("contact", 4)


def body(change: RecordChange, *, erase: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the entry of a change as the log gives it back."""
    entry = changed(change, lambda: bytes(16), recorded_at=NOW)
    private = [(place, json.loads(value)) for place, _, value in entry.private]
    told: dict[str, Any] = revealed(entry.body, [p for p in private if p[0] not in erase])
    return told


def history(*changes: tuple[int, RecordChange]) -> History:
    found = History(RULES)
    for seq, change in changes:
        found.change(seq, body(change))
    return found


def test_a_record_is_what_its_changes_made_of_it() -> None:
    again = (*VALUES["notes"], LINE)  # type: ignore[misc]  # it is a tuple
    update = RecordChange("update", TICKET, {"notes": again, "urgent": False}, VALUES, 2)
    past = history((5, RecordChange("create", TICKET, VALUES)), (9, update))
    first = past.before(20).version(TICKET, 1)
    assert first is not None
    assert first.values == VALUES
    now = past.before(20).record(TICKET)
    assert now is not None
    assert (now.values["notes"], now.values["urgent"], now.revision) == (again, False, 2)


def test_a_record_is_seen_as_it_stood_before_an_entry() -> None:
    past = history((5, RecordChange("create", TICKET, VALUES)))
    assert past.before(5).record(TICKET) is None
    found = past.before(6).record(TICKET)
    assert found is not None
    assert found.values["title"] == "Rear light"


def test_a_contact_is_found_by_the_addresses_it_had() -> None:
    had: dict[str, Value] = {"name": "Ann", "email": "Ann@X.example", "other": ("a@y.example",)}
    moved = RecordChange("update", ANN, {"email": "ann@z.example"}, had, 2)
    past = history((5, RecordChange("create", ANN, had)), (9, moved))
    past.knows_contacts = True
    for address, seq, known in (
        ("ann@x.example", 6, True), ("a@y.example", 6, True), ("ann@z.example", 6, False),
        ("ann@x.example", 10, False), ("ann@z.example", 10, True), ("ann@x.example", 4, False),
    ):  # fmt: skip
        assert (past.before(seq).contact(address) is not None) is known, (address, seq)


@pytest.mark.parametrize("field", ["title", "notes"])
def test_what_was_erased_is_not_known_and_that_is_said(field: str) -> None:
    past = History(RULES)
    past.change(5, body(RecordChange("create", TICKET, VALUES), erase=(f"/values/{field}",)))
    moment = past.before(6)
    found = moment.record(TICKET)
    assert found is not None
    assert not found.values[field]
    assert moment.unknown == ["values of a ticket"]


def test_a_text_that_the_log_has_cut_is_not_known() -> None:
    long: dict[str, Value] = VALUES | {"title": "x" * 200_000}
    past = history((5, RecordChange("create", TICKET, long)))
    moment = past.before(6)
    assert moment.version(TICKET, 1) is not None
    assert moment.unknown == ["values of a ticket"]


def test_a_revision_that_the_log_was_not_read_for_is_not_known() -> None:
    moment = history().before(6)
    assert moment.version(TICKET, 1) is None
    assert moment.unknown == ["values of a ticket"]


def decided(communication: int, minutes: int, sender: str = "ann@x.example") -> dict[str, Any]:
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    return {
        "account": "help", "communication": communication, "repeats": None,
        "message": {"from": sender, "received_at": at},
    }  # fmt: skip


def test_mail_is_counted_as_it_had_come_by_then() -> None:
    past = History(RULES)
    past.knows_mail = True
    for number, minutes in ((1, 0), (2, 30), (3, 60), (4, 50)):
        past.arrival(decided(number, minutes))
    past.arrival(decided(5, 55, "bob@x.example"))
    past.arrival(decided(6, 55) | {"repeats": 1})
    past.answer(40, {"notice": "answer", "to": ["Ann@x.example"], "recorded_at": NOW.isoformat()})
    past.answer(41, {"notice": "alert", "to": ["ann@x.example"], "recorded_at": NOW.isoformat()})
    hour = timedelta(hours=1)
    facts = Facts("help", NOW + hour, NOW + hour, communication=3)
    moment = past.before(50)
    assert moment.count(Window("from", hour), "ann@x.example", facts) == 1
    assert moment.count(Window("from", 2 * hour), "ann@x.example", facts) == 2
    assert moment.count(Window("to", hour), "ann@x.example", facts) == 1
    assert past.before(40).count(Window("to", hour), "ann@x.example", facts) == 0
    assert moment.unknown == []


def test_counts_are_not_known_where_no_mail_was_noted() -> None:
    moment = History(RULES).before(5)
    assert (
        moment.count(Window("from", timedelta(hours=1)), "a@x.example", Facts("h", NOW, NOW)) == 0
    )
    assert moment.unknown == ["counts"]
