from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import RULES, House, disk_full, mail

from postroom.ledger.events import Activation
from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import Committed, Stopped, Trouble
from postroom.runtime.supervise import run_once, run_until
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from postroom.runtime.engine import Engine

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


def test_when_other_rules_are_taken_up_everything_begins_anew_under_them(house: House) -> None:
    """And a batch that is in hand is finished first."""
    stop = Event()
    engine, before = house.engine, house.engine.rules.hash
    other = House(rules_text=RULES.replace("${subject}", "new: ${subject}")).rules

    def look(_engine: Engine) -> None:
        if house.store.communications and engine.rules is not other:
            engine.decide_by(other, Activation("activate", "ann"))
            house.server.deliver(mail(2))
        if len(house.store.communications) == 2:
            stop.set()

    house.server.deliver(mail(1))
    run_until(engine, stop, look)
    told = [d.rules for e in house.events(Committed) for _, d in e.decided]
    assert told == [before, other.hash]
    kinds = [entry.kind for batch in house.store.batches for entry in batch.entries]
    assert kinds.index("rules_activated") > kinds.index("decision")
    assert house.events(Trouble) == []


def test_rules_whose_tables_would_lose_something_unseat_nothing(house: House) -> None:
    other = House(rules_text=RULES.replace("ticket", "request")).rules
    before = house.engine.rules
    with pytest.raises(Problem, match="PR521"):
        house.engine.decide_by(other, Activation())
    assert house.engine.rules is before


def test_rules_that_cannot_be_written_down_unseat_nothing(house: House) -> None:
    other = House(rules_text=RULES + "\n# other\n").rules
    before, tokens = house.engine.rules, house.engine.tokens
    house.store.refuse = lambda _batch: disk_full()
    with pytest.raises(Problem, match="PR523"):
        house.engine.decide_by(other, Activation())
    assert (house.engine.rules, house.engine.tokens) == (before, tokens)


def test_an_engine_whose_rules_have_no_account_waits_for_other_rules(house: House) -> None:
    idle = House(
        rules_text=RULES.replace("    table: ticket\n", "    table: ticket\n    active: false\n", 1)
    ).rules
    assert not [a for a in idle.accounts.values() if a.active]
    busy, stop, looks = house.engine.rules, Event(), 0

    def look(engine: Engine) -> None:
        nonlocal looks
        looks += 1
        if looks in (1, 3):
            engine.decide_by(idle if looks == 1 else busy, Activation("activate"))
        if looks == 3:
            house.server.deliver(mail(1))
        if house.store.communications:
            stop.set()

    run_until(house.engine, stop, look)
    assert len(house.store.communications) == 1
