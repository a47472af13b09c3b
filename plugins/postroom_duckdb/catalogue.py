"""What the record tables were declared as last, and the number that stands for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.model.plain import plain
from postroom.model.record import Field, Table
from postroom.model.sealing import canonical

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Known:
    """A table as it was declared last."""

    id: int
    """Stands for the table for ever, even after it is gone."""
    table: Table
    present: bool


def known_tables(connection: DuckDBPyConnection) -> dict[str, Known]:
    """Return every table there ever was, by name."""
    rows = connection.execute("SELECT name, id, declared, present FROM ledger.catalogue").fetchall()
    return {
        name: Known(id_, _table(name, declared), present) for name, id_, declared, present in rows
    }


def remember(connection: DuckDBPyConnection, known: Known) -> None:
    """Write down how a table is declared now."""
    table = known.table
    connection.execute("DELETE FROM ledger.catalogue WHERE name = ?", [table.name])
    connection.execute(
        "INSERT INTO ledger.catalogue VALUES (?, ?, ?, ?)",
        [table.name, known.id, _declared(table), known.present],
    )


def same(one: Table, other: Table) -> bool:
    """Whether two declarations say the same."""
    return _declared(one) == _declared(other)


def _declared(table: Table) -> str:
    fields = [
        {
            "name": field.name,
            "type": field.type,
            "of": field.of,
            "unique": field.unique,
            "min": _limit(field.min),
            "max": _limit(field.max),
            "values": field.values,
            "table": field.table,
        }
        for field in table.fields.values()
    ]
    return canonical(plain({"number": table.number, "fields": fields}))


def _limit(limit: int | Decimal | None) -> str | None:
    return None if limit is None else str(limit)


def _table(name: str, declared: str) -> Table:
    known = json.loads(declared)
    return Table(name, {each["name"]: _field(each) for each in known["fields"]}, known["number"])


def _field(known: dict[str, Any]) -> Field:
    limits = {key: known[key] and Decimal(known[key]) for key in ("min", "max")}
    return Field(**{**known, **limits, "values": tuple(known["values"])})
