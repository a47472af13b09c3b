"""The header of a message to the fields of a Message (RFC 5322 3.6, 3834, 2919, 2369)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from postroom.mail.addresses import cut_comments, read_addresses
from postroom.mail.dates import read_date
from postroom.mail.ids import first_id, read_ids
from postroom.mail.originator import first_mailbox, read_from
from postroom.model.message import Message

if TYPE_CHECKING:
    from postroom.mail.addresses import Addresses
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits
    from postroom.mail.part import Headers

_ONCE = (
    "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references",
    "subject", "date",
)  # fmt: skip
"""Fields that may occur only once (RFC 5322 3.6)."""


def read_heading(
    raw: bytes, headers: Headers, limits: Limits, defects: Defects, mail_from: str | None
) -> Message:
    """Return a Message with all that its header says; `refused` where an address field says why."""
    _note_doubles(headers, defects)
    originator, from_problem = read_from(headers, limits, defects)
    lists = {
        name: _addresses(headers, name, limits, defects)
        for name in ("sender", "reply-to", "to", "cc")
    }
    date = headers.get("date")
    moment = read_date(date)
    if date and moment is None:
        defects.add("bad_date", date[:40])
    problems = (originator.problem, *(found.problem for found in lists.values()))
    return Message(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        headers=headers.decoded(),
        from_=first_mailbox(originator),
        from_problem=from_problem,
        sender=first_mailbox(lists["sender"]),
        reply_to=lists["reply-to"].mailboxes,
        to=lists["to"].mailboxes,
        cc=lists["cc"].mailboxes,
        subject=headers.get("subject"),
        date=moment,
        message_id=first_id(headers.get("message-id")),
        in_reply_to=read_ids(headers.get("in-reply-to")),
        references=read_ids(headers.get("references")),
        return_path=_return_path(headers, mail_from),
        auto_submitted=_keyword(headers.get("auto-submitted")) or "no",
        precedence=_keyword(headers.get("precedence")),
        list_id=headers.get("list-id"),
        list_post=headers.get("list-post"),
        list_unsubscribe=headers.get("list-unsubscribe"),
        refused=next(filter(None, problems), None),
    )


def _note_doubles(headers: Headers, defects: Defects) -> None:
    for name in _ONCE:
        if len(headers.raw_all(name)) > 1:
            defects.add("duplicate_field", name)


def _addresses(headers: Headers, name: str, limits: Limits, defects: Defects) -> Addresses:
    """Read every field of that name as one list: programs that send two To fields mean both."""
    values = headers.raw_all(name)
    found = read_addresses(values[0] if values else "", limits, defects, headers.charset)
    for value in values[1:]:
        more = read_addresses(value, limits, defects, headers.charset)
        found = found._replace(
            mailboxes=(found.mailboxes + more.mailboxes)[: limits.addresses],
            problem=found.problem or more.problem,
        )
    if any(oddity not in ("a group", "no address") for oddity in found.oddities):
        defects.add("address_syntax", name)
    return found


def _return_path(headers: Headers, mail_from: str | None) -> str | None:
    """Return the envelope sender: what we were told, else what the last server wrote down."""
    if mail_from is not None:
        return mail_from.strip("<> ")
    values = headers.raw_all("return-path")
    if not values:
        return None
    return cut_comments(headers.get("return-path")).strip("<> \t")


def _keyword(value: str) -> str:
    """Return a field of one word without parameters and comments, lower case."""
    return cut_comments(value).partition(";")[0].strip().lower()
