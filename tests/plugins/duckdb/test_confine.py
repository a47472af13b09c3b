from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import TABLES, whole
from postroom_duckdb.reader import Reader
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = [(1,)]
"""A query must not see variables of the program that runs it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with something published, and no engine."""
    folder = tmp_path_factory.mktemp("confined") / "data"
    store = DuckdbStore(DuckdbSettings(), folder)
    store.open(TABLES)
    store.commit(whole(1, 2, 3))
    store.close()
    return folder


ANSWERED = [
    "SELECT count(*) FROM entries",
    "SHOW TABLES",
    "DESCRIBE decisions",
    "SUMMARIZE communications",
    "FROM records.ticket",
    "VALUES (1)",
    "SELECT 1 UNION SELECT 2",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
    "SELECT unnest(fired) FROM decisions",
    "SELECT * FROM range(3) AS r, unnest([1, 2]) AS u",
    "SELECT now()::TIMESTAMP - recorded_at FROM entries",
    "-- a remark\nSELECT id FROM communications WHERE id = 2;",
    "SELECT communication FROM why QUALIFY row_number() OVER (ORDER BY seq) = 1",
]
REFUSED = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('{folder}/published/segments/*.parquet')",
    "SELECT * FROM read_text('{folder}/published/segments/../../postroom.duckdb')",
    "SELECT * FROM read_duckdb('{folder}/postroom.duckdb')",
    "SELECT * FROM parquet_metadata('{segment}')",
    "COPY (SELECT 1) TO '{folder}/published/segments/evil.parquet'",
    "COPY (SELECT 1) TO '{segment}'",
    "COPY entries TO '/tmp/evil.csv'",
    "WITH x AS (COPY (SELECT 1) TO '{segment}') SELECT * FROM x",
    "SELECT (WITH x AS (COPY (SELECT 1) TO '{segment}') SELECT count(*) FROM x)",
    "FROM (WITH x AS (COPY (SELECT 1) TO '{segment}') SELECT * FROM x)",
    "SELECT 1 WHERE 1 IN (WITH x AS (COPY (SELECT 1) TO '{segment}') SELECT 1 FROM x)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{segment}'",
    "EXPORT DATABASE '{folder}/published/segments/evil'",
    "FROM query('WITH x AS (COPY (SELECT 1) TO ''{segment}'') SELECT * FROM x')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "WITH x AS (INSERT INTO entries VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE entries SET seq = 1 RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM entries RETURNING *) SELECT * FROM x",
    "INSERT INTO entries VALUES (1)",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE MACRO f(a) AS a",
    "DROP VIEW entries",
    "ATTACH ':memory:' AS other",
    "ATTACH '{folder}/postroom.duckdb' AS live",
    "DETACH reader",
    "USE memory",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "SET threads = 8",
    "SET enable_external_access = true",
    "RESET threads",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CHECKPOINT",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM HIDDEN",
    "SELECT getenv('HOME')",
    "SELECT 1; DROP VIEW entries",
    "SELECT 1; SELECT 2",
    "PIVOT entries ON kind",
    "SELEKT 1",
    "SELECT nothing FROM entries",
    "SELECT now()",
    "SELECT 1 / 'x'",
    "SELECT * FROM range(100001)",
    "",
    "  ;",
    "\0",
]


@pytest.mark.parametrize("sql", ANSWERED)
def test_a_query_that_looks_is_answered(folder: Path, sql: str) -> None:
    assert Reader(folder).query(sql).columns


@pytest.mark.parametrize("sql", REFUSED)
def test_anything_else_is_refused_and_changes_nothing(folder: Path, sql: str) -> None:
    def state() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    before = state()
    segment = min(folder.glob("published/segments/entry-*.parquet"))
    with pytest.raises(Problem) as caught:
        Reader(folder).query(sql.format(folder=folder, segment=segment))
    found = caught.value.diagnostic
    assert found.code == "PR530"
    assert found.message == found.message.strip()
    assert "\n" not in found.message
    assert found.help
    assert state() == before


def test_the_engine_alone_writes_where_readers_look(folder: Path) -> None:
    """The parser is one wall; this is the one behind it: outside of segments nothing is opened."""
    with Reader(folder)._open() as connection:
        for sql in (
            "SELECT * FROM read_text('/etc/passwd')",
            f"SELECT * FROM read_blob('{folder}/packs/000001.pack')",
            f"COPY (SELECT 1) TO '{folder}/evil.parquet'",
            f"ATTACH '{folder}/postroom.duckdb' AS live",
            "SET enable_external_access = true",
            "CREATE TABLE reader.main.t (a INTEGER)",
        ):
            with pytest.raises(Exception, match=r"disabled|locked|read-only"):
                connection.execute(sql)


def test_a_query_does_not_run_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom_duckdb.reader._SECONDS", 1)
    with pytest.raises(Problem, match="more than 1 seconds"):
        Reader(folder).query("SELECT count(*) FROM range(1000000) a, range(1000000) b")


def test_before_anything_was_published_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nothing has been published") as caught:
        Reader(tmp_path).query("SELECT 1")
    assert caught.value.diagnostic.code == "PR530"
