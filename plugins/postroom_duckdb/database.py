"""The connection to the live database, which one thread uses at a time."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, TypeVar

from postroom_duckdb.connect import connect
from postroom_duckdb.problems import damaged, first_line, problem_of, removed
from postroom_duckdb.quote import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.settings import DuckdbSettings

R = TypeVar("R")
DATABASE = "postroom.duckdb"
PLENTY = 2_000_000_000
"""Bytes that the database may use once it has said that it needs more than it was given.

It reads texts 2,048 at a time, so a few very long ones in a row are enough for that.
"""
_log = logging.getLogger(__name__)


class Database:
    """Opens, closes and mends the connection, and turns what goes wrong into Problems."""

    def __init__(
        self,
        folder: Path,
        published: Path,
        settings: DuckdbSettings,
        opened: Callable[[DuckDBPyConnection], None],
    ) -> None:
        """Keep what is needed to open it.

        published is the one folder it may write to besides its own; opened is told each time that
        the file was opened, for what is remembered about its content may be outdated.
        """
        self._folder = folder
        self._published = published
        self._settings = settings
        self._opened = opened
        self._memory: int = settings.memory_limit
        self._connection: DuckDBPyConnection | None = None
        self._using = threading.RLock()
        self._aside = threading.RLock()
        self._broken = False
        self._inode = 0
        self.writes = 0
        """Grows whenever something may have been written: what was read before may be outdated."""

    def open(self) -> None:
        """Open the file. Raises Problem PR520, PR522 or PR523."""
        import duckdb

        try:
            if not (self._folder / DATABASE).exists():
                self._make()
            self._connection = self._connect()
            self._inode = (self._folder / DATABASE).stat().st_ino
            self._broken = False
            self.writes += 1
            self._opened(self._connection)
        except (duckdb.Error, OSError) as error:
            problem = problem_of(error, self._folder) or damaged(self._folder, str(error))
            raise problem from error

    def close(self) -> None:
        """Close the file, however broken it is; may be called twice."""
        import duckdb

        with self._aside, self._using:
            if self._connection is not None:
                with contextlib.suppress(duckdb.Error):
                    self._connection.close()
            self._connection = None

    def read(self, work: Callable[[DuckDBPyConnection], R]) -> R:
        """Do work that may be done twice with the connection. Raises Problem PR522 or PR523."""
        self.mend()
        with self._using, self._told():
            return self._with_memory(self._live(), work)

    def write(self, work: Callable[[DuckDBPyConnection], R]) -> R:
        """Do work in a transaction that is committed at the end, or not at all.

        Raises Problem PR522 if somebody has removed the file meanwhile: what is written to it then
        ends with this process.
        """
        self.be_there()
        try:
            return self.read(lambda connection: _all_or_nothing(connection, work))
        finally:
            with self._using:  # also after an error: it may have come after the commit
                self.writes += 1

    def aside(self, work: Callable[[DuckDBPyConnection], R]) -> R:
        """Do long work with a second connection, while the first one goes on writing."""
        self.mend()
        with self._aside:
            with self._using:
                connection = self._live().cursor()
            try:
                with self._told():
                    return self._with_memory(connection, work)
            finally:
                connection.close()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all others from working with the database meanwhile."""
        with self._aside, self._using:
            yield

    def mend(self) -> None:
        """Open the file again if an error has made the connection useless. Raises Problem PR522."""
        if not self._broken:
            return
        with self._aside, self._using:
            if self._broken:
                self.be_there()
                self._memory = max(self._memory, PLENTY)  # it may have been for want of it
                self.close()
                self.open()

    def be_there(self) -> None:
        """Raise Problem PR522 if somebody has removed or replaced the open file."""
        try:
            inode = (self._folder / DATABASE).stat().st_ino
        except OSError:
            inode = 0
        if inode != self._inode:
            raise removed(self._folder, DATABASE)

    def _make(self) -> None:
        """Make an empty file beside its place, or one on a full disk would be there by half."""
        fresh = self._folder / f"{DATABASE}.new"
        for left_over in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            left_over.unlink(missing_ok=True)
        with connect(fresh) as connection:
            connection.execute("CHECKPOINT")
        fresh.replace(self._folder / DATABASE)

    def _live(self) -> DuckDBPyConnection:
        if self._connection is None:
            raise ValueError("the store is not open")
        return self._connection

    def _with_memory(
        self, connection: DuckDBPyConnection, work: Callable[[DuckDBPyConnection], R]
    ) -> R:
        """Do work; if it needs more memory than there is, give it more and do it again."""
        import duckdb

        try:
            return work(connection)
        except duckdb.OutOfMemoryException as error:
            if self._memory >= PLENTY:
                raise
            _log.warning("the database needs more memory and gets it: %s", first_line(str(error)))
            self._memory = PLENTY
            connection.execute(f"SET memory_limit = '{PLENTY}B'")
        return work(connection)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors into Problems; remember those after which the file must be opened again."""
        import duckdb

        try:
            yield
        except (duckdb.Error, OSError) as error:
            self._broken = self._broken or isinstance(error, duckdb.FatalException)
            problem = problem_of(error, self._folder)
            if problem is None:
                raise
            raise problem from error

    def _connect(self) -> DuckDBPyConnection:
        """Return a connection that sees its own file and what it publishes, and nothing else."""
        connection = connect(
            self._folder / DATABASE,
            {
                "memory_limit": f"{self._memory}B",
                "threads": self._settings.threads,
                "wal_autocheckpoint": f"{self._settings.checkpoint_at}B",
                "temp_directory": str(self._folder / "temporary"),
            },
        )
        connection.execute(f"SET allowed_directories = [{literal(f'{self._published}/')}]")
        connection.execute("SET enable_external_access = false")
        return connection


def _all_or_nothing(connection: DuckDBPyConnection, work: Callable[[DuckDBPyConnection], R]) -> R:
    import duckdb

    connection.begin()
    try:
        result = work(connection)
        connection.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # a failed commit has rolled back already
            connection.rollback()
        raise
    return result
