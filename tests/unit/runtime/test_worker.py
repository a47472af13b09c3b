from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import RULES, House, disk_full, mail

from postroom.runtime.events import CaughtUp, Recovered, Trouble
from postroom.runtime.worker import Worker
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Receipt, Transport
    from postroom.model.envelope import ServerAction


@pytest.fixture
def house() -> House:
    return House()


def worker(house: House) -> Worker:
    ((account, receive),) = house.engine.receiving
    return Worker(house.engine, account, receive)


class StopAfter(Event):
    """Stops once a worker has waited so many times."""

    def __init__(self, house: House, waits: int) -> None:
        super().__init__()
        self._house, self._waits = house, waits

    def is_set(self) -> bool:
        return len(self._house.time.waits) >= self._waits


def unreachable() -> Problem:
    return Problem(Diagnostic("PR510", "the mail server cannot be reached"))


def wrong_password() -> Problem:
    return Problem(Diagnostic("PR511", "the mail server refuses the sign-in"))


@pytest.mark.parametrize(("deletes", "left"), [("{delete_after: 2d}", 0), ("keep", 1)])
def test_nothing_is_deleted_that_the_rules_delete_no_more(deletes: str, left: int) -> None:
    """Even if it was planned under rules that did."""
    before = House(rules_text=RULES.replace("{move_to: Done}", "{delete_after: 2d}"))
    before.server.deliver(mail(1))
    assert worker(before).once(Event())
    before.time.seconds = timedelta(days=3).total_seconds()
    after = House(rules_text=RULES.replace("{move_to: Done}", deletes))
    after.engine.store, after.time.seconds = before.store, before.time.seconds
    after.server.mails = before.server.mails
    assert worker(after).once(Event())
    assert len(after.server.mails) == left
    assert before.store.actions == {}


@pytest.mark.parametrize(("at_once", "asked"), [(0, [5, 4, 3, 2, 1]), (2, [5, 3, 1]), (5, [5])])
def test_a_transport_may_settle_many_messages_at_once(
    house: House, at_once: int, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as it likes; if it does none of them, one is asked for alone."""
    seen: list[int] = []

    def together(self: Transport, actions: Sequence[ServerAction]) -> list[Receipt]:
        seen.append(len(actions))
        return [self.settle(each) for each in actions[:at_once]]

    kind = house.engine.plugins.transports()["memory"]
    monkeypatch.setattr(kind, "settle_together", together, raising=False)
    house.server.deliver(*map(mail, range(5)))
    assert worker(house).once(Event())
    assert (house.server.mails, house.store.actions) == ({}, {})
    assert seen == asked


def test_one_round_reads_everything_and_settles_it_on_the_server(house: House) -> None:
    house.server.deliver(*map(mail, range(5)))
    assert worker(house).once(Event())
    assert len(house.store.communications) == 5
    assert house.server.moved == ["1", "2", "3", "4", "5"]
    assert house.server.mails == {}


def test_nothing_is_touched_on_the_server_before_it_is_durable(house: House) -> None:
    house.server.deliver(mail(1))
    house.store.refuse = lambda _batch: disk_full()
    assert not worker(house).once(Event())
    assert house.server.moved == []
    assert [e.found.code for e in house.events(Trouble)] == ["PR523"]


def test_a_second_round_finds_nothing_to_do(house: House) -> None:
    house.server.deliver(mail(1))
    works = worker(house)
    works.once(Event())
    works.once(Event())
    assert [e.fetched for e in house.events(CaughtUp)] == [1, 0]


def test_the_first_round_is_a_full_sweep_and_so_is_one_every_45_minutes(house: House) -> None:
    worker(house).until(StopAfter(house, 60))
    first, *others = house.server.sweeps
    assert first
    assert [n for n, sweep in enumerate(others, 1) if sweep] == [45]


def test_only_the_first_page_of_a_round_is_a_sweep(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what was fetched on the first pages would be looked at again for each that follows."""
    monkeypatch.setattr("postroom.runtime.worker.PAGE", 2)
    house.server.deliver(*map(mail, range(1, 6)))
    worker(house).once(Event())
    assert house.server.sweeps == [True, False, False]
    assert len(house.store.communications) == 5


def test_without_push_the_server_is_asked_once_a_minute(house: House) -> None:
    worker(house).until(StopAfter(house, 3))
    assert house.time.waits == [60, 60, 60]


def test_trouble_is_told_and_tried_again_ever_more_slowly(house: House) -> None:
    house.server.fails = [unreachable() for _ in range(4)]
    worker(house).until(StopAfter(house, 5))
    waits = [e.again_in.total_seconds() for e in house.events(Trouble)]
    whole = (5, 10, 20, 40)
    assert all(0.69 * w <= wait <= w for wait, w in zip(waits, whole, strict=True))
    assert len(house.events(Recovered)) == 1


def test_what_came_before_the_trouble_is_kept(house: House) -> None:
    house.server.deliver(mail(1), mail(2))
    house.server.fails = [unreachable()]
    assert not worker(house).once(Event())
    assert len(house.store.communications) == 2


def test_a_wrong_password_is_tried_again_slowly(house: House) -> None:
    house.server.fails = [wrong_password()]
    worker(house).until(StopAfter(house, 1))
    (trouble,) = house.events(Trouble)
    assert trouble.found.code == "PR511"
    assert trouble.again_in.total_seconds() > 80


def test_a_server_that_says_for_how_long_is_left_alone_so_long(house: House) -> None:
    busy = Diagnostic("PR516", "the mail server refuses for now")
    house.server.fails = [Problem(busy, timedelta(hours=1)), Problem(busy, timedelta(seconds=1))]
    worker(house).until(StopAfter(house, 2))
    first, second = [e.again_in for e in house.events(Trouble)]
    assert first == timedelta(hours=1)
    assert second > timedelta(seconds=5)


def test_a_transport_that_breaks_its_contract_is_trouble_too(house: House) -> None:
    house.server.fails = [RuntimeError("canary")]
    assert not worker(house).once(Event())
    (trouble,) = house.events(Trouble)
    assert trouble.found.code == "PR531"
    assert "canary" not in trouble.found.message


def test_a_closed_connection_is_no_trouble_when_we_closed_it(house: House) -> None:
    stop = Event()
    stop.set()
    house.server.fails = [unreachable()]
    worker(house).until(stop)
    assert house.events(Trouble) == []
