"""What a batch wants to know: one query for each kind of question."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypedDict

from postroom.model.batch import Found, Seen
from postroom_duckdb import records
from postroom_duckdb.mail import ref, split
from postroom_duckdb.pack import Spot
from postroom_duckdb.quote import name
from postroom_duckdb.schema import MARK, key, record_table
from postroom_duckdb.values import aware, naive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from postroom.model.batch import Wanted
    from postroom.model.record import Record, RecordRef, Table

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def lookup(connection: DuckDBPyConnection, wanted: Wanted, tables: Mapping[str, Table]) -> Found:
    """Answer everything but the next ids, which are not in the database."""
    by_sha256 = _firsts(connection, "sha256", wanted.sha256s, wanted.account)
    by_message_id = _by_message_id(connection, wanted.message_ids)
    elsewhere = _elsewhere(connection, wanted)
    seen = [each for some in (*by_message_id.values(), *elsewhere.values()) for each in some]
    refs = list(dict.fromkeys((*wanted.refs, *(each.ref for each in seen if each.ref))))
    return Found(
        by_sha256=by_sha256,
        elsewhere=elsewhere,
        by_submission=_firsts(connection, "submission", wanted.submissions, wanted.account),
        by_message_id=by_message_id,
        contacts=_contacts(connection, wanted, tables),
        records=_records(connection, refs, tables),
        participants=_participants(connection, refs),
        arrivals=_arrivals(connection, wanted),
        answers=_answers(connection, wanted),
        **_answers_lately(connection, wanted),
        record_answers_last_day=_answers_about(connection, refs, wanted.now),
        marks=_marks(connection),
        epochs=_epochs(connection, by_sha256),
    )


def unknown(
    connection: DuckDBPyConnection, account: str, mailbox: str, epoch: str, keys: Sequence[str]
) -> list[str]:
    """Return those keys that are not in the ledger, in the same order."""
    if not keys:
        return []
    query = (
        "SELECT key FROM ledger.received "
        "WHERE account = ? AND mailbox = ? AND epoch = ? AND key IN (SELECT unnest(?))"
    )
    found = connection.execute(query, [account, mailbox, epoch, list(keys)]).fetchall()
    known = {row[0] for row in found}
    return [each for each in keys if each not in known]


def cursors(connection: DuckDBPyConnection) -> dict[tuple[str, str, str], str]:
    """Return how far each mailbox was read, by account, mailbox and epoch."""
    query = "SELECT account, mailbox, epoch, key FROM ledger.cursor"
    return {tuple(where): key for *where, key in connection.execute(query).fetchall()}


def spot(connection: DuckDBPyConnection, communication: int) -> Spot | None:
    """Return where the raw message lies."""
    query = (
        "SELECT pack, pack_offset, pack_length FROM ledger.communication WHERE id = ? AND pack > 0"
    )
    row = connection.execute(query, [communication]).fetchone()
    return Spot(*row) if row else None


def last_spot(connection: DuckDBPyConnection) -> Spot | None:
    """Return where the raw message lies that was written last."""
    query = (
        "SELECT pack, pack_offset, pack_length FROM ledger.communication "
        "WHERE pack > 0 ORDER BY pack DESC, pack_offset DESC LIMIT 1"
    )
    row = connection.execute(query).fetchone()
    return Spot(*row) if row else None


_SEEN = "id, account, direction, sha256, table_name, record"


def _seen(row: tuple[int, str, Literal["in", "out"], str, str | None, int | None]) -> Seen:
    id_, account, direction, sha256, table, record = row
    return Seen(id_, account, direction, sha256, ref(table, record))


def _firsts(
    connection: DuckDBPyConnection, column: str, texts: Sequence[str], account: str
) -> dict[str, Seen]:
    """Return the first communication in an account that has each of the texts in the column."""
    found = _all(connection, column, texts, [account])
    return {text: seen[0] for text, seen in found.items()}


def _all(
    connection: DuckDBPyConnection,
    column: str,
    texts: Sequence[str],
    accounts: Sequence[str],
    where: str = "true",
) -> dict[str, list[Seen]]:
    """Return the communications in the accounts that have each of the texts in the column."""
    asked = {text for text in texts if text}
    if not asked or not accounts:
        return {}
    query = (
        f"SELECT {column}, {_SEEN} FROM ledger.communication "
        f"WHERE {column}_key IN (SELECT unnest(?)) AND account IN (SELECT unnest(?)) "
        f"AND direction = 'in' AND {where} ORDER BY id"
    )
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for text, *row in connection.execute(query, [_keys(asked), list(accounts)]).fetchall():
        if text in asked:
            found[text].append(_seen(tuple(row)))
    return dict(found)


def _elsewhere(connection: DuckDBPyConnection, wanted: Wanted) -> dict[str, list[Seen]]:
    """Return what others have made a record of who share the address."""
    made = "record IS NOT NULL"
    return {
        **_all(connection, "sha256", wanted.sha256s, wanted.sharing, made),
        **_all(connection, "submission", wanted.submissions, wanted.sharing, made),
    }


def _by_message_id(
    connection: DuckDBPyConnection, message_ids: Sequence[str]
) -> dict[str, list[Seen]]:
    asked = {text for text in message_ids if text}
    if not asked:
        return {}
    query = (
        f"SELECT message_id, {_SEEN} FROM ledger.communication "
        "WHERE message_id_key IN (SELECT unnest(?)) ORDER BY id"
    )
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for text, *row in connection.execute(query, [_keys(asked)]).fetchall():
        if text in asked:
            found[text].append(_seen(tuple(row)))
    return dict(found)


def _keys(texts: Iterable[str]) -> list[int]:
    return [key(text) for text in texts]


def _epochs(
    connection: DuckDBPyConnection, by_sha256: Mapping[str, Seen]
) -> dict[str, frozenset[tuple[str, str]]]:
    if not by_sha256:
        return {}
    of = {seen.communication: sha256 for sha256, seen in by_sha256.items()}
    query = (
        "SELECT DISTINCT communication, mailbox, epoch FROM ledger.received "
        "WHERE communication IN (SELECT unnest(?))"
    )
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for communication, mailbox, epoch in connection.execute(query, [list(of)]).fetchall():
        found[of[communication]].add((mailbox, epoch))
    return {sha256: frozenset(epochs) for sha256, epochs in found.items()}


def _contacts(
    connection: DuckDBPyConnection, wanted: Wanted, tables: Mapping[str, Table]
) -> dict[str, Record]:
    """Return the records that have one of the addresses, in any case, in one of the fields."""
    table = tables.get(wanted.contact_table)
    if table is None or not wanted.addresses or not wanted.contact_fields:
        return {}
    addresses = " UNION ALL ".join(
        f"SELECT id, {_each_address(table, field)} AS address FROM {record_table(table.name)}"
        for field in wanted.contact_fields
    )
    query = (
        f"SELECT lower(address), min(id) FROM ({addresses}) "
        "WHERE lower(address) IN (SELECT unnest(?)) GROUP BY ALL"
    )
    ids = dict(connection.execute(query, [list(wanted.addresses)]).fetchall())
    found = records.read(connection, table, ids.values())
    return {address: found[id_] for address, id_ in ids.items()}


def _each_address(table: Table, field: str) -> str:
    column = name(field)
    return f"unnest({column})" if table.fields[field].type == "list" else f"{column}::VARCHAR"


def _records(
    connection: DuckDBPyConnection, refs: Sequence[RecordRef], tables: Mapping[str, Table]
) -> dict[RecordRef, Record]:
    found: dict[RecordRef, Record] = {}
    for table in dict.fromkeys(each.table for each in refs if each.table in tables):
        ids = [each.id for each in refs if each.table == table]
        read = records.read(connection, tables[table], ids)
        found |= {record.ref: record for record in read.values()}
    return found


def _participants(
    connection: DuckDBPyConnection, refs: Sequence[RecordRef]
) -> dict[RecordRef, frozenset[str]]:
    """Return who wrote to each record, or was written to, as far as that is certain."""
    if not refs:
        return {}
    query = (
        "SELECT table_name, record, sender, recipients FROM ledger.communication "
        "WHERE record IN (SELECT unnest(?)) AND verified"
    )
    people: dict[RecordRef, set[str]] = {each: set() for each in refs}
    ids = sorted({each.id for each in refs})
    for table, record, sender, recipients in connection.execute(query, [ids]).fetchall():
        about = ref(table, record)
        if about in people:
            people[about].update(each for each in (sender, *split(recipients)) if each)
    return {about: frozenset(each) for about, each in people.items()}


def _arrivals(connection: DuckDBPyConnection, wanted: Wanted) -> dict[str, list[datetime]]:
    if wanted.arrivals_since is None or not wanted.addresses:
        return {}
    query = (
        "SELECT sender, received_at FROM ledger.communication "
        "WHERE account = ? AND direction = 'in' AND received_at >= ? "
        "AND sender IN (SELECT unnest(?)) ORDER BY received_at"
    )
    asked = [wanted.account, naive(wanted.arrivals_since), list(wanted.addresses)]
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for sender, received_at in connection.execute(query, asked).fetchall():
        found[sender].append(aware(received_at))
    return dict(found)


def _answers(
    connection: DuckDBPyConnection, wanted: Wanted
) -> dict[str, list[tuple[datetime, str]]]:
    if wanted.answers_since is None or not wanted.addresses:
        return {}
    query = (
        "SELECT address, created_at, template FROM ("
        "  SELECT unnest(string_split(recipients, chr(10))) AS address, created_at, template"
        "  FROM ledger.outbox WHERE kind = 'answer' AND created_at >= ?) "
        "WHERE address IN (SELECT unnest(?)) ORDER BY created_at, template"
    )
    asked = [naive(wanted.answers_since), list(wanted.addresses)]
    found: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for address, created_at, template in connection.execute(query, asked).fetchall():
        found[address].append((aware(created_at), template))
    return dict(found)


class _Lately(TypedDict, total=False):
    answers_last_hour: int
    account_answers_last_hour: int
    domain_answers_last_hour: dict[str, int]


def _answers_lately(connection: DuckDBPyConnection, wanted: Wanted) -> _Lately:
    """Count the answers of an hour: in all, of the account, by domain. The guard keeps them few."""
    if wanted.now is None:
        return {}
    query = (
        "SELECT account, string_split(recipients, '@')[-1], count(*) FROM ledger.outbox "
        "WHERE kind = 'answer' AND created_at > ? GROUP BY ALL"
    )
    rows = connection.execute(query, [naive(wanted.now - _HOUR)]).fetchall()
    domains: Counter[str] = Counter()
    for _, domain, count in rows:
        domains[domain] += count
    return {
        "answers_last_hour": domains.total(),
        "account_answers_last_hour": sum(n for account, _, n in rows if account == wanted.account),
        "domain_answers_last_hour": dict(domains),
    }


def _answers_about(
    connection: DuckDBPyConnection, refs: Sequence[RecordRef], now: datetime | None
) -> dict[RecordRef, int]:
    if now is None or not refs:
        return {}
    query = (
        "SELECT table_name, record, count(*) FROM ledger.outbox "
        "WHERE kind = 'answer' AND created_at > ? AND record IN (SELECT unnest(?)) GROUP BY ALL"
    )
    asked = [naive(now - _DAY), [each.id for each in refs]]
    rows = connection.execute(query, asked).fetchall()
    counts = {about: count for table, record, count in rows if (about := ref(table, record))}
    return {each: counts[each] for each in refs if each in counts}


def _marks(connection: DuckDBPyConnection) -> dict[str, datetime]:
    query = "SELECT name, value FROM ledger.meta WHERE starts_with(name, ?)"
    rows = connection.execute(query, [MARK]).fetchall()
    return {name.removeprefix(MARK): datetime.fromisoformat(value) for name, value in rows}
