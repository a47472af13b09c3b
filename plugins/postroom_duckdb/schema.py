"""The tables of the live database.

`audit` is the log, `ledger` what the engine works with, `records` what the rule files declare.
There are no indexes but on the cursors: rows are found by scans over narrow columns, which stay
fast, and appending stays fast and small. Texts that are looked up have a whole number beside them
(the first 15 hex digits of a SHA-256); scanning those is ten times as fast.

Columns that hold lists are kept to the records, where they are asked for: until the next
checkpoint, DuckDB writes a list column's recent content to its log again with every commit.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from postroom_duckdb.quote import name
from postroom_duckdb.values import TYPES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from postroom.model.record import Table

VERSION = "1"
MARK = "mark "
"""What the names of marks begin with, among the others of `ledger.meta`."""

_KEY_DIGITS = 15
"""Hex digits: 60 bits, so that the number fits a BIGINT."""

TABLES: dict[str, str] = {
    "audit.entry": "seq BIGINT, body VARCHAR USING COMPRESSION zstd, leaf BLOB",
    "audit.private": ("seq BIGINT, field VARCHAR, salt BLOB, value VARCHAR USING COMPRESSION zstd"),
    "ledger.communication": (
        "id BIGINT, account VARCHAR, direction VARCHAR, sha256 VARCHAR, sha256_key BIGINT, "
        "size BIGINT, pack INTEGER, pack_offset BIGINT, pack_length BIGINT, message_id VARCHAR, "
        "message_id_key BIGINT, refs VARCHAR, submission VARCHAR, submission_key BIGINT, "
        "sender VARCHAR, recipients VARCHAR, subject VARCHAR, received_at TIMESTAMP, "
        "decided_at TIMESTAMP, class VARCHAR, outcome VARCHAR, table_name VARCHAR, record BIGINT, "
        "sender_state VARCHAR, verified BOOLEAN, note VARCHAR, commit_number BIGINT"
    ),
    "ledger.note": "communication BIGINT, note VARCHAR, commit_number BIGINT",
    "ledger.received": (
        "account VARCHAR, mailbox VARCHAR, epoch VARCHAR, key VARCHAR, communication BIGINT"
    ),
    "ledger.cursor": (
        "account VARCHAR, mailbox VARCHAR, epoch VARCHAR, key VARCHAR, "
        "PRIMARY KEY (account, mailbox, epoch)"
    ),
    "ledger.outbox": (
        "id BIGINT, account VARCHAR, communication BIGINT, kind VARCHAR, template VARCHAR, "
        "recipients VARCHAR, table_name VARCHAR, record BIGINT, created_at TIMESTAMP, "
        "due_at TIMESTAMP, attempts INTEGER, state VARCHAR, detail VARCHAR, "
        "notice VARCHAR USING COMPRESSION zstd"
    ),
    "ledger.action": (
        "id BIGINT, account VARCHAR, mailbox VARCHAR, epoch VARCHAR, key VARCHAR, verb VARCHAR, "
        "target VARCHAR, due_at TIMESTAMP, sha256 VARCHAR, communication BIGINT, "
        "attempts INTEGER, state VARCHAR, detail VARCHAR"
    ),
    "ledger.rule_file": "hash VARCHAR, name VARCHAR, text VARCHAR, commit_number BIGINT",
    "ledger.catalogue": "name VARCHAR, id INTEGER, declared VARCHAR, present BOOLEAN",
    "ledger.meta": "name VARCHAR, value VARCHAR",
}
"""Our own tables and their columns."""

SYSTEM_COLUMNS: dict[str, str] = {
    "id": "BIGINT",
    "number": "VARCHAR",
    "revision": "INTEGER",
    "created_at": "TIMESTAMP",
    "updated_at": "TIMESTAMP",
}
"""What every record has besides the fields that are declared."""

COMMIT = "_commit"
"""Last column of every record: which commit wrote it. No field can be called so."""


def make(connection: DuckDBPyConnection) -> None:
    """Make our own tables in a new database."""
    for schema in ("audit", "ledger", "records"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({columns})")
    connection.execute("INSERT INTO ledger.meta VALUES ('schema', ?)", [VERSION])


def record_columns(table: Table) -> dict[str, str]:
    """Return the columns of a record table and their types, in order."""
    fields = {field.name: TYPES[field.type] for field in table.fields.values()}
    return {**SYSTEM_COLUMNS, **fields, COMMIT: "BIGINT"}


def record_table(table: str) -> str:
    """Return the full name of a record table."""
    return f"records.{name(table)}"


def key(text: str) -> int:
    """Return the number that stands beside a text that is looked up; 0 for no text."""
    if not text:
        return 0
    return int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:_KEY_DIGITS], 16)
