"""A line that breaks at any place costs a run, and no message."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.faults.station import MOVED, station

from postroom.testing.fault_proxy import (
    Bye,
    Drip,
    Drop,
    Fault,
    FaultProxy,
    HalfClose,
    No,
    Stall,
    WrongLiteral,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.station import Station
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User

GREETING, SIGNED_IN = 20, 700
IN_BODIES = (2_500, 4_000, 6_000)
"""Bytes that Dovecot says until it is in the middle of something."""


@pytest.fixture
def proxy(user: User, certificate: Certificate) -> Iterator[FaultProxy]:
    server = ("localhost", user.server.imaps)
    with FaultProxy(server, [], certificate.context(), user.server.trust) as made:
        yield made


@pytest.fixture
def engine(
    tmp_path: Path, proxy: FaultProxy, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Station]:
    with station(tmp_path, user, ca, patch=monkeypatch, port=proxy.port, more=MOVED) as made:
        yield made


def broken(engine: Station, proxy: FaultProxy, *faults: Fault) -> list[bool]:
    """Have mail fetched over one broken line after the other, then over a good one.

    Return of each whether it was noticed: the engine had trouble, or began again at once.
    """
    noticed = []
    for fault in faults:
        engine.deliver(5)
        proxy.faults, proxy.met = [fault], []
        trouble = engine.run()
        noticed.append(bool(trouble) or proxy.met[1:] != [])
        assert proxy.met[0] is fault
        engine.ahead += timedelta(hours=1)
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=0, Done=engine.delivered)
    return noticed


def test_a_connection_that_is_gone_at_any_byte(engine: Station, proxy: FaultProxy) -> None:
    assert all(broken(engine, proxy, *map(Drop, (0, GREETING, SIGNED_IN, *IN_BODIES))))


def test_a_server_that_falls_silent(engine: Station, proxy: FaultProxy) -> None:
    assert all(broken(engine, proxy, Stall(SIGNED_IN), Stall(IN_BODIES[0])))


def test_a_server_that_ends_its_side(engine: Station, proxy: FaultProxy) -> None:
    assert all(broken(engine, proxy, HalfClose(GREETING), HalfClose(IN_BODIES[0])))


def test_a_server_that_takes_its_leave(engine: Station, proxy: FaultProxy) -> None:
    """Between two answers, and in the middle of a message."""
    assert all(broken(engine, proxy, Bye(0), Bye(SIGNED_IN), Bye(IN_BODIES[0])))


def test_a_message_of_another_length_than_was_said(engine: Station, proxy: FaultProxy) -> None:
    """What comes in its place is never taken for a message."""
    faults = [WrongLiteral(by) for by in (1, 40, 100_000, -1, -40)]
    assert all(broken(engine, proxy, *faults))
    assert all(fault.happened for fault in faults)


def test_a_server_that_says_no(engine: Station, proxy: FaultProxy) -> None:
    words = (b"AUTHENTICATE", b"EXAMINE", b"SEARCH", b"FETCH", b"SELECT", b"MOVE")
    faults = [No(word) for word in words]
    broken(engine, proxy, *faults)
    assert [fault.word for fault in faults if fault.times] == []


def test_a_slow_server_is_none_that_is_broken(engine: Station, proxy: FaultProxy) -> None:
    assert broken(engine, proxy, Drip(GREETING), Drip(IN_BODIES[0])) == [False, False]
