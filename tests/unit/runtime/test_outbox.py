from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import NOW, House, envelope, mail

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.identity.carriers import verify
from postroom.mail.read import read
from postroom.model.batch import OutboxRow
from postroom.model.decision import Notice
from postroom.model.record import RecordRef
from postroom.runtime.sending.desk import Desk
from postroom.runtime.sending.letters import Letterhead
from postroom.runtime.sending.outbox import Outbox
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

    from postroom.hooks.contracts import SendOutcome

TICKET = RecordRef("ticket", 1)


@pytest.fixture
def house() -> House:
    return House()


def outbox(house: House) -> Outbox:
    engine = house.engine
    desk = Desk(engine.rules, engine.plugins.notifiers(), engine.secrets)
    head = Letterhead(engine.tokens.ring, engine.rules.hash)
    return Outbox(engine.store, desk, head, engine.clock, engine.tell)


def queue(
    house: House, kind: Literal["answer", "alert", "forward"] = "alert", **changes: object
) -> None:
    given = {
        "key": "support/abc/notify/page/alert",
        "kind": kind,
        "origin": "notify",
        "rule": "page",
        "template": "page",
        "use": "memory",
        "to": ("boss@kestrel.example",),
        "subject": "New",
        "ref": TICKET,
        "token": house.engine.tokens.mint(TICKET),
    }
    notice = Notice(**(given | changes))  # type: ignore[arg-type]
    house.store.outbox.append(OutboxRow(1, "support", 1, notice, NOW, NOW))


def states(house: House) -> list[str]:
    return [outcome.state for _, outcome in house.store.sends]


def test_what_a_record_leads_to_goes_out(house: House) -> None:
    house.engine.process(house.account, [envelope(1, mail(1))])
    assert outbox(house).work_off(Event()) == 1
    (letter,) = house.post.letters
    assert letter.notice.to == ("boss@kestrel.example",)
    assert letter.sender == "support@kestrel.example"
    assert states(house) == ["sent"]


def test_the_message_id_carries_the_records_token(house: House) -> None:
    queue(house)
    outbox(house).work_off(Event())
    (letter,) = house.post.letters
    answer = read(f"In-Reply-To: <{letter.message_id}>\r\n\r\n".encode())
    found = verify(answer, house.engine.tokens, NOW)
    assert (found.ref, found.carrier) == (TICKET, "references")


def test_the_subject_carries_the_token_as_well(house: House) -> None:
    queue(house)
    outbox(house).work_off(Event())
    (letter,) = house.post.letters
    answer = read(f"Subject: Re: {letter.notice.subject}\r\n\r\n".encode())
    assert verify(answer, house.engine.tokens, NOW).ref == TICKET


def test_the_headers_say_who_sent_it_and_why(house: House) -> None:
    queue(house)
    outbox(house).work_off(Event())
    (letter,) = house.post.letters
    shown = {name: value for name, value in letter.headers.items() if "Instance" not in name}
    assert shown == {
        "X-Postroom-Account": "support",
        "X-Postroom-Table": "ticket",
        "X-Postroom-Record": "1",
        "X-Postroom-Rule": "notify/page",
        "X-Postroom-Rules": house.rules.hash,
        "X-Postroom-Reason": "alert to message 1",
        "X-Postroom-Key": "support/abc/notify/page/alert",
    }


def test_an_alert_that_is_sent_twice_has_one_message_id(house: House) -> None:
    house.post.fails = [Uncertain("the line went dead")]
    queue(house)
    first = outbox(house)
    first.work_off(Event())
    house.time.seconds += 61
    first.work_off(Event())
    queue(house)
    first.work_off(Event())
    once, again = house.post.letters
    assert once.message_id == again.message_id


def test_what_cannot_be_sent_now_is_tried_again_after_1_2_4_minutes(house: House) -> None:
    house.post.fails = [Retry("greylisted") for _ in range(3)]
    queue(house)
    works = outbox(house)
    waits = []
    for _ in range(3):
        works.work_off(Event())
        due = house.store.outbox[0].due_at
        waits.append((due - house.engine.clock.now()).total_seconds())
        house.time.seconds += waits[-1]
    works.work_off(Event())
    assert waits == [60, 120, 240]
    assert states(house) == ["retry", "retry", "retry", "sent"]


def test_a_notifier_may_say_when_to_try_again(house: House) -> None:
    house.post.fails = [Retry("throttled", timedelta(seconds=7))]
    queue(house)
    outbox(house).work_off(Event())
    assert house.store.outbox[0].due_at == NOW + timedelta(seconds=7)


def test_what_cannot_be_sent_for_five_days_is_given_up(house: House) -> None:
    house.post.fails = [Retry("no route")]
    queue(house)
    house.time.seconds = timedelta(days=5).total_seconds()
    outbox(house).work_off(Event())
    ((_, outcome),) = house.store.sends
    assert (outcome.state, outcome.detail) == ("refused", "given up after 5 days: no route")


def test_what_is_refused_is_not_tried_again(house: House) -> None:
    house.post.fails = [Refused("no such mailbox")]
    queue(house)
    outbox(house).work_off(Event())
    assert states(house) == ["refused"]
    assert house.store.outbox == []


@pytest.mark.parametrize(
    ("kind", "state"), [("answer", "unknown"), ("alert", "retry"), ("forward", "retry")]
)
@pytest.mark.parametrize("error", [Uncertain("dead line"), RuntimeError("canary")])
def test_in_doubt_an_answer_is_not_sent_again_and_an_alert_is(
    house: House, kind: Literal["answer", "alert"], state: str, error: Exception
) -> None:
    house.post.fails = [error]
    queue(house, kind)
    outbox(house).work_off(Event())
    ((_, outcome),) = house.store.sends
    assert outcome.state == state
    assert "canary" not in outcome.detail


def test_a_notice_whose_notifier_is_gone_waits_for_it(house: House) -> None:
    queue(house, use="pager")
    outbox(house).work_off(Event())
    ((_, outcome),) = house.store.sends
    assert (outcome.state, outcome.detail) == ("retry", "there is no notifier `pager`")


def test_a_forward_takes_the_message_along(house: House) -> None:
    house.engine.process(house.account, [envelope(1, mail(1))])
    house.store.outbox.clear()
    queue(house, "forward", attach_original="all")
    queue(house, "forward", attach_original="text")
    outbox(house).work_off(Event())
    whole, text = house.post.letters
    assert whole.original == mail(1)
    assert (text.original, text.original_text.strip()) == (None, "Hello.")


def test_a_notice_that_cannot_be_made_keeps_nothing_from_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(communication: int) -> bytes:
        raise KeyError(communication)

    monkeypatch.setattr(house.store, "raw", gone)
    queue(house, "answer", attach_original="all")
    queue(house, "answer")
    outbox(house).work_off(Event())
    ((_, outcome), (_, other)) = house.store.sends
    assert (outcome.state, outcome.detail) == ("retry", "it cannot be made: KeyError")
    assert other.state == "sent"


def test_what_cannot_be_written_down_is_written_down_later_and_not_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        queue(house, "answer")
        house.store.outbox[-1] = replace(house.store.outbox[-1], id=number)
    write = house.store.sent

    def full(row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        if row.id == 1:
            raise Problem(Diagnostic("PR523", "the disk is full"))
        write(row, outcome, now)

    works = outbox(house)
    monkeypatch.setattr(house.store, "sent", full)
    with pytest.raises(Problem, match="PR523"):
        works.work_off(Event())
    assert [row.id for row, _ in house.store.sends] == [2]
    monkeypatch.setattr(house.store, "sent", write)
    works.work_off(Event())
    assert [row.id for row, _ in house.store.sends] == [2, 1]
    assert states(house) == ["sent", "sent"]
    assert len(house.post.letters) == 2
    works.work_off(Event())
    assert len(house.store.sends) == 2


def test_when_stopped_what_is_leased_goes_back(house: House) -> None:
    for _ in range(3):
        queue(house)
    stop = Event()
    works = outbox(house)
    works.tell = lambda _event: stop.set()
    works.work_off(stop)
    assert states(house) == ["sent", "retry", "retry"]
    assert len(house.store.outbox) == 2
