"""What others do to a mailbox while it is read: the next run has everything once all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.test_imap import renumber
from tests.faults.station import station

from postroom.runtime.clock_watch import ClockWatch
from postroom.testing.fault_proxy import FaultProxy, No

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.station import Station
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User

    from postroom.testing.fault_proxy import Fault

DAY = timedelta(days=1)
ACTS = ["{move_to: Done}", "{delete_after: 1d}", "{flag: seen}"]


@pytest.fixture
def proxy(user: User, certificate: Certificate) -> Iterator[FaultProxy]:
    server = ("localhost", user.server.imaps)
    with FaultProxy(server, [], certificate.context(), user.server.trust) as made:
        yield made


@pytest.fixture
def act() -> str:
    return ACTS[0]


@pytest.fixture
def folder() -> str:
    return "INBOX"


@pytest.fixture
def more(act: str, folder: str) -> str:
    return f", folder: {folder}, after: {{decided: {act}}}"


@pytest.fixture
def engine(
    tmp_path: Path,
    user: User,
    ca: LocalCA,
    proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
) -> Iterator[Station]:
    with station(tmp_path, user, ca, patch=monkeypatch, port=proxy.port, more=more) as made:
        yield made


def refuses(act: str, why: bytes = b"[UNAVAILABLE] not now") -> Fault:
    """Return a server that does not do it, for as long as the connection stands."""
    return No(b"UID MOVE" if "move" in act else b"UID STORE", why, times=99)


@pytest.mark.parametrize("act", ACTS)
def test_numbers_that_are_used_again_while_something_is_to_be_done(
    engine: Station, proxy: FaultProxy, act: str
) -> None:
    """What was UID 2 is UID 1 now, and UID 5 is new mail: each is dealt with where it lies now."""
    engine.deliver(5)
    proxy.faults = [refuses(act)]
    assert engine.run() == []
    engine.user.doveadm("expunge", "mailbox", "INBOX", "uid", "1")
    renumber(engine.user)
    engine.deliver(2)
    assert engine.run() == []
    engine.judge()
    for _ in range(2):
        engine.ahead += DAY
        assert engine.run() == []
    engine.judge()
    failed = engine.column("SELECT detail FROM server_actions WHERE NOT done")
    others = [detail for detail in failed if detail != "[UNAVAILABLE] not now"]
    assert others == ["the folder was made anew on the server, and its numbers with it"]  # UID 1
    unseen = engine.user.doveadm("search", "mailbox", "INBOX", "unseen").split()
    assert unseen == []
    engine.boxes(INBOX=6 if "flag" in act else 0)
    if "move" in act:
        engine.boxes(Done=6)


@pytest.mark.parametrize("act", ACTS)
def test_mail_that_somebody_else_has_removed(engine: Station, proxy: FaultProxy, act: str) -> None:
    engine.deliver(4)
    proxy.faults = [refuses(act)]
    assert engine.run() == []
    engine.user.doveadm("expunge", "mailbox", "INBOX", "uid", "2,3")
    engine.ahead += DAY
    assert engine.run() == []
    engine.judge()
    gone = "SELECT count(*) FROM server_actions WHERE detail = 'already gone'"
    assert engine.column(gone) == [2]


def test_a_folder_that_is_renamed_and_comes_back(engine: Station) -> None:
    """The one that mail is moved to: the engine makes another."""
    for _ in range(2):
        engine.deliver(3)
        assert engine.run() == []
        engine.boxes(INBOX=0, Done=3)
        engine.user.doveadm("mailbox", "rename", "Done", f"Elsewhere {engine.delivered}")
    engine.judge()


@pytest.mark.parametrize("folder", ["Requests"])
def test_the_folder_itself_is_renamed(engine: Station, folder: str) -> None:
    engine.user.doveadm("mailbox", "create", folder)
    engine.deliver(3, folder)
    assert engine.run() == []
    engine.deliver(2, folder)
    engine.user.doveadm("mailbox", "rename", folder, "Elsewhere")
    assert engine.run() == ["PR513"]
    engine.user.doveadm("mailbox", "rename", "Elsewhere", folder)
    assert engine.run() == []
    engine.judge()
    engine.boxes(Requests=0, Done=5)


def test_a_mailbox_over_its_quota(engine: Station, proxy: FaultProxy, act: str) -> None:
    """Nothing can be moved until there is room; everything is decided meanwhile."""
    engine.deliver(3)
    proxy.faults = [refuses(act, b"[OVERQUOTA] Quota exceeded (mailbox for user is full)")]
    assert engine.run() == []
    engine.judge()
    engine.boxes(INBOX=3)
    engine.ahead += DAY
    assert engine.run() == []
    engine.judge()
    engine.boxes(INBOX=0, Done=3)


@pytest.mark.parametrize("jump", [3 * DAY, -3 * DAY], ids=["forward", "back"])
@pytest.mark.parametrize("act", ["{delete_after: 1d}"])
def test_a_clock_that_jumps(engine: Station, jump: timedelta) -> None:
    """It is written down; what is due is done by the new time, and everything once."""
    watch = ClockWatch(engine.engine.store, engine.engine.clock)
    engine.deliver(2)
    assert engine.run() == []
    engine.ahead += jump
    watch.look()
    engine.deliver(2)
    assert engine.run() == []
    engine.judge()
    engine.boxes(INBOX=2 if jump > DAY else 4)
    assert engine.column("SELECT count(*) FROM entries WHERE kind = 'clock_jumped'") == [1]
    engine.ahead = 2 * abs(jump)
    assert engine.run() == []
    engine.judge()
    engine.boxes(INBOX=0)
