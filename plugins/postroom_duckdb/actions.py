"""What is to be done on servers, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from postroom.model.envelope import Place, ServerAction
from postroom_duckdb.values import aware, naive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from postroom.hooks.contracts import Receipt
    from postroom.model.batch import Received

_ROW = "id, account, mailbox, epoch, key, verb, target, due_at, sha256, communication"
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=4)


def due(
    connection: DuckDBPyConnection, account: str, now: datetime, limit: int
) -> list[ServerAction]:
    """Return what is to be done now, in the order of the messages."""
    query = (
        f"SELECT {_ROW} FROM ledger.action "
        "WHERE state = 'due' AND account = ? AND due_at <= ? ORDER BY id LIMIT ?"
    )
    rows = connection.execute(query, [account, naive(now), limit]).fetchall()
    return [_action(row) for row in rows]


def next_due(connection: DuckDBPyConnection) -> dict[str, datetime]:
    """Return when something is to be done next, by account."""
    query = "SELECT account, min(due_at) FROM ledger.action WHERE state = 'due' GROUP BY account"
    return {account: aware(at) for account, at in connection.execute(query).fetchall()}


def settle(
    connection: DuckDBPyConnection, receipts: Sequence[tuple[int, Receipt]], now: datetime
) -> list[tuple[ServerAction, Receipt]]:
    """Note what became of actions; return them. What is to be tried again is due later."""
    query = f"SELECT attempts, {_ROW} FROM ledger.action WHERE id IN (SELECT unnest(?))"
    ids = [id_ for id_, _ in receipts]
    known = {row[1]: row for row in connection.execute(query, [ids]).fetchall()}
    rows = []
    settled = []
    for id_, receipt in receipts:
        if id_ not in known:
            continue
        attempts, *row = known[id_]
        action = _action(row)
        again = not (receipt.done or receipt.final)
        at = now + _wait(attempts) if again else action.due_at
        state = "due" if again else "done" if receipt.done else "failed"
        rows.append((id_, attempts + 1, state, receipt.detail, naive(at)))
        settled.append((replace(action, due_at=at), receipt))
    if rows:
        columns = ["id", "attempts", "state", "detail", "due_at"]
        with connection.appender(
            "ledger.action", columns=columns, action="update", key=["id"]
        ) as appender:
            appender.append_rows(rows)
    return settled


def move(connection: DuckDBPyConnection, renumbered: Sequence[Received]) -> None:
    """Have what is not done yet be done where the messages lie now, its number and time kept.

    What was given up is tried again: its server may have numbered the mailbox anew just then.
    """
    if not renumbered:
        return
    now = {each.communication: each for each in renumbered}
    query = (
        "SELECT id, communication, mailbox FROM ledger.action "
        "WHERE state <> 'done' AND communication IN (SELECT unnest(?))"
    )
    rows = [
        (id_, place.epoch, place.key, "due")
        for id_, communication, mailbox in connection.execute(query, [list(now)]).fetchall()
        if (place := now[communication].place).mailbox == mailbox
    ]
    if rows:
        columns = ["id", "epoch", "key", "state"]
        with connection.appender(
            "ledger.action", columns=columns, action="update", key=["id"]
        ) as appender:
            appender.append_rows(rows)


def _wait(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts before: a minute, doubling to four hours."""
    return min(_FIRST_WAIT * (1 << min(attempts, 10)), _LONGEST_WAIT)


def _action(row: Sequence[Any]) -> ServerAction:
    id_, account, mailbox, epoch, key, verb, target, due_at, sha256, communication = row
    return ServerAction(
        id=id_,
        account=account,
        place=Place(mailbox, epoch, key),
        verb=verb,
        target=target,
        due_at=aware(due_at),
        sha256=sha256,
        communication=communication,
    )
