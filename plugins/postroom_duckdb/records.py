"""Records in their tables: read them, and bring them to what changes say."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from postroom.model.record import Record, RecordRef
from postroom_duckdb.problems import misfit
from postroom_duckdb.quote import name, names
from postroom_duckdb.schema import record_columns, record_table
from postroom_duckdb.values import LONGEST, aware, from_column, naive, to_column, too_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from postroom.model.decision import RecordChange
    from postroom.model.record import Table
    from postroom_duckdb.state import State


@dataclass(slots=True)
class _Row:
    """A record on its way into its table."""

    record: Record
    created_at: datetime | None


def read(connection: DuckDBPyConnection, table: Table, ids: Iterable[int]) -> dict[int, Record]:
    """Return those of the records that exist, by id."""
    return {id_: row.record for id_, row in _rows(connection, table, ids).items()}


def apply(
    connection: DuckDBPyConnection,
    table: Table,
    changes: Sequence[RecordChange],
    state: State,
    written_at: datetime | None,
) -> None:
    """Write the changes of one table. Raises Problem PR524 if they do not fit what is there."""
    rows = _rows(connection, table, _existing(changes, state.records.get(table.name, 0)))
    stored = set(rows)
    for change in changes:
        _check_lengths(change)
        rows[change.ref.id] = _changed(
            rows.get(change.ref.id), change, change.written_at or written_at
        )
    touched = {change.ref.id for change in changes}
    _check_unique(connection, table, [rows[id_].record for id_ in sorted(touched)])
    full = record_table(table.name)
    if stored:
        connection.execute(f"DELETE FROM {full} WHERE id IN (SELECT unnest(?))", [sorted(stored)])
    columns = [*record_columns(table)]
    with connection.appender(full, columns=columns) as appender:
        appender.append_rows(
            _columns(table, rows[id_], written_at, state.commit) for id_ in sorted(touched)
        )
    state.records[table.name] = max(state.records.get(table.name, 0), *touched)


def by_table(changes: Iterable[RecordChange]) -> Iterator[tuple[str, list[RecordChange]]]:
    """Yield tables and the changes of each, in their order."""
    ordered = sorted(changes, key=lambda change: change.ref.table)
    for table, group in groupby(ordered, key=lambda change: change.ref.table):
        yield table, list(group)


def _rows(connection: DuckDBPyConnection, table: Table, ids: Iterable[int]) -> dict[int, _Row]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    columns = names(["id", "revision", "created_at", "updated_at", *table.fields])
    query = f"SELECT {columns} FROM {record_table(table.name)} WHERE id IN (SELECT unnest(?))"
    found = {}
    for id_, revision, created, updated, *values in connection.execute(query, [wanted]).fetchall():
        pairs = zip(table.fields.values(), values, strict=True)
        held = {field.name: from_column(field, value) for field, value in pairs}
        ref = RecordRef(table.name, id_)
        found[id_] = _Row(Record(ref, held, revision, aware(updated)), created)
    return found


def _existing(changes: Iterable[RecordChange], largest: int) -> list[int]:
    """Return the ids that are, or could be, in the table: no need to look for new ones."""
    return [c.ref.id for c in changes if c.kind == "update" or c.ref.id <= largest]


def _changed(row: _Row | None, change: RecordChange, written_at: datetime | None) -> _Row:
    ref = change.ref
    if change.kind == "create":
        if row is not None:
            raise misfit(f"there is a record {ref.id} in `{ref.table}` already")
        return _Row(Record(ref, change.values, change.revision), naive(written_at))
    if row is None:
        raise misfit(f"there is no record {ref.id} in `{ref.table}`")
    if row.record.revision != change.revision - 1:
        raise misfit(f"record {ref.id} in `{ref.table}` was changed by somebody else meanwhile")
    values = {**row.record.values, **change.values}
    return _Row(Record(ref, values, change.revision), row.created_at)


def _columns(table: Table, row: _Row, written_at: datetime | None, commit: int) -> tuple[Any, ...]:
    record = row.record
    return (
        record.ref.id,
        table.number_of(record.ref.id),
        record.revision,
        row.created_at,
        naive(written_at),
        *(to_column(each, record.values.get(column)) for column, each in table.fields.items()),
        commit,
    )


def _check_lengths(change: RecordChange) -> None:
    for field, value in change.values.items():
        if too_long(value):
            where = f"`{change.ref.table}.{field}` of record {change.ref.id}"
            raise misfit(f"{where} would hold more than {LONGEST:,} characters")


def _check_unique(connection: DuckDBPyConnection, table: Table, records: list[Record]) -> None:
    for field in table.fields.values():
        if not field.unique:
            continue
        values: dict[object, int] = {}
        for record in records:
            value = _folded(record.values.get(field.name))
            if value is not None and values.setdefault(value, record.ref.id) != record.ref.id:
                raise _taken(table, field.name, record.ref.id)
        if values:
            _check_stored(connection, table, field.name, values)


def _check_stored(
    connection: DuckDBPyConnection, table: Table, field: str, values: Mapping[object, int]
) -> None:
    text = table.fields[field].type != "integer"
    column = f"lower({name(field)})" if text else name(field)
    query = (
        f"SELECT id, {column} FROM {record_table(table.name)} WHERE {column} IN (SELECT unnest(?))"
    )
    for id_, value in connection.execute(query, [list(values)]).fetchall():
        if id_ not in values.values():
            raise _taken(table, field, values[value])


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _taken(table: Table, field: str, record: int) -> Exception:
    words = f"`{table.name}.{field}` of record {record} has a value that another record has"
    return misfit(words)
