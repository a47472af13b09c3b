"""A rule folder of its own and the real command line, for tests from mailbox to record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.command_line import call

if TYPE_CHECKING:
    from pathlib import Path

POSTROOM = [
    sys.executable,
    "-c",
    "import sys; from postroom.cli.main import main; sys.exit(main())",
]
CANARY = "canary-d41d8cd9"
"""A password that must never be seen anywhere."""

RULES = """\
version: 1

tables:
  contact:
    fields:
      name: {{type: text}}
      email: {{type: email, unique: true}}
  ticket:
    number: SUP
    fields:
      title: {{type: text, max: 250}}
      details: {{type: text}}
      files: {{type: files}}

contacts: {{table: contact, guest: guest@kestrel.example}}

accounts:
{accounts}
templates:
  told: {{subject: "New: ${{record.title ?? \\"?\\"}}", text: "Look."}}
"""
ACCOUNT = """\
  {name}:
    table: ticket
    address: {name}@kestrel.example
    receive: {receive}
    send: {{use: file, path: {outbox}, from: {name}@kestrel.example}}
    access:
      create: [{{id: anybody, then: {{allow_as: guest}}}}]
      update: [{{id: nobody, then: discard}}]
    mapping:
      set: {{title: "${{subject}}", details: "${{body.text}}", files: "${{attachments}}"}}
    notify:
      - id: told
        after: created
        when: subject contains "urgent"
        to: boss@kestrel.example
        template: told
"""


@dataclass
class Desk:
    """A rule folder, its data, and what one does with them."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, **receive: str) -> None:
        """Write rules with an account for each `receive`."""
        accounts = "".join(
            ACCOUNT.format(name=name, receive=how, outbox=self.folder / "outbox")
            for name, how in receive.items()
        )
        self.folder.mkdir(exist_ok=True)
        (self.folder / "rules.yaml").write_text(RULES.format(accounts=accounts), "utf-8")

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start `postroom run` on the folder."""
        return subprocess.Popen(
            [*POSTROOM, "run", str(self.folder), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
            **options,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run any verb to its end: an engine in a process of its own, what asks it in this one."""
        if words[0] != "run":
            return call(*words, environment=self.environment)
        return subprocess.run(
            [*POSTROOM, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, **self.environment},
        )

    def once(self) -> subprocess.CompletedProcess[str]:
        """Work off what is there."""
        return self.run("run", str(self.folder), "--once")

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Ask what was published, from another process."""
        done = self.run("sql", "--rules", str(self.folder), "--json", query)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def one(self, query: str) -> Any:
        """Return the single cell of an answer."""
        (row,) = self.sql(query)
        (cell,) = row.values()
        return cell

    def titles(self) -> list[str]:
        """Return the titles of all tickets, sorted."""
        return sorted(row["title"] for row in self.sql("SELECT title FROM records.ticket"))


def mail(number: int, words: str = "Request") -> bytes:
    """Return a message, different for each number."""
    return (
        f"From: Ann <ann{number % 40}@weaver.example>\r\nTo: support@kestrel.example\r\n"
        f"Subject: {words} {number:05d}\r\nMessage-ID: <{number}.{words}@weaver.example>\r\n"
        f"Date: Mon, 2 Nov 2026 08:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + f"This is number {number}: grüße. " * 40
        + "\r\n"
    ).encode()


def put(path: Path, raw: bytes) -> None:
    """Write a file as it is a minute later, when nobody waits for more of it."""
    path.write_bytes(raw)
    finished = time.time() - 60
    os.utime(path, (finished, finished))


def titles(count: int, words: str = "Request") -> list[str]:
    """Return the titles that the tickets of that many messages have."""
    return [f"{words} {number:05d}" for number in range(count)]
