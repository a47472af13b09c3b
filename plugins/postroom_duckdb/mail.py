"""Communications as rows, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.model.record import RecordRef
from postroom_duckdb.schema import key
from postroom_duckdb.values import naive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.batch import Communication
    from postroom_duckdb.pack import Spot

BETWEEN = "\n"
"""Stands between the texts of a list that is kept in one column; none of them holds it."""


def row(mail: Communication, spot: Spot, commit: int) -> tuple[Any, ...]:
    """Return the row of a communication, in the order of the table's columns."""
    return (
        mail.id,
        mail.account,
        mail.direction,
        mail.sha256,
        key(mail.sha256),
        mail.size,
        spot.pack,
        spot.offset,
        spot.length,
        mail.message_id,
        key(mail.message_id),
        joined(mail.references),
        mail.submission,
        key(mail.submission),
        mail.sender,
        joined(mail.recipients),
        mail.subject,
        naive(mail.received_at),
        naive(mail.decided_at),
        mail.class_,
        mail.outcome,
        mail.ref.table if mail.ref else None,
        mail.ref.id if mail.ref else None,
        mail.sender_state,
        mail.verified,
        mail.note,
        commit,
    )


def joined(texts: Iterable[str]) -> str:
    """Return texts as one."""
    return BETWEEN.join(" ".join(text.split(BETWEEN)) for text in texts)


def split(text: str) -> list[str]:
    """Return the texts that were joined."""
    return text.split(BETWEEN) if text else []


def ref(table: str | None, record: int | None) -> RecordRef | None:
    """Return the record that a row is about."""
    return None if table is None or record is None else RecordRef(table, record)
