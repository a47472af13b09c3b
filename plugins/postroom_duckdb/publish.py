"""Bring what readers are given up to date, while the engine goes on writing."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint
from postroom_duckdb import segments
from postroom_duckdb.kinds import kinds, newest_rows
from postroom_duckdb.make_reader import DATABASE, make_reader
from postroom_duckdb.problems import is_full
from postroom_duckdb.quote import literal, name
from postroom_duckdb.segments import FANOUT, LARGEST, Manifest, Segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom.model.record import Table
    from postroom_duckdb.kinds import Kind

_OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096"
_GRACE = 600.0
"""Seconds for which a merged file stays, for a reader may have begun with it."""


class Publisher:
    """Writes segments, merges them, and swaps in a reader that knows them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest: Manifest | None = None
        self._number = 0
        self._unlisted: dict[str, float] = {}

    def publish(self, connection: DuckDBPyConnection, tables: Mapping[str, Table]) -> None:
        """Publish what was committed since the last time. Only new rows are written.

        What somebody has removed or damaged is written anew. The connection is used by nobody else
        meanwhile. Raises duckdb.Error and OSError; what was published before stays as it was.
        """
        import duckdb

        try:
            self._publish(connection, tables)
        except (duckdb.FatalException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as error:
            if is_full(error) or not self._forget_damaged(connection):
                raise
            self._publish(connection, tables)

    def _publish(self, connection: DuckDBPyConnection, tables: Mapping[str, Table]) -> None:
        (self._folder / "segments").mkdir(parents=True, exist_ok=True)
        if self._manifest is None or not segments.is_whole(self._folder, self._manifest):
            self._manifest = segments.load(self._folder)
        self._number = max(self._number, segments.next_number(self._folder))
        manifest, wanted = self._manifest, [*kinds(tables)]
        self._forget_others(manifest, wanted)
        for kind, newest in self._at_one_moment(connection, manifest, wanted):
            self._export(connection, manifest, kind, newest)
        self._swap(manifest, wanted)
        for kind in wanted:  # which may take seconds: what is new can be read meanwhile
            self._merge(connection, manifest, kind)
        self._swap(manifest, wanted)
        self._remove_unlisted(manifest)

    def is_done(self) -> bool:
        """Whether nothing is left to do until something is written. Any thread may ask."""
        now, manifest = time.monotonic(), self._manifest
        ripe = any(now - since > _GRACE for since in [*self._unlisted.values()])
        has_reader = (self._folder / DATABASE).exists()
        is_whole = manifest is not None and segments.is_whole(self._folder, manifest)
        return not ripe and has_reader and is_whole

    def _forget_damaged(self, connection: DuckDBPyConnection) -> bool:
        """Forget segments that cannot be read; return whether there are any."""
        manifest = self._manifest or Manifest()
        damaged = [
            kind
            for kind, listed in manifest.segments.items()
            if not segments.are_readable(connection, self._folder, listed)
        ]
        for kind in damaged:
            manifest.forget(kind)
        return bool(damaged)

    def _forget_others(self, manifest: Manifest, wanted: Sequence[Kind]) -> None:
        """Forget segments of tables that are gone, or that were written in another shape."""
        shapes = {kind.name: kind.shape for kind in wanted}
        for kept in [*manifest.shapes]:
            if manifest.shapes[kept] != shapes.get(kept):
                manifest.forget(kept)
        manifest.shapes |= shapes

    def _at_one_moment(
        self, connection: DuckDBPyConnection, manifest: Manifest, wanted: Sequence[Kind]
    ) -> list[tuple[Kind, int]]:
        """Return how far each kind is to be published that is only ever added to; write the others.

        A transaction keeps the log from being worked in and the memory of what was committed from
        being freed, so the former are left for later: their rows stay as they are.
        """
        later: list[tuple[Kind, int]] = []
        connection.begin()
        try:
            for kind in wanted:
                newest = _largest(connection, kind)
                if kind.newest_of:
                    self._export(connection, manifest, kind, newest)
                else:
                    later.append((kind, newest))
        finally:
            with contextlib.suppress(Exception):
                connection.rollback()
        return later

    def _export(
        self, connection: DuckDBPyConnection, manifest: Manifest, kind: Kind, newest: int
    ) -> None:
        """Write the rows up to a number that are not published yet."""
        mark = manifest.marks.get(kind.name, 0)
        while mark < newest:
            up_to = newest if kind.at_once is None else min(newest, mark + kind.at_once)
            segment = self._write(connection, kind, kind.rows(mark, up_to), level=0)
            manifest.segments.setdefault(kind.name, []).append(segment)
            manifest.marks[kind.name] = mark = up_to

    def _swap(self, manifest: Manifest, wanted: Sequence[Kind]) -> None:
        """Give readers what the manifest lists, in one step, if they do not have it yet."""
        made_from = make_reader(self._folder, manifest, wanted)
        if made_from != manifest.reader:
            segments.save(self._folder, replace(manifest, reader=made_from))
            manifest.reader = made_from  # only now, or it would count as saved if that failed

    def _merge(self, connection: DuckDBPyConnection, manifest: Manifest, kind: Kind) -> None:
        """Merge the newest segments as long as enough of one level stand at the end of the list."""
        kept = manifest.segments.get(kind.name, [])
        while len(run := _newest(kept)) >= FANOUT:
            merged = self._write(connection, kind, self._merged(kind, run), run[0].level + 1)
            kept[-len(run) :] = [merged]

    def _merged(self, kind: Kind, run: Sequence[Segment]) -> str:
        files = ", ".join(literal(str(segments.path_of(self._folder, each.name))) for each in run)
        source = f"read_parquet([{files}], union_by_name = true)"
        return newest_rows(source, kind, kind.columns)

    def _write(self, connection: DuckDBPyConnection, kind: Kind, query: str, level: int) -> Segment:
        file = f"{kind.name}-{self._number:08}.parquet"
        self._number += 1
        path = segments.path_of(self._folder, file)
        connection.execute(f"COPY ({query}) TO {literal(str(path))} ({_OPTIONS})")
        failpoint("segment-half-written")
        return Segment(file, level, segments.sync(path))

    def _remove_unlisted(self, manifest: Manifest) -> None:
        listed = {each.name for some in manifest.segments.values() for each in some}
        now = time.monotonic()
        for path in (self._folder / "segments").glob("*.parquet"):
            if path.name in listed:
                continue
            since = self._unlisted.setdefault(path.name, now)
            if now - since > _GRACE:
                path.unlink()
                del self._unlisted[path.name]


def _largest(connection: DuckDBPyConnection, kind: Kind) -> int:
    query = f"SELECT coalesce(max({name(kind.number)}), 0) FROM {kind.source}"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _newest(kept: Sequence[Segment]) -> Sequence[Segment]:
    """Return the segments at the end of the list that are of one level and not too large to merge.

    What stands before them is large, or was merged more often.
    """
    size, count = 0, 0
    for segment in reversed(kept):
        size += segment.size
        if segment.level != kept[-1].level or size > LARGEST:
            break
        count += 1
    return kept[len(kept) - count :]
