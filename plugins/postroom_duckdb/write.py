"""One commit: the rows of a batch, in one transaction."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from postroom.model.plain import plain, well_formed
from postroom.model.sealing import SALT_BYTES, canonical, seal
from postroom_duckdb import actions, mail, records
from postroom_duckdb.problems import misfit
from postroom_duckdb.schema import MARK
from postroom_duckdb.values import naive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from postroom.model.batch import (
        Batch,
        Communication,
        Cursor,
        Entry,
        OutboxRow,
        PlannedAction,
    )
    from postroom.model.envelope import Place
    from postroom.model.record import Table
    from postroom_duckdb.pack import Spot
    from postroom_duckdb.state import State


def write(
    connection: DuckDBPyConnection,
    batch: Batch,
    spots: Sequence[Spot],
    now: State,
    tables: Mapping[str, Table],
) -> None:
    """Write a batch whose raw mail lies at the spots, and move the numbers on.

    Wants a transaction. Raises Problem PR524 if the batch does not fit what is stored.
    """
    communications(connection, batch.communications, spots, now)
    _append(
        connection,
        "ledger.received",
        [
            (each.account, *_place(each.place), each.communication)
            for each in (*batch.received, *batch.renumbered)
        ],
    )
    actions.move(connection, batch.renumbered)
    for name, changes in records.by_table(batch.changes):
        if name not in tables:
            raise misfit(f"there is no table `{name}`")
        records.apply(connection, tables[name], changes, now, batch.written_at)
    entries(connection, batch.entries, now)
    _notices(connection, batch.notices, now)
    _actions(connection, batch.actions, now)
    _append(
        connection,
        "ledger.note",
        [(communication, words, now.commit) for communication, words in batch.bounced],
    )
    _cursors(connection, batch.cursors)
    _marks(connection, batch.marks)


def entries(connection: DuckDBPyConnection, added: Iterable[Entry], state: State) -> None:
    """Write audit entries under the next numbers."""
    sealed: list[tuple[Any, ...]] = []
    private: list[tuple[Any, ...]] = []
    for entry in added:
        state.entry += 1
        sealed.append((state.entry, *seal(entry.kind, entry.body)))
        private += [(state.entry, *each) for each in entry.private]
    _append(connection, "audit.entry", sealed)
    _append(connection, "audit.private", private)


def salt() -> bytes:
    """Return a salt that was never used before."""
    return os.urandom(SALT_BYTES)


def rule_files(
    connection: DuckDBPyConnection, rules: str, sources: Mapping[str, str], state: State
) -> None:
    """Write the files of a rule set."""
    rows = [(rules, name, text, state.commit) for name, text in sources.items()]
    _append(connection, "ledger.rule_file", rows)


def communications(
    connection: DuckDBPyConnection,
    added: Sequence[Communication],
    spots: Sequence[Spot],
    state: State,
) -> None:
    """Write communications whose raw mail lies at the spots."""
    ids = [each.id for each in added]
    taken = _taken(connection, [id_ for id_ in ids if id_ <= state.communication])
    if taken or len(set(ids)) < len(ids):
        raise misfit(f"there is a communication {min(taken, default=ids[0])} already")
    rows = [mail.row(each, spot, state.commit) for each, spot in zip(added, spots, strict=True)]
    _append(connection, "ledger.communication", rows)
    state.communication = max([state.communication, *ids])


def _taken(connection: DuckDBPyConnection, ids: list[int]) -> list[int]:
    if not ids:
        return []
    query = "SELECT id FROM ledger.communication WHERE id IN (SELECT unnest(?))"
    return [row[0] for row in connection.execute(query, [ids]).fetchall()]


def _notices(connection: DuckDBPyConnection, added: Iterable[OutboxRow], state: State) -> None:
    rows = []
    for each in added:
        state.notice += 1
        notice = each.notice
        rows.append(
            (
                state.notice,
                each.account,
                each.communication,
                notice.kind,
                notice.template,
                mail.joined(well_formed(address).lower() for address in notice.to),
                notice.ref.table if notice.ref else None,
                notice.ref.id if notice.ref else None,
                naive(each.created_at),
                naive(each.due_at),
                each.attempts,
                "waiting",
                "",
                canonical(plain(notice)),
            )
        )
    _append(connection, "ledger.outbox", rows)


def _actions(connection: DuckDBPyConnection, added: Iterable[PlannedAction], state: State) -> None:
    rows = []
    for each in added:
        state.action += 1
        rows.append(
            (
                state.action,
                each.account,
                *_place(each.place),
                each.verb,
                each.target,
                naive(each.due_at),
                each.sha256,
                each.communication,
                0,
                "due",
                "",
            )
        )
    _append(connection, "ledger.action", rows)


def _place(place: Place) -> tuple[str, str, str]:
    return well_formed(place.mailbox), well_formed(place.epoch), well_formed(place.key)


def _cursors(connection: DuckDBPyConnection, moved: Iterable[Cursor]) -> None:
    for each in moved:
        connection.execute(
            "INSERT OR REPLACE INTO ledger.cursor VALUES (?, ?, ?, ?)",
            [each.account, each.mailbox, each.epoch, each.key],
        )


def _marks(connection: DuckDBPyConnection, marks: Mapping[str, datetime]) -> None:
    for name, at in marks.items():
        key = f"{MARK}{name}"
        connection.execute("DELETE FROM ledger.meta WHERE name = ?", [key])
        connection.execute("INSERT INTO ledger.meta VALUES (?, ?)", [key, at.isoformat()])


def _append(connection: DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.appender(table) as appender:
            appender.append_rows(rows)
