"""Answers that hold until something is written.

Only this process writes to the database, so it knows when that was: an engine to which nothing
comes in asks the database nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.database import Database

R = TypeVar("R")


class Remembered(Generic[R]):
    """What the database answers to one question. Any thread may ask."""

    def __init__(self, database: Database, ask: Callable[[DuckDBPyConnection], R]) -> None:
        """Keep the question; no I/O."""
        self._database = database
        self._ask = ask
        self._known: tuple[int, R] | None = None

    def answer(self) -> R:
        """Return the answer, found anew if anything was written. Raises Problem PR522 or PR523."""
        writes = self._database.writes  # before asking: what is written meanwhile comes after it
        known = self._known
        if known is None or known[0] != writes:
            known = self._known = writes, self._database.read(self._ask)
        return known[1]
