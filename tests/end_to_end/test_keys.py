"""Keys are rotated and revoked while an engine runs, and the audit log says so."""

from __future__ import annotations

import json
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail, put

from postroom.cli.main import main
from postroom.model.record import RecordRef
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive
from postroom.runtime.supervise import run_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.end_to_end.desk import Desk

    from postroom.runtime.engine import Engine

TICKET = RecordRef("ticket", 1)


@pytest.fixture
def rules(desk: Desk) -> Path:
    desk.write(support="{use: eml, path: inbox}")
    inbox = desk.folder / "inbox"
    inbox.mkdir()
    put(inbox / "1.eml", mail(1))
    return desk.folder


@pytest.fixture
def engine(rules: Path) -> Iterator[Engine]:
    stop, engine = Event(), assemble(folders(rules))
    account = engine.rules.accounts["support"]
    transport = engine.connect(account, account.receive)  # type: ignore[arg-type]  # it receives
    thread = Thread(target=run_until, args=(engine, stop))
    thread.start()
    while engine.store.record(TICKET) is None and thread.is_alive():
        thread.join(0.05)
    transport.close()
    yield engine
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def keys(rules: Path, *words: str) -> int:
    return main(["keys", *words, "--rules", str(rules)])


def test_a_running_engine_uses_a_new_key_at_once(
    rules: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    now = engine.clock.now()
    before = engine.tokens.mint(TICKET)
    assert keys(rules, "rotate", "--days", "30", "--reason", "yearly", "--json") == 0
    assert told(capsys)[0]["key"] == 1
    after = engine.tokens.mint(TICKET)
    assert (before[0], after[0]) == ("0", "1")
    assert engine.tokens.read(before, now) == engine.tokens.read(after, now) == TICKET

    assert keys(rules, "revoke", "0") == 0
    assert engine.tokens.read(before, engine.clock.now()) is None
    assert engine.tokens.read(after, now) == TICKET

    assert keys(rules, "revoke", "--record", "SUP-1", "--reason", "forwarded to a list") == 0
    assert engine.tokens.read(after, now) is None
    assert engine.tokens.read(engine.tokens.mint(TICKET), now) == TICKET
    capsys.readouterr()
    assert keys(rules, "list", "--json") == 0
    states = [(row["key"], row["state"]) for row in told(capsys)]
    assert states == [(0, "over"), (1, "signs")]

    rows = archive(rules / "postroom-data").query(
        "SELECT act, key, record, reason FROM key_changes ORDER BY seq"
    )
    assert list(rows.rows) == [
        ("key_rotated", 1, None, "yearly"),
        ("key_revoked", 0, None, None),
        ("record_tokens_revoked", None, 1, "forwarded to a list"),
    ]


def test_what_was_revoked_stays_revoked_after_a_restart(rules: Path) -> None:
    where = folders(rules)
    first = assemble(where)
    account = first.rules.accounts["support"]
    assert account.receive is not None
    before = first.tokens.mint(TICKET)
    from postroom.runtime.worker import Worker

    Worker(first, account, account.receive).once(Event())
    first.close()
    assert keys(rules, "revoke", "--record", "ticket:1") == 0
    assert keys(rules, "rotate") == 0
    again = assemble(where)
    try:
        assert again.tokens.read(before, again.clock.now()) is None
        assert again.tokens.ring.newest == 1
        assert again.tokens.generations == {TICKET: 1}
    finally:
        again.close()


def test_nothing_is_revoked_by_mistake(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys(rules, "list") == 1
    assert "PR461" in capsys.readouterr().err
    assemble(folders(rules)).close()
    assert keys(rules, "revoke", "7") == 2
    assert "the ring has no key 7" in capsys.readouterr().err
    assert keys(rules, "revoke", "--record", "SUP-99") == 1
    assert "there is no record `SUP-99`" in capsys.readouterr().err
    assert keys(rules, "revoke") == 2
    assert keys(rules, "list") == 0
    assert "key  0  signs" in capsys.readouterr().out
