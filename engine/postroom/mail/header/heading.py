"""The header of a message to the fields of a Message (RFC 5322 3.6, 3834, 2919, 2369)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.addresses import Addresses, read_addresses
from postroom.mail.header.address_scanner import cut_comments
from postroom.mail.header.dates import read_date
from postroom.mail.header.ids import first_id, read_ids
from postroom.mail.header.originator import first_mailbox, read_from
from postroom.model.message import Message

if TYPE_CHECKING:
    from postroom.mail.contents import Contents
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits
    from postroom.mail.structure.part import Headers

_ONCE: Final = frozenset(
    {
        "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references",
        "subject", "date",
    }
)  # fmt: skip
"""Fields that may occur only once (RFC 5322 3.6)."""
_HARMLESS: Final = frozenset({"a group", "no address"})


class People(NamedTuple):
    """The address fields of a message."""

    from_: Addresses
    from_problem: str | None
    sender: Addresses
    reply_to: Addresses
    to: Addresses
    cc: Addresses

    @property
    def problem(self) -> str | None:
        """Which limit one of them passes."""
        lists = (self.from_, self.sender, self.reply_to, self.to, self.cc)
        return next((found.problem for found in lists if found.problem), None)


def read_people(headers: Headers, limits: Limits, defects: Defects) -> People:
    """Read the address fields."""
    originator, problem = read_from(headers, limits, defects)
    sender, reply_to, to, cc = (
        _addresses(headers, name, limits, defects) for name in ("sender", "reply-to", "to", "cc")
    )
    return People(originator, problem, sender, reply_to, to, cc)


def build_message(  # noqa: PLR0913 - all that a Message is made of, in one place
    raw: bytes,
    headers: Headers,
    people: People,
    contents: Contents,
    defects: Defects,
    *,
    mail_from: str | None,
    refused: str | None,
) -> Message:
    """Return the Message that header and contents make."""
    fields = headers.decoded()
    date = headers.get("date")
    moment = read_date(date)
    if date and moment is None:
        defects.add("bad_date", date[:40])
    for name in headers.doubles():
        if name in _ONCE:
            defects.add("duplicate_field", name)
    return Message(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        headers=fields,
        from_=first_mailbox(people.from_),
        from_problem=people.from_problem,
        sender=first_mailbox(people.sender),
        reply_to=people.reply_to.mailboxes,
        to=people.to.mailboxes,
        cc=people.cc.mailboxes,
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
        body=contents.body,
        attachments=contents.attachments,
        calendar=contents.calendar,
        forwarded=contents.forwarded,
        class_=contents.class_,
        class_reasons=contents.class_reasons,
        dsn=contents.dsn,
        mdn=contents.mdn,
        arf=contents.arf,
        defects=defects.found,
        refused=refused,
        submission=contents.submission,
    )


def _addresses(headers: Headers, name: str, limits: Limits, defects: Defects) -> Addresses:
    """Read every field of that name as one list: programs that send two To fields mean both."""
    values = headers.raw_all(name)
    if not values:
        return _NOBODY
    found = read_addresses(values[0], limits, defects, headers.charset)
    if found.plain and len(values) == 1:
        return found
    for value in values[1:]:
        more = read_addresses(value, limits, defects, headers.charset)
        found = found._replace(
            mailboxes=(found.mailboxes + more.mailboxes)[: limits.addresses],
            problem=found.problem or more.problem,
        )
    if not _HARMLESS.issuperset(found.oddities):
        defects.add("address_syntax", name)
    return found


_NOBODY: Final = Addresses()


def _return_path(headers: Headers, mail_from: str | None) -> str | None:
    """Return the envelope sender: what we were told, else what the last server wrote down."""
    if mail_from is not None:
        return mail_from.strip("<> ")
    if not headers.raw_all("return-path"):
        return None
    return cut_comments(headers.get("return-path")).strip("<> \t")


def _keyword(value: str) -> str:
    """Return a field of one word without parameters and comments, lower case."""
    return cut_comments(value).partition(";")[0].strip().lower() if value else ""
