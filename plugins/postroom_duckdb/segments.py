"""What is published: immutable Parquet files, and a list of those that count.

Each kind of row has its own segments. New rows become a new segment; when a kind has many small
ones of a size, they are merged into one of the next size, so that no row is written more than a few
times and no query opens more files than it must. Large ones stay as they are.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from postroom_duckdb.quote import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

FANOUT = 16
"""So many segments of one level are merged into one of the next."""
LARGEST = 96_000_000
"""Bytes that are merged at a time: more would keep new rows from being published for long."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file."""

    name: str
    level: int
    size: int
    """In bytes."""


@dataclass(slots=True)
class Manifest:
    """Which segments count, and how far the database was published."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)
    """By kind, oldest rows first."""
    marks: dict[str, int] = field(default_factory=dict)
    """By kind: up to which number everything is published."""
    shapes: dict[str, str] = field(default_factory=dict)
    """By kind: the columns that its segments were written with."""
    reader: str = ""
    """What the reader's file was made from."""

    def forget(self, kind: str) -> None:
        """Have nothing of a kind published."""
        for part in (self.segments, self.marks, self.shapes):
            part.pop(kind, None)


def load(folder: Path) -> Manifest:
    """Return what is published; nothing, if there is any doubt about it.

    Everything can be published anew, so a list that is damaged or names a file that is not whole
    is simply not believed.
    """
    try:
        manifest = _manifest(json.loads(_list_of(folder).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Manifest()
    return manifest if is_whole(folder, manifest) else Manifest()


def is_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether the list is there, and every file that it names, as long as it was."""
    listed = [segment for some in manifest.segments.values() for segment in some]
    try:
        sizes = [path_of(folder, segment.name).stat().st_size for segment in listed]
    except OSError:
        return False
    return sizes == [segment.size for segment in listed] and _list_of(folder).exists()


def _manifest(kept: dict[str, Any]) -> Manifest:
    segments = {k: [Segment(**each) for each in found] for k, found in kept["segments"].items()}
    return Manifest(segments, kept["marks"], kept["shapes"], kept["reader"])


def are_readable(connection: DuckDBPyConnection, folder: Path, listed: Iterable[Segment]) -> bool:
    """Whether every value in segments can be read. Raises duckdb.OutOfMemoryException."""
    import duckdb

    try:
        for each in listed:
            path = literal(str(path_of(folder, each.name)))
            connection.execute(f"SELECT max(hash(it)) FROM read_parquet({path}) AS it").fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False
    return True


def save(folder: Path, manifest: Manifest) -> None:
    """Write the list, in one step."""
    fresh = folder / "manifest.json.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(_list_of(folder))


def _list_of(folder: Path) -> Path:
    return folder / "manifest.json"


def path_of(folder: Path, name: str) -> Path:
    """Return the file of a segment."""
    return folder / "segments" / name


def next_number(folder: Path) -> int:
    """Return a number that no segment has had, as far as can be seen."""
    ends = (path.stem.rpartition("-")[2] for path in (folder / "segments").glob("*-*.parquet"))
    return 1 + max((int(end) for end in ends if end.isascii() and end.isdigit()), default=0)


def sync(path: Path) -> int:
    """Make a file durable; return its size."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        return os.fstat(file).st_size
    finally:
        os.close(file)
