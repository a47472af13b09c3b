"""An engine to which nothing comes in asks the database nothing, and misses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from postroom.hooks.contracts import Receipt, SendOutcome
from postroom.model.batch import Batch, Cursor
from postroom.testing.store_rows import ACCOUNT, NOW, TABLES, action, after, notice, whole
from postroom_duckdb import publish
from postroom_duckdb.database import Database
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

WHERE = (ACCOUNT, "INBOX", "7")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckdbStore]:
    store = DuckdbStore(DuckdbSettings(), tmp_path)
    store.open(TABLES)
    yield store
    store.close()


def look(store: DuckdbStore, now: datetime) -> tuple[str, int, int]:
    """Do what an engine does all the time; return the cursor and how much is due."""
    store.publish()
    due = store.due_actions(ACCOUNT, now, 10)
    return store.cursor(*WHERE), len(due), len(store.lease(now, 10))


def asked(*_: object) -> NoReturn:
    raise AssertionError("the database was asked")


def test_nothing_is_asked_while_nothing_is_written_and_nothing_is_due(
    store: DuckdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [notice(1, due_at=after(60))]
    store.commit(Batch(notices=later, actions=[action(1, wait=60)], cursors=[Cursor(*WHERE, "12")]))
    for _ in "12":  # for the first one writes: it decides about what a dead engine left
        assert look(store, NOW) == ("12", 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", asked)
        patch.setattr(Database, "aside", asked)
        assert look(store, after(59)) == ("12", 0, 0)
    assert look(store, after(60)) == ("12", 1, 1)


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_written_is_seen_at_once(store: DuckdbStore, times: int) -> None:
    for number in range(1, times + 1):
        key = str(number)
        assert look(store, NOW)[1:] == (0, 0)
        store.commit(
            Batch(notices=[notice(number)], actions=[action(1)], cursors=[Cursor(*WHERE, key)])
        )
        (row,) = store.lease(NOW, 10)
        (due,) = store.due_actions(ACCOUNT, NOW, 10)
        assert store.cursor(*WHERE) == key
        store.sent(row, SendOutcome("retry", "busy", after(30)), NOW)
        assert store.lease(after(29), 10) == []
        (again,) = store.lease(after(30), 10)
        store.sent(again, SendOutcome("sent"), after(30))
        store.settled([(due.id, Receipt(done=True))], NOW)


def test_a_notice_behind_another_one_is_looked_for_when_that_one_is_due(
    store: DuckdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has waited for long; all the same nothing changes before the first one is tried."""
    store.commit(Batch(notices=[notice(1, 1, due_at=after(60)), notice(2, 1)]))
    assert store.lease(NOW, 10) == []
    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", asked)
        assert store.lease(after(59), 10) == []
    assert [row.notice.key for row in store.lease(after(60), 10)] == ["key 1"]


def test_a_write_that_fails_makes_it_ask_again(
    store: DuckdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows how much of it came to be."""
    store.commit(whole(1))
    look(store, NOW)
    with pytest.raises(Exception, match="PR524"):
        store.commit(whole(1))
    monkeypatch.setattr(Database, "read", asked)
    with pytest.raises(AssertionError, match="asked"):
        store.cursor(*WHERE)


def test_merged_files_go_in_time_although_nothing_is_written(
    store: DuckdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "FANOUT", 2)

    def segments() -> int:
        return len([*tmp_path.glob("published/segments/entry-*")])

    for number in (1, 2):
        store.commit(whole(number))
        store.publish()
    assert segments() == 3
    store.publish()
    assert segments() == 3
    monkeypatch.setattr(publish, "_GRACE", -1.0)
    store.publish()
    assert segments() == 1
