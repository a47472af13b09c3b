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

    Files are read and written by whoever asks for it: where a disk is full, whoever waits for
    DuckDB's own threads that write Parquet may wait for ever (2.0.0, seen on a busy machine).
    """
    import duckdb

    connection = duckdb.connect(database, config={"async_threads": 0, **(config or {})})
    connection.execute("SET enable_progress_bar = false")
    return connection
