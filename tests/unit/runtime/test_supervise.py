from __future__ import annotations

from threading import Event, Thread

import pytest
from tests.unit.runtime.memory import RULES, House, disk_full, mail

from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import Stopped, Trouble
from postroom.runtime.supervise import run_once, run_until
from postroom.source.diagnostic import Diagnostic, Problem

SALES = """
  sales:
    table: ticket
    address: sales@kestrel.example
    receive: {use: memory}
    access: {create: [{id: nobody, then: discard}], update: [{id: none, then: discard}]}
    mapping: {set: {title: "${subject}"}}
"""


@pytest.fixture
def house() -> House:
    made = House()
    object.__setattr__(made.engine, "clock", SYSTEM)
    return made


def test_once_reads_sends_publishes_and_closes(house: House) -> None:
    house.server.deliver(*map(mail, range(20)))
    assert run_once(house.engine)
    assert len(house.store.communications) == 20
    assert len(house.post.letters) == 20
    assert house.store.closed
    assert isinstance(house.told[-1], Stopped)
    assert [entry.kind for entry in house.store.batches[-1].entries] == ["engine_stopped"]


def test_a_disk_that_is_full_at_the_end_is_told_and_the_store_is_closed(house: House) -> None:
    house.store.refuse = lambda _batch: disk_full()
    assert not run_once(house.engine)
    assert [each.found.code for each in house.events(Trouble)] == ["PR523"]
    assert house.store.closed


def test_once_says_that_an_account_could_not_be_read(house: House) -> None:
    house.server.fails = [Problem(Diagnostic("PR510", "the mail server cannot be reached"))]
    assert not run_once(house.engine)
    assert house.store.closed


def test_an_account_that_fails_does_not_keep_the_others_from_working() -> None:
    house = House(rules_text=RULES.replace("templates:", f"{SALES}templates:"))
    object.__setattr__(house.engine, "clock", SYSTEM)
    house.server.deliver(mail(1))
    house.servers["sales"].fails = [Problem(Diagnostic("PR511", "the sign-in is refused"))]
    assert not run_once(house.engine)
    assert [each.account for each in house.events(Trouble)] == ["sales"]
    assert [each.account for each in house.store.communications] == ["support"]


def test_an_engine_stops_while_it_waits_for_mail(house: House) -> None:
    house.server.busy = Event()
    house.server.deliver(mail(1))
    stop = Event()
    thread = Thread(target=run_until, args=(house.engine, stop))
    thread.start()
    assert house.server.busy.wait(5)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert house.store.closed
    assert house.events(Trouble) == []
    assert len(house.store.communications) == 1
