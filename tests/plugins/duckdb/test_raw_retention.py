"""Raw mail that is let go of is gone from the disk, and nothing else is."""

from __future__ import annotations

import errno
import io
import multiprocessing
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import zstandard

from postroom.hooks import failpoints
from postroom.hooks.contracts import SendOutcome
from postroom.ledger import events
from postroom.model.batch import Batch
from postroom.model.record import Field, FileRef, RecordRef, Table
from postroom.model.sealing import SALT_BYTES
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import ACCOUNT, NOW, TABLES, entry, mail, notice, raw, ticket
from postroom_duckdb import pack, raw_retention
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.model.batch import Communication

OLD, BEFORE = NOW - timedelta(days=500), NOW - timedelta(days=400)
TICKET = TABLES["ticket"]
WITH_FILES = {
    **TABLES,
    "ticket": Table("ticket", {**TICKET.fields, "files": Field("files", "files")}, "SUP"),
}


def opened(folder: Path, size: int = 1_000_000) -> DuckdbStore:
    store = DuckdbStore(DuckdbSettings(pack_size=size), folder)  # type: ignore[arg-type] # bytes
    store.open(WITH_FILES)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckdbStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def old(number: int, **changes: Any) -> Communication:
    return mail(number, decided_at=OLD, **changes)


def go(store: DuckdbStore, limit: int = 100) -> int:
    return store.let_raw_go(ACCOUNT, BEFORE, NOW, limit)


def kept(store: DuckdbStore, *numbers: int) -> list[int]:
    """Return which of the messages can be had, by the store and by what it published."""
    store.publish()
    found = []
    for number, published in zip(numbers, store.archive(store._folder).mail(numbers), strict=True):
        try:
            own = store.raw(number)
        except KeyError:
            assert published is None
        else:
            assert own == published == raw(number)
            found.append(number)
    return found


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "packs").glob("*")))


def frames(folder: Path, *numbers: int) -> list[bool]:
    """Return whether the bytes of messages are anywhere in the packs."""
    compress = zstandard.ZstdCompressor(level=3, write_checksum=True).compress
    return [compress(raw(number)) in on_disk(folder) for number in numbers]


def test_old_mail_goes_and_the_rest_stays(store: DuckdbStore, tmp_path: Path) -> None:
    mails = [old(1), mail(2), old(3), old(4, account="sales"), old(5, direction="out")]
    store.commit(Batch(communications=mails))
    assert go(store) == 3
    assert kept(store, 1, 2, 3, 4, 5) == [2, 4]
    assert frames(tmp_path, 1, 2, 3, 4, 5) == [False, True, False, True, False]
    rows = store.query("SELECT communication, account FROM raw_let_go ORDER BY ALL").rows
    assert rows == [(1, ACCOUNT), (3, ACCOUNT), (5, ACCOUNT)]
    assert store.query("SELECT count(*) FROM communications").rows == [(5,)]
    assert go(store) == 0


def test_a_pack_stays_readable_and_is_gone_on_with(store: DuckdbStore, tmp_path: Path) -> None:
    store.commit(Batch(communications=[old(1), mail(2), old(3)]))
    go(store)
    store.close()
    again = opened(tmp_path)
    again.commit(Batch(communications=[mail(4)]))
    assert kept(again, 1, 2, 3, 4) == [2, 4]
    again.close()
    assert list(pack.scan(tmp_path / "packs")) == [(2, raw(2)), (4, raw(4))]
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(on_disk(tmp_path)), read_across_frames=True
    )
    assert reader.read() == raw(2) + raw(4)


def test_no_more_goes_at_once_than_asked_for(store: DuckdbStore) -> None:
    store.commit(Batch(communications=[old(n) for n in range(1, 6)]))
    assert [go(store, 2), go(store, 2), go(store, 2)] == [2, 2, 1]


def test_what_waits_for_a_person_stays(store: DuckdbStore) -> None:
    held = {"outcome": "quarantined"}
    store.commit(Batch(communications=[old(1, **held), old(2, **held)]))
    review = events.Review(ACCOUNT, 2, "discarded", "ann", "spam", "r1")
    store.commit(Batch(entries=[events.message_reviewed(review, NOW, lambda: bytes(SALT_BYTES))]))
    go(store)
    assert kept(store, 1, 2) == [1]


def test_what_is_still_to_be_sent_stays_until_it_is(store: DuckdbStore) -> None:
    store.commit(Batch(communications=[old(1), old(2)], notices=[notice(1)]))
    (row,) = store.lease(NOW, 10)
    go(store)
    assert kept(store, 1, 2) == [1]
    store.sent(row, SendOutcome("retry", "later", NOW), NOW)
    assert go(store) == 0
    (row,) = store.lease(NOW, 10)
    store.sent(row, SendOutcome("sent"), NOW)
    assert go(store) == 1


def test_files_of_records_stay(store: DuckdbStore) -> None:
    file = FileRef("ab", "a.pdf", "application/pdf", 3, 1, 0)
    change = ticket(1, files=(file,))
    store.commit(
        Batch(communications=[old(1, ref=RecordRef("ticket", 1)), old(2)], changes=[change])
    )
    go(store)
    assert kept(store, 1, 2) == [1]


def test_a_pack_of_which_nothing_is_left_is_deleted(tmp_path: Path) -> None:
    store = opened(tmp_path, size=1)
    for number in (1, 2, 3):
        store.commit(Batch(communications=[old(number)]))
    go(store)
    go(store)
    assert [path.stem for path in (tmp_path / "packs").iterdir()] == ["000003"]
    assert kept(store, 1, 2, 3) == []
    store.commit(Batch(communications=[mail(4)]))
    assert kept(store, 4) == [4]
    store.close()


def test_mail_that_an_older_database_does_not_know_stays(tmp_path: Path) -> None:
    """No row refers to it, and yet nobody has let go of it."""
    store = opened(tmp_path, size=1)
    store.commit(Batch(communications=[old(1)]))
    go(store)
    store.close()
    older = (tmp_path / "postroom.duckdb").read_bytes()
    store = opened(tmp_path, size=1)
    for number in (2, 3, 4):
        store.commit(Batch(communications=[mail(number)]))
    store.close()
    (tmp_path / "postroom.duckdb").write_bytes(older)
    shutil.rmtree(tmp_path / "published")
    store = opened(tmp_path, size=1)
    go(store)
    store.close()
    assert list(pack.scan(tmp_path / "packs")) == [(n, raw(n)) for n in (2, 3, 4)]
    assert not pack.pack_path(tmp_path / "packs", 1).exists()


@pytest.mark.parametrize(
    "harm", [lambda it: it[:-1], lambda it: it + b"x", lambda it: it + it[:40]]
)
def test_a_pack_that_is_not_gone_to_its_end_stays(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    packs = pack.Packs(tmp_path, 1_000_000)
    packs.open(None)
    spots = packs.append([mail(1), mail(2)])
    packs.close()
    path = pack.pack_path(tmp_path, 1)
    for number, spot in enumerate(spots, 1):
        assert not pack.is_all_gone(path)
        raw_retention.overwrite(tmp_path, 1, [(number, spot)])
    assert pack.is_all_gone(path)
    path.write_bytes(harm(path.read_bytes()))
    assert not pack.is_all_gone(path)


def test_a_recovery_without_anything_let_go_notes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(Batch(communications=[mail(1)], entries=[entry(1)]))
    store.close()
    (tmp_path / "postroom.duckdb").unlink()
    DuckdbStore.recover(tmp_path, WITH_FILES, NOW)
    with duckdb.connect(tmp_path / "postroom.duckdb") as connection:
        query = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'letting_go'"
        assert connection.execute(query).fetchall() == [(0,)]


def test_another_message_is_never_overwritten(tmp_path: Path) -> None:
    packs = pack.Packs(tmp_path, 1_000_000)
    packs.open(None)
    first, second = packs.append([mail(1), mail(2)])
    packs.close()
    with pack.pack_path(tmp_path, 1).open("r+b") as file:
        pack.blank(file.fileno(), second, 1)
        pack.blank(file.fileno(), replace(first, offset=first.offset + 1), 1)
        pack.blank(file.fileno(), replace(second, offset=10_000), 2)
    assert [pack.read(tmp_path, spot, n) for n, spot in ((1, first), (2, second))] == [
        raw(1),
        raw(2),
    ]


def test_mail_behind_one_that_is_half_gone_is_found(tmp_path: Path) -> None:
    """The label says that it is gone, and its bytes are still there."""
    packs = pack.Packs(tmp_path, 1_000_000)
    packs.open(None)
    (first, _) = packs.append([mail(1), mail(2)])
    packs.close()
    with pack.pack_path(tmp_path, 1).open("r+b") as file:
        whole = file.read()
        pack.blank(file.fileno(), first, 1)
        file.seek(first.offset)
        file.write(whole[first.offset : first.offset + first.length])
    assert list(pack.scan(tmp_path)) == [(2, raw(2))]
    with pytest.raises(pack.Gone):
        pack.read(tmp_path, first, 1)


def let_go_and_die(folder: Path, point: str) -> None:
    """Let mail go until the failpoint ends the process."""
    store = opened(folder)
    failpoints.arm(point, 2 if "half" in point else 1)
    go(store)


@pytest.mark.parametrize("point", failpoints.RAW_POINTS)
def test_after_kill_9_all_of_it_is_gone_and_nothing_else(tmp_path: Path, point: str) -> None:
    store = opened(tmp_path)
    store.commit(Batch(communications=[old(1), mail(2), old(3), mail(4)]))
    store.close()
    process = multiprocessing.get_context("spawn").Process(
        target=let_go_and_die, args=(tmp_path, point)
    )
    process.start()
    process.join()
    assert process.exitcode == -9
    store = opened(tmp_path)
    assert kept(store, 1, 2, 3, 4) == [2, 4]
    assert frames(tmp_path, 1, 2, 3, 4) == [False, True, False, True]
    assert go(store) == 0
    assert store.query("SELECT count(*) FROM raw_let_go").rows == [(2,)]
    store.close()


def test_a_pack_that_cannot_be_overwritten_keeps_no_engine_from_starting(
    store: DuckdbStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is noted stays noted, and goes as soon as it can."""

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is bad")

    store.commit(Batch(communications=[old(1), mail(2)]))
    with monkeypatch.context() as patch:
        patch.setattr(raw_retention, "overwrite", fails)
        with pytest.raises(Problem, match="the disk is bad"):
            go(store)
        store.close()
        again = opened(tmp_path)
        assert "the disk is bad" in caplog.text
        assert kept(again, 1, 2) == [2]
        again.close()
    assert frames(tmp_path, 1, 2) == [True, True]
    opened(tmp_path).close()
    assert frames(tmp_path, 1, 2) == [False, True]


def test_a_pack_that_cannot_be_deleted_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path, size=1)
    for number in (1, 2, 3):
        store.commit(Batch(communications=[old(number)]))
    unlink = Path.unlink

    def fails(path: Path, *, missing_ok: bool = False) -> None:
        if path.stem == "000001":
            raise OSError(errno.EPERM, "not allowed")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fails)
        assert [go(store), go(store)] == [3, 0]
    assert sorted(path.stem for path in (tmp_path / "packs").iterdir()) == ["000001", "000003"]
    store.close()


def test_what_was_let_go_does_not_come_back_with_a_recovery(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(Batch(communications=[old(1), mail(2)]))
    go(store)
    store.close()
    (tmp_path / "postroom.duckdb").write_bytes(b"nothing")
    made = DuckdbStore.recover(tmp_path, WITH_FILES, NOW)
    assert (made.messages, made.raw_let_go, made.mail) == (2, 1, ())
    store = opened(tmp_path)
    assert kept(store, 1, 2) == [2]
    assert go(store) == 0
    store.close()
