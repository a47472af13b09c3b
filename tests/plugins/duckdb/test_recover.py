"""What is made anew from what was published is what was there: row by row, and with its dates."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from postroom.model.batch import Batch
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import NOW, TABLES, contact, mail, ticket, update, whole
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = datetime(2009, 3, 1, 7, 30, tzinfo=UTC)
DATES = "SELECT id, created_at::VARCHAR, updated_at::VARCHAR FROM records.ticket ORDER BY id"


def opened(folder: Path) -> DuckdbStore:
    store = DuckdbStore(DuckdbSettings(), folder)
    store.open(TABLES)
    return store


def imported(folder: Path) -> None:
    """Bring in a ticket of long ago, change it today, and make a new one."""
    store = opened(folder)
    old = replace(ticket(1, title="Größe"), written_at=LONG_AGO)
    person = contact(1, "ann@partner.example", "ann@mail.example")
    store.commit(
        Batch(
            communications=[mail(1, ref=old.ref, received_at=LONG_AGO)],
            changes=[old, replace(person, written_at=LONG_AGO)],
            written_at=NOW,
        )
    )
    store.commit(Batch(changes=[update(old, priority=3)], written_at=NOW))
    store.commit(whole(2))
    store.close()


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(folder / "postroom.duckdb", read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_records_come_back_with_their_original_dates(tmp_path: Path) -> None:
    imported(tmp_path)
    queries = (
        "SELECT * EXCLUDE _commit FROM records.ticket ORDER BY id",
        "SELECT * EXCLUDE _commit FROM records.contact ORDER BY id",
        "SELECT * FROM ledger.communication ORDER BY id",
    )
    before = [rows(tmp_path, query) for query in queries]
    (tmp_path / "postroom.duckdb").unlink()
    DuckdbStore.recover(tmp_path, TABLES, NOW)
    assert [rows(tmp_path, query) for query in queries] == before
    assert rows(tmp_path, DATES)[0] == (1, "2009-03-01 07:30:00", "2026-01-15 12:00:00")


def test_two_recoveries_within_a_second_put_aside_two_databases(tmp_path: Path) -> None:
    imported(tmp_path)
    for _ in range(2):
        (tmp_path / "postroom.duckdb").write_bytes(b"damaged")
        DuckdbStore.recover(tmp_path, TABLES, NOW)
    first, second = sorted(each.name for each in tmp_path.glob("broken-*"))
    assert second == f"{first}-2"


def test_what_was_recovered_keeps_its_dates_when_it_is_changed_and_published(
    tmp_path: Path,
) -> None:
    imported(tmp_path)
    (tmp_path / "postroom.duckdb").unlink()
    DuckdbStore.recover(tmp_path, TABLES, NOW)
    store = opened(tmp_path)
    later = NOW.replace(year=2027)
    change = replace(ticket(1, priority=3), revision=2)
    store.commit(Batch(changes=[update(change, priority=4)], written_at=later))
    store.close()
    assert store.query(DATES).rows == [
        (1, "2009-03-01 07:30:00", "2027-01-15 12:00:00"),
        (2, "2026-01-15 12:00:00", "2026-01-15 12:00:00"),
    ]


@pytest.mark.parametrize("kind", ["entry", "communication", "record.ticket"])
def test_what_was_published_and_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    imported(tmp_path)
    (tmp_path / "postroom.duckdb").unlink()
    (file,) = (tmp_path / "published/segments").glob(f"{kind}-*")
    file.write_bytes(bytes(each ^ 0xFF for each in file.read_bytes()))
    with pytest.raises(Problem, match="PR560") as caught:
        DuckdbStore.recover(tmp_path, TABLES, NOW)
    assert file.name in str(caught.value)
    assert not (tmp_path / "postroom.duckdb").exists()


def test_no_database_is_begun_beside_the_raw_mail_of_one_that_is_gone(tmp_path: Path) -> None:
    """All mail that still lies on servers would be decided and answered once more."""
    imported(tmp_path)
    (tmp_path / "postroom.duckdb").unlink()
    shutil.rmtree(tmp_path / "published")
    with pytest.raises(Problem, match=r"PR522.*is gone"):
        opened(tmp_path)
    assert not (tmp_path / "postroom.duckdb").exists()


@pytest.mark.parametrize("with_all", [False, True], ids=["the file", "the folder"])
def test_what_is_removed_under_an_engine_takes_nothing_more_and_comes_back(
    tmp_path: Path, *, with_all: bool
) -> None:
    """Or the engine would say that mail is durable which ends with its process."""
    folder = tmp_path / "data"
    store = opened(folder)
    store.commit(whole(1))
    store.publish()
    store.commit(whole(2))
    if with_all:
        shutil.rmtree(folder)
    else:
        (folder / "postroom.duckdb").unlink()
    with pytest.raises(Problem, match="was removed or replaced while"):
        store.commit(whole(3))
    store.close()
    assert store.query("SELECT count(*) FROM records.ticket").rows == [(2,)]
    with pytest.raises(Problem, match="PR522"):
        opened(folder)
    made = DuckdbStore.recover(folder, TABLES, NOW)
    assert (made.records, made.mail) == (2, ())
    opened(folder).close()


def test_what_a_recovery_that_died_has_left_is_no_trouble(tmp_path: Path) -> None:
    """A log beside a file that is gone belongs to nothing: DuckDB plays it into no other one."""
    store = opened(tmp_path)
    store.commit(whole(1, 2))
    store.close()
    (tmp_path / "postroom.duckdb").unlink()
    died = tmp_path / "died"
    died.mkdir()
    with duckdb.connect(died / "recovered.duckdb") as connection:
        connection.execute("SET checkpoint_threshold = '1GB'")
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("CREATE TABLE left_over AS SELECT 1 AS it")
    for path in died.iterdir():
        path.rename(tmp_path / path.name)
    assert (tmp_path / "recovered.duckdb.wal").exists()
    (tmp_path / "recovered.duckdb").unlink()
    assert DuckdbStore.recover(tmp_path, TABLES, NOW).records == 2
    with duckdb.connect(tmp_path / "postroom.duckdb") as connection:
        query = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'left_over'"
        assert connection.execute(query).fetchall() == [(0,)]
    assert not [*tmp_path.glob("recovered*")]
