"""What `postroom.testing.memory_store` keeps, and the answers to what a batch wants to know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from postroom.model.batch import Found, Seen
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from postroom.model.batch import Communication, OutboxRow, Received, Wanted
    from postroom.model.decision import RecordChange
    from postroom.model.envelope import Place, ServerAction
    from postroom.model.record import Record, RecordRef, Table, Value

LONGEST = 4_000_000
"""Characters of a text, as in the store that is shipped."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass
class Queued:
    """A notice and how far it is."""

    row: OutboxRow
    state: Literal["waiting", "sending", "sent", "refused", "unknown"] = "waiting"


@dataclass
class Task:
    """A server action and how far it is."""

    action: ServerAction
    state: Literal["due", "done", "failed"] = "due"
    attempts: int = 0


@dataclass
class Entered:
    """One audit entry as it was written."""

    seq: int
    kind: str
    body: str
    leaf: bytes


@dataclass
class Disk:
    """Everything that outlives an engine."""

    held: bool = False
    tables: dict[str, int] = field(default_factory=dict)
    received: dict[tuple[str, Place], int] = field(default_factory=dict)
    communications: dict[int, Communication] = field(default_factory=dict)
    records: dict[RecordRef, Record] = field(default_factory=dict)
    entries: list[Entered] = field(default_factory=list)
    outbox: dict[int, Queued] = field(default_factory=dict)
    actions: dict[int, Task] = field(default_factory=dict)
    cursors: dict[tuple[str, str, str], str] = field(default_factory=dict)
    marks: dict[str, datetime] = field(default_factory=dict)
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[tuple[int, str]] = field(default_factory=list)
    in_hand: dict[int, tuple[str, Sequence[Place]]] = field(default_factory=dict)
    deaths: dict[tuple[str, Place], int] = field(default_factory=dict)

    def receive(self, received: Iterable[Received]) -> None:
        """Note where messages lie."""
        for each in received:
            self.received[each.account, each.place] = each.communication

    def last(self, table: str) -> int:
        """Return the largest id of a table."""
        return max((ref.id for ref in self.records if ref.table == table), default=0)


def misfit(words: str) -> Problem:
    """Return the problem that a batch does not fit what is stored."""
    return Problem(Diagnostic("PR524", words, help="decide the message again"))


def changed(record: Record | None, change: RecordChange) -> dict[str, Value]:
    """Return the values of a record after a change. Raises Problem PR524."""
    if change.kind == "create":
        if record is not None:
            raise misfit(f"there is a record {change.ref.id} already")
        return dict(change.values)
    if record is None:
        raise misfit(f"there is no record {change.ref.id}")
    if record.revision != change.revision - 1:
        raise misfit(f"record {change.ref.id} was changed by somebody else meanwhile")
    return {**record.values, **change.values}


def check_values(table: Table, record: Record, others: Iterable[Record]) -> None:
    """Raise Problem PR524 for a text without end, or a value that must be unique and is not."""
    for value in record.values.values():
        if isinstance(value, str) and len(value) > LONGEST:
            raise misfit(f"record {record.ref.id} would hold more than {LONGEST:,} characters")
    for each in table.fields.values():
        own = _folded(record.values.get(each.name))
        if each.unique and own is not None:
            for other in others:
                if other.ref != record.ref and _folded(other.values.get(each.name)) == own:
                    raise misfit(f"`{each.name}` of {record.ref.id} is that of {other.ref.id}")


def _folded(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


def answer(disk: Disk, wanted: Wanted, first: int) -> Found:
    """Answer all that a batch wants to know; first is the first free number for its messages."""
    mails = sorted(disk.communications.values(), key=lambda each: each.id)
    own = [each for each in mails if each.account == wanted.account and each.direction == "in"]
    others = [e for e in mails if e.account in wanted.sharing and e.direction == "in" and e.ref]
    by_sha256 = _firsts([(each.sha256, each) for each in own], wanted.sha256s)
    by_id: dict[str, list[Seen]] = {}
    for each in mails:
        if each.message_id and each.message_id in wanted.message_ids:
            by_id.setdefault(each.message_id, []).append(_seen(each))
    elsewhere = {
        **_all([(each.sha256, each) for each in others], wanted.sha256s),
        **_all([(each.submission, each) for each in others], wanted.submissions),
    }
    seen = [each for some in (*by_id.values(), *elsewhere.values()) for each in some]
    refs = list(dict.fromkeys((*wanted.refs, *(each.ref for each in seen if each.ref))))
    return Found(
        by_sha256=by_sha256,
        elsewhere=elsewhere,
        by_submission=_firsts([(each.submission, each) for each in own], wanted.submissions),
        by_message_id=by_id,
        contacts=_contacts(disk, wanted),
        records={ref: disk.records[ref] for ref in refs if ref in disk.records},
        participants={ref: _participants(mails, ref) for ref in refs},
        arrivals=_arrivals(own, wanted),
        **_answers(disk, wanted),  # type: ignore[arg-type] # each has the type of its field
        record_answers_last_day=_about(disk, refs, wanted.now),
        marks=dict(disk.marks),
        next_communication=first,
        next_record={table: disk.last(table) + 1 for table in wanted.tables},
        epochs=_epochs(disk, by_sha256),
    )


def _seen(mail: Communication) -> Seen:
    return Seen(mail.id, mail.account, mail.direction, mail.sha256, mail.ref)


def _firsts(mails: Iterable[tuple[str, Communication]], wanted: Sequence[str]) -> dict[str, Seen]:
    return {text: seen[0] for text, seen in _all(mails, wanted).items()}


def _all(
    mails: Iterable[tuple[str, Communication]], wanted: Sequence[str]
) -> dict[str, list[Seen]]:
    asked = {each for each in wanted if each}
    found: dict[str, list[Seen]] = {}
    for text, mail in mails:
        if text in asked:
            found.setdefault(text, []).append(_seen(mail))
    return found


def _epochs(disk: Disk, seen: Mapping[str, Seen]) -> dict[str, frozenset[tuple[str, str]]]:
    places = {
        sha256: frozenset(
            (place.mailbox, place.epoch)
            for (_, place), communication in disk.received.items()
            if communication == each.communication
        )
        for sha256, each in seen.items()
    }
    return {sha256: some for sha256, some in places.items() if some}


def _contacts(disk: Disk, wanted: Wanted) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for ref in sorted(disk.records):
        if ref.table != wanted.contact_table:
            continue
        record = disk.records[ref]
        for name in wanted.contact_fields:
            value = record.values.get(name)
            for each in value if isinstance(value, tuple) else (value,):
                address = str(each).lower()
                if each and address in wanted.addresses:
                    found.setdefault(address, record)
    return found


def _participants(mails: Iterable[Communication], ref: RecordRef) -> frozenset[str]:
    known = [each for each in mails if each.ref == ref and each.verified]
    return frozenset(who for each in known for who in (each.sender, *each.recipients) if who)


def _arrivals(own: Iterable[Communication], wanted: Wanted) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    since = wanted.arrivals_since
    for each in sorted(own, key=lambda mail: mail.received_at):
        if since and each.received_at >= since and each.sender in wanted.addresses:
            found.setdefault(each.sender, []).append(each.received_at)
    return found


def _answers(disk: Disk, wanted: Wanted) -> dict[str, object]:
    rows = [each.row for each in disk.outbox.values() if each.row.notice.kind == "answer"]
    found: dict[str, list[tuple[datetime, str]]] = {}
    for row in rows:
        for address in map(str.lower, row.notice.to):
            since = wanted.answers_since
            if since and row.created_at >= since and address in wanted.addresses:
                found.setdefault(address, []).append((row.created_at, row.notice.template))
    lately = [row for row in rows if wanted.now and row.created_at > wanted.now - _HOUR]
    domains = Counter(row.notice.to[-1].lower().rpartition("@")[2] for row in lately)
    return {
        "answers": {address: sorted(some) for address, some in found.items()},
        "answers_last_hour": len(lately),
        "account_answers_last_hour": sum(row.account == wanted.account for row in lately),
        "domain_answers_last_hour": dict(domains),
    }


def _about(disk: Disk, refs: Sequence[RecordRef], now: datetime | None) -> dict[RecordRef, int]:
    if now is None:
        return {}
    counts = Counter(
        each.row.notice.ref
        for each in disk.outbox.values()
        if each.row.notice.kind == "answer" and each.row.created_at > now - _DAY
    )
    return {ref: counts[ref] for ref in refs if ref in counts}
