"""Make the small database of views that readers open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from postroom_duckdb import segments
from postroom_duckdb.kinds import newest_rows
from postroom_duckdb.quote import literal, name, names
from postroom_duckdb.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom_duckdb.kinds import Kind
    from postroom_duckdb.segments import Manifest

DATABASE = "reader.duckdb"
SCRIPT = "reader.sql"
_ABOUT = """\
-- The views of reader.duckdb, with paths that begin in this folder: for a copy of it elsewhere.
--   cd published && duckdb -init reader.sql
"""


def make_reader(folder: Path, manifest: Manifest, kinds: Sequence[Kind]) -> str:
    """Put a reader in place that knows the manifest's segments; return what it was made from.

    The old one is replaced in one step: whoever has it open goes on reading what it names.
    """
    absolute = list(_statements(folder.resolve(), manifest, kinds))
    made_from = json.dumps(absolute)
    if made_from == manifest.reader and (folder / DATABASE).exists():
        return made_from
    _make_database(folder, absolute)
    _make_script(folder, _statements(Path(), manifest, kinds))
    return made_from


def _make_database(folder: Path, statements: Sequence[str]) -> None:
    import duckdb

    fresh = folder / f"{DATABASE}.new"
    fresh.unlink(missing_ok=True)
    with duckdb.connect(fresh, config={"threads": 1}) as connection:
        connection.begin()
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    segments.sync(fresh)
    fresh.replace(folder / DATABASE)


def _make_script(folder: Path, statements: Iterator[str]) -> None:
    fresh = folder / f"{SCRIPT}.new"
    fresh.write_text(_ABOUT + "".join(f"{each};\n" for each in statements), "utf-8")
    fresh.replace(folder / SCRIPT)


def _statements(folder: Path, manifest: Manifest, kinds: Sequence[Kind]) -> Iterator[str]:
    """Yield what makes the reader of segments that lie in the folder."""
    yield "CREATE SCHEMA segments"
    yield "CREATE SCHEMA records"
    for kind in kinds:
        listed = manifest.segments.get(kind.name, [])
        files = [str(segments.path_of(folder, each.name)) for each in listed]
        yield f"CREATE VIEW {_base(kind)} AS {_source(kind, files)}"
    for view in VIEWS:
        columns = ", ".join(name(column) for column, _, _ in view.columns)
        yield f"CREATE VIEW main.{name(view.name)} ({columns}) AS {view.sql}"
    for kind in kinds:
        if kind.newest_of:
            shown = [column for column in kind.columns if column != kind.number]
            yield f"CREATE VIEW {kind.source} AS {newest_rows(_base(kind), kind, shown)}"


def _base(kind: Kind) -> str:
    return f"segments.{name(kind.name)}"


def _source(kind: Kind, files: Sequence[str]) -> str:
    if not files:
        nothing = ", ".join(f"NULL::{kind_} AS {name(n)}" for n, kind_ in kind.columns.items())
        return f"SELECT {nothing} WHERE false"
    listed = ", ".join(map(literal, files))
    return f"SELECT {names(kind.columns)} FROM read_parquet([{listed}], union_by_name = true)"
