"""Make a message of a letter."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Refused
from postroom.hooks.letters import header, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks.contracts import Letter

POLICY = policy.SMTP.clone(cte_type="7bit")
"""For bodies: lines end in CR LF, and everything is sent in 7 bits."""
_LONGEST_LINE = 998
"""RFC 5322 2.1.1."""
_AUTO_SUBMITTED = {
    "answer": "auto-replied",
    "alert": "auto-generated",
    "forward": "auto-generated",
}
"""RFC 3834 5."""


def compose(letter: Letter, *, eight_bit: bool = False) -> bytes:
    """Return the message as it goes out, without Bcc and without an envelope.

    eight_bit: whether a forwarded message may be sent as it is where it is not plain ASCII
    (RFC 6152). Raises Refused if the header would not hold exactly the fields that are meant.
    """
    content = _content(letter, eight_bit=eight_bit)
    fields = list(_fields(letter))
    raw = header.written(fields) + content
    meant = [name for name, _ in fields] + header.names(content)
    if header.names(raw) != meant:
        raise Refused("its header would hold other fields than are meant")
    return raw


def _fields(letter: Letter) -> Iterator[header.Field]:
    notice = letter.notice
    recipients = [found for each in notice.to if (found := text.address(each))]
    yield header.listed("From", [text.address(letter.sender) or "postroom@localhost"])
    if recipients:
        yield header.listed("To", recipients, ",")
    reply_to = text.address(letter.reply_to)
    if reply_to is not None:
        yield header.listed("Reply-To", [reply_to])
    yield header.unstructured("Subject", text.one_line(notice.subject))
    if letter.date is not None:
        yield header.unstructured("Date", format_datetime(letter.date))
    yield from _ids("Message-ID", [letter.message_id])
    yield from _ids("In-Reply-To", [notice.in_reply_to])
    yield from _ids("References", [*notice.references, notice.in_reply_to])
    yield "Auto-Submitted", f" {_AUTO_SUBMITTED[notice.kind]}"
    yield "X-Auto-Response-Suppress", " All"
    for name, value in letter.headers.items():
        if header.is_name(name):
            yield header.unstructured(name, text.one_line(value))


def _ids(name: str, ids: list[str]) -> Iterator[header.Field]:
    found = text.message_ids(ids)
    if found:
        yield header.listed(name, found)


def _content(letter: Letter, *, eight_bit: bool) -> bytes:
    """Return the MIME fields, the empty line and the body."""
    part = _body(letter)
    attached: list[bytes] = []
    if letter.original is not None and letter.notice.attach_original == "all":
        attached.append(_original(letter.original, eight_bit=eight_bit))
    elif letter.original_text and letter.notice.attach_original == "text":
        attached.append(_text(letter.original_text, "plain").as_bytes())
    return _mixed([part, *attached]) if attached else part


def _body(letter: Letter) -> bytes:
    plain = _text(letter.notice.text, "plain")
    if not letter.notice.html:
        return plain.as_bytes()
    if not letter.notice.text:
        return _text(letter.notice.html, "html").as_bytes()
    plain.add_alternative(text.body(letter.notice.html), subtype="html")
    both = letter.notice.text + letter.notice.html
    plain.set_boundary(_boundary(both.encode("utf-8", "replace")))
    return plain.as_bytes()


def _text(content: str, subtype: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part.set_content(text.body(content), subtype=subtype)
    return part


def _mixed(parts: list[bytes]) -> bytes:
    boundary = _boundary(b"".join(parts))
    first = (
        f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
    ).encode("ascii")
    between = f"--{boundary}\r\n".encode("ascii")
    middle = b"".join(between + _ended(part) for part in parts)
    return first + middle + f"--{boundary}--\r\n".encode("ascii")


def _boundary(content: bytes) -> str:
    """Return a boundary that the content cannot have foreseen, and always the same for it."""
    return f"postroom-{sha256(content).hexdigest()}"


def _ended(part: bytes) -> bytes:
    return part if part.endswith(b"\r\n") else part + b"\r\n"


def _original(raw: bytes, *, eight_bit: bool) -> bytes:
    """Return a message as an attachment. It is not parsed: it may be made to hurt who does.

    As message/rfc822, which may only be sent as it is (RFC 2046 5.2.1); a message that cannot be
    is wrapped up as a file.
    """
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    sendable = b"\0" not in raw and max(map(len, lines)) <= _LONGEST_LINE
    if not sendable or not (raw.isascii() or eight_bit):
        part = EmailMessage(policy=POLICY)
        part.set_content(raw, "application", "octet-stream", filename="message.eml")
        return part.as_bytes()
    encoding = "7bit" if raw.isascii() else "8bit"
    fields = (
        "Content-Type: message/rfc822\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
        'Content-Disposition: attachment; filename="message.eml"\r\n\r\n'
    )
    return fields.encode("ascii") + b"\r\n".join(lines)
