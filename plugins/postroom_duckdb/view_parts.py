"""Pieces of SQL that the views share: how a value is found in an entry."""

from __future__ import annotations

from postroom_duckdb.quote import literal


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
