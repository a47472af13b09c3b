"""Make a letter of a notice: our own Message-ID, and the headers that say where it comes from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Letter
from postroom.identity import carriers, instance
from postroom.mail.read import read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from postroom.identity.token import KeyRing
    from postroom.model.batch import OutboxRow

_RANDOM = 20
"""Hex digits that tell two letters about one record apart: 80 bits."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters of an engine share."""

    ring: KeyRing
    rules: str
    """Hash of the rule set."""


def letter(
    row: OutboxRow, head: Letterhead, sender: str, date: datetime, original: bytes
) -> Letter:
    """Return the letter that a notifier sends; original is the raw message that it came from.

    Its Message-ID follows from the notice's key: who gets an alert twice can see that it is the
    same one. The token stands in the Message-ID and at the front of the subject. It stands in
    References as well, for some servers put a Message-ID of their own in the place of ours, and
    answers keep the References of what they answer.
    """
    notice = row.notice
    apart = hashlib.sha256(f"{head.ring.instance}\0{notice.key}".encode()).hexdigest()[:_RANDOM]
    domain = sender.rpartition("@")[2] or "localhost"
    ours = (carriers.message_id(notice.token, "record", domain),) if notice.token else ()
    return Letter(
        notice=replace(
            notice,
            subject=carriers.tagged(notice.subject, notice.token),
            references=(*ours, *notice.references),
        ),
        account=row.account,
        sender=sender,
        message_id=carriers.message_id(notice.token, apart, domain),
        headers=_headers(row, head),
        original=original if notice.attach_original == "all" else None,
        original_text=read(original).body.text if notice.attach_original == "text" else "",
        date=date,
    )


def _headers(row: OutboxRow, head: Letterhead) -> Mapping[str, str]:
    notice, about = row.notice, row.communication
    told = {
        instance.HEADER: instance.mark(head.ring),
        "X-Postroom-Account": row.account,
        "X-Postroom-Table": notice.ref.table if notice.ref else "",
        "X-Postroom-Record": str(notice.ref.id) if notice.ref else "",
        "X-Postroom-Rule": f"{notice.origin}/{notice.rule}",
        "X-Postroom-Rules": head.rules,
        "X-Postroom-Reason": notice.kind + (f" to message {about}" if about else ""),
        "X-Postroom-Key": notice.key,
    }
    return {name: value for name, value in told.items() if value}
