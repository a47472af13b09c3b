"""A store without a disk: small, quick, and held to the contract of stores.

It knows no SQL: `query` refuses, and who wants to look at it looks at `disk`. An engine that dies
leaves the disk behind, and the next store is opened on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import SendOutcome
from postroom.hooks.entries import notice_settled, server_settled
from postroom.model.attempts import charged
from postroom.model.batch import Batch, Communication
from postroom.model.envelope import ServerAction
from postroom.model.record import Record
from postroom.model.sealing import SALT_BYTES, seal
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.testing.memory_disk import (
    Disk,
    Entered,
    Queued,
    Task,
    answer,
    changed,
    check_values,
    misfit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from postroom.hooks.contracts import Archive, Receipt, Rows
    from postroom.model.batch import Entry, Found, OutboxRow, Received, Wanted
    from postroom.model.envelope import Place
    from postroom.model.record import RecordRef, Table

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
_LEFT = "the engine stopped while it was being sent"


@dataclass(frozen=True)
class MemorySettings:
    """Nothing to set."""


class MemoryStore:
    """A `postroom.hooks.contracts.Store`. Any thread may call."""

    name: ClassVar[str] = "memory"
    settings: ClassVar[type] = MemorySettings

    def __init__(
        self, _settings: object = None, _folder: Path | None = None, disk: Disk | None = None
    ) -> None:
        """Work on a disk that another store has left, or on an empty one."""
        self.disk = disk or Disk()
        self._tables: Mapping[str, Table] = {}
        self._reserved = 0
        self._notes = 0
        self._open = False
        self._recovered = False
        self._lock = RLock()

    @classmethod
    def archive(cls, folder: Path) -> Archive:
        """Refuse: what is in memory is nowhere else."""
        raise _no_sql(f"nothing is published in `{folder}`")

    def open(self, tables: Mapping[str, Table]) -> None:
        """Take the disk. Raises Problem PR520 if another store has it."""
        if self.disk.held:
            words = "the data is in use by another engine"
            raise Problem(Diagnostic("PR520", words, help="close that one"))
        self.disk.held = self._open = True
        notes = [[(whose, each) for each in some] for whose, some in self.disk.in_hand.values()]
        counts = charged(self.disk.deaths, notes)
        self.disk.deaths = {
            each: deaths for each, deaths in counts.items() if each not in self.disk.received
        }
        self.disk.in_hand.clear()
        self.declare(tables)

    def declare(self, tables: Mapping[str, Table]) -> None:
        """Take other tables; nothing is lost, for nothing is thrown away."""
        self._tables = dict(tables)
        for name in tables:
            self.disk.tables.setdefault(name, len(self.disk.tables) + 1)

    def table_ids(self) -> Mapping[str, int]:
        """Return a number for each table there ever was."""
        return dict(self.disk.tables)

    def remember_rules(self, hash: str, sources: Mapping[str, str]) -> None:  # noqa: A002
        """Keep the files of a rule set, the first time."""
        self.disk.rules.setdefault(hash, dict(sources))

    def cursor(self, account: str, mailbox: str, epoch: str) -> str:
        """Return how far a mailbox was read, or ""."""
        return self.disk.cursors.get((account, mailbox, epoch), "")

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those keys whose messages are not in the ledger, in the same order."""
        known = {
            place.key
            for whose, place in self.disk.received
            if (whose, place.mailbox, place.epoch) == (account, mailbox, epoch)
        }
        return [key for key in keys if key not in known]

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        """Return what engines died with in hand, and how many deaths count against each."""
        return dict(self.disk.deaths)

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        """Note that messages are about to be handled."""
        with self._lock:
            self._notes += 1
            self.disk.in_hand[self._notes] = account, list(places)
            return self._notes

    def let_go(self, number: int, *, done: bool) -> None:
        """Note that messages are in hand no longer."""
        with self._lock:
            account, places = self.disk.in_hand.pop(number)
            for place in places if done else ():
                self.disk.deaths.pop((account, place), None)

    def lookup(self, wanted: Wanted) -> Found:
        """Answer all that a batch wants to know."""
        with self._lock:
            return answer(self.disk, wanted, self._reserve(len(wanted.sha256s)))

    def commit(self, batch: Batch) -> None:
        """Write all of it, or nothing. Raises Problem PR524."""
        with self._lock:
            records = self._changed(batch)
            ids = [each.id for each in batch.communications]
            if len(set(ids)) < len(ids) or not self.disk.communications.keys().isdisjoint(ids):
                raise misfit("there is such a communication already")
            self.disk.records |= records
            self._add(batch)

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stands."""
        return self.disk.records.get(ref)

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if there is none."""
        return self.disk.communications[communication].raw

    def due_actions(self, account: str, now: datetime, limit: int) -> list[ServerAction]:
        """Return server actions to carry out, in the order of their messages."""
        due = [
            task.action
            for task in self.disk.actions.values()
            if task.state == "due" and task.action.account == account and task.action.due_at <= now
        ]
        return due[:limit]

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        """Note what became of server actions, with an audit entry each."""
        with self._lock:
            for number, receipt in receipts:
                task = self.disk.actions.get(number)
                if task is not None:
                    self._settled(task, receipt, now)

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take notices that are due, first in first out per record, and mark them `sending`."""
        with self._lock:
            self._recover(now)
            leased: list[OutboxRow] = []
            busy: set[RecordRef] = set()
            for each in self.disk.outbox.values():
                ref = each.row.notice.ref
                free = ref is None or ref not in busy
                if each.state in ("waiting", "sending") and ref is not None:
                    busy.add(ref)
                due = each.state == "waiting" and each.row.due_at <= now
                if due and free and len(leased) < limit:
                    leased.append(each.row)
            for row in leased:
                self.disk.outbox[row.id].state = "sending"
            return leased

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        """Note what became of a notice, with an audit entry; a sent mail is a communication too."""
        with self._lock:
            mail = _outgoing(row, outcome, self._reserve(1), now) if outcome.raw else None
            if mail is not None:
                self.disk.communications[mail.id] = mail
            self._note(row, outcome, now, mail.id if mail else None)

    def publish(self) -> int:
        """Do nothing: nobody reads this store from elsewhere."""
        return 0

    def query(self, sql: str) -> Rows:
        """Refuse. Raises Problem PR530."""
        raise _no_sql(f"a store in memory knows no SQL: {sql[:40]}")

    def close(self) -> None:
        """Let go of the disk; may be called twice."""
        if self._open:
            self._open = self.disk.held = False

    def _reserve(self, count: int) -> int:
        first = max(self._reserved, max(self.disk.communications, default=0)) + 1
        self._reserved = first + count - 1
        return first

    def _changed(self, batch: Batch) -> dict[RecordRef, Record]:
        """Return the records that a batch leaves behind. Raises Problem PR524."""
        now: dict[RecordRef, Record] = {}
        for change in batch.changes:
            table = self._tables.get(change.ref.table)
            if table is None:
                raise misfit(f"there is no table `{change.ref.table}`")
            values = changed(now.get(change.ref) or self.record(change.ref), change)
            for each in table.fields.values():
                many = each.type in ("log", "list", "multi_choice", "files")
                values.setdefault(each.name, () if many else None)
            now[change.ref] = Record(change.ref, values, change.revision, batch.written_at)
        for ref, record in now.items():
            others = {**self.disk.records, **now}.values()
            check_values(
                self._tables[ref.table], record, [o for o in others if o.ref.table == ref.table]
            )
        return now

    def _add(self, batch: Batch) -> None:
        disk = self.disk
        disk.communications |= {each.id: each for each in batch.communications}
        disk.receive((*batch.received, *batch.renumbered))
        self._move(batch.renumbered)
        self._enter(batch.entries)
        for row in batch.notices:
            number = len(disk.outbox) + 1
            disk.outbox[number] = Queued(replace(row, id=number))
        for plan in batch.actions:
            number = len(disk.actions) + 1
            disk.actions[number] = Task(
                ServerAction(
                    number, plan.account, plan.place, plan.verb, plan.target, plan.due_at,
                    plan.sha256, plan.communication,
                )
            )  # fmt: skip
        disk.notes += batch.bounced
        for each in batch.cursors:
            disk.cursors[each.account, each.mailbox, each.epoch] = each.key
        disk.marks |= batch.marks

    def _move(self, renumbered: Iterable[Received]) -> None:
        now = {each.communication: each.place for each in renumbered}
        for task in self.disk.actions.values():
            place = now.get(task.action.communication)
            if place and task.state != "done" and place.mailbox == task.action.place.mailbox:
                task.action, task.state = replace(task.action, place=place), "due"

    def _enter(self, entries: Iterable[Entry]) -> None:
        for each in entries:
            number = len(self.disk.entries) + 1
            self.disk.entries.append(Entered(number, each.kind, *seal(each.kind, each.body)))

    def _settled(self, task: Task, receipt: Receipt, now: datetime) -> None:
        if receipt.done or receipt.final:
            task.state = "done" if receipt.done else "failed"
        else:
            wait = min(_FIRST_WAIT * (1 << min(task.attempts, 10)), _LONGEST_WAIT)
            task.action = replace(task.action, due_at=now + wait)
        task.attempts += 1
        self._enter([server_settled(task.action, receipt, now, _salt)])

    def _recover(self, now: datetime) -> None:
        """Once: decide about notices that were being sent when an engine died."""
        if self._recovered:
            return
        self._recovered = True
        for each in [*self.disk.outbox.values()]:
            if each.state == "sending":
                answers = each.row.notice.kind == "answer"
                state = (
                    SendOutcome("unknown", _LEFT) if answers else SendOutcome("retry", _LEFT, now)
                )
                self._note(each.row, state, now, None)

    def _note(self, row: OutboxRow, outcome: SendOutcome, now: datetime, sent: int | None) -> None:
        again = replace(row, attempts=row.attempts + 1, due_at=outcome.due_at or row.due_at)
        state = "waiting" if outcome.state == "retry" else outcome.state
        self.disk.outbox[row.id] = Queued(again, state)
        self._enter([notice_settled(row, outcome, now, _salt, sent)])


def _outgoing(row: OutboxRow, outcome: SendOutcome, number: int, now: datetime) -> Communication:
    notice = row.notice
    return Communication(
        id=number,
        account=row.account,
        direction="out",
        sha256="",
        size=len(outcome.raw),
        raw=outcome.raw,
        message_id=outcome.message_id,
        references=tuple(dict.fromkeys(filter(None, (notice.in_reply_to, *notice.references)))),
        submission="",
        sender="",
        recipients=tuple(address.lower() for address in notice.to),
        subject=notice.subject,
        received_at=now,
        decided_at=now,
        class_="",
        outcome="sent",
        ref=notice.ref,
        sender_state="aligned",
        verified=True,
    )


def _salt() -> bytes:
    return bytes(SALT_BYTES)


def _no_sql(words: str) -> Problem:
    return Problem(Diagnostic("PR530", words, help="look at its `disk`"))
