"""What records would lose by a change of `tables:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom_duckdb.quote import literal, name
from postroom_duckdb.schema import record_table
from postroom_duckdb.values import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from postroom.model.record import Field, Table
    from postroom_duckdb.catalogue import Known


def losses(
    connection: DuckDBPyConnection, known: Mapping[str, Known], tables: Mapping[str, Table]
) -> Iterator[str]:
    """Yield what would be lost, in the author's words, with how many records it concerns."""
    for old in known.values():
        if not old.present:
            continue
        table = old.table
        for words, where in _at_risk(table, tables.get(table.name)):
            count = _count(connection, table.name, where)
            if count:
                records = "1 record" if count == 1 else f"{count} records"
                yield f"{words} ({records})"


def _at_risk(old: Table, new: Table | None) -> Iterator[tuple[str, str]]:
    """Yield what a change would take away, and which records have it."""
    if new is None:
        yield f"table `{old.name}` is gone", "true"
        return
    for field in old.fields.values():
        for words, where in _field_at_risk(old.name, field, new.fields.get(field.name)):
            yield f"`{old.name}.{field.name}` {words}", where


def _field_at_risk(table: str, old: Field, new: Field | None) -> Iterator[tuple[str, str]]:
    column = name(old.name)
    holds = f"len({column}) > 0" if old.type in LISTS else f"{column} IS NOT NULL"
    if new is None:
        yield "is gone", holds
    elif new.type != old.type:
        yield f"changes from {old.type} to {new.type}", holds
    elif new.of != old.of:
        yield f"changes from a list of {old.of} to a list of {new.of}", holds
    elif new.table != old.table:
        yield f"changes from a reference to {old.table} to one to {new.table}", holds
    else:
        yield from _narrowed(old, new)
        if new.unique and not old.unique:
            yield "becomes unique", _doubled(table, old)


def _narrowed(old: Field, new: Field) -> Iterator[tuple[str, str]]:
    column = name(old.name)
    size = f"length({column})" if old.type in ("text", "email") else column
    gone = [value for value in old.values if value not in new.values]
    if gone:
        values = ", ".join(map(literal, gone))
        held = (
            f"list_has_any({column}, [{values}])"
            if old.type == "multi_choice"
            else f"{column} IN ({values})"
        )
        yield f"loses {', '.join(f'`{value}`' for value in gone)}", held
    if new.max is not None and new.max != old.max:
        yield f"gets a max of {new.max}", f"{size} > {new.max}"
    if new.min is not None and new.min != old.min:
        yield f"gets a min of {new.min}", f"{size} < {new.min}"


def _doubled(table: str, field: Field) -> str:
    """Return which records share a value with another one, however it is written."""
    column = name(field.name)
    same = column if field.type == "integer" else f"lower({column})"
    twice = f"count(*) OVER (PARTITION BY {same}) > 1"
    filled = f"SELECT id FROM {record_table(table)} WHERE {column} IS NOT NULL"
    return f"id IN ({filled} QUALIFY {twice})"


def _count(connection: DuckDBPyConnection, table: str, where: str) -> int:
    query = f"SELECT count(*) FROM {record_table(table)} WHERE {where}"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
