"""A disk that is full at any write: said as such, nothing waits for ever, and later all goes on."""

from __future__ import annotations

import resource
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import TABLES, whole
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TITLES = "SELECT count(DISTINCT id), count(*) FROM records.ticket"


@contextmanager
def full_at(size: int) -> Iterator[None]:
    """Have every file end there, as on a disk without room for more; needs no disk of its own."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def code(do: Callable[[], object]) -> str:
    try:
        do()
    except Problem as error:
        return error.diagnostic.code
    return ""


def store_in(folder: Path) -> DuckdbStore:
    return DuckdbStore(DuckdbSettings(), folder)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_the_database_leaves_no_work_to_threads_of_its_own(tmp_path: Path) -> None:
    """On a full disk, whoever waited for those that write Parquet waited for ever now and then."""

    def threads() -> set[str]:
        return {each.name for each in Path("/proc/self/task").iterdir()}

    before = threads()
    store = store_in(tmp_path)
    store.open(TABLES)
    store.commit(whole(*range(1, 30)))
    store.publish()
    assert store.query(TITLES).rows == [(29, 29)]
    assert threads() <= before
    store.close()


def test_what_is_published_on_a_full_disk_is_published_when_there_is_room(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.open(TABLES)
    store.commit(whole(*range(1, 30)))
    found = []
    for size in (0, 100, 2_000, 5_000, 12_300):
        with full_at(size):
            found.append(code(store.publish))
    assert found == ["PR523"] * len(found)
    store.publish()
    assert store.query(TITLES).rows == [(29, 29)]
    store.close()


@pytest.mark.parametrize("size", [0, 4_096, 10_000, 12_288, 30_000, 200_000])
def test_a_disk_that_is_full_at_the_first_start_leaves_nothing_in_the_way(
    tmp_path: Path, size: int
) -> None:
    with full_at(size):
        assert code(lambda: store_in(tmp_path).open(TABLES)) == "PR523"
    store = store_in(tmp_path)
    store.open(TABLES)
    store.commit(whole(1))
    store.publish()
    assert store.query(TITLES).rows == [(1, 1)]
    store.close()
