"""Bring records in from outside the mail: made where they are new, changed where they differ."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.ledger.changes import changed
from postroom.model.batch import Batch, Wanted
from postroom.model.decision import RecordChange
from postroom.model.record import RecordRef
from postroom.model.sealing import SALT_BYTES
from postroom.pipeline.sheet import Author, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postroom.hooks.contracts import Store
    from postroom.model.batch import Found
    from postroom.model.record import Table
    from postroom.runtime.csv_rows import Rows


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """How many records were made, changed, and left as they are."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def bring_in(store: Store, table: Table, rows: Rows, now: datetime) -> BroughtIn:
    """Write rows into a table of an open store, all or none, each with its audit entry.

    A record is known again by the unique field; bringing the same rows in twice changes nothing.
    Raises Problem PR523, PR524.
    """
    changes = list(_changes(table, rows, _known(store, table, rows), now))
    entries = [
        changed(change, lambda: os.urandom(SALT_BYTES), recorded_at=now, origin="import")
        for change in changes
    ]
    store.commit(Batch(changes=changes, entries=entries, written_at=now))
    created = sum(change.kind == "create" for change in changes)
    return BroughtIn(created, len(changes) - created, len(rows.rows) - len(changes))


def _known(store: Store, table: Table, rows: Rows) -> Found:
    return store.lookup(
        Wanted(
            account="",
            contact_table=table.name,
            contact_fields=(rows.unique,),
            addresses=[row.key for row in rows.rows],
            tables=(table.name,),
        )
    )


def _changes(table: Table, rows: Rows, found: Found, now: datetime) -> Iterator[RecordChange]:
    """Yield a change for each row that is new, or differs from its record."""
    next_id = found.next_record.get(table.name, 1)
    author = Author("", verified=True, communication=0, written_at=now)
    for row in rows.rows:
        record = found.contacts.get(row.key)
        sheet = Sheet(table, author, record, values=dict(row.values))
        if record is None:
            sheet.complete(next_id)
            yield RecordChange("create", RecordRef(table.name, next_id), sheet.values)
            next_id += 1
        elif values := sheet.changed():
            before = {name: record.values.get(name) for name in values}
            yield RecordChange("update", record.ref, values, before, record.revision + 1)
