"""Which queries `postroom sql` answers: those that only look.

The connection that runs them has no access to files but the published ones, no extensions, and its
settings are locked. That is not enough: within an allowed folder DuckDB also writes, and
`WITH x AS (COPY ... TO ...) SELECT` counts as a SELECT. So each query is parsed first, and every
node and every table function in it must be one of those that are known to look and nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_LOOKS = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE")
_TABLE_FUNCTIONS = (
    "unnest", "range", "generate_series", "duckdb_columns", "duckdb_functions", "duckdb_keywords",
    "duckdb_tables", "duckdb_types", "duckdb_views",
)  # fmt: skip
_HINT = 'write a SELECT: `postroom sql "SHOW TABLES"` lists what there is'


def check(connection: DuckDBPyConnection, sql: str) -> None:
    """Raise Problem PR530 unless the text is one query that only looks.

    The connection parses the text; it runs nothing of it.
    """
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    parsed = json.loads(row[0]) if row else {}
    if parsed.get("error"):
        raise refused(_mistake(parsed))
    statements = parsed["statements"]
    if len(statements) != 1:
        raise refused(f"one query at a time is answered, and these are {len(statements)}")
    for node in _nodes(statements[0]):
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in _LOOKS:
            word = kind.removesuffix("_NODE").removesuffix("_QUERY").lower()
            raise refused(f"the query would {word}, and only looking is allowed")
        if kind == "TABLE_FUNCTION":
            called = str(node["function"].get("function_name", "")).lower()
            if called not in _TABLE_FUNCTIONS:
                raise refused(f"the table function `{called}` is not allowed")


def refused(words: str) -> Problem:
    """Return the problem that a query is not answered."""
    return Problem(Diagnostic("PR530", words, help=_HINT))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - it is JSON
    """Yield every object in the tree."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            yield node
            left += node.values()
        elif isinstance(node, list):
            left += node


def _mistake(parsed: dict[str, Any]) -> str:
    if parsed.get("error_type") == "parser":
        return str(parsed.get("error_message", "")).splitlines()[0]
    return "only a SELECT is answered"
