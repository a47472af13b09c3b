"""Make the database anew from what was published, when it will not open.

What readers were given is nearly all there is: the log with every personal value, messages,
records, rule files. Places on servers, server actions and the counts of answers are taken from the
log. What was committed after the last publishing is not there: its mail lies in the packs, and is
put where people find it; from servers that still have it, it is fetched again.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Recovery
from postroom.hooks.entries import data_recovered
from postroom.model.sealing import leaf
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_duckdb import pack, recover_rows, schema, segments, write
from postroom_duckdb.catalogue import Known, remember
from postroom_duckdb.connect import connect
from postroom_duckdb.database import DATABASE
from postroom_duckdb.kinds import kinds
from postroom_duckdb.lock import Lock
from postroom_duckdb.migrate import migrate
from postroom_duckdb.problems import first_line, problem_of
from postroom_duckdb.state import FLOOR, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom.model.record import Table
    from postroom_duckdb.segments import Manifest

_AT_ONCE = 10_000
_BACKUP = "bring the folder back from a backup; without one, begin anew with another --data"


def recover(folder: Path, tables: Mapping[str, Table], now: datetime) -> Recovery:
    """Make a new database, and put the old one aside; nothing is deleted.

    Raises Problem PR520 if an engine has the data, PR560 if nothing usable was published, PR561 if
    nothing is wrong with the database, PR562 if the rules declare other tables than were published.
    """
    import duckdb

    lock = Lock(folder)
    lock.take()
    try:
        manifest = _published(folder, tables)
        if is_sound(folder, manifest):
            words = f"nothing is wrong with the data in `{folder}`"
            raise Problem(Diagnostic("PR561", words, help="postroom run"))
        fresh = folder / "recovered.duckdb"
        fresh.unlink(missing_ok=True)
        with connect(fresh) as connection:
            made = _rebuilt(connection, folder, manifest, tables, now)
            connection.execute("CHECKPOINT")
        aside = _put_aside(folder, now)
        fresh.replace(folder / DATABASE)
    except (duckdb.Error, OSError) as error:
        raise _why(error, folder) from error
    finally:
        lock.release()
    return replace(made, aside=aside)


def _why(error: Exception, folder: Path) -> Problem:
    """Return why nothing was made: mostly, for what was published cannot be read."""
    found = problem_of(error, folder)
    if found is not None and (isinstance(error, OSError) or found.diagnostic.code != "PR522"):
        return found
    words = f"what was published in `{folder}` cannot be read: {first_line(str(error))}"
    return Problem(Diagnostic("PR560", words, help=_BACKUP))


def is_sound(folder: Path, manifest: Manifest) -> bool:
    """Whether every row of the database can be read, and none is missing that was published."""
    import duckdb

    if not (folder / DATABASE).exists():
        return False
    try:
        with connect(folder / DATABASE) as connection:
            names = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
            ).fetchall()
            for schema_name, table in names:
                full = f'{schema_name}."{table}"'
                connection.execute(f"SELECT max(hash(it)) FROM {full} AS it").fetchall()
            newest = _largest(connection, "seq", "audit.entry")
    except duckdb.Error:
        return False
    return newest >= manifest.marks.get("entry", 0)


def _published(folder: Path, tables: Mapping[str, Table]) -> Manifest:
    """Return what was published. Raises Problem PR560, PR562."""
    manifest = segments.load(folder / "published")
    if not manifest.segments.get("entry"):
        words = f"nothing that was published in `{folder}` can be used"
        raise Problem(Diagnostic("PR560", words, help=_BACKUP))
    shapes = {kind.name: kind.shape for kind in kinds(tables)}
    other = sorted(
        name.removeprefix("record.")
        for name in manifest.shapes.keys() | shapes
        if manifest.shapes.get(name) != shapes.get(name)
    )
    if other:
        words = f"the rules declare other tables than were published: {', '.join(other)}"
        raise Problem(Diagnostic("PR562", words, help="recover with the rules that ran last"))
    return manifest


def _rebuilt(
    connection: DuckDBPyConnection,
    folder: Path,
    manifest: Manifest,
    tables: Mapping[str, Table],
    now: datetime,
) -> Recovery:
    """Fill a new database; return what is in it, and what is not."""
    connection.begin()
    schema.make(connection)
    published = recover_rows.Published(folder / "published", manifest)
    recover_rows.log(connection, published)
    _check_log(connection, folder)
    for name, number in recover_rows.table_ids(connection).items():
        if name in tables:
            remember(connection, Known(number, tables[name], present=False))
    migrate(connection, tables)
    recover_rows.rows(connection, published, kinds(tables))
    waiting = recover_rows.from_the_log(connection)
    left = _behind(connection, folder, tables)
    state = load(connection, tables)
    made = Recovery(
        entries=state.entry,
        messages=_largest(connection, "count(*)", "ledger.communication"),
        records=sum(_largest(connection, "count(*)", schema.record_table(each)) for each in tables),
        notices_given_up=waiting,
        mail=tuple(left),
        raw_let_go=_largest(connection, "count(*)", "ledger.communication WHERE pack IS NULL"),
    )
    entry = data_recovered(made, now)
    write.entries(connection, [entry], state)
    connection.commit()
    return made


def _check_log(connection: DuckDBPyConnection, folder: Path) -> None:
    """Raise Problem PR560 unless the log has no gap and every entry is what was hashed."""
    after = 0
    query = "SELECT seq, body, leaf FROM audit.entry WHERE seq > ? ORDER BY seq LIMIT ?"
    while rows := connection.execute(query, [after, _AT_ONCE]).fetchall():
        for seq, body, kept in rows:
            if seq != after + 1 or leaf(body) != kept:
                words = f"the published log in `{folder}` is not whole at entry {after + 1}"
                raise Problem(Diagnostic("PR560", words, help=_BACKUP))
            after = seq


def _behind(
    connection: DuckDBPyConnection, folder: Path, tables: Mapping[str, Table]
) -> Sequence[str]:
    """Put mail of the packs that no row speaks of where people find it; return the files.

    Its ids, and as many of every table, are never given out again: they may stand in letters.
    """
    last = _largest(connection, "id", "ledger.communication")
    found = [each for each in pack.scan(folder / "packs") if each[0] > last]
    where = folder / "recovered"
    files = []
    for communication, raw in found:
        where.mkdir(mode=0o700, exist_ok=True)
        path = where / f"{communication}.eml"
        path.write_bytes(raw)
        files.append(str(path))
    highest = max([last, *(communication for communication, _ in found)])
    floors = {"ledger.communication": highest}
    for name in tables:
        floors[name] = _largest(connection, "id", schema.record_table(name)) + len(found)
    for name, floor in floors.items():
        connection.execute("INSERT INTO ledger.meta VALUES (?, ?)", [f"{FLOOR}{name}", str(floor)])
    return files


def _put_aside(folder: Path, now: datetime) -> str:
    """Move the files of the old database into a folder of their own; return its name."""
    name = f"broken-{now:%Y%m%d-%H%M%S}"
    names = chain([name], (f"{name}-{more}" for more in count(2)))
    aside = next(path for path in (folder / each for each in names) if not path.exists())
    aside.mkdir(mode=0o700)
    for name in (DATABASE, f"{DATABASE}.wal", "attempts"):
        if (folder / name).exists():
            os.replace(folder / name, aside / name)  # noqa: PTH105 - Path.replace is the same
    return str(aside)


def _largest(connection: DuckDBPyConnection, what: str, table: str) -> int:
    query = f"SELECT coalesce(max(it), 0) FROM (SELECT {what} AS it FROM {table})"
    ((found,),) = connection.execute(query).fetchall()
    return int(found)
