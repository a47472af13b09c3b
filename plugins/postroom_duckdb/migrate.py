"""Bring the record tables to what the rule files declare, if nothing is lost by it.

A new table, field or choice, a wider limit: done. What would lose something that a record holds is
refused, all of it at once. What no record holds may go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem
from postroom_duckdb.catalogue import Known, known_tables, remember, same
from postroom_duckdb.losses import losses
from postroom_duckdb.quote import literal, name
from postroom_duckdb.schema import SYSTEM_COLUMNS, record_columns, record_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from postroom.model.record import Table

_LONGEST_NAME = 63


def migrate(connection: DuckDBPyConnection, tables: Mapping[str, Table]) -> bool:
    """Make the record tables what is declared; return whether anything changed.

    Raises Problem PR521 with everything that would be lost. Wants a transaction of its own.
    """
    known = known_tables(connection)
    wrong = [*_unusable_names(tables), *losses(connection, known, tables)]
    if wrong:
        raise _refused(wrong)
    changed = False
    for old in known.values():
        if old.present and old.table.name not in tables:
            connection.execute(f"DROP TABLE {record_table(old.table.name)}")
            remember(connection, replace(old, present=False))
            changed = True
    for table in tables.values():
        now = known.get(table.name)
        if now and now.present and same(now.table, table):
            continue
        number = now.id if now else 1 + max((each.id for each in known.values()), default=0)
        known[table.name] = Known(number, table, present=True)
        _make(connection, now.table if now and now.present else None, table)
        remember(connection, known[table.name])
        changed = True
    return changed


def _make(connection: DuckDBPyConnection, old: Table | None, new: Table) -> None:
    """Make a table, or change the one there is."""
    wanted, table = record_columns(new), record_table(new.name)
    if old is None:
        columns = ", ".join(f"{name(column)} {kind}" for column, kind in wanted.items())
        connection.execute(f"CREATE TABLE {table} ({columns})")
        return
    had = record_columns(old)
    for column, kind in had.items():
        if wanted.get(column) != kind:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {name(column)}")
    for column, kind in wanted.items():
        if had.get(column) != kind:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name(column)} {kind}")
    if old.number != new.number:
        prefix = f"{literal(f'{new.number}-')} || id" if new.number else "id"
        connection.execute(f"UPDATE {table} SET number = {prefix}")


def _unusable_names(tables: Mapping[str, Table]) -> Iterator[str]:
    """Yield names that cannot be those of tables or columns."""
    for table in tables.values():
        if not _usable(table.name):
            yield f"`{table.name}` cannot be the name of a table"
        for field in table.fields:
            if not _usable(field) or field in SYSTEM_COLUMNS:
                yield f"`{table.name}.{field}` cannot be the name of a field"


def _usable(identifier: str) -> bool:
    """Whether it is `[a-z][a-z0-9_]{0,62}`."""
    letters = identifier.replace("_", "a")
    return (
        0 < len(identifier) <= _LONGEST_NAME
        and letters.isascii()
        and letters.isalnum()
        and letters.islower()
        and identifier[0].isalpha()
    )


def _refused(wrong: list[str]) -> Problem:
    words = f"`tables:` cannot be changed like this: {'; '.join(wrong)}"
    hint = "put it back as it was, or leave it and add a table or a field of another name"
    return Problem(Diagnostic("PR521", words, help=hint))
