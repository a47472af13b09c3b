"""Messages that engines died with: a few together, then alone, and given up after three deaths."""

from __future__ import annotations

from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import House, disk_full, envelope, mail

from postroom.model.attempts import FEW, charged
from postroom.model.envelope import Place
from postroom.runtime.messages.ahead import process_all
from postroom.runtime.messages.suspects import ATTEMPTS, LIVED, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.model.message import Message
    from postroom.runtime.reading.wire import Mail


@pytest.fixture
def house() -> House:
    return House()


def died_with(house: House, key: int, deaths: int) -> None:
    house.store.deaths["support", Place("INBOX", "1", str(key))] = deaths


def run(house: House, *keys: int) -> None:
    batch = [envelope(key, mail(key)) for key in keys]
    process_all(house.engine, house.account, [batch], Event())


def subjects(house: House) -> list[str]:
    return [each.subject for each in house.store.communications]


def test_without_deaths_a_batch_stays_whole(house: House) -> None:
    run(house, *range(20))
    assert len(house.store.batches) == 1
    assert house.store.in_hand == {}


def test_what_many_died_with_is_handled_a_few_at_a_time_and_the_order_is_kept(house: House) -> None:
    for key in range(5, 45):
        died_with(house, key, 0)
    run(house, *range(50))
    sizes = [len(batch.communications) for batch in house.store.batches]
    assert sizes == [5, FEW, FEW, 40 - 2 * FEW, 5]
    assert subjects(house) == [f"Request {n}" for n in range(50)]


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_message_against_which_a_death_counts_is_handled_alone_and_the_order_is_kept(
    house: House, deaths: int
) -> None:
    died_with(house, 3, deaths)
    run(house, 1, 2, 3, 4, 5)
    assert [len(batch.communications) for batch in house.store.batches] == [2, 1, 2]
    assert subjects(house) == [f"Request {n}" for n in range(1, 6)]


def test_an_engine_takes_no_message_for_the_last_time_before_it_has_lived(house: House) -> None:
    """One that is killed as soon as it is up says nothing about a message."""
    died_with(house, 1, 1)
    run(house, 0, 1)
    assert house.time.waits == []
    for key in (2, 3):
        died_with(house, key, 2)
    run(house, 2, 3)
    assert house.time.waits == [LIVED]


def test_while_a_suspect_is_in_hand_nothing_else_of_the_account_is(house: House) -> None:
    seen: list[int] = []

    class Watching:
        def read(self, mail: Sequence[Mail]) -> list[Message]:
            seen.append(sum(len(places) for places in house.store.in_hand.values()))
            return before.read(mail)

        def prepare(self) -> None: ...

        def close(self) -> None: ...

    died_with(house, 3, 1)
    before = house.engine.reader
    object.__setattr__(house.engine, "reader", Watching())
    run(house, 1, 2, 3, 4, 5)
    assert seen == [2, 1, 2]


def test_after_three_deaths_a_message_is_quarantined_and_nobody_reads_it(
    house: House,
) -> None:
    class Deadly:
        def read(self, mail: Sequence[Mail]) -> list[Message]:
            assert not any(b"Request 3" in raw for raw, _ in mail)
            return before.read(mail)

        def prepare(self) -> None: ...

        def close(self) -> None: ...

    died_with(house, 3, 3)
    before = house.engine.reader
    object.__setattr__(house.engine, "reader", Deadly())
    run(house, 1, 2, 3, 4)
    assert [each.outcome for each in house.store.communications] == [
        "created", "created", "quarantined", "created",
    ]  # fmt: skip
    assert house.store.communications[2].raw == mail(3)
    given_up = [
        entry.body for batch in house.store.batches for entry in batch.entries
        if entry.kind == "message_given_up"
    ]  # fmt: skip
    assert [(body["attempts"], body["communication"]) for body in given_up] == [(3, 3)]


def test_the_quarantine_says_why(house: House) -> None:
    died_with(house, 3, 3)
    (decision,) = house.engine.process(house.account, [envelope(3, mail(3))])
    assert decision.reasons == ("3 attempts to handle it ended with the death of the engine",)


def test_what_failed_for_another_reason_is_let_go(house: House) -> None:
    house.store.refuse = lambda _batch: disk_full()
    for batches in ([[1]], [[1], [2]]):
        with suppress(Exception):
            mails = ([envelope(n, mail(n)) for n in batch] for batch in batches)
            process_all(house.engine, house.account, mails, Event())
        assert house.store.in_hand == {}
    assert house.store.communications == []


def test_a_message_is_in_hand_only_when_it_can_be_read_at_once(house: House) -> None:
    """An engine that dies while its readers come up has died of no message."""
    seen: list[int] = []

    class Slow:
        def prepare(self) -> None:
            seen.append(len(house.store.in_hand))

        def read(self, mail: Sequence[Mail]) -> list[Message]:
            return before.read(mail)

        def close(self) -> None: ...

    before = house.engine.reader
    object.__setattr__(house.engine, "reader", Slow())
    run(house, 1, 2)
    assert seen == [0]


@pytest.mark.parametrize(("backlog", "deaths"), [(1, 3), (FEW, 3), (FEW + 1, 4), (1_000, 4)])
@pytest.mark.parametrize("where", [0, -1])
def test_a_message_that_ends_every_engine_is_found(backlog: int, deaths: int, where: int) -> None:
    """And no other one is given up with it, or tried more than a few at a time after the first."""
    waiting = [envelope(n, b"") for n in range(backlog)]
    guilty = waiting[where]
    suspects: dict[tuple[str, Place], int] = {}
    for died in range(9):
        for group in grouped("support", waiting, suspects):
            if guilty in group.envelopes:
                break
            assert (group.deaths or 0) < ATTEMPTS
        if (group.deaths or 0) >= ATTEMPTS:
            assert (died, len(group.envelopes)) == (deaths, 1)
            return
        waiting = waiting[waiting.index(group.envelopes[0]) :]
        suspects = charged(suspects, [[("support", each.place) for each in group.envelopes]])
    pytest.fail("it was never found")
