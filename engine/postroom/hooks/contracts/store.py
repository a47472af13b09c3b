"""Where records, communications, the audit log and the outbox are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from postroom.hooks.contracts.archive import Archive, Rows
    from postroom.hooks.contracts.notifier import SendOutcome
    from postroom.hooks.contracts.transport import Receipt
    from postroom.model.batch import Batch, Found, OutboxRow, Wanted
    from postroom.model.envelope import Place, ServerAction
    from postroom.model.record import Record, RecordRef, Table


class Store(Protocol):
    """Where records, communications, the audit log and the outbox are kept. Any thread may call."""

    name: ClassVar[str]
    settings: ClassVar[type]

    def __init__(self, settings: Any, folder: Path) -> None:  # noqa: ANN401
        """Keep the settings and the data folder; no I/O."""
        ...

    @classmethod
    def archive(cls, folder: Path) -> Archive:
        """Return what was published in a data folder, without opening the store."""
        ...

    def open(self, tables: Mapping[str, Table]) -> None:
        """Lock the data, make or migrate the tables.

        Raises Problem: PR520 another engine holds it, PR521 a change of `tables:` would lose data,
        PR522 it cannot be opened, PR523 the disk is full.
        """
        ...

    def declare(self, tables: Mapping[str, Table]) -> None:
        """Make or migrate the tables of an open store, while others wait.

        Raises Problem PR521 if a change would lose data; then the tables stay as they were.
        """
        ...

    def table_ids(self) -> Mapping[str, int]:
        """Return a number for each table there ever was; it never stands for another one."""
        ...

    def remember_rules(self, hash: str, sources: Mapping[str, str]) -> None:  # noqa: A002
        """Keep the files of a rule set, by name, so that its decisions can be explained."""
        ...

    def cursor(self, account: str, mailbox: str, epoch: str) -> str:
        """Return how far a mailbox was read, or ""."""
        ...

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those keys whose messages are not in the ledger, in the same order."""
        ...

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        """Return messages, by account and place, that engines died with in hand.

        With each, how many deaths count against it, which `postroom.model.attempts.charged` tells.
        Those that are in the ledger are no suspects.
        """
        ...

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        """Note durably that messages are about to be handled; return the number of the note.

        If this engine dies before it lets go of them, they are suspects for the next. Raises
        Problem PR523 when the disk is full.
        """
        ...

    def let_go(self, number: int, *, done: bool) -> None:
        """Note that messages are in hand no longer; done: they are in the ledger now.

        Those that are not were given up for another reason than their own, a full disk say.
        """
        ...

    def lookup(self, wanted: Wanted) -> Found:
        """Answer all that a batch wants to know, in one query for each kind."""
        ...

    def commit(self, batch: Batch) -> None:
        """Write all of it durably, or nothing.

        Raises Problem PR523 when the disk is full, PR524 when the batch does not fit what is
        stored: an id that is taken, a record that was changed meanwhile, a value that must be
        unique.
        """
        ...

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stands."""
        ...

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if there is none, or it is no longer kept."""
        ...

    def due_actions(self, account: str, now: datetime, limit: int) -> list[ServerAction]:
        """Return server actions to carry out, in the order of their messages."""
        ...

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        """Note what became of server actions, with an audit entry each."""
        ...

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take notices that are due, first in first out per record, and mark them `sending`."""
        ...

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        """Note what became of a notice, with an audit entry; a sent mail is a communication too."""
        ...

    def publish(self) -> int:
        """Bring what readers are given up to date; return which state of it they have now.

        While the number is the same, what they read is the same.
        """
        ...

    def query(self, sql: str) -> Rows:
        """Answer a read-only query from what is published, confined; raises Problem PR530."""
        ...

    def close(self) -> None:
        """Publish, let go of the lock; may be called twice."""
        ...
