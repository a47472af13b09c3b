from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.runtime.memory import House, disk_full, envelope, mail

from postroom.pipeline.decide import decide
from postroom.runtime.events import Committed
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from postroom.model.batch import Batch
    from postroom.model.decision import Decision
    from postroom.model.message import Message


@pytest.fixture
def house() -> House:
    return House()


def subjects(house: House) -> list[str]:
    return [each.subject for each in house.store.communications]


def test_a_batch_is_one_commit(house: House) -> None:
    decisions = house.engine.process(house.account, [envelope(n, mail(n)) for n in range(50)])
    assert [d.outcome for d in decisions] == ["created"] * 50
    assert len(house.store.batches) == 1
    assert len(house.store.communications) == len(house.store.batches[0].changes) == 50


def test_the_cursor_stands_at_the_last_message(house: House) -> None:
    house.engine.process(house.account, [envelope(n, mail(n)) for n in (3, 5, 9)])
    assert house.store.cursor("support", "INBOX", "1") == "9"


def test_two_copies_in_one_batch_make_one_record(house: House) -> None:
    decisions = house.engine.process(house.account, [envelope(1, mail(1)), envelope(2, mail(1))])
    assert [d.outcome for d in decisions] == ["created", "duplicate"]
    assert len(house.store.communications) == 1
    assert len(house.store.received) == 2


def test_known_mail_in_a_new_epoch_is_linked_and_not_decided_again(house: House) -> None:
    house.engine.process(house.account, [envelope(n, mail(n)) for n in range(4)])
    again = [envelope(n + 70, mail(n), epoch="2") for n in range(5)]
    assert [d.outcome for d in house.engine.process(house.account, again)] == ["created"]
    assert subjects(house) == [f"Request {n}" for n in range(5)]
    assert len(house.store.received) == 9
    assert house.events(Committed)[-1].linked == 4


def test_a_copy_in_a_new_epoch_is_linked_once_and_a_duplicate_then(house: House) -> None:
    house.engine.process(house.account, [envelope(1, mail(1))])
    twice = [envelope(7, mail(1), epoch="2"), envelope(8, mail(1), epoch="2")]
    assert [d.outcome for d in house.engine.process(house.account, twice)] == ["duplicate"]
    assert len(house.store.communications) == 1


def test_a_message_that_cannot_be_had_is_quarantined_with_the_reason(house: House) -> None:
    broken = replace(envelope(1, mail(1)), problem="too large: 60 MB", size=60_000_000)
    (decision,) = house.engine.process(house.account, [broken])
    assert decision.outcome == "quarantined"
    assert "too large: 60 MB" in " ".join(decision.reasons)
    assert house.store.communications[0].size == 60_000_000


def test_two_messages_of_which_nothing_could_be_had_are_two(house: House) -> None:
    nothing = [replace(envelope(n, b""), problem="cannot be read") for n in (1, 2)]
    decisions = house.engine.process(house.account, nothing)
    assert [d.outcome for d in decisions] == ["quarantined", "quarantined"]
    assert len(house.store.communications) == 2


def test_a_message_that_cannot_be_stored_does_not_sink_the_others(house: House) -> None:
    def refuse(batch: Batch) -> Exception | None:
        bad = any(c.subject == "Request 13" for c in batch.communications)
        return Problem(Diagnostic("PR524", "a value must be unique")) if bad else None

    house.store.refuse = refuse
    decisions = house.engine.process(house.account, [envelope(n, mail(n)) for n in range(40)])
    assert [d.outcome for d in decisions].count("created") == 39
    assert decisions[13].outcome == "quarantined"
    assert decisions[13].reasons == ("it cannot be stored: a value must be unique",)
    assert len(house.store.received) == 40
    assert house.store.communications[13].raw == mail(13)


def test_a_message_whose_handling_raises_is_quarantined_by_its_bytes_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(message: Message, *args: Any) -> Decision:
        if message.subject == "Request 2":
            raise ZeroDivisionError("canary-in-the-error")
        return decide(message, *args)

    monkeypatch.setattr("postroom.runtime.messages.deciding.decide", explode)
    decisions = house.engine.process(house.account, [envelope(n, mail(n)) for n in range(4)])
    assert [d.outcome for d in decisions] == ["created", "created", "quarantined", "created"]
    (reason,) = decisions[2].reasons
    assert reason.startswith("handling it failed: ZeroDivisionError")
    assert "canary" not in reason
    assert house.store.communications[2].raw == mail(2)


def test_the_order_of_the_messages_is_kept_when_a_batch_is_halved(house: House) -> None:
    house.store.refuse = lambda b: ValueError() if len(b.communications) > 1 else None
    house.engine.process(house.account, [envelope(n, mail(n)) for n in range(9)])
    assert subjects(house) == [f"Request {n}" for n in range(9)]


def test_a_full_disk_is_no_messages_fault(house: House) -> None:
    house.store.refuse = lambda _batch: disk_full()
    with pytest.raises(Problem, match="PR523"):
        house.engine.process(house.account, [envelope(1, mail(1)), envelope(2, mail(2))])
    assert house.store.batches == []


def test_whoever_watches_hears_of_it_after_it_is_durable(house: House) -> None:
    seen: list[int] = []
    object.__setattr__(house.engine, "listener", lambda _e: seen.append(len(house.store.batches)))
    house.engine.process(house.account, [envelope(1, mail(1))])
    assert seen == [1]


def test_whoever_watches_cannot_undo_what_was_decided(house: House) -> None:
    def gone(_event: object) -> None:
        raise BrokenPipeError

    object.__setattr__(house.engine, "listener", gone)
    house.engine.process(house.account, [envelope(1, mail(1)), envelope(2, mail(2))])
    assert len(house.store.batches) == 1
    assert subjects(house) == ["Request 1", "Request 2"]
