"""An account that starts on a mailbox full of old mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.unit.runtime.memory import NOW, RULES, House, disk_full, envelope, mail

from postroom.runtime.worker import Worker
from postroom.source.diagnostic import Problem

OLD = datetime(2025, 3, 1, 12, tzinfo=UTC)


def house(receive: str) -> House:
    return House(
        rules_text=RULES.replace("{use: memory, after:", f"{{use: memory, {receive}, after:")
    )


def arrived(house: House, *times: datetime | None) -> None:
    envelopes = [
        replace(envelope(n, mail(n)), received_at=at) for n, at in enumerate(times, start=1)
    ]
    house.engine.process(house.account, envelopes)


def test_mail_from_before_the_start_is_left_alone_but_known() -> None:
    full = house("start_at: 2026-11-01")
    arrived(full, OLD, OLD + timedelta(days=600), NOW, None)
    assert [each.subject for each in full.store.communications] == ["Request 3", "Request 4"]
    assert full.store.unknown("support", "INBOX", "1", ["1", "2", "3", "4", "5"]) == ["5"]
    entries = [entry for batch in full.store.batches for entry in batch.entries]
    left = next(entry for entry in entries if entry.kind == "mail_left_alone")
    assert left.body["messages"] == 2
    assert {action.place.key for action in full.store.actions.values()} == {"3", "4"}


def test_the_cursor_moves_over_a_mailbox_of_nothing_but_old_mail() -> None:
    full = house("start_at: 2026-11-01")
    arrived(full, OLD, OLD)
    assert full.store.cursor("support", "INBOX", "1") == "2"


def test_the_cursor_waits_for_new_mail_that_lies_before_old_mail() -> None:
    full = house("start_at: 2026-11-01")
    full.store.refuse = lambda batch: disk_full() if batch.communications else None
    with pytest.raises(Problem, match="PR523"):
        arrived(full, NOW, OLD)
    assert full.store.cursor("support", "INBOX", "1") == ""


def test_the_day_of_the_start_counts() -> None:
    full = house("start_at: 2026-11-01")
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    arrived(full, midnight - timedelta(seconds=1), midnight)
    assert [each.subject for each in full.store.communications] == ["Request 2"]


def test_imported_mail_makes_records_with_their_dates_and_tells_nobody() -> None:
    full = house("import_before: 2026-11-01")
    arrived(full, OLD, NOW)
    old, new = full.store.batches[-1].changes
    assert (old.written_at, new.written_at) == (OLD, None)
    assert [row.communication for row in full.store.outbox] == [2]
    (first, _) = full.store.communications
    assert (first.outcome, first.received_at) == ("created", OLD)


def test_why_nobody_hears_of_it_stands_with_the_decision() -> None:
    full = house("import_before: 2026-11-01")
    arrived(full, OLD)
    (decided,) = [e for b in full.store.batches for e in b.entries if e.kind == "decision"]
    assert decided.body["facts"]["imported"] is True  # type: ignore[index, call-overload]
    assert "the message was imported" in str(decided.body["effects"])


def test_a_run_can_import_all_that_lies_there() -> None:
    full = House()
    full.engine.importing = True
    full.server.deliver(mail(1))
    ((account, receive),) = full.engine.receiving
    assert Worker(full.engine, account, receive).once(Event())
    assert full.store.communications[0].outcome == "created"
    assert full.store.outbox == []
