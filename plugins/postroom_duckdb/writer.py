"""One commit after the other, and the numbers that rows get."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Problem
from postroom_duckdb.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.database import Database


class Writer:
    """The one through which all is written. Any thread may call."""

    def __init__(self, database: Database) -> None:
        self.alone = threading.RLock()
        """Held by whoever looks something up that must hold until it is written."""
        self.state = State()
        """Where the numbers stand. It is found out anew each time that the file is opened."""
        self._database = database
        self._reserved = 0

    def commit(self, work: Callable[[DuckDBPyConnection, State], object]) -> None:
        """Do work in a transaction. The numbers move on when it is durable, and only then.

        Raises Problem PR52x, and what the work raises.
        """
        with self.alone:
            before = now = self.state

            def attempt(connection: DuckDBPyConnection) -> None:
                nonlocal now
                now = before.copy()
                now.commit += 1
                work(connection, now)

            try:
                self._database.write(attempt)
            except Problem:
                self._database.mend()
                if not before.entry < now.entry == self.state.entry:
                    raise
                # It was durable when what followed failed: the log was being worked in.
            else:
                self.state = now

    def reserve(self, count: int) -> int:
        """Keep so many ids of communications free; return the first."""
        first = max(self._reserved, self.state.communication) + 1
        self._reserved = first + count - 1
        return first
