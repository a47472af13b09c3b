"""Where the numbers stand: what was given out last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom_duckdb.quote import name
from postroom_duckdb.schema import COMMIT, record_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection


FLOOR = "floor "
"""What the names of numbers begin with, in `ledger.meta`, that nothing may be given out below."""


@dataclass(slots=True)
class State:
    """The largest number of each kind that is in the database."""

    entry: int = 0
    commit: int = 0
    communication: int = 0
    notice: int = 0
    action: int = 0
    records: dict[str, int] = field(default_factory=dict)
    """By table."""

    def copy(self) -> State:
        """Return one that can be changed while this one stands until the commit."""
        return replace(self, records=dict(self.records))


def load(connection: DuckDBPyConnection, tables: Iterable[str]) -> State:
    """Return where the numbers stand."""

    def largest(column: str, table: str) -> int:
        row = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
        return int(row[0]) if row else 0

    query = "SELECT name, value FROM ledger.meta WHERE starts_with(name, ?)"
    kept = connection.execute(query, [FLOOR]).fetchall()
    floors = {key.removeprefix(FLOOR): int(value) for key, value in kept}
    tables = [*tables]
    records = [record_table(table) for table in tables]
    stamped = [("commit_number", "ledger.communication"), ("commit_number", "ledger.note")]
    stamped += [("commit_number", "ledger.rule_file")]
    stamped += [(name(COMMIT), table) for table in records]
    return State(
        entry=largest("seq", "audit.entry"),
        commit=max(largest(column, table) for column, table in stamped),
        communication=max(
            largest("id", "ledger.communication"), floors.get("ledger.communication", 0)
        ),
        notice=largest("id", "ledger.outbox"),
        action=largest("id", "ledger.action"),
        records={
            table: max(largest("id", record_table(table)), floors.get(table, 0)) for table in tables
        },
    )
