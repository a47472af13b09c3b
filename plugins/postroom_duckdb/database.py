"""The connection to the live database, which one thread uses at a time."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from postroom_duckdb.problems import problem_of
from postroom_duckdb.quote import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.settings import DuckdbSettings


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
        self._connection: DuckDBPyConnection | None = None
        self._using = threading.RLock()
        self._aside = threading.RLock()
        self._broken = False

    def open(self) -> None:
        """Open the file. Raises Problem PR520, PR522 or PR523."""
        with self._told():
            self._connection = self._connect()
            self._broken = False
            self._opened(self._connection)

    def close(self) -> None:
        """Close the file, however broken it is; may be called twice."""
        import duckdb

        with self._aside, self._using:
            if self._connection is not None:
                with contextlib.suppress(duckdb.Error):
                    self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def use(self) -> Iterator[DuckDBPyConnection]:
        """Have the connection for oneself. Raises Problem PR522 or PR523."""
        self.mend()
        with self._using, self._told():
            yield self._live()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[DuckDBPyConnection]:
        """Have the connection in a transaction that is committed at the end, or not at all."""
        import duckdb

        with self.use() as connection:
            connection.begin()
            try:
                yield connection
                connection.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # a failed commit has rolled back already
                    connection.rollback()
                raise

    @contextlib.contextmanager
    def aside(self) -> Iterator[DuckDBPyConnection]:
        """Have a second connection for long reading, while the first one goes on writing."""
        self.mend()
        with self._aside:
            with self._using:
                connection = self._live().cursor()
            try:
                with self._told():
                    yield connection
            finally:
                connection.close()

    def mend(self) -> None:
        """Open the file again if an error has made the connection useless."""
        if not self._broken:
            return
        with self._aside, self._using:
            if self._broken:
                self.close()
                self.open()

    def _live(self) -> DuckDBPyConnection:
        if self._connection is None:
            raise ValueError("the store is not open")
        return self._connection

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
        import duckdb

        path = self._folder / "postroom.duckdb"
        connection = duckdb.connect(
            path,
            config={
                "memory_limit": f"{self._settings.memory_limit}B",
                "threads": self._settings.threads,
                "wal_autocheckpoint": f"{self._settings.checkpoint_at}B",
                "temp_directory": str(self._folder / "temporary"),
            },
        )
        connection.execute(f"SET allowed_directories = [{literal(f'{self._published}/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection
