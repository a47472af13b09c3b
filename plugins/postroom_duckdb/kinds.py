"""The kinds of rows that are published, and how they are taken from the live database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom_duckdb.quote import name, names
from postroom_duckdb.schema import COMMIT, record_columns, record_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postroom.model.record import Table

ENTRIES_AT_ONCE = 4_096
"""Entries of one segment, so that memory stays flat when much is published at once."""

_PRIVATE = 'MAP(VARCHAR, STRUCT(salt BLOB, "value" VARCHAR))'
_HEAD = "['$.kind', '$.recorded_at', '$.communication']"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rows."""

    name: str
    columns: Mapping[str, str]
    """Names and types, as they are published."""
    source: str
    """The table that the rows are taken from."""
    number: str
    """The column that grows with each commit."""
    at_once: int | None = None
    """How many numbers make a segment at most; None: whatever there is."""
    newest_of: str = ""
    """Of rows with the same value in this column only the newest counts; "" if all do."""
    stamp: str = ""
    """What makes rows published earlier out of date, besides their columns."""

    @property
    def shape(self) -> str:
        """Return what segments must have been written with to be kept."""
        return f"{', '.join(f'{name(n)} {t}' for n, t in self.columns.items())} {self.stamp}"

    def rows(self, after: int, up_to: int) -> str:
        """Return the query for the rows with a number in a range."""
        range_ = f"{name(self.number)} > {after} AND {name(self.number)} <= {up_to}"
        if self.name == "entry":
            return _entries(range_)
        return f"SELECT {names(self.columns)} FROM {self.source} WHERE {range_}"


def _entries(range_: str) -> str:
    """Return entries with what is asked for most beside the body, and their personal values."""
    return f"""SELECT seq, head[1] AS kind, try_cast(head[2] AS TIMESTAMP) AS recorded_at,
  head[3]::BIGINT AS communication, body, leaf,
  coalesce(private, MAP {{}}::{_PRIVATE}) AS private
FROM (SELECT *, json_extract_string(body, {_HEAD}) AS head FROM audit.entry WHERE {range_})
LEFT JOIN (
  SELECT seq, map(list(field), list({{'salt': salt, 'value': value}})) AS private
  FROM audit.private WHERE {range_} GROUP BY seq
) USING (seq)"""


ENTRY = Kind(
    name="entry",
    columns={
        "seq": "BIGINT",
        "kind": "VARCHAR",
        "recorded_at": "TIMESTAMP",
        "communication": "BIGINT",
        "body": "VARCHAR",
        "leaf": "BLOB",
        "private": _PRIVATE,
    },
    source="audit.entry",
    number="seq",
    at_once=ENTRIES_AT_ONCE,
)
COMMUNICATION = Kind(
    name="communication",
    columns={
        "id": "BIGINT",
        "account": "VARCHAR",
        "direction": "VARCHAR",
        "sha256": "VARCHAR",
        "size": "BIGINT",
        "pack": "INTEGER",
        "pack_offset": "BIGINT",
        "pack_length": "BIGINT",
        "message_id": "VARCHAR",
        "refs": "VARCHAR",
        "submission": "VARCHAR",
        "sender": "VARCHAR",
        "recipients": "VARCHAR",
        "subject": "VARCHAR",
        "received_at": "TIMESTAMP",
        "decided_at": "TIMESTAMP",
        "class": "VARCHAR",
        "outcome": "VARCHAR",
        "table_name": "VARCHAR",
        "record": "BIGINT",
        "sender_state": "VARCHAR",
        "verified": "BOOLEAN",
        "commit_number": "BIGINT",
    },
    source="ledger.communication",
    number="commit_number",
)
NOTE = Kind(
    name="note",
    columns={"communication": "BIGINT", "note": "VARCHAR", "commit_number": "BIGINT"},
    source="ledger.note",
    number="commit_number",
)
RULE_FILE = Kind(
    name="rule_file",
    columns={"hash": "VARCHAR", "name": "VARCHAR", "text": "VARCHAR", "commit_number": "BIGINT"},
    source="ledger.rule_file",
    number="commit_number",
)


def kinds(tables: Mapping[str, Table]) -> Iterator[Kind]:
    """Yield everything that is published."""
    yield from (ENTRY, COMMUNICATION, NOTE, RULE_FILE)
    for table in tables.values():
        yield Kind(
            name=f"record.{table.name}",
            columns=record_columns(table),
            source=record_table(table.name),
            number=COMMIT,
            newest_of="id",
            stamp=table.number,
        )


def newest_rows(source: str, kind: Kind, columns: Iterable[str]) -> str:
    """Return the query for those rows of a source that count: of a record, the newest."""
    wanted = names(columns)
    if not kind.newest_of:
        return f"SELECT {wanted} FROM {source}"
    key, number = name(kind.newest_of), name(kind.number)
    return (
        f"SELECT {wanted} FROM {source} SEMI JOIN "
        f"(SELECT {key}, max({number}) AS {number} FROM {source} GROUP BY {key}) "
        f"USING ({key}, {number})"
    )
