"""What a view is, and the columns and pieces of SQL that several views share."""

from __future__ import annotations

from dataclasses import dataclass

from postroom_duckdb.quote import literal

Column = tuple[str, str, str]
"""Name, type, and what it says."""


@dataclass(frozen=True, slots=True)
class View:
    """A view: what it shows, its columns, and the query behind it."""

    name: str
    help: str
    columns: tuple[Column, ...]
    sql: str


SEQ: Column = ("seq", "BIGINT", "Number of the audit entry")
WHEN: Column = ("recorded_at", "TIMESTAMP", "When, in UTC")
ACCOUNT: Column = ("account", "VARCHAR", "The account of the rule files")
MAIL: Column = ("communication", "BIGINT", "The message it is about")
STATE: Column = (
    "sender_state",
    "VARCHAR",
    "How sure the sender is: `aligned`, `arc`, `known` or `unknown`",
)
TABLE: Column = ("table_name", "VARCHAR", "The table of the record")
RECORD: Column = ("record", "BIGINT", "The id of the record")
RULE: Column = ("rule", "VARCHAR", "The id of the rule")
HEAD = "seq, recorded_at, body ->> '$.account' AS account, communication"


def some(view: View, name: str, help_: str, columns: str, where: str) -> View:
    """Return a view of some rows and columns of another one."""
    wanted = columns.split()
    known = {column[0]: column for column in view.columns}
    sql = f"SELECT {', '.join(wanted)} FROM {view.name} WHERE {where}"
    return View(name, help_, tuple(known[column] for column in wanted), sql)


def text(path: str) -> str:
    """Return what stands at a JSON path of the body, as text."""
    return f"body ->> {literal(path)}"


def said(pointer: str) -> str:
    """Return the personal value at a place (RFC 6901) of the body, as text."""
    return f"private[{literal(pointer)}].value ->> '$'"


def said_list(pointer: str) -> str:
    """Return the personal value at a place of the body, a list of texts."""
    return f"""coalesce(from_json(private[{literal(pointer)}].value, '["VARCHAR"]'), [])"""


def at(pointer: str) -> str:
    """Return the value at the place that an SQL expression names, as JSON; NULL if it was erased.

    Where an object stands in the body, it is a commitment, and the value lies beside the entry.
    """
    return (
        f"CASE WHEN json_type(body, {pointer}) = 'OBJECT' THEN private[{pointer}].value "
        f"ELSE json_extract(body, {pointer})::VARCHAR END"
    )


def step(name: str) -> str:
    """Return an SQL expression as one step of a pointer (RFC 6901 3)."""
    return f"replace(replace({name}, '~', '~0'), '/', '~1')"
