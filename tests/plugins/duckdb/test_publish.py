from __future__ import annotations

import errno
import json
import multiprocessing
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from postroom.model.batch import Batch
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import TABLES, entry, raw, ticket, update, whole
from postroom_duckdb import publish, segments
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.hooks.contracts import Store


def opened(folder: Path) -> DuckdbStore:
    store = DuckdbStore(DuckdbSettings(), folder)
    store.open(TABLES)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckdbStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def ask(path: Path, sql: str) -> Any:
    """Ask a stock DuckDB that knows nothing of us."""
    with duckdb.connect(path / "published" / "reader.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


def files(folder: Path, kind: str) -> list[str]:
    return sorted(path.name for path in folder.glob(f"published/segments/{kind}-*.parquet"))


def listed(folder: Path, kind: str) -> list[str]:
    manifest = json.loads((folder / "published" / "manifest.json").read_text())
    return [segment["name"] for segment in manifest["segments"].get(kind, [])]


def test_a_stock_duckdb_reads_while_the_engine_runs(store: Store, tmp_path: Path) -> None:
    store.commit(whole(1, 2))
    store.publish()
    assert ask(tmp_path, "SELECT id, title FROM records.ticket ORDER BY id") == [
        (1, "new"), (2, "new"),
    ]  # fmt: skip
    assert ask(tmp_path, "SELECT count(*) FROM integrity WHERE NOT leaf_holds") == [(0,)]
    store.commit(whole(3))


def test_the_reader_works_when_attached_under_another_name(store: Store, tmp_path: Path) -> None:
    store.commit(whole(1))
    store.publish()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{tmp_path}/published/reader.duckdb' AS audit (READ_ONLY)")
        assert connection.execute("SELECT count(*) FROM audit.decisions").fetchall() == [(1,)]
        assert connection.execute("SELECT id FROM audit.records.ticket").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM audit.why").fetchall() == [(0,)]


def test_an_older_duckdb_reads_it_too(store: Store, tmp_path: Path) -> None:
    """The format's version stands in the file's header: 64 is what DuckDB 1.0 reads."""
    store.commit(whole(1))
    store.publish()
    header = (tmp_path / "published" / "reader.duckdb").read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= 64


def test_a_segment_is_an_ordinary_parquet_file(store: Store, tmp_path: Path) -> None:
    store.commit(whole(1))
    store.publish()
    (file,) = files(tmp_path, "entry")
    with duckdb.connect() as connection:
        path = f"{tmp_path}/published/segments/{file}"
        rows = connection.execute(f"SELECT seq, kind FROM '{path}'").fetchall()
    assert rows == [(1, "decision")]


def test_only_new_rows_are_written(store: Store, tmp_path: Path) -> None:
    for number in range(1, 4):
        store.commit(whole(number))
        store.publish()
    with duckdb.connect() as connection:
        for kind in ("entry", "communication", "record.ticket"):
            for file in files(tmp_path, kind):
                path = f"{tmp_path}/published/segments/{file}"
                assert connection.execute(f"SELECT count(*) FROM '{path}'").fetchone() == (1,)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("published/**/*.parquet")}
    reader = (tmp_path / "published" / "reader.duckdb").stat().st_ino
    store.publish()
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("published/**/*.parquet")} == before
    assert (tmp_path / "published" / "reader.duckdb").stat().st_ino == reader


def test_many_small_segments_become_few(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "FANOUT", 3)
    change = ticket(1)
    store.commit(Batch(changes=[change], entries=[entry(0)]))
    for number in range(1, 28):
        change = update(change, priority=number)
        store.commit(Batch(changes=[change], entries=[entry(number)]))
        store.publish()
    for kind in ("entry", "record.ticket"):
        assert len(listed(tmp_path, kind)) <= 2 * 3 + 1  # two of each of three levels, one of 27
    assert ask(tmp_path, "SELECT count(*), count(DISTINCT seq), max(seq) FROM entries") == [
        (28, 28, 28)
    ]
    assert ask(tmp_path, "SELECT count(*) FROM integrity WHERE NOT follows") == [(0,)]
    assert ask(tmp_path, "SELECT revision, priority FROM records.ticket") == [(28, 27)]


def test_large_segments_are_left_as_they_are_and_small_ones_still_become_few(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "FANOUT", 3)
    store.commit(whole(1))
    store.publish()
    (first,) = (tmp_path / "published" / "segments").glob("entry-*")
    monkeypatch.setattr(publish, "LARGEST", 4 * first.stat().st_size)
    for number in range(2, 17):
        store.commit(whole(number))
        store.publish()
    sizes = [(first.parent / name).stat().st_size for name in listed(tmp_path, "entry")]
    assert len(sizes) <= 8
    assert max(sizes) < 4 * first.stat().st_size
    assert ask(tmp_path, "SELECT count(*), max(seq) FROM entries") == [(16, 16)]


def test_what_is_new_can_be_read_before_anything_is_merged(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise OSError("the machine has stopped")

    monkeypatch.setattr(publish.Publisher, "_merge", interrupted)
    store.commit(whole(1))
    with pytest.raises(Problem, match="PR522"):
        store.publish()
    assert ask(tmp_path, "SELECT count(*) FROM entries") == [(1,)]
    monkeypatch.undo()
    store.commit(whole(2))
    store.publish()
    assert ask(tmp_path, "SELECT count(*) FROM entries") == [(2,)]


def test_a_list_that_could_not_be_saved_is_saved_the_next_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store.commit(whole(1))
    store.publish()
    store.commit(whole(2))
    with monkeypatch.context() as patch:
        patch.setattr(segments, "save", full)
        with pytest.raises(Problem, match="PR523"):
            store.publish()
    store.publish()
    assert len(listed(tmp_path, "entry")) == 2
    assert segments.load(tmp_path / "published").marks["entry"] == 2


def test_duckdb_never_writes_to_standard_output() -> None:
    """Started like this, Python has no file, and DuckDB takes that for somebody at a keyboard."""
    program = (
        "from postroom_duckdb.connect import connect; "
        "print(connect(':memory:').cursor().execute("
        "\"SELECT current_setting('enable_progress_bar')\").fetchone())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(False,)\n"


def test_merged_files_stay_for_those_who_began_with_them(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_old = None
    for number in range(1, segments.FANOUT + 1):
        store.commit(whole(number))
        store.publish()
        if number == 3:
            path = tmp_path / "published" / "reader.duckdb"
            with_old = duckdb.connect(path, read_only=True)
    assert with_old is not None
    assert with_old.execute("SELECT count(*) FROM entries").fetchone() == (3,)
    with_old.close()
    assert len(listed(tmp_path, "entry")) == 1
    assert len(files(tmp_path, "entry")) == segments.FANOUT + 1
    monkeypatch.setattr(publish, "_GRACE", -1.0)
    store.publish()
    assert files(tmp_path, "entry") == listed(tmp_path, "entry")


DAMAGES = ["list", "garbage", "file", "cut", "flipped", "reader", "half a reader", "all"]


def harm(folder: Path, damage: str) -> None:
    """Remove or damage a part of what was published."""
    published = folder / "published"
    file = published / "segments" / files(folder, "entry")[1]
    match damage:
        case "list":
            (published / "manifest.json").unlink()
        case "garbage":
            (published / "manifest.json").write_text('{"segments": 3')
        case "file":
            file.unlink()
        case "cut":
            file.write_bytes(file.read_bytes()[:-1])
        case "flipped":
            file.write_bytes(bytes(each ^ 0xFF for each in file.read_bytes()))
        case "reader":
            (published / "reader.duckdb").unlink()
        case "half a reader":
            reader = published / "reader.duckdb"
            reader.write_bytes(reader.read_bytes()[:9_000])
        case _:
            shutil.rmtree(published)


@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_published_can_always_be_made_anew(
    tmp_path: Path, damage: str, *, running: bool
) -> None:
    store = opened(tmp_path)
    for number in range(1, 4):
        store.commit(whole(number))
        store.publish()
    if running:
        harm(tmp_path, damage)
    else:
        store.close()
        harm(tmp_path, damage)
        store = opened(tmp_path)
    store.commit(whole(4))
    store.publish()
    assert ask(tmp_path, "SELECT list(seq ORDER BY seq) FROM entries") == [([1, 2, 3, 4],)]
    assert ask(tmp_path, "SELECT list(id ORDER BY id) FROM records.ticket") == [([1, 2, 3, 4],)]
    assert len(segments.load(tmp_path / "published").segments) >= 3
    store.close()


def test_a_copy_elsewhere_is_read_by_its_script(tmp_path: Path) -> None:
    store = opened(tmp_path / "data")
    store.commit(whole(1, 2))
    store.close()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "data" / "published", copy)
    shutil.rmtree(tmp_path / "data")
    program = (
        "import duckdb; c = duckdb.connect(); c.execute(open('reader.sql').read()); "
        "print(c.execute('SELECT count(*) FROM decisions').fetchone(), "
        "c.execute('SELECT sum(id) FROM records.ticket').fetchone())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=copy, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "(2,) (3,)"


def test_a_data_folder_that_was_moved_is_read_all_the_same(tmp_path: Path) -> None:
    """A backup, say, with an apostrophe in its name."""
    store = opened(tmp_path / "data")
    store.commit(whole(1, 2))
    store.close()
    moved = tmp_path / "Ann's backup"
    (tmp_path / "data").rename(moved)
    archive = DuckdbStore.archive(moved)
    assert archive.query("SELECT sum(id) FROM records.ticket").rows == [(3,)]
    assert [kept.id for kept in archive.find("SUP-2")] == [2]
    assert archive.raw(2) == raw(2)
    again = opened(moved)
    again.close()
    assert ask(moved, "SELECT sum(id) FROM records.ticket") == [(3,)]


def test_a_changed_segment_is_found_out(store: Store, tmp_path: Path) -> None:
    """By anybody who looks at `integrity`; that nothing is missing at the end is another matter."""
    store.commit(whole(1, 2, 3, 4))
    store.publish()
    (file,) = files(tmp_path, "entry")
    path = tmp_path / "published" / "segments" / file
    forgeries = {
        "leaf_holds": "replace(body, 'decision', 'decisiom') AS body",
        "columns_hold": "'message_linked' AS kind",
        "values_hold": "MAP {'/subject': {'salt': '\\x00'::BLOB, 'value': '\"x\"'}} AS private",
    }
    sound = path.read_bytes()
    every = "SELECT bool_and(leaf_holds AND follows AND columns_hold AND values_hold)"
    assert ask(tmp_path, f"{every} FROM integrity") == [(True,)]
    for column, forgery in forgeries.items():
        with duckdb.connect() as connection:
            rows = f"SELECT * REPLACE ({forgery}) FROM '{path}'"
            connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        assert ask(tmp_path, f"SELECT bool_or({column}) FROM integrity") == [(False,)], column
        path.write_bytes(sound)
    with duckdb.connect() as connection:
        rows = f"SELECT * FROM '{path}' WHERE seq <> 2"
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    assert ask(tmp_path, "SELECT seq FROM integrity WHERE NOT follows") == [(3,)]


def _read_again_and_again(folder: Path, enough: Any, answers: Any) -> None:
    while not enough.is_set():
        counts = ask(
            folder,
            "SELECT (SELECT count(*) FROM entries), (SELECT max(seq) FROM entries), "
            "(SELECT count(*) FROM communications), (SELECT count(*) FROM records.ticket)",
        )[0]
        answers.put(counts)
    answers.put(None)


def test_another_process_reads_whole_commits_while_they_go_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sees is always a moment between two commits, never in the middle of one.

    Segments are merged all the while.
    """
    monkeypatch.setattr(publish, "FANOUT", 3)
    store.publish()
    context = multiprocessing.get_context("spawn")
    enough, answers = context.Event(), context.Queue()
    reader = context.Process(target=_read_again_and_again, args=(tmp_path, enough, answers))
    reader.start()
    seen = []
    try:
        for first in range(1, 2_000, 5):
            store.commit(whole(*range(first, first + 5)))
            store.publish()
            while not answers.empty():
                seen.append(answers.get())
            if len(seen) > 10:
                break
        enough.set()
        while (answer := answers.get(timeout=30)) is not None:
            seen.append(answer)
    finally:
        enough.set()
        reader.join(timeout=30)
        answers.close()
    assert len(seen) > 3
    assert len(set(seen)) > 1
    assert seen == sorted(seen)
    for entries, newest, communications, tickets in seen:
        assert entries == (newest or 0) == communications == tickets
        assert entries % 5 == 0
