"""The audit entries that a store writes by itself: what became of what was decided.

All stores write them alike. Those that come with a decision are built by `postroom.ledger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.model.batch import Entry
from postroom.model.plain import plain_object, timestamp
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from postroom.hooks.contracts import Receipt, Recovery, SendOutcome
    from postroom.model.batch import OutboxRow
    from postroom.model.envelope import ServerAction

_DONE = {
    "keep": "server_kept",
    "flag": "server_flagged",
    "move": "server_moved",
    "delete": "server_deleted",
}
_SENT = {
    "sent": "notice_sent",
    "retry": "notice_retried",
    "refused": "notice_refused",
    "unknown": "notice_unknown",
}


def server_settled(
    action: ServerAction, receipt: Receipt, now: datetime, salt: Callable[[], bytes]
) -> Entry:
    """Return the entry that says what became of a server action."""
    hidden = Hidden(salt)
    body = {
        "recorded_at": timestamp(now),
        "account": action.account,
        "communication": action.communication,
        "place": action.place,
        "verb": action.verb,
        "target": action.target,
        "sha256": action.sha256,
        "final": receipt.done or receipt.final,
        "detail": hidden.hide(pointer("detail"), receipt.detail),
    }
    kind = _DONE[action.verb] if receipt.done else "server_action_failed"
    return Entry(kind, plain_object(body), hidden.rows)


def data_recovered(made: Recovery, now: datetime) -> Entry:
    """Return the entry that says that a store was made anew from what it had published.

    What came after entry number `entries` is not in the log. Notices could no longer be sent; mail
    counts the messages of which only the raw bytes are left.
    """
    body = {
        "recorded_at": timestamp(now),
        "entries": made.entries,
        "messages": made.messages,
        "notices_given_up": made.notices_given_up,
        "mail_left": len(made.mail),
    }
    return Entry("data_recovered", plain_object(body))


def raw_let_go(
    account: str, communication: int, sha256: str, before: datetime, now: datetime
) -> Entry:
    """Return the entry that says that the raw bytes of a message are no longer kept.

    All that was decided before that time may go.
    """
    body = {
        "recorded_at": timestamp(now),
        "account": account,
        "communication": communication,
        "sha256": sha256,
        "decided_before": timestamp(before),
    }
    return Entry("raw_let_go", plain_object(body))


def notice_settled(
    row: OutboxRow, outcome: SendOutcome, now: datetime, salt: Callable[[], bytes], sent: int | None
) -> Entry:
    """Return the entry that says what became of an attempt to send a notice.

    sent is the communication that the message became, None if none went out.
    """
    hidden = Hidden(salt)
    notice = row.notice
    body = {
        "recorded_at": timestamp(now),
        "account": row.account,
        "communication": row.communication,
        "key": notice.key,
        "notice": notice.kind,
        "rule": notice.rule,
        "template": notice.template,
        "use": notice.use,
        "ref": notice.ref,
        "attempt": row.attempts + 1,
        "sent": sent,
        "due_at": outcome.due_at,
        "to": hidden.hide(pointer("to"), notice.to),
        "detail": hidden.hide(pointer("detail"), outcome.detail),
    }
    return Entry(_SENT[outcome.state], plain_object(body), hidden.rows)
