"""The one way in which we open databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    Config = Mapping[str, str | bool | int | float | list[str]]


def connect(database: Path | str, config: Config | None = None) -> DuckDBPyConnection:
    """Return a connection. Raises duckdb.Error.

    Standard output is for what commands say, and may be read by a program: where Python was started
    without a file (`python -c`, a notebook), DuckDB would show the progress of long queries there.
    """
    import duckdb

    connection = duckdb.connect(database, config=dict(config or {}))
    connection.execute("SET enable_progress_bar = false")
    return connection
