"""Mail that is handed in: who it is for, when it is committed, and what its sender is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import RULES, House, disk_full, mail

from postroom.hooks.contracts import Parcel, Reply
from postroom.mail.limits import LIMITS
from postroom.runtime.events import Recovered, Trouble
from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Counter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.batch import Batch

SALES = """
  sales:
    table: ticket
    address: Sales@Kestrel.example
    receive: {use: memory}
    access: {create: [{id: anybody, then: {allow_as: guest}}], update: [{id: a, then: discard}]}
    mapping: {set: {title: "${subject}"}}
  copies:
    table: ticket
    address: sales@kestrel.example
    receive: {use: memory}
    access: {create: [{id: anybody, then: {allow_as: guest}}], update: [{id: a, then: discard}]}
    mapping: {set: {title: "${subject}"}}
  closed:
    table: ticket
    address: closed@kestrel.example
    active: false
    receive: {use: memory}
    access: {create: [{id: anybody, then: {allow_as: guest}}], update: [{id: a, then: discard}]}
    mapping: {set: {title: "${subject}"}}
"""
SUPPORT = "support@kestrel.example"
ACCOUNTS = ("support", "sales", "copies", "closed")


@pytest.fixture
def house() -> House:
    return House(rules_text=RULES.replace("templates:\n", SALES.lstrip("\n") + "templates:\n"))


@pytest.fixture
def intake(house: House) -> Iterator[Intake]:
    intake = Intake(house.engine)
    yield intake
    intake.close()


@pytest.fixture
def counter(house: House, intake: Intake) -> Counter:
    return Counter(house.engine, intake, "lmtp", ACCOUNTS)


def states(replies: list[Reply]) -> list[str]:
    return [reply.state for reply in replies]


def hand_in(counter: Counter, *recipients: str, raw: bytes = mail(1)) -> list[str]:
    return states(list(counter.hand_in(Parcel(raw, "ann@weaver.example", recipients))))


@pytest.mark.parametrize(
    ("recipient", "state"),
    [
        (SUPPORT, "taken"),
        ("SUPPORT@kestrel.EXAMPLE", "taken"),
        ("support+a-tag@kestrel.example", "taken"),
        ("nobody@kestrel.example", "never"),
        ("support@kestrel.example.evil.example", "never"),
        ("+support@kestrel.example", "never"),
        ("closed@kestrel.example", "later"),
        ("", "never"),
    ],
)
def test_an_address_is_expected_or_not(counter: Counter, recipient: str, state: str) -> None:
    assert counter.expects(recipient).state == state


def test_it_is_durable_when_it_is_taken(house: House, counter: Counter) -> None:
    assert hand_in(counter, SUPPORT) == ["taken"]
    (kept,) = house.store.communications
    assert (kept.account, kept.raw) == ("support", mail(1))


def test_an_account_gets_a_message_once_and_each_recipient_a_reply(
    house: House, counter: Counter
) -> None:
    told = hand_in(counter, SUPPORT, "support+x@kestrel.example", "who@kestrel.example", SUPPORT)
    assert told == ["taken", "taken", "never", "taken"]
    assert len(house.store.communications) == 1


def test_every_account_of_an_address_gets_it(house: House, counter: Counter) -> None:
    assert hand_in(counter, "sales@kestrel.example") == ["taken"]
    assert {each.account for each in house.store.received} == {"sales", "copies"}


def test_an_account_that_is_named_needs_no_recipient(house: House, counter: Counter) -> None:
    named = Parcel(mail(1), None, ("anything@else.example",), "support")
    assert states(list(counter.hand_in(named))) == ["taken"]
    assert states(list(counter.hand_in(Parcel(mail(1), account="unknown")))) == ["never"]
    assert states(list(counter.hand_in(Parcel(mail(1), account="closed")))) == ["later"]
    assert len(house.store.communications) == 1


def test_a_full_disk_is_later_and_it_is_told_and_passes(house: House, counter: Counter) -> None:
    house.store.refuse = lambda _batch: disk_full()
    assert hand_in(counter, SUPPORT) == ["later"]
    assert [each.found.code for each in house.events(Trouble)] == ["PR523"]
    house.store.refuse = lambda _batch: None
    assert hand_in(counter, SUPPORT) == ["taken"]
    assert len(house.events(Recovered)) == 1
    assert house.store.in_hand == {}


def test_of_two_accounts_the_graver_reply_counts(house: House, counter: Counter) -> None:
    """Who took it already knows it when it comes again."""

    def refuse(batch: Batch) -> Exception | None:
        return disk_full() if any(c.account == "copies" for c in batch.received) else None

    house.store.refuse = refuse
    assert hand_in(counter, "sales@kestrel.example") == ["later"]


def test_what_is_too_large_is_never_taken(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counter, "max_message", 100)
    assert hand_in(counter, SUPPORT, "who@kestrel.example") == ["never", "never"]
    assert LIMITS.message > 100


def test_a_message_that_cannot_be_handled_is_taken_and_quarantined(
    house: House, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("postroom.runtime.messages.deciding.decide", explode)
    assert hand_in(counter, SUPPORT) == ["taken"]
    assert house.store.communications[0].outcome == "quarantined"


def test_what_waits_is_committed_together(house: House, counter: Counter) -> None:
    """The first alone and at once; those that come in meanwhile share a commit."""
    busy, go_on = Event(), Event()

    def slow(batch: Batch) -> None:
        busy.set()
        if len(house.store.batches) == 0 and batch.received:
            assert go_on.wait(20)

    house.store.refuse = slow
    with ThreadPoolExecutor(30) as pool:
        first = pool.submit(hand_in, counter, SUPPORT)
        assert busy.wait(20)
        others = [pool.submit(hand_in, counter, SUPPORT, raw=mail(n)) for n in range(2, 30)]
        while counter._intake._lines["support"]._waiting.qsize() < 28:
            pass
        go_on.set()
        assert [each.result(20) for each in (first, *others)] == [["taken"]] * 29
    assert [len(batch.received) for batch in house.store.batches] == [1, 28]


def test_a_closed_intake_takes_nothing(house: House, counter: Counter, intake: Intake) -> None:
    assert hand_in(counter, SUPPORT) == ["taken"]
    intake.close()
    assert hand_in(counter, SUPPORT, raw=mail(2)) == ["later"]
    assert len(house.store.communications) == 1
