"""The rows of a database that is made anew: from segments, and from what the log says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom_duckdb.kinds import newest_rows
from postroom_duckdb.quote import literal, names
from postroom_duckdb.raw_retention import FORGET, MAKE
from postroom_duckdb.segments import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.kinds import Kind
    from postroom_duckdb.segments import Manifest

_PLACE = "{0} ->> '$.mailbox', {0} ->> '$.epoch', {0} ->> '$.key'"
_TIME = "(body ->> '$.recorded_at')::TIMESTAMP"
_KEY = "coalesce(('0x' || substr(sha256(nullif({0}, '')), 1, 15))::BIGINT, 0)"
_SETTLED = (
    "'server_kept', 'server_flagged', 'server_moved', 'server_deleted', 'server_action_failed'"
)
_FINISHED = "'notice_sent', 'notice_refused', 'notice_unknown'"


@dataclass(frozen=True, slots=True)
class Published:
    """What readers were given."""

    folder: Path
    manifest: Manifest

    def source(self, kind: str) -> str:
        """Return the rows of a kind as a table; "" if there are none."""
        listed = self.manifest.segments.get(kind, [])
        files = ", ".join(literal(str(path_of(self.folder, each.name))) for each in listed)
        return f"read_parquet([{files}], union_by_name = true)" if files else ""


def log(connection: DuckDBPyConnection, published: Published) -> None:
    """Write the entries as they were, with their personal values."""
    source = published.source("entry")
    connection.execute(f"INSERT INTO audit.entry SELECT seq, body, leaf FROM {source} ORDER BY seq")
    connection.execute(
        "INSERT INTO audit.private SELECT seq, it.key, it.value.salt, it.value.value FROM "
        f"(SELECT seq, unnest(map_entries(private)) AS it FROM {source}) ORDER BY seq"
    )


def table_ids(connection: DuckDBPyConnection) -> dict[str, int]:
    """Return the number of each table that the log speaks of."""
    query = (
        "SELECT body -> '$.tables' FROM audit.entry WHERE (body ->> '$.kind') = 'rules_activated'"
    )
    found: dict[str, int] = {}
    for (tables,) in connection.execute(f"{query} ORDER BY seq").fetchall():
        found |= json.loads(tables or "{}")
    return found


def rows(connection: DuckDBPyConnection, published: Published, wanted: Iterable[Kind]) -> None:
    """Write messages, notes, rule files and records as they were."""
    for kind in wanted:
        source = published.source(kind.name)
        if not source or kind.name == "entry":
            continue
        rows = newest_rows(source, kind, kind.columns)
        columns = names(kind.columns)
        if kind.name == "communication":
            keys = ", ".join(map(_KEY.format, ("sha256", "message_id", "submission")))
            columns += ", sha256_key, message_id_key, submission_key, note"
            rows = f"SELECT *, {keys}, '' FROM ({rows}) ORDER BY id"
        connection.execute(f"INSERT INTO {kind.source} ({columns}) {rows}")


def from_the_log(connection: DuckDBPyConnection) -> int:
    """Write places, server actions and notices; return how many notices can no longer be sent.

    Their text is not in the log. They are noted as `unknown`, so that nothing goes out twice.
    """
    connection.execute(
        "CREATE TEMP VIEW log AS SELECT seq, body, (body ->> '$.kind') AS kind FROM audit.entry"
    )
    _places(connection)
    _actions(connection)
    _raw_let_go(connection)
    return _notices(connection)


def _places(connection: DuckDBPyConnection) -> None:
    of_decisions = _PLACE.format("(body -> '$.message.place')")
    of_links = _PLACE.format("(body -> '$.place')")
    connection.execute(
        f"""INSERT INTO ledger.received
SELECT body ->> '$.account', {of_decisions},
  coalesce((body ->> '$.repeats')::BIGINT, (body ->> '$.communication')::BIGINT)
FROM log WHERE kind = 'decision' AND (body -> '$.message.place') IS NOT NULL
UNION ALL
SELECT body ->> '$.account', {of_links}, (body ->> '$.communication')::BIGINT
FROM log WHERE kind = 'message_linked'"""
    )


def _raw_let_go(connection: DuckDBPyConnection) -> None:
    """Note what is no longer kept, so that it is overwritten again if that was not finished."""
    found = (
        "FROM ledger.communication WHERE pack > 0 AND id IN "
        "(SELECT (body ->> '$.communication')::BIGINT FROM log WHERE kind = 'raw_let_go')"
    )
    if connection.execute(f"SELECT count(*) {found}").fetchall() == [(0,)]:
        return
    connection.execute(MAKE)
    connection.execute(
        f"INSERT INTO ledger.letting_go SELECT id, pack, pack_offset, pack_length {found}"
    )
    connection.execute(FORGET)


def _actions(connection: DuckDBPyConnection) -> None:
    """Write what was to be done and is not: where the message lay last."""
    connection.execute(
        f"""INSERT INTO ledger.action
WITH planned AS (
  SELECT seq, body, unnest(from_json(body -> '$.effects.server',
    '[{{"verb": "VARCHAR", "target": "VARCHAR", "delay": "VARCHAR"}}]')) AS act
  FROM log WHERE kind = 'decision'
), settled AS (
  SELECT (body ->> '$.communication')::BIGINT AS communication, body ->> '$.verb' AS verb
  FROM log WHERE kind IN ({_SETTLED}) AND (body ->> '$.final')::BOOLEAN
), lies AS (
  SELECT communication, last(mailbox) AS mailbox, last(epoch) AS epoch, last(key) AS key
  FROM ledger.received GROUP BY communication
)
SELECT row_number() OVER (ORDER BY seq), body ->> '$.account', lies.mailbox, lies.epoch, lies.key,
  act.verb, coalesce(act.target, ''), {_TIME} + to_seconds(coalesce(act.delay, '0')::DOUBLE),
  body ->> '$.message.sha256', lies.communication, 0, 'due', ''
FROM planned JOIN lies ON lies.communication = (body ->> '$.communication')::BIGINT
WHERE act.verb <> 'keep' AND NOT EXISTS (SELECT 1 FROM settled
  WHERE settled.communication = lies.communication AND settled.verb = act.verb)"""
    )


def _notices(connection: DuckDBPyConnection) -> int:
    connection.execute(
        f"""INSERT INTO ledger.outbox
WITH done AS (SELECT DISTINCT body ->> '$.key' AS key FROM log WHERE kind IN ({_FINISHED}))
SELECT row_number() OVER (ORDER BY log.seq), body ->> '$.account',
  (body ->> '$.communication')::BIGINT, body ->> '$.notice', coalesce(body ->> '$.template', ''),
  lower(coalesce(array_to_string(from_json(private.value, '["VARCHAR"]'), chr(10)), '')),
  body ->> '$.ref.table', (body ->> '$.ref.id')::BIGINT, {_TIME}, {_TIME}, 0,
  CASE WHEN done.key IS NULL THEN 'unknown' ELSE 'sent' END, '', '{{}}'
FROM log LEFT JOIN done ON done.key = (body ->> '$.key')
LEFT JOIN audit.private ON private.seq = log.seq AND private.field = '/to'
WHERE kind = 'notice_queued'"""
    )
    query = "SELECT count(*) FROM ledger.outbox WHERE state = 'unknown'"
    ((count,),) = connection.execute(query).fetchall()
    return int(count)
