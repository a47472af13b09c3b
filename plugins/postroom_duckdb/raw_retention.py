"""Let raw mail go when its time is over: its bytes are overwritten, and nothing else is moved.

What is to go is noted in one transaction with its audit entries, then overwritten where it lies,
and then the note is removed: a crash in between leaves the note, and the next engine overwrites it
again. The label in front of the bytes says that they are gone, so whoever reads a pack knows it
without the database. A pack of which every label says so is deleted: that no row speaks of a
message does not mean that it was let go of, for the database may be older than the pack.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from postroom.hooks.entries import raw_let_go
from postroom.hooks.failpoints import failpoint
from postroom_duckdb import pack, write
from postroom_duckdb.pack import Spot
from postroom_duckdb.quote import name
from postroom_duckdb.schema import record_table
from postroom_duckdb.values import naive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom.model.record import Table
    from postroom_duckdb.database import Database
    from postroom_duckdb.state import State
    from postroom_duckdb.writer import Writer

_log = logging.getLogger(__name__)

_COLUMNS = "communication BIGINT, pack INTEGER, pack_offset BIGINT, pack_length BIGINT"
MAKE = f"CREATE TABLE IF NOT EXISTS ledger.letting_go ({_COLUMNS})"
"""What is to be overwritten, and is not yet as far as anybody knows."""
FORGET = (
    "UPDATE ledger.communication SET pack = NULL, pack_offset = NULL, pack_length = NULL "
    "WHERE id IN (SELECT communication FROM ledger.letting_go)"
)
_REVIEWED = (
    "SELECT (body ->> '$.communication')::BIGINT FROM audit.entry "
    """WHERE contains(body, '"message_reviewed"') AND body ->> '$.kind' = 'message_reviewed'"""
)


@dataclass(frozen=True, slots=True)
class RawRetention:
    """Lets raw mail go. Used by one thread."""

    packs: Path
    """The folder."""
    database: Database
    writer: Writer

    def let_go(
        self,
        account: str,
        before: datetime,
        now: datetime,
        limit: int,
        tables: Mapping[str, Table],
    ) -> int:
        """Let go of raw mail of an account that was decided before a time; return how many."""
        self.finish()

        def choose(connection: DuckDBPyConnection) -> list[tuple[int, int, int, int, str]]:
            return _ripe(connection, account, before, tables, limit)

        with self.writer.alone:
            ripe = self.database.read(choose)
            if not ripe:
                return 0
            entries = [raw_let_go(account, id_, sha256, before, now) for id_, *_, sha256 in ripe]

            def note(connection: DuckDBPyConnection, state: State) -> None:
                connection.execute(MAKE)
                with connection.appender("ledger.letting_go") as appender:
                    appender.append_rows([row[:4] for row in ripe])
                connection.execute(FORGET)
                write.entries(connection, entries, state)

            self.writer.commit(note)
        failpoint("raw-noted")
        self._overwrite()
        return len(ripe)

    def finish(self) -> None:
        """Do what an engine that died has left over; delete packs of which nothing is left."""
        self._overwrite()
        for path in self._empty():
            try:
                path.unlink(missing_ok=True)
            except OSError as error:  # no mail is in it
                _log.warning("%s cannot be deleted: %s", path, error)

    def _overwrite(self) -> None:
        noted = self.database.read(_noted)
        if not noted:
            return
        for number, found in groupby(noted, key=lambda each: each[1].pack):
            overwrite(self.packs, number, list(found))
        failpoint("raw-overwritten")
        done = [communication for communication, _ in noted]
        query = "DELETE FROM ledger.letting_go WHERE communication IN (SELECT unnest(?))"
        self.writer.commit(lambda connection, _: connection.execute(query, [done]))

    def _empty(self) -> list[Path]:
        """Return the packs in which no mail is left, but for the newest: it may be added to."""
        used = self.database.read(_in_use)
        if used is None:
            return []
        unused = [each for each in pack.numbers(self.packs)[:-1] if each not in used]
        paths = [pack.pack_path(self.packs, each) for each in unused]
        return [path for path in paths if pack.is_all_gone(path)]


def overwrite(packs: Path, number: int, mail: Sequence[tuple[int, Spot]]) -> None:
    """Overwrite messages of a pack, durably. Done twice, it is done.

    What does not lie there is left alone. Raises OSError.
    """
    with suppress(FileNotFoundError):
        file = os.open(pack.pack_path(packs, number), os.O_RDWR | os.O_CLOEXEC)
        try:
            for communication, spot in mail:
                pack.blank(file, spot, communication)
                failpoint("raw-half-overwritten")
            os.fdatasync(file)
        finally:
            os.close(file)


def _noted(connection: DuckDBPyConnection) -> list[tuple[int, Spot]]:
    if not _was_used(connection):
        return []
    query = "SELECT * FROM ledger.letting_go ORDER BY pack, pack_offset"
    return [(id_, Spot(*spot)) for id_, *spot in connection.execute(query).fetchall()]


def _in_use(connection: DuckDBPyConnection) -> set[int] | None:
    """Return the packs that hold mail; None if no mail was ever let go of."""
    if not _was_used(connection):
        return None
    query = "SELECT DISTINCT pack FROM ledger.communication WHERE pack > 0"
    return {row[0] for row in connection.execute(query).fetchall()}


def _was_used(connection: DuckDBPyConnection) -> bool:
    query = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'letting_go'"
    return connection.execute(query).fetchall() != [(0,)]


def _ripe(
    connection: DuckDBPyConnection,
    account: str,
    before: datetime,
    tables: Mapping[str, Table],
    limit: int,
) -> list[tuple[int, int, int, int, str]]:
    """Return what may go: nothing that waits for a person or to be sent, no files of records."""
    held = " ".join(f"AND id NOT IN ({query})" for query in _held(tables))
    query = (
        "SELECT id, pack, pack_offset, pack_length, sha256 FROM ledger.communication "
        "WHERE account = ? AND decided_at < ? AND pack IS NOT NULL "
        f"AND (outcome <> 'quarantined' OR id IN ({_REVIEWED})) {held} ORDER BY id LIMIT ?"
    )
    return connection.execute(query, [account, naive(before), limit]).fetchall()


def _held(tables: Mapping[str, Table]) -> Iterator[str]:
    """Yield queries for messages whose bytes are still needed."""
    yield "SELECT communication FROM ledger.outbox WHERE state IN ('waiting', 'sending')"
    for table in tables.values():
        for field in table.of_type("files"):
            files = f"SELECT unnest({name(field.name)}) AS it FROM {record_table(table.name)}"
            yield f"SELECT it.communication FROM ({files}) WHERE it.communication IS NOT NULL"
