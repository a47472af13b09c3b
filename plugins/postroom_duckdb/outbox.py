"""Notices on their way: leased, sent, tried again, given up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postroom.hooks.contracts import SendOutcome
from postroom.hooks.entries import notice_settled
from postroom.model.batch import Communication, OutboxRow
from postroom.model.decision import Notice
from postroom.model.record import RecordRef
from postroom_duckdb import write
from postroom_duckdb.values import aware, naive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from postroom_duckdb.state import State

_ROW = "id, account, communication, notice, created_at, due_at, attempts"
_FIRST = (
    "ledger.outbox AS this WHERE state = 'waiting' AND NOT EXISTS ("
    "  SELECT 1 FROM ledger.outbox AS earlier WHERE earlier.state IN ('waiting', 'sending')"
    "  AND earlier.table_name = this.table_name AND earlier.record = this.record"
    "  AND earlier.id < this.id)"
)
"""Those that wait for nothing but their time."""
_STATES = {"sent": "sent", "retry": "waiting", "refused": "refused", "unknown": "unknown"}
_LEFT = "the engine stopped while it was being sent"


def due(connection: DuckDBPyConnection, now: datetime, limit: int) -> list[OutboxRow]:
    """Return notices to send, in order; of those about one record only the first."""
    query = f"SELECT {_ROW} FROM {_FIRST} AND due_at <= ? ORDER BY id LIMIT ?"
    return [_outbox_row(row) for row in connection.execute(query, [naive(now), limit]).fetchall()]


def next_due(connection: DuckDBPyConnection) -> datetime | None:
    """Return when a notice is to be sent next; None: none waits."""
    row = connection.execute(f"SELECT min(due_at) FROM {_FIRST}").fetchone()
    return aware(row[0]) if row and row[0] is not None else None


def mark_sending(connection: DuckDBPyConnection, ids: Sequence[int]) -> None:
    """Note that these are being sent, once more each."""
    connection.execute(
        "UPDATE ledger.outbox SET state = 'sending', attempts = attempts + 1 "
        "WHERE id IN (SELECT unnest(?))",
        [list(ids)],
    )


def decide_left_over(connection: DuckDBPyConnection, state: State, now: datetime) -> None:
    """Decide about those that were being sent when an engine died, each with an audit entry.

    Nobody knows what became of them. An answer might arrive twice if it were sent again, so it is
    not; an alert is.
    """
    for row in _left_over(connection):
        answer = row.notice.kind == "answer"
        outcome = SendOutcome("unknown", _LEFT) if answer else SendOutcome("retry", _LEFT, now)
        settle(connection, state, row, outcome, now)


def _left_over(connection: DuckDBPyConnection) -> list[OutboxRow]:
    query = f"SELECT {_ROW} FROM ledger.outbox WHERE state = 'sending' ORDER BY id"
    rows = [_outbox_row(row) for row in connection.execute(query).fetchall()]
    return [replace(row, attempts=row.attempts - 1) for row in rows]


def settle(
    connection: DuckDBPyConnection,
    state: State,
    row: OutboxRow,
    outcome: SendOutcome,
    now: datetime,
    sent: int | None = None,
) -> None:
    """Note what became of a notice, with an audit entry.

    sent is the communication that the message became, None if none went out.
    """
    connection.execute(
        "UPDATE ledger.outbox SET state = ?, detail = ?, due_at = coalesce(?, due_at) WHERE id = ?",
        [_STATES[outcome.state], outcome.detail, naive(outcome.due_at), row.id],
    )
    write.entries(connection, [notice_settled(row, outcome, now, write.salt, sent)], state)


def as_communication(
    row: OutboxRow, outcome: SendOutcome, id_: int, now: datetime
) -> Communication:
    """Return what went out as a communication.

    Its sender is the account; its recipients count among the participants of the record, for it
    was we who wrote to them.
    """
    notice = row.notice
    referred = (notice.in_reply_to, *notice.references)
    return Communication(
        id=id_,
        account=row.account,
        direction="out",
        sha256=hashlib.sha256(outcome.raw).hexdigest(),
        size=len(outcome.raw),
        raw=outcome.raw,
        message_id=outcome.message_id,
        references=tuple(dict.fromkeys(each for each in referred if each)),
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


def _outbox_row(row: tuple[Any, ...]) -> OutboxRow:
    id_, account, communication, notice, created_at, due_at, attempts = row
    return OutboxRow(
        id=id_,
        account=account,
        communication=communication,
        notice=_notice(json.loads(notice)),
        created_at=aware(created_at),
        due_at=aware(due_at),
        attempts=attempts,
    )


def _notice(kept: dict[str, Any]) -> Notice:
    ref = kept["ref"]
    lists = {name: tuple(kept[name]) for name in ("to", "references")}
    return Notice(**{**kept, **lists, "ref": RecordRef(**ref) if ref else None})
