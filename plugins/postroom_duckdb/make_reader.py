"""Make the small database of views that readers open."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from postroom_duckdb import segments
from postroom_duckdb.connect import connect
from postroom_duckdb.kinds import newest_rows
from postroom_duckdb.quote import literal, name, names
from postroom_duckdb.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom_duckdb.connect import Config
    from postroom_duckdb.kinds import Kind
    from postroom_duckdb.segments import Manifest

DATABASE = "reader.duckdb"
SCRIPT = "reader.sql"
SEGMENTS = "segments/"
_LARGE = 8_000_000
"""Bytes: a reader that has grown so large by being changed is made anew."""
_CONFIG: Config = {
    "storage_compatibility_version": "v1.0.0",  # auditors may have an older DuckDB than we do
    "threads": 1,
}
_ABOUT = """\
-- The views of reader.duckdb, with paths that begin in this folder: for a copy of it elsewhere.
--   cd published && duckdb -init reader.sql
"""


def make_reader(folder: Path, manifest: Manifest, kinds: Sequence[Kind]) -> str:
    """Put a reader in place that knows the manifest's segments; return what it was made from.

    The old one is replaced in one step: whoever has it open goes on reading what it names.
    """
    wanted = dict(_views(folder.resolve(), manifest, kinds))
    made_from = json.dumps(wanted)
    if made_from == manifest.reader and (folder / DATABASE).exists():
        return made_from
    _make_database(folder, wanted, json.loads(manifest.reader or "{}"))
    _make_script(folder, dict(_views(Path(), manifest, kinds)))
    return made_from


def was_made_in(folder: Path) -> bool:
    """Whether the reader's views name segments of this very folder."""
    reader = segments.load(folder).reader
    return json.dumps(f"{folder}/segments/")[1:-1] in reader or SEGMENTS not in reader


def script_for(folder: Path) -> str:
    """Return what makes the views of a folder that was copied or moved."""
    here = literal(f"{folder}/{SEGMENTS}")[:-1]
    return (folder / SCRIPT).read_text("utf-8").replace(f"'{SEGMENTS}", here)


def _make_database(folder: Path, wanted: Mapping[str, str], had: Mapping[str, str]) -> None:
    """Make the database anew, or from the one there is if it has the same views and is small.

    Making a view opens the segments behind it, so only those that differ are made.
    """
    import duckdb

    fresh, old = folder / f"{DATABASE}.new", folder / DATABASE
    if list(had) == list(wanted) and old.exists() and old.stat().st_size < _LARGE:
        shutil.copyfile(old, fresh)
        with suppress(duckdb.Error):  # somebody has damaged it
            _make_views(fresh, {view: sql for view, sql in wanted.items() if sql != had[view]})
            fresh.replace(old)
            return
    fresh.unlink(missing_ok=True)
    _make_views(fresh, wanted)
    fresh.replace(old)


def _make_views(database: Path, wanted: Mapping[str, str]) -> None:
    with connect(database, _CONFIG) as connection:
        connection.begin()
        for statement in _statements(wanted):
            connection.execute(statement)
        connection.commit()
    segments.sync(database)


def _make_script(folder: Path, wanted: Mapping[str, str]) -> None:
    fresh = folder / f"{SCRIPT}.new"
    fresh.write_text(_ABOUT + "".join(f"{each};\n" for each in _statements(wanted)), "utf-8")
    fresh.replace(folder / SCRIPT)


def _statements(views: Mapping[str, str]) -> Iterator[str]:
    for schema in ("segments", "records"):
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    for view, sql in views.items():
        yield f"CREATE OR REPLACE VIEW {view} AS {sql}"


def _views(folder: Path, manifest: Manifest, kinds: Sequence[Kind]) -> Iterator[tuple[str, str]]:
    """Yield the views of segments that lie in the folder, each after those that it stands on."""
    for kind in kinds:
        listed = manifest.segments.get(kind.name, [])
        yield (
            _base(kind),
            _source(kind, [str(segments.path_of(folder, each.name)) for each in listed]),
        )
    for view in VIEWS:
        yield f"main.{name(view.name)}", view.sql
    for kind in kinds:
        if kind.newest_of:
            shown = [column for column in kind.columns if column != kind.number]
            yield kind.source, newest_rows(_base(kind), kind, shown)


def _base(kind: Kind) -> str:
    return f"segments.{name(kind.name)}"


def _source(kind: Kind, files: Sequence[str]) -> str:
    if not files:
        nothing = ", ".join(f"NULL::{kind_} AS {name(n)}" for n, kind_ in kind.columns.items())
        return f"SELECT {nothing} WHERE false"
    listed = ", ".join(map(literal, files))
    return f"SELECT {names(kind.columns)} FROM read_parquet([{listed}], union_by_name = true)"
