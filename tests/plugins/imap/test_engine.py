"""An engine that reads from a real Dovecot: what is particular to IMAP, from mailbox to ledger."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

import pytest
from tests.faults.station import MOVED, station
from tests.servers.dovecot import Dovecot

from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import CaughtUp, Committed, Recovered, Trouble
from postroom.runtime.watching.complaints import WILL_NOT_PASS
from postroom.runtime.worker import Worker
from postroom.testing.fault_proxy import FaultProxy, No

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.station import Station
    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User

Told = TypeVar("Told")
HOUR = timedelta(hours=1)
DISK_FULL = b"[SERVERBUG] Internal error occurred. Refer to server log for more information."
"""What Dovecot 2.3 says when the disk of a mailbox is full."""


@pytest.fixture(scope="module")
def odd(ca: LocalCA, certificate: Certificate, issuer: Authority) -> Iterator[Dovecot]:
    """Run a Dovecot with namespaces, quota, and without MOVE."""
    server = Dovecot(certificate, ca.ca_file, issuer.base, "dovecot-odd.conf")
    try:
        yield server.start()
    finally:
        server.remove()


def test_old_mail_is_known_without_its_bytes(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.append([b"Subject: %d\r\n\r\n" % n for n in range(3)], at=datetime(2019, 5, 1, tzinfo=UTC))
    more = ", start_at: 2019-06-01, trace: true, after: {decided: {move_to: Done}}"
    with station(tmp_path, user, ca, patch=monkeypatch, more=more) as engine:
        engine.deliver(2)
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=3, Done=2)
        left = "SELECT body->>'messages' FROM entries WHERE kind = 'mail_left_alone'"
        assert engine.column(left) == ["3"]
        assert engine.run() == []
        assert engine.column(left) == ["3"]
        (trace,) = tmp_path.rglob("*.log")
        lines = trace.read_text("utf-8").splitlines()
        first = next(line for line in lines if "BODY.PEEK[]" in line)
        assert "UID FETCH 4,5 (BODY.PEEK[])" in first


def test_a_folder_that_is_shared_is_read_and_put_in_order(
    tmp_path: Path, odd: Dovecot, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One's own folders lie below INBOX there, and mail is moved from one namespace to another."""
    user = odd.user()
    user.doveadm("mailbox", "create", "Public.Support.Störung")
    for target, place in (("Done/2024", "INBOX.Done.2024"), ("Public/Old", "Public.Old")):
        more = f", folder: Public/Support/Störung, after: {{decided: {{move_to: {target}}}}}"
        with station(tmp_path / place, user, ca, patch=monkeypatch, more=more) as engine:
            engine.deliver(2, "Public.Support.St&APY-rung")
            assert engine.run() == []
            engine.judge()
            engine.boxes(**{"Public.Support.Störung": 0, place: 2})


def test_a_mailbox_that_is_full_loses_nothing_and_is_put_in_order_when_there_is_room(
    tmp_path: Path, odd: Dovecot, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server copies, for it has no MOVE; and a copy needs room."""
    user = odd.user()
    user.doveadm("mailbox", "create", "INBOX.Big")
    with station(tmp_path, user, ca, patch=monkeypatch, more=MOVED) as engine:
        engine.deliver(3)
        sizes = user.doveadm("fetch", "size.physical", "all").split()[1::2]
        left = 100 * 1024 - sum(map(int, sizes))
        user.append([b"Subject: big\r\n\r\n" + b"x" * (left - 100)], "INBOX.Big")
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=3, **{"INBOX.Big": 1, "INBOX.Done": 0})
        waits = engine.column("SELECT detail FROM server_actions WHERE NOT done")
        assert [each.partition(" (")[0] for each in waits] == ["[OVERQUOTA] Quota exceeded"] * 3
        user.doveadm("expunge", "mailbox", "INBOX.Big", "all")
        engine.ahead += HOUR
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=0, **{"INBOX.Done": 3})


@pytest.mark.parametrize("act", ["{move_to: Done}", "{flag: flagged}"])
def test_what_a_full_disk_refuses_is_done_when_there_is_room(
    act: str, tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows, more = ca.issue("between").context(), f", after: {{decided: {act}}}"
    full = [No(b"UID MOVE" if "move" in act else b"UID STORE", DISK_FULL, times=99)]
    with (
        FaultProxy(("localhost", user.server.imaps), full, shows, user.server.trust) as proxy,
        station(tmp_path, user, ca, patch=monkeypatch, port=proxy.port, more=more) as engine,
    ):
        engine.deliver(3)
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=3)
        assert engine.column("SELECT count(*) FROM server_actions WHERE NOT done") == [3]
        engine.ahead += HOUR
        assert engine.run() == []
        engine.judge()
        assert engine.column("SELECT count(*) FROM server_actions WHERE done") == [3]


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    give_up_at = monotonic() + 20
    while not done():
        assert monotonic() < give_up_at
        sleep(0.02)


def told(engine: Station, kind: type[Told]) -> list[Told]:
    """Return what the engine has told of one kind."""
    return [each for each in engine.told if isinstance(each, kind)]


@contextmanager
def at_work(engine: Station) -> Iterator[None]:
    """Have an engine look after its account all the while; its pauses are short."""
    engine.engine.clock = replace(SYSTEM, wait=lambda stop, _: stop.wait(0.05))
    account, receive = next(engine.engine.receiving)
    stop, worker = Event(), Worker(engine.engine, account, receive)
    runs = Thread(target=worker.until, args=(stop,))
    runs.start()
    try:
        yield
    finally:
        stop.set()
        worker.interrupt()
        runs.join(5)
    assert not runs.is_alive()


def test_a_folder_that_goes_while_it_is_watched_is_missed_until_it_is_back(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine waits in IDLE. Its status has the complaint, which is an alarm at once."""
    user.doveadm("mailbox", "create", "Requests")
    with station(tmp_path, user, ca, patch=monkeypatch, more=", folder: Requests") as engine:
        engine.deliver(2, "Requests")
        with at_work(engine):
            until(lambda: told(engine, CaughtUp) != [])
            user.doveadm("mailbox", "delete", "Requests")
            until(lambda: told(engine, Trouble) != [])
            user.doveadm("mailbox", "create", "Requests")
            until(lambda: told(engine, Recovered) != [])
            engine.deliver(1, "Requests")
            until(lambda: len(told(engine, Committed)) == 2)
        engine.judge()
        (missed, *_) = told(engine, Trouble)
        assert missed.found.code in WILL_NOT_PASS  # an alarm at once
        assert "the folder `Requests` cannot be opened" in missed.found.message
