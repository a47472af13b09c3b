from __future__ import annotations

import ctypes
import errno
import os
import resource
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pytest

from postroom.model.batch import Batch
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import ACCOUNT, TABLES, contact, entry, mail, place, raw, whole
from postroom_duckdb.problems import problem_of
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = DuckdbSettings(checkpoint_at=2_000_000)  # type: ignore[arg-type]


def opened(folder: Path, settings: DuckdbSettings | None = None) -> DuckdbStore:
    store = DuckdbStore(settings or DuckdbSettings(), folder)
    store.open(TABLES)
    return store


@contextmanager
def holder(code: str, folder: Path) -> Iterator[int]:
    """Run a process until it says that it is ready; give its number."""
    head = """
        import sys, time
        from pathlib import Path
        from postroom.testing.store_rows import TABLES
        from postroom_duckdb.settings import DuckdbSettings
        from postroom_duckdb.store import DuckdbStore
        folder = Path(sys.argv[1])
    """
    tail = """
        print("ready", flush=True)
        time.sleep(60)
    """
    program = "".join(map(textwrap.dedent, (head, code, tail)))
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process.pid
        finally:
            process.kill()


def test_a_second_engine_is_told_which_process_holds_the_data(tmp_path: Path) -> None:
    engine = """
        store = DuckdbStore(DuckdbSettings(), folder)
        store.open(TABLES)
    """
    with holder(engine, tmp_path) as process, pytest.raises(Problem) as caught:
        opened(tmp_path)
    assert caught.value.diagnostic.code == "PR520"
    assert f"process {process}" in caught.value.diagnostic.message
    assert f"kill {process}" in (caught.value.diagnostic.help or "")
    opened(tmp_path).close()


def test_whoever_else_has_the_database_open_is_named(tmp_path: Path) -> None:
    opened(tmp_path).close()
    stranger = """
        import duckdb
        connection = duckdb.connect(folder / "postroom.duckdb")
    """
    with holder(stranger, tmp_path) as process, pytest.raises(Problem) as caught:
        opened(tmp_path)
    assert caught.value.diagnostic.code == "PR520"
    assert f"process {process}" in caught.value.diagnostic.message


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as caught:
        opened(tmp_path / "file" / "data")
    assert caught.value.diagnostic.code == "PR522"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 12 MB of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder = tmp_path / "disk"
    folder.mkdir()
    if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=12m") != 0:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    libc.umount2(bytes(folder), 2)


def fill(store: DuckdbStore, taken: list[int]) -> None:
    """Commit one message after the other for as long as they are taken."""
    for number in range(len(taken) + 1, 10_000):
        store.commit(big(number))
        taken.append(number)


def big(number: int) -> Batch:
    """Return a message that does not compress."""
    text = os.urandom(20_000)
    return Batch(
        communications=[mail(number, raw=text)],
        changes=[contact(number, f"{text.hex()}@x.example")],
        entries=[entry(number)],
    )


@pytest.mark.parametrize("settings", [DuckdbSettings(), SMALL], ids=["log", "checkpoint"])
def test_a_full_disk_loses_nothing_and_is_got_over(
    small_disk: Path, settings: DuckdbSettings
) -> None:
    """Whether it is the log that finds no room, the packs, or the log being worked in."""
    store = opened(small_disk / "data", settings)
    taken: list[int] = []
    for _ in range(4):
        with pytest.raises(Problem, match="PR523"):
            fill(store, taken)
    assert len(taken) > 10
    remount = ["mount", "-o", "remount,size=80m", str(small_disk)]
    subprocess.run(remount, check=True)
    last = len(taken) + 1
    store.commit(big(last))
    store.publish()
    numbers = store.query("SELECT list(seq ORDER BY seq) FROM entries").rows[0][0]
    store.close()
    assert numbers == [*taken, last]
    again = opened(small_disk / "data")
    assert all(len(again.raw(number)) == 20_000 for number in numbers)
    again.close()


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    store = opened(tmp_path / "data")
    store.commit(whole(1))
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, most))
    taken = [1]
    try:
        with pytest.raises(Problem, match="PR523"):
            fill(store, taken)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    last = len(taken) + 1
    store.commit(whole(last))
    assert store.raw(last) == raw(last)
    store.close()


@pytest.mark.parametrize("what", ["log", "database"])
def test_a_damaged_database_is_refused_with_what_to_do(tmp_path: Path, what: str) -> None:
    store = opened(tmp_path)
    for number in range(1, 200):
        store.commit(whole(number))
    copy = tmp_path.with_name(tmp_path.name + "-copy")
    copy.mkdir()
    for name in ("postroom.duckdb", "postroom.duckdb.wal"):  # as kill -9 leaves them
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    store.close()
    if what == "log":
        path = copy / "postroom.duckdb.wal"
    else:
        opened(copy).close()
        path = copy / "postroom.duckdb"
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 4, len(data), 997):
        data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(Problem) as caught:
        opened(copy)
    assert caught.value.diagnostic.code == "PR522"
    assert "backup" in (caught.value.diagnostic.help or "")
    assert "packs" in (caught.value.diagnostic.help or "")


def test_data_of_another_version_is_refused(tmp_path: Path) -> None:
    import duckdb

    opened(tmp_path).close()
    with duckdb.connect(tmp_path / "postroom.duckdb") as connection:
        connection.execute("UPDATE ledger.meta SET value = '99'")
    with pytest.raises(Problem, match="another version") as caught:
        opened(tmp_path)
    assert caught.value.diagnostic.code == "PR522"


def test_texts_that_need_more_memory_than_was_set_are_written_and_published(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path, DuckdbSettings(memory_limit=40_000_000))  # type: ignore[arg-type]
    for number in range(1, 60):
        text = os.urandom(500_000).hex()
        store.commit(Batch(changes=[contact(number, text)], entries=[entry(number)]))
    store.publish()
    query = "SELECT count(*), min(length(email)) FROM records.contact"
    assert store.query(query).rows == [(59, 1_000_000)]
    assert store.unknown(ACCOUNT, "INBOX", "1", [place(1).key]) == ["1"]
    store.close()
    assert "gets it" in caplog.text


def test_the_data_is_for_the_owner_alone(tmp_path: Path) -> None:
    opened(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_files_that_are_none_of_ours_are_left_alone(tmp_path: Path) -> None:
    """A person has made copies."""
    store = opened(tmp_path)
    store.commit(whole(1))
    store.close()
    copies = ["packs/000001 (copy).pack", "packs/backup.pack", "packs/7.pack"]
    copies += ["published/segments/entry-old.parquet"]
    for each in copies:
        (tmp_path / each).write_bytes(b"none of ours")
    store = opened(tmp_path)
    store.commit(whole(2))
    store.close()
    assert [store.archive(tmp_path).raw(number) for number in (1, 2)] == [raw(1), raw(2)]


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied", "000001.pack"),
        OSError(errno.EROFS, "Read-only file system", "lock"),
        duckdb.IOException('Cannot open file "postroom.duckdb": Permission denied'),
    ],
)
def test_data_of_another_user_is_not_called_damaged(tmp_path: Path, error: Exception) -> None:
    found = problem_of(error, tmp_path)
    assert found is not None
    assert "by this user" in found.diagnostic.message
    assert "recover" not in (found.diagnostic.help or "")
