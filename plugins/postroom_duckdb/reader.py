"""Read what was published, from any process, beside a running engine or without one."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from postroom.hooks.contracts import Rows
from postroom.model.batch import Kept, Stretch
from postroom.model.sealing import revealed
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_duckdb import pack
from postroom_duckdb.confine import check, refused
from postroom_duckdb.connect import connect
from postroom_duckdb.mail import ref
from postroom_duckdb.make_reader import DATABASE, script_for, was_made_in
from postroom_duckdb.pack import Spot
from postroom_duckdb.problems import first_line
from postroom_duckdb.quote import literal, name
from postroom_duckdb.values import aware, naive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.connect import Config

MOST_ROWS = 100_000
"""Rows of an answer; more are refused, for they would fill the memory."""
_AT_ONCE = 4_096
"""Entries that are in the memory at a time."""
_LAST = 2**63 - 1
_SECONDS = 60
_MEMORY = "1GB"


_SPOTS = (
    "SELECT id, pack, pack_offset, pack_length FROM segments.communication "
    "WHERE id IN (SELECT unnest(?)) AND pack > 0 AND id NOT IN "
    "(SELECT communication FROM segments.entry WHERE kind = 'raw_let_go')"
)
_BODIES = (
    "SELECT seq, body, map_keys(private), "
    "list_transform(map_values(private), lambda it: it.value) FROM segments.entry"
)
_DECIDED = """SELECT min(seq) AS first, count(*) FROM (
  SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM (
    SELECT seq FROM segments.entry WHERE kind = 'decision'
      AND recorded_at >= coalesce(?, '-infinity'::TIMESTAMP)
      AND (? = '' OR body ->> '$.account' = ?)
    ORDER BY seq DESC LIMIT ?))
GROUP BY (place - 1) // 1000 ORDER BY first"""
_CHANGES_READ = """kind IN ('record_created', 'record_updated') AND (
  body ->> '$.ref.table' IN (SELECT unnest(?))
  OR ((body ->> '$.ref.table') || ':' || (body ->> '$.ref.id')) IN (
    SELECT (it ->> '$.table') || ':' || (it ->> '$.id') FROM (
      SELECT unnest([body -> '$.facts.contact', body -> '$.facts.guest', body -> '$.facts.record']
        || coalesce(map_values(from_json(private['/facts/others'].value, '"MAP(VARCHAR, JSON)"')),
          [])) AS it
      FROM segments.entry WHERE kind = 'decision' AND seq > ? AND seq <= ?)
    WHERE it IS NOT NULL))"""


class Reader:
    """What a data folder has published. Opens it anew for each question, so it is always fresh."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Keep the data folder; no I/O. Each thread that a query takes costs some 40 MB."""
        self._folder = folder
        self._threads = threads

    def query(self, sql: str) -> Rows:
        """Answer a read-only query, confined. Raises Problem PR530."""
        import duckdb

        with self._open() as connection:
            try:
                check(connection, sql)
                answer = connection.execute(sql)
                columns = tuple(column[0] for column in answer.description or ())
                rows = answer.fetchmany(MOST_ROWS + 1)
            except duckdb.Error as error:
                raise refused(_words(error)) from None
        if len(rows) > MOST_ROWS:
            raise refused(f"the answer has more than {MOST_ROWS:,} rows: add a LIMIT")
        return Rows(columns, rows)

    def find(self, words: str) -> list[Kept]:
        """Return the communications meant by an id, a Message-ID, or the number of a record."""
        words = words.strip().removeprefix("<").removesuffix(">")
        with self._open() as connection:
            found = self._mail(connection, "message_id = ?", [words])
            if words.isascii() and words.isdecimal():
                found = found or self._mail(connection, "id = ?", [int(words)])
            for table in () if found else _record_tables(connection):
                about = f"SELECT id FROM records.{name(table)} WHERE number = ?"
                where = f"table_name = ? AND record IN ({about})"
                found += self._mail(connection, where, [table, words])
        return found

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if it is not kept, Problem PR522 if damaged."""
        raw = next(self.mail([communication]))
        if raw is None:
            raise KeyError(communication)
        return raw

    def mail(self, communications: Sequence[int]) -> Iterator[bytes | None]:
        """Yield raw messages in the order in which they are asked for, None for what is gone.

        Raises Problem PR522 if one is damaged.
        """
        with self._open() as connection:
            found = connection.execute(_SPOTS, [list(communications)]).fetchall()
        spots = {id_: Spot(*spot) for id_, *spot in found}
        for communication in communications:
            yield self._raw(spots.get(communication), communication)

    def _raw(self, spot: Spot | None, communication: int) -> bytes | None:
        if spot is None:
            return None
        try:
            return pack.read(self._folder / "packs", spot, communication)
        except pack.Gone:
            return None

    def entries(
        self, kinds: Sequence[str], after: int = 0, up_to: int | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield numbers and bodies of the audit entries of some kinds, in their order."""
        last = _LAST if up_to is None else up_to
        yield from self._paged("kind IN (SELECT unnest(?))", [list(kinds)], after, last)

    def decided(
        self, since: datetime | None = None, account: str = "", limit: int | None = None
    ) -> list[Stretch]:
        """Return where the decisions since then are, or the newest so many of them."""
        asked = [naive(since), account, account, _LAST if limit is None else limit]
        with self._open() as connection:
            found = connection.execute(_DECIDED, asked).fetchall()
            row = connection.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()
        ends = [*(first - 1 for first, _ in found[1:]), row[0] if row else 0]
        return [
            Stretch(first - 1, end, count)
            for (first, count), end in zip(found, ends, strict=bool(found))
        ]

    def history(
        self, after: int, up_to: int, tables: Sequence[str] = ()
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the record changes that tell what decisions in a range of entries read."""
        yield from self._paged(_CHANGES_READ, [list(tables), after, up_to], 0, up_to)

    def _paged(
        self, where: str, asked: list[Any], after: int, up_to: int
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        query = f"{_BODIES} WHERE {where} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        while True:
            with self._open() as connection:
                found = connection.execute(query, [*asked, after, up_to, _AT_ONCE]).fetchall()
            for seq, body, places, values in found:
                private = zip(places, map(json.loads, values), strict=True)
                yield seq, revealed(json.loads(body), private)
            if len(found) < _AT_ONCE:
                return
            after = found[-1][0]

    def rules(self, hash: str) -> Mapping[str, str]:  # noqa: A002 - the contract's word
        """Return name and text of the files of a rule set. Raises KeyError if it is not known."""
        query = "SELECT name, text FROM rule_files WHERE rules = ? ORDER BY name"
        with self._open() as connection:
            files = dict(connection.execute(query, [hash]).fetchall())
        if not files:
            raise KeyError(hash)
        return files

    def _mail(self, connection: DuckDBPyConnection, where: str, asked: list[Any]) -> list[Kept]:
        query = (
            "SELECT id, account, direction, message_id, sender, subject, received_at, outcome, "
            f"table_name, record FROM communications WHERE {where} ORDER BY id"
        )
        return [_kept(connection, row) for row in connection.execute(query, asked).fetchall()]

    @contextlib.contextmanager
    def _open(self) -> Iterator[DuckDBPyConnection]:
        """Have a connection that sees what is published and nothing else, and changes nothing."""
        published = (self._folder / "published").resolve()
        if not (published / DATABASE).exists():
            words = f"nothing has been published in `{self._folder}` yet"
            raise Problem(Diagnostic("PR530", words, help="postroom run"))
        with connect(":memory:", {**_CONFIG, "threads": self._threads}) as connection:
            _attach(connection, published)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET max_execution_time = {_SECONDS * 1000}")
            allowed = literal(f"{published / 'segments'}/")
            connection.execute(f"SET allowed_directories = [{allowed}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection


_CONFIG: Config = {
    "allow_community_extensions": False,
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": _MEMORY,
    "python_enable_replacements": False,
    "temp_directory": "",
}


def _attach(connection: DuckDBPyConnection, published: Path) -> None:
    """Make the views known: those in the reader's file, or in its script if the folder was moved.

    The views in the file name segments by their full paths.
    """
    if was_made_in(published):
        file = literal(str(published / DATABASE))
        connection.execute(f"ATTACH {file} AS reader (READ_ONLY)")
        connection.execute("USE reader")
    else:
        connection.execute(script_for(published))


def _record_tables(connection: DuckDBPyConnection) -> list[str]:
    query = "SELECT view_name FROM duckdb_views() WHERE schema_name = 'records' ORDER BY ALL"
    return [row[0] for row in connection.execute(query).fetchall()]


def _kept(connection: DuckDBPyConnection, row: tuple[Any, ...]) -> Kept:
    id_, account, direction, message_id, sender, subject, received_at, outcome, table, record = row
    query = "SELECT seq, body, private FROM entries WHERE communication = ? ORDER BY seq"
    return Kept(
        id=id_,
        account=account,
        direction=direction,
        message_id=message_id,
        sender=sender,
        subject=subject,
        received_at=aware(received_at),
        outcome=outcome,
        ref=ref(table, record),
        entries=tuple(
            (seq, revealed(json.loads(body), _values(private)))
            for seq, body, private in connection.execute(query, [id_]).fetchall()
        ),
    )


def _values(private: dict[str, dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(place, json.loads(kept["value"])) for place, kept in private.items()]


def _words(error: Exception) -> str:
    text = str(error)
    if "pytz" in text:
        return "times with a zone cannot be shown: cast them, as in `now()::TIMESTAMP`"
    if "INTERRUPT" in text:
        return f"the query took more than {_SECONDS} seconds"
    return first_line(text)
