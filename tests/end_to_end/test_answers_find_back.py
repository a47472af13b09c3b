"""What we send finds back: as an answer, quoted by whatever program, or as a delivery report."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.servers.smtp_sink import SmtpServer

from postroom.mail.quotes.marker import MARKER
from postroom.mail.read import read
from postroom.model.envelope import Envelope, Place
from postroom.model.record import LogEntry, RecordRef
from postroom.runtime.sending.desk import Desk
from postroom.runtime.sending.letters import Letterhead
from postroom.runtime.sending.outbox import Outbox
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from postroom.model.decision import Decision
    from postroom.runtime.engine import Engine

RULES = """\
version: 1
tables:
  contact:
    fields: {{email: {{type: email, unique: true}}}}
  ticket:
    number: SUP{table}
    fields:
      title: {{type: text, max: 250}}
      notes: {{type: log}}
contacts: {{table: contact, guest: guest@kestrel.example}}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    trust_results_from: [mx.kestrel.example]
    receive: {{use: eml, path: inbox}}
    send: {{use: smtp, host: localhost, port: {port}, tls: none, plus_addresses: true{more}}}
    filters: [{{id: bounce, when: dsn.present, then: bounce}}]
    subject_prefixes: {{keep: 0}}
    access:
      create: [{{id: anybody, then: {{allow_as: guest}}}}]
      update: [{{id: copied, when: token.valid, then: {{allow_as: guest}}}}, {{id: no, then: deny}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
    updates: {{append: {{notes: "${{body.reply}}"}}}}
    notify: [{{id: ack, after: created, to: "${{from.addr_spec}}", template: ack}}]
templates:
  ack: {{subject: "Received: ${{record.title ?? ''}}", text: "{text}"}}
"""
TEXT = "We have opened it.\\nOn Monday we will look: write back if it burns."
TICKET = RecordRef("ticket", 1)


@dataclass
class House:
    """An engine, and the server that its mail goes to."""

    engine: Engine
    server: SmtpServer
    data: Path
    taken: int = 0

    def take(self, raw: str) -> Decision:
        """Hand over a message, as if it lay in the mailbox, and send what follows from it."""
        self.taken += 1
        content = textwrap.dedent(raw).replace("\n", "\r\n").encode()
        account = self.engine.rules.accounts["support"]
        place = Place("inbox", "1", str(self.taken))
        (decision,) = self.engine.process(account, [Envelope(place, content, len(content))])
        self.send()
        return decision

    def send(self) -> None:
        engine = self.engine
        desk = Desk(engine.rules, engine.plugins.notifiers(), engine.secrets)
        head = Letterhead(engine.tokens.ring, engine.rules.hash)
        stop: Event = _never()
        Outbox(engine.store, desk, head, engine.clock, engine.tell).work_off(stop)
        desk.close()

    def sent(self) -> bytes:
        """Return the one message that went out, after a first mail from Ann."""
        assert self.take(FIRST).outcome == "created"
        (got,) = self.server.sink.got
        return got.raw


def _never() -> Event:
    from threading import Event

    return Event()


FIRST = """\
    Return-Path: <ann@weaver.example>
    Authentication-Results: mx.kestrel.example; dmarc=pass header.from=weaver.example
    From: Ann <ann@weaver.example>
    To: support@kestrel.example
    Subject: The light stays dark
    Message-ID: <first@weaver.example>
    Date: Mon, 2 Nov 2026 08:00:00 +0000

    It is the one at the back.
    """
ANSWER = """\
Return-Path: <ann@weaver.example>
Authentication-Results: mx.kestrel.example; dmarc=pass header.from=weaver.example
From: Ann <ann@weaver.example>
To: {to}
Subject: {subject}
Message-ID: <answer@weaver.example>
{headers}Date: Mon, 2 Nov 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

{body}
"""


def house(folder: Path, more: str = "", text: str = TEXT, table: str = "") -> House:
    server = SmtpServer(None, auth=False)
    folder.mkdir()
    rules = RULES.format(port=server.port, more=more, text=text, table=table)
    (folder / "rules.yaml").write_text(rules, "utf-8")
    (folder / "inbox").mkdir()
    where = folders(folder)
    return House(assemble(where), server, where.data)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path / "rules")
    yield made
    made.engine.close()
    made.server.stop()


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


SHAPES = {
    "Gmail": "{new}\n\nOn Mon, 2 Nov 2026 at 08:01, <support@kestrel.example> wrote:\n\n{quoted}",
    "Gmail, German": "{new}\n\nAm Mo., 2. Nov. 2026 um 08:01 Uhr schrieb "
    "<support@kestrel.example>:\n\n{quoted}",
    "Apple Mail": "{new}\n\n> On 2. Nov 2026, at 08:01, support@kestrel.example wrote:\n> \n"
    "{quoted}",
    "Outlook": "{new}\n\n________________________________\nFrom: support@kestrel.example\n"
    "Sent: Monday, November 2, 2026 8:01 AM\nTo: Ann <ann@weaver.example>\n"
    "Subject: [#X] Received: The light stays dark\n\n{plain}",
    "Outlook, French": "{new}\n\nDe : support@kestrel.example\n"
    "Envoyé : lundi 2 novembre 2026 08:01\n"
    "À : Ann <ann@weaver.example>\nObjet : Received\n\n{plain}",
    "a program that quotes without a word": "{new}\n\n{quoted}",
    "a program that quotes nothing but pastes": "{new}\n\n{plain}",
}
NEW = (
    "It burns now:\nFrom: the fuse box to the lamp, all of it.\n\nOn Monday it did not.\n-- so far"
)


@pytest.mark.parametrize("program", SHAPES)
def test_exactly_what_is_new_becomes_a_note(made: House, program: str) -> None:
    ours = read(made.sent())
    assert ours.body.text.startswith(MARKER)
    body = SHAPES[program].format(new=NEW, quoted=_quoted(ours.body.text), plain=ours.body.text)
    headers = f"In-Reply-To: <{ours.message_id}>\n"
    raw = ANSWER.format(to="support@kestrel.example", subject="Re: x", headers=headers, body=body)
    decision = made.take(raw)
    assert decision.outcome == "updated", decision.reasons
    record = made.engine.store.record(TICKET)
    assert record is not None
    notes = record.values["notes"]
    assert isinstance(notes, tuple)
    (note,) = notes
    assert isinstance(note, LogEntry)
    assert note.text == NEW


def _carried(ours_raw: bytes) -> dict[str, tuple[str, str, str]]:
    """Return To, Subject and other fields of an answer, by the one carrier that is left in it."""
    ours = read(ours_raw)
    plain = "support@kestrel.example", "Re: your mail", ""
    return {
        "Message-ID": (plain[0], plain[1], f"In-Reply-To: <{ours.message_id}>\n"),
        "References, where a server has put another Message-ID": (
            plain[0], plain[1], f"References: <{ours.references[0]}> <x@relay.example>\n",
        ),
        "plus-address": (ours.reply_to[0].addr_spec, plain[1], ""),
        "subject": (plain[0], f"AW: {ours.subject}", ""),
    }  # fmt: skip


@pytest.mark.parametrize("which", range(4))
def test_one_carrier_is_enough(made: House, which: int) -> None:
    to, subject, headers = list(_carried(made.sent()).values())[which]
    raw = ANSWER.format(to=to, subject=subject, headers=headers, body="It burns.")
    decision = made.take(raw)
    assert (decision.outcome, decision.ref) == ("updated", TICKET), decision.reasons


@pytest.mark.parametrize(("title", "outcome"), [("dark", "created"), ("blue", "updated")])
def test_the_token_of_a_record_expires_as_its_table_says(
    tmp_path: Path, title: str, outcome: str
) -> None:
    holds = f'(record.title ?? "") contains "{title}"'
    expires = f"\n    token_expires: {{after: 0s, when: '{holds}'}}"
    made = house(tmp_path / "rules", table=expires)
    try:
        ours = read(made.sent())
        headers = f"In-Reply-To: <{ours.message_id}>\n"
        raw = ANSWER.format(to="support@kestrel.example", subject="x", headers=headers, body="Hi.")
        raw = raw.replace("ann@weaver", "zoe@weaver")
        decision = made.take(raw)
        assert decision.outcome == outcome, decision.reasons
        expired = "the token (references) of ticket 1 has expired" in decision.reasons
        assert expired == (outcome == "created")
    finally:
        made.engine.close()
        made.server.stop()


REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.weaver.example
To: support@kestrel.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.weaver.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.weaver.example

Final-Recipient: rfc822; ann@weaver.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

{headers}
--b--
"""


def test_a_report_of_a_failure_is_noted_on_what_came_back_and_on_its_record(made: House) -> None:
    headers = made.sent().decode().partition("\r\n\r\n")[0].replace("\r\n", "\n")
    decision = made.take(REPORT.format(headers=headers))
    assert decision.outcome == "bounced"
    made.engine.publish()
    looked_at = archive(made.data)
    assert list(looked_at.query("SELECT bounced, table_name, record, words FROM bounces").rows) == [
        (2, "ticket", 1, "ann@weaver.example failed 5.1.1 550 5.1.1 no such user")
    ]
    notes = looked_at.query("SELECT id, direction, note FROM communications WHERE note <> ''")
    assert [tuple(row[:2]) for row in notes.rows] == [(2, "out")]
    assert made.server.sink.got[1:] == [], "nobody is written to because of a report"


def test_the_header_says_who_sent_it_and_why(made: House) -> None:
    ours = read(made.sent())
    told = {name: value for name, value in ours.headers if name.startswith("X-Postroom-")}
    assert told["X-Postroom-Instance"].startswith(made.engine.tokens.ring.instance)
    assert told.pop("X-Postroom-Instance")
    assert told.pop("X-Postroom-Rules") == made.engine.rules.hash
    assert told.pop("X-Postroom-Key").startswith("support/")
    assert told == {
        "X-Postroom-Account": "support",
        "X-Postroom-Table": "ticket",
        "X-Postroom-Record": "1",
        "X-Postroom-Rule": "notify/ack",
        "X-Postroom-Reason": "answer to message 1",
    }


def test_what_does_not_fit_is_said_in_the_mail_and_in_the_audit_log(tmp_path: Path) -> None:
    made = house(tmp_path / "rules", more=", max_body: 1KB, reply_marker: none", text="long " * 400)
    try:
        ours = read(made.sent())
        assert len(ours.body.text) < 1_300
        assert "its text has 2,000 bytes: here is the beginning" in ours.body.text
        assert MARKER not in ours.body.text
        made.engine.publish()
        rows = archive(made.data).query("SELECT detail FROM notices WHERE event = 'sent'").rows
        assert list(rows) == [("its text has 2,000 bytes: here is the beginning",)]
    finally:
        made.engine.close()
        made.server.stop()
