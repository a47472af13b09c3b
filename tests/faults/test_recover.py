"""A database that will not open is made anew from what was published, and the engine goes on."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.faults.lines import mail
from tests.faults.station import station

from postroom.model.sealing import leaf
from postroom.runtime.rulesets.loading import load_rules
from postroom.source.diagnostic import Problem
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.station import Station
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.hooks.contracts import Recovery

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LATER = ", after: {decided: {delete_after: 1d}}"
LOG = "SELECT seq, body, leaf FROM entries ORDER BY seq"


def gone(data: Path) -> None:
    (data / "postroom.duckdb").unlink()


def no_database(data: Path) -> None:
    (data / "postroom.duckdb").write_bytes(os.urandom(100_000))


def flipped(data: Path) -> None:
    """Many bytes, so that blocks in use are hit."""
    path = data / "postroom.duckdb"
    raw = bytearray(path.read_bytes())
    for at in range(len(raw) // 4, len(raw), 997):
        raw[at] ^= 0xFF
    path.write_bytes(raw)


def cut(data: Path) -> None:
    path = data / "postroom.duckdb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def older(data: Path) -> None:
    """A backup of the database alone, of the time before there was any mail."""
    shutil.copy(data / "early.duckdb", data / "postroom.duckdb")
    (data / "postroom.duckdb.wal").unlink(missing_ok=True)


def without_its_log(data: Path) -> None:
    """Of a database that was not closed: what was committed last is in the log beside it."""
    path = data / "postroom.duckdb.wal"
    raw = bytearray(path.read_bytes())
    for at in range(len(raw) // 4, len(raw), 97):
        raw[at] ^= 0xFF
    path.write_bytes(raw)


def recover(data: Path) -> Recovery:
    tables = load_rules(data.parent).tables
    return DuckdbStore.recover(data, tables, NOW)


def code(do: Callable[[], object]) -> str:
    with pytest.raises(Problem) as caught:
        do()
    return caught.value.diagnostic.code


def filled(engine: Station, data: Path) -> None:
    """Have a day's work done, all of it published."""
    shutil.copy(data / "postroom.duckdb", data / "early.duckdb")
    engine.deliver(12)
    assert engine.run() == []
    engine.user.doveadm("expunge", "mailbox", "INBOX", "uid", "12")
    engine.engine.publish()


@pytest.mark.parametrize("damage", [gone, no_database, flipped, cut, older])
def test_everything_that_was_published_comes_back(
    tmp_path: Path,
    user: User,
    ca: LocalCA,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
) -> None:
    data = tmp_path / "rules/postroom-data"
    with station(tmp_path, user, ca, patch=monkeypatch, more=LATER) as engine:
        filled(engine, data)
    before = DuckdbStore.archive(data).query(LOG).rows
    damage(data)

    def again() -> None:
        with station(tmp_path, user, ca, patch=monkeypatch, more=LATER) as refused:
            refused.judge()

    assert code(again) == "PR522"
    found = recover(data)
    assert (found.records, found.mail, found.entries) == (12, (), len(before))
    with station(tmp_path, user, ca, patch=monkeypatch, more=LATER) as engine:
        engine.delivered = 12
        engine.deliver(3)
        engine.ahead = timedelta(days=2)
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=3)  # what was to be deleted was, and nothing else
        after = engine.rows(LOG)
        assert after[: len(before)] == before
        assert all(leaf(body) == kept for _, body, kept in after)
        assert engine.column("SELECT count(*) FROM entries WHERE kind = 'data_recovered'") == [1]
    assert code(lambda: recover(data)) == "PR561"


def test_mail_that_came_after_the_last_publishing_is_put_where_people_find_it(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its numbers are not given out again: they may stand in letters."""
    with station(tmp_path, user, ca, patch=monkeypatch, more=LATER) as engine:
        filled(engine, tmp_path / "rules/postroom-data")
        engine.deliver(2)
        assert engine.run() == []
        shutil.copytree(tmp_path / "rules", tmp_path / "dead/rules")  # as if it had died here
    data = tmp_path / "dead/rules/postroom-data"
    without_its_log(data)
    found = recover(data)
    assert len(found.mail) == 2
    user.doveadm("expunge", "mailbox", "INBOX", "uid", "14")
    dead = tmp_path / "dead"
    with station(dead, user, ca, patch=monkeypatch, more=LATER) as engine:
        assert engine.run() == []
        engine.engine.publish()
        ids = engine.column("SELECT id FROM records.ticket ORDER BY id")
        assert ids == [*range(1, 13), 15]
        assert engine.column("SELECT max(seq) = count(*) FROM entries") == [True]


def test_a_copy_by_another_path_is_known_again(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are others: servers on the way have added to its header."""
    with station(tmp_path, user, ca, patch=monkeypatch) as engine:
        engine.deliver(2)
        assert engine.run() == []
    data = tmp_path / "rules/postroom-data"
    gone(data)
    assert recover(data).records == 2
    user.append([b"Received: from elsewhere.example by here.example\r\n" + mail(1)])
    with station(tmp_path, user, ca, patch=monkeypatch) as engine:
        assert engine.run() == []
        engine.engine.publish()
        outcomes = engine.column("SELECT outcome FROM decisions ORDER BY seq")
        assert outcomes == ["created", "created", "duplicate"]
        assert engine.column("SELECT count(*) FROM records.ticket") == [2]


def test_what_cannot_be_recovered_is_said(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "rules/postroom-data"
    with station(tmp_path, user, ca, patch=monkeypatch) as engine:
        assert code(lambda: recover(data)) == "PR520"
        engine.deliver(1)
        engine.run()
    gone(data)
    rules = tmp_path / "rules/rules.yaml"
    text = rules.read_text()
    rules.write_text(text.replace("{fields: {title:", "{fields: {more: {type: text}, title:"))
    assert code(lambda: recover(data)) == "PR562"
    rules.write_text(text)
    shutil.rmtree(data / "published")
    assert code(lambda: recover(data)) == "PR560"
