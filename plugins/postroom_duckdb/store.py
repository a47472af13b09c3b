"""The DuckDB store: one process, one database file, raw mail beside it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.entries import server_settled
from postroom.hooks.failpoints import failpoint
from postroom_duckdb import actions, lookup, outbox, pack, records, schema, segments, write
from postroom_duckdb.attempts import Attempts
from postroom_duckdb.catalogue import known_tables
from postroom_duckdb.database import DATABASE, Database
from postroom_duckdb.lock import Lock
from postroom_duckdb.migrate import migrate
from postroom_duckdb.pack import Packs
from postroom_duckdb.problems import damaged, problem_of
from postroom_duckdb.publish import Publisher
from postroom_duckdb.raw_retention import RawRetention
from postroom_duckdb.reader import Reader
from postroom_duckdb.remembered import Remembered
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.state import load
from postroom_duckdb.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom.hooks.contracts import Receipt, Recovery, Rows, SendOutcome
    from postroom.model.batch import Batch, Communication, Found, OutboxRow, Wanted
    from postroom.model.envelope import Place, ServerAction
    from postroom.model.record import Record, RecordRef, Table
    from postroom_duckdb.pack import Spot
    from postroom_duckdb.state import State

_log = logging.getLogger(__name__)


class DuckdbStore:
    """Records, communications, the audit log and the outbox in one DuckDB file.

    The data folder holds `postroom.duckdb`, which only the engine opens; `packs`, the raw mail; and
    `published`, which anybody may read at any time.
    """

    name: ClassVar[str] = "duckdb"
    settings: ClassVar[type] = DuckdbSettings

    def __init__(self, settings: DuckdbSettings, folder: Path) -> None:
        """Keep the settings and the data folder; no I/O."""
        self._folder = folder
        self._tables: Mapping[str, Table] = {}
        self._is_open = False
        self._recovered = False
        self._lock = Lock(folder)
        self._packs = Packs(folder / "packs", settings.pack_size)
        self._attempts = Attempts(folder)
        self._publisher = Publisher(folder / "published")
        published = (folder / "published").resolve()
        self._database = Database(folder, published, settings, self._opened)
        self._writer = Writer(self._database)
        self._retention = RawRetention(folder / "packs", self._database, self._writer)
        self._cursors = Remembered(self._database, lookup.cursors)
        self._next_action = Remembered(self._database, actions.next_due)
        self._next_notice = Remembered(self._database, outbox.next_due)
        self._published = 0
        """What `writes` of the database was when it was published last."""

    @classmethod
    def archive(cls, folder: Path) -> Reader:
        """Return what was published in a data folder, without opening the store."""
        return Reader(folder)

    @classmethod
    def recover(cls, folder: Path, tables: Mapping[str, Table], now: datetime) -> Recovery:
        """Make the database anew from what was published. Raises Problem PR520, PR560 to PR562."""
        from postroom_duckdb.recover import recover

        return recover(folder, tables, now)

    def open(self, tables: Mapping[str, Table]) -> None:
        """Lock the data, make or migrate the tables.

        Raises Problem: PR520 another engine holds it, PR521 a change of `tables:` would lose data,
        PR522 it cannot be opened, PR523 the disk is full.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.take()
        except OSError as error:
            raise problem_of(error, self._folder) or error from None
        try:
            self._open_database()
            self._prepare(tables)
        except BaseException:
            self._let_go()
            raise
        self._is_open = True

    def declare(self, tables: Mapping[str, Table]) -> None:
        """Make or migrate the tables of an open store, while others wait.

        Raises Problem PR521 if a change would lose data; then the tables stay as they were.
        """
        with self._writer.alone, self._database.alone():
            self._migrate(tables)

    def table_ids(self) -> Mapping[str, int]:
        """Return a number for each table there ever was; it never stands for another one."""
        known = self._database.read(known_tables)
        return {name: each.id for name, each in known.items()}

    def remember_rules(self, hash: str, sources: Mapping[str, str]) -> None:  # noqa: A002
        """Keep the files of a rule set, by name, so that its decisions can be explained."""

        def work(connection: DuckDBPyConnection, state: State) -> None:
            query = "SELECT count(*) FROM ledger.rule_file WHERE hash = ?"
            if connection.execute(query, [hash]).fetchall() == [(0,)]:
                write.rule_files(connection, hash, sources, state)

        self._writer.commit(work)

    def cursor(self, account: str, mailbox: str, epoch: str) -> str:
        """Return how far a mailbox was read, or ""."""
        return self._cursors.answer().get((account, mailbox, epoch), "")

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those keys whose messages are not in the ledger, in the same order."""
        return self._database.read(lambda it: lookup.unknown(it, account, mailbox, epoch, keys))

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        """Return what engines died with in hand, and how many deaths count against each."""
        return self._attempts.suspects()

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        """Note durably that messages are about to be handled; return the number of the note."""
        try:
            return self._attempts.take(account, places)
        except OSError as error:
            raise problem_of(error, self._folder) or error from None

    def let_go(self, number: int, *, done: bool) -> None:
        """Note that messages are in hand no longer."""
        self._attempts.let_go(number, done=done)

    def lookup(self, wanted: Wanted) -> Found:
        """Answer all that a batch wants to know, in one query for each kind."""
        with self._writer.alone:
            found = self._database.read(lambda it: lookup.lookup(it, wanted, self._tables))
            first = self._writer.reserve(len(wanted.sha256s))
            following = {
                table: self._writer.state.records.get(table, 0) + 1 for table in wanted.tables
            }
        return replace(found, next_communication=first, next_record=following)

    def commit(self, batch: Batch) -> None:
        """Write all of it durably, or nothing. Raises Problem PR523 or PR524."""
        with self._writer.alone:
            spots = self._append(batch.communications)
            if spots:
                failpoint("pack-written")

            def work(connection: DuckDBPyConnection, state: State) -> None:
                write.write(connection, batch, spots, state, self._tables)
                if spots:
                    failpoint("in-transaction")

            self._writer.commit(work)

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stands."""
        table = self._tables.get(ref.table)
        if table is None:
            return None
        return self._database.read(lambda it: records.read(it, table, [ref.id])).get(ref.id)

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if it is not kept, PR522 if it is damaged."""
        spot = self._database.read(lambda it: lookup.spot(it, communication))
        if spot is None:
            raise KeyError(communication)
        return pack.read(self._folder / "packs", spot, communication)

    def let_raw_go(self, account: str, before: datetime, now: datetime, limit: int) -> int:
        """Erase the raw bytes of messages that were decided before a time; return how many."""
        try:
            return self._retention.let_go(account, before, now, limit, self._tables)
        except OSError as error:
            raise problem_of(error, self._folder) or error from None

    def due_actions(self, account: str, now: datetime, limit: int) -> list[ServerAction]:
        """Return server actions to carry out, in the order of their messages."""
        next_due = self._next_action.answer().get(account)
        if next_due is None or next_due > now:
            return []
        return self._database.read(lambda it: actions.due(it, account, now, limit))

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        """Note what became of server actions, with an audit entry each."""

        def work(connection: DuckDBPyConnection, state: State) -> None:
            settled = actions.settle(connection, receipts, now)
            entries = [
                server_settled(action, receipt, now, write.salt) for action, receipt in settled
            ]
            write.entries(connection, entries, state)

        self._writer.commit(work)

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take notices that are due, first in first out per record, and mark them `sending`."""
        self._recover(now)
        next_due = self._next_notice.answer()
        if next_due is None or next_due > now:
            return []
        with self._writer.alone:
            rows = self._database.read(lambda it: outbox.due(it, now, limit))
            if rows:
                ids = [row.id for row in rows]
                self._writer.commit(lambda it, _: outbox.mark_sending(it, ids))
        return rows

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        """Note what became of a notice, with an audit entry; a sent mail is a communication too."""
        with self._writer.alone:
            mail = [self._outgoing(row, outcome, now)] if outcome.raw else []
            spots = self._append(mail)

            def work(connection: DuckDBPyConnection, state: State) -> None:
                write.communications(connection, mail, spots, state)
                number = mail[0].id if mail else None
                outbox.settle(connection, state, row, outcome, now, number)

            self._writer.commit(work)

    def publish(self) -> int:
        """Bring what readers are given up to date; return which state of it they have now."""
        writes = self._database.writes
        if writes != self._published or not self._publisher.is_done():
            self._database.aside(lambda it: self._publisher.publish(it, self._tables))
            self._published = writes
        return writes

    def query(self, sql: str) -> Rows:
        """Answer a read-only query from what is published, confined; raises Problem PR530."""
        return Reader(self._folder, threads=1).query(sql)

    def close(self) -> None:
        """Publish, let go of the lock; may be called twice."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self.publish()
        finally:
            self._let_go()

    def _open_database(self) -> None:
        """Open it, but never one that lacks what was published or kept. Raises Problem PR52x."""
        published = segments.load(self._folder / "published").marks.get("entry", 0)
        is_used = published or any((self._folder / "packs").glob("*.pack"))
        if is_used and not (self._folder / DATABASE).exists():
            raise damaged(self._folder, f"`{DATABASE}` is gone")
        self._database.open()
        if self._writer.state.entry < published:
            raise damaged(self._folder, "it is older than what was published from it")

    def _opened(self, connection: DuckDBPyConnection) -> None:
        """Find out where the numbers stand; make our own tables in a new file."""
        query = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'ledger'"
        if connection.execute(query).fetchone() == (0,):
            connection.begin()
            schema.make(connection)
            connection.commit()
        row = connection.execute("SELECT value FROM ledger.meta WHERE name = 'schema'").fetchone()
        if row != (schema.VERSION,):
            why = f"it was made by another version (its tables are of version {row and row[0]})"
            raise damaged(self._folder, why)
        present = [name for name, known in known_tables(connection).items() if known.present]
        self._writer.state = load(connection, present)

    def _prepare(self, tables: Mapping[str, Table]) -> None:
        """Bring the record tables to what is declared, and the packs to what is committed."""
        self._migrate(tables)
        end = self._database.read(lookup.last_spot)
        try:
            self._packs.open(end)
            self._finish_letting_go()
            self._attempts.open(self.unknown)
        except OSError as error:
            raise problem_of(error, self._folder) or error from None

    def _finish_letting_go(self) -> None:
        """Overwrite what an earlier engine has left over; the next let-go tries it again."""
        try:
            self._retention.finish()
        except OSError as error:
            _log.warning("raw mail that was let go of cannot be overwritten yet: %s", error)

    def _migrate(self, tables: Mapping[str, Table]) -> None:
        if self._database.write(lambda it: migrate(it, tables)):
            self._database.read(lambda it: it.execute("CHECKPOINT"))
        self._tables = dict(tables)

    def _let_go(self) -> None:
        self._packs.close()
        self._attempts.close()
        self._database.close()
        self._lock.release()

    def _append(self, mail: Sequence[Communication]) -> list[Spot]:
        self._database.be_there()  # or each attempt to commit would add its mail to a pack
        try:
            return self._packs.append(mail)
        except OSError as error:
            raise problem_of(error, self._folder) or error from None

    def _outgoing(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> Communication:
        return outbox.as_communication(row, outcome, self._writer.reserve(1), now)

    def _recover(self, now: datetime) -> None:
        """Once: decide about notices that were being sent when an engine died."""
        if self._recovered:
            return

        self._writer.commit(lambda it, state: outbox.decide_left_over(it, state, now))
        self._recovered = True
