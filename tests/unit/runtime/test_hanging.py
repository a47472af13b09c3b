"""A transport that hangs, beside one that works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.runtime.memory import RULES, House, mail

from postroom.runtime import worker
from postroom.runtime.backoff import Backoff
from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import Trouble
from postroom.runtime.supervise import run_once, run_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks.contracts import Position
    from postroom.model.envelope import Envelope

ACCOUNT = RULES.split("  support:")[1].split("templates:")[0]
TWO = RULES.replace("templates:", f"  sales:{ACCOUNT}templates:", 1)


class Hangs:
    """Makes the first fetches of `sales` hang: until closed, or for ever."""

    def __init__(self, house: House, *, for_ever: bool) -> None:
        self.end, self.times = Event(), 1
        kind = house.engine.plugins.transports()["memory"]
        fetch, close = kind.fetch, kind.close

        def hanging(transport: object, position: Position, limit: int) -> Iterator[Envelope]:
            if transport.server is house.servers["sales"] and self.times:  # type: ignore[attr-defined]
                self.times -= 1
                (self.end if for_ever else transport.closed).wait(60)  # type: ignore[attr-defined]
                return
            yield from fetch(transport, position, limit)  # type: ignore[arg-type]

        kind.fetch, kind.close = hanging, close  # type: ignore[method-assign, assignment]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(worker, "STALL", 0.3)
    monkeypatch.setattr(worker, "HOPELESS", 0.3)
    house = House(rules_text=TWO)
    house.engine.clock = SYSTEM
    house.servers["support"].deliver(*map(mail, range(50)))
    house.servers["sales"].deliver(mail(99))
    return house


def accounts(house: House) -> list[str]:
    return [each.account for each in house.store.communications]


def hung(house: House) -> list[str]:
    return [each.account for each in house.events(Trouble) if each.found.code == "PR551"]


def test_a_single_run_ends_although_a_transport_hangs_for_ever(house: House) -> None:
    hangs = Hangs(house, for_ever=True)
    assert not run_once(house.engine)
    assert accounts(house) == ["support"] * 50
    assert hung(house) == ["sales"]
    assert house.store.closed
    hangs.end.set()


def test_a_transport_that_never_ends_its_waiting_is_interrupted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And mail that came meanwhile is read."""
    server, waiting = house.servers["sales"], Event()

    def hanging(transport: Any, _timeout: timedelta) -> bool:
        if transport.server is server:
            waiting.set()
            transport.closed.wait(60)
        return False

    kind = house.engine.plugins.transports()["memory"]
    monkeypatch.setattr(kind, "wait", hanging)
    monkeypatch.setattr(worker, "STALL", 60.0)
    house.engine.clock = replace(  # so that a minute of waiting takes 0.3 seconds
        SYSTEM,
        monotonic=lambda: SYSTEM.monotonic() * 200,
        wait=lambda stop, seconds: SYSTEM.wait(stop, seconds / 200),
    )
    stop = Event()
    runs = Thread(target=run_until, args=(house.engine, stop))
    runs.start()
    assert waiting.wait(20)
    server.deliver(mail(100))
    while accounts(house).count("sales") < 2 and runs.is_alive():
        stop.wait(0.05)
    stop.set()
    runs.join(20)
    assert not runs.is_alive()
    assert "sales" in hung(house)


def test_a_transport_that_hangs_is_interrupted_and_the_other_does_not_notice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FETCHING", Backoff(timedelta(0), timedelta(0)))
    Hangs(house, for_ever=False)
    stop = Event()
    runs = Thread(target=run_until, args=(house.engine, stop))
    runs.start()
    while "sales" not in accounts(house) and runs.is_alive():
        stop.wait(0.05)
    stop.set()
    runs.join(20)
    assert not runs.is_alive()
    assert accounts(house)[:50] == ["support"] * 50
    assert "sales" in hung(house)
