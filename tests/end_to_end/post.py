"""A mail server between engines, machines that answer, and people: it delivers what it is handed.

A real SMTP server takes the mail. Like any server that has the last word it writes the return path,
who was authenticated and a trace on top, and it reports what it cannot deliver, unless the return
path is null.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from typing import TYPE_CHECKING, Self

from aiosmtpd.controller import Controller
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

MX = "mx.net.example"
_TRACE = f"Received: from out.net.example by {MX}; Mon, 2 Nov 2026 08:00:00 +0000"


@dataclass
class Mail:
    """One message under way."""

    sender: str
    """The envelope's; "" is the null one."""
    to: str
    content: bytes

    @property
    def author(self) -> str:
        """Return the address in From."""
        return parseaddr(self.field("From"))[1]

    def field(self, name: str) -> str:
        """Return a field of the header, or ""."""
        return str(BytesHeaderParser().parsebytes(self.content).get(name, ""))


@dataclass
class Post:
    """The server and all mailboxes behind it."""

    folders: dict[str, Path] = field(default_factory=dict)
    """The mailboxes that an engine reads: a folder of files for each address."""
    machines: dict[str, Callable[[Mail], Mail | None]] = field(default_factory=dict)
    """What answers by itself, by address."""
    people: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    """Domains whose mail is not authenticated."""
    sent: Counter[str] = field(default_factory=Counter)
    """How many messages each address has sent."""
    port: int = 0
    """Where it listens."""
    _number: int = 0

    def __enter__(self) -> Self:
        """Listen."""
        (self.port,) = free_ports(1)
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._controller.stop()

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a message from an engine."""
        assert isinstance(envelope.content, bytes)
        for to in envelope.rcpt_tos:
            self.carry(Mail(envelope.mail_from or "", to, envelope.content))
        return "250 taken"

    def carry(self, mail: Mail) -> None:
        """Deliver a message, and whatever comes back because of it."""
        self.sent[mail.author] += 1
        if mail.to in self.folders:
            self._number += 1
            path = self.folders[mail.to] / f"{self._number:05}.eml"
            path.write_bytes(self._stamped(mail))
        elif mail.to in self.machines:
            answer = self.machines[mail.to](mail)
            if answer is not None:
                self.carry(answer)
        elif mail.to not in self.people and mail.sender:
            self.carry(report(mail))

    def _stamped(self, mail: Mail) -> bytes:
        domain = mail.author.rpartition("@")[2]
        result = "none" if domain in self.strangers else "pass"
        results = f"Authentication-Results: {MX}; dmarc={result} header.from={domain}"
        head = (f"Return-Path: <{mail.sender}>", results, _TRACE, "")
        return "\r\n".join(head).encode() + mail.content


def daemon_for(address: str) -> str:
    """Return who reports to an address: one for each, so that they can be told apart."""
    return f"MAILER-DAEMON@{address.partition('@')[0]}.{MX}"


def report(mail: Mail) -> Mail:
    """Return the delivery report (RFC 3464) for a message that nobody takes."""
    daemon = daemon_for(mail.sender)
    lines = (
        f"From: <{daemon}>",
        f"To: <{mail.sender}>",
        "Subject: Undelivered",
        f"Message-ID: <{abs(hash(mail.content))}@{MX}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "There is no such mailbox.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; {MX}",
        "",
        f"Final-Recipient: rfc822; {mail.to}",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {mail.field('Message-ID')}",
        "",
        "--b--",
        "",
    )
    return Mail("", mail.sender, "\r\n".join(lines).encode())


def written(author: str, to: str, subject: str, *fields: str, envelope: str | None = None) -> Mail:
    """Return a plain message of somebody."""
    lines = (
        f"From: <{author}>",
        f"To: <{to}>",
        f"Subject: {subject}",
        f"Message-ID: <{subject.encode().hex()}.{len(fields)}@{author.rpartition('@')[2]}>",
        "Date: Mon, 2 Nov 2026 08:00:00 +0000",
        *fields,
        "",
        "Hello.",
        "",
    )
    return Mail(author if envelope is None else envelope, to, "\r\n".join(lines).encode())


def away(*fields: str, envelope: str | None = None) -> Callable[[Mail], Mail | None]:
    """Return a machine that answers everybody once, whatever they sent: an out-of-office reply."""
    answered: set[str] = set()

    def answer(mail: Mail) -> Mail | None:
        if mail.author in answered:
            return None
        answered.add(mail.author)
        thread = f"In-Reply-To: {mail.field('Message-ID')}"
        subject = f"Away: {mail.field('Subject')}"
        return written(mail.to, mail.author, subject, thread, *fields, envelope=envelope)

    return answer


def mailing_list(member: str, *fields: str) -> Callable[[Mail], Mail | None]:
    """Return a list that passes everything on to one member, in the name of who wrote."""

    def passed_on(mail: Mail) -> Mail:
        bounces = mail.to.replace("@", "-bounces@")
        added = "".join(f"{each}\r\n" for each in fields).encode()
        return Mail(bounces, member, added + mail.content)

    return passed_on
