"""The pipeline that one writes with the standard library: what the others are measured against."""

from __future__ import annotations

import hashlib
import html.parser
import json
import os
import re  # noqa: TID251 - the point of the comparison
import sqlite3
import zlib
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE contact (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE);
CREATE TABLE ticket (
  id INTEGER PRIMARY KEY, title TEXT, details TEXT, requester INTEGER, kind TEXT, files TEXT);
CREATE TABLE communication (
  id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, message_id TEXT, sender TEXT, recipients TEXT,
  subject TEXT, date TEXT, ticket INTEGER, offset INTEGER, length INTEGER);
CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT, leaf BLOB);
"""


class Text(html.parser.HTMLParser):
    """Text from HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.parts.append(data)


class Standard:
    """email.policy.default, re, sqlite3, zlib."""

    def __init__(self, folder: Path, contacts: str, rules: list[tuple[str, str]]) -> None:
        folder.mkdir()
        self.database = sqlite3.connect(folder / "tickets.db")
        self.database.executescript(SCHEMA)
        people = [line.split(",") for line in contacts.splitlines()[1:]]
        self.database.executemany("INSERT INTO contact (name, email) VALUES (?, ?)", people)
        self.database.commit()
        self.rules = [(field, re.compile(pattern, re.IGNORECASE)) for field, pattern in rules]
        self.pack = (folder / "mail.pack").open("ab")

    def take(self, mails: list[list[bytes]]) -> None:
        """Work off some batches."""
        for batch in mails:
            self.work_off(batch)

    def work_off(self, mails: list[bytes]) -> None:
        """Read, decide and store one batch, in one transaction."""
        audit, communications, tickets = [], [], []
        (last,) = self.database.execute("SELECT coalesce(max(id), 0) FROM ticket").fetchone()
        for number, raw in enumerate(mails, start=last + 1):
            sha256 = hashlib.sha256(raw).hexdigest()
            if self.is_known(sha256):
                continue
            read = decoded(raw)
            kind, fired = self.decide(read)
            contact = self.contact(read.sender)
            files = json.dumps(read.files)
            tickets.append((number, read.subject, read.text, contact, kind, files))
            packed = zlib.compress(raw, 1)
            offset = self.pack.tell()
            self.pack.write(packed)
            communications.append(
                (
                    *(number, sha256, read.message_id, read.sender, read.recipients),
                    *(read.subject, read.date, number, offset, len(packed)),
                )
            )
            entry = {"message": sha256, "ticket": number, "fired": fired, "contact": contact}
            body = json.dumps(entry, sort_keys=True)
            audit.append((body, hashlib.sha256(b"\0" + body.encode()).digest()))
        self.pack.flush()
        os.fsync(self.pack.fileno())
        many = self.database.executemany
        many("INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?)", tickets)
        many("INSERT INTO communication VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", communications)
        many("INSERT INTO audit (body, leaf) VALUES (?, ?)", audit)
        self.database.commit()

    def is_known(self, sha256: str) -> bool:
        """Return whether these bytes were stored before."""
        query = "SELECT 1 FROM communication WHERE sha256 = ?"
        return self.database.execute(query, [sha256]).fetchone() is not None

    def contact(self, address: str) -> int | None:
        """Return the contact that has the address."""
        query = "SELECT id FROM contact WHERE email = ?"
        row = self.database.execute(query, [address.lower()]).fetchone()
        return row[0] if row else None

    def decide(self, read: Read) -> tuple[str, list[int]]:
        """Ask every rule; return what they set, and which of them applied."""
        texts = {"subject": read.subject, "body": read.text, "domain": read.domain}
        fired = [n for n, (where, rule) in enumerate(self.rules) if rule.search(texts[where])]
        return ("Special" if fired else "General"), fired

    def close(self) -> None:
        """Let go."""
        self.pack.close()
        self.database.close()


@dataclass
class Read:
    """A message, decoded."""

    subject: str = ""
    sender: str = ""
    domain: str = ""
    recipients: str = ""
    message_id: str = ""
    date: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    files: list[tuple[str, str, int, str]] = field(default_factory=list)


def decoded(raw: bytes) -> Read:
    """Read a message in full: every header, the text, every file with its hash."""
    message = message_from_bytes(raw, policy=policy.default)
    sender = message["from"].addresses[0] if message["from"] else None
    people = [
        a.addr_spec for name in ("to", "cc") if message[name] for a in message[name].addresses
    ]
    found = Read(
        subject=str(message["subject"] or ""),
        sender=sender.addr_spec if sender else "",
        domain=sender.domain if sender else "",
        recipients="\n".join(people),
        message_id=str(message["message-id"] or ""),
        date=message["date"].datetime.isoformat() if message["date"] else "",
        headers=[(name, str(value)) for name, value in message.items()],
    )
    body = message.get_body(("plain", "html"))
    if body is not None:
        content = body.get_content()
        found.text = content if body.get_content_type() == "text/plain" else text_of(content)
    for part in message.walk():
        if part is body or part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        digest = hashlib.sha256(content).hexdigest()
        name = part.get_filename() or ""
        found.files.append((name, part.get_content_type(), len(content), digest))
    return found


def text_of(page: str) -> str:
    """Return the text of HTML."""
    reader = Text()
    reader.feed(page)
    return " ".join(" ".join(reader.parts).split())
