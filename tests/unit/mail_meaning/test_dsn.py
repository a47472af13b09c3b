"""Delivery reports in the form of RFC 3464."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from postroom.mail.read import read
from postroom.mail.reports.bounce_codes import Codes, kind_of, read_codes, read_status
from postroom.mail.reports.dsn_fields import read_groups

if TYPE_CHECKING:
    from postroom.model.message import Message

REPORT = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: me@sender.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{text}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 4 Mar 2024 10:12:44 +0100

{status}

--b
Content-Type: message/rfc822

Message-ID: <sent@sender.example>
References: <first@sender.example>
 <second@sender.example>
From: me@sender.example
To: ann@dest.example
Subject: Hello

Hello
--b--
"""


def report(status: str, text: str = "Sorry.") -> Message:
    return read(REPORT.format(status=status, text=text).replace("\n", "\r\n").encode())


def test_a_failed_recipient() -> None:
    dsn = report(
        "Original-Recipient: rfc822; ann@dest.example\n"
        "Final-Recipient: rfc822; ann.smith@box.dest.example\n"
        "Action: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ann@dest.example>: User unknown"
    ).dsn
    assert (dsn.action, dsn.status, dsn.reporting_mta) == ("failed", "5.1.1", "mx.example")
    assert dsn.original_recipient == "ann@dest.example"
    assert dsn.final_recipient == "ann.smith@box.dest.example"
    assert dsn.diagnostic_code == "550 5.1.1 <ann@dest.example>: User unknown"
    assert dsn.recipients[0].addr_spec == "ann@dest.example"
    assert (dsn.recipients[0].smtp_code, dsn.recipients[0].kind) == (550, "hard")


def test_what_came_back_is_identified() -> None:
    ids = report("Final-Recipient: rfc822; a@dest.example\nAction: failed\nStatus: 5.0.0").dsn
    assert ids.original_message_ids == (
        "sent@sender.example",
        "first@sender.example",
        "second@sender.example",
    )


def test_a_delay_is_no_failure() -> None:
    message = report("Final-Recipient: rfc822; a@dest.example\nAction: delayed\nStatus: 4.4.1")
    assert message.dsn.action == "delayed"
    assert message.dsn.recipients[0].kind == "soft"
    assert message.class_reasons[0] == "a delivery is delayed; it has not failed"


def test_a_delivery_is_reported_and_not_bounced() -> None:
    message = report("Final-Recipient: rfc822; a@dest.example\nAction: relayed\nStatus: 2.0.0")
    assert message.class_ == "report"
    assert message.dsn.action == "relayed"


def test_each_recipient_is_told_of_once_and_the_worst_counts() -> None:
    message = report(
        "Final-Recipient: rfc822; a@dest.example\nAction: delayed\nStatus: 4.4.1\n\n"
        "Final-Recipient: rfc822; b@dest.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; A@dest.example\nAction: failed\nStatus: 4.4.7"
    )
    told = [(each.addr_spec, each.action, each.kind) for each in message.dsn.recipients]
    assert told == [("A@dest.example", "failed", "soft"), ("b@dest.example", "delivered", "hard")]
    assert message.class_ == "bounce"


def test_a_report_without_recipients_is_read_from_its_text() -> None:
    message = report(
        "X-Nothing: here", "Delivery failed:\n\n  <ann@dest.example>\n  550 no such user"
    )
    assert [each.addr_spec for each in message.dsn.recipients] == ["ann@dest.example"]


@pytest.mark.parametrize(
    ("field", "action"),
    [
        ("Failure (bad address)", "failed"),
        ("error", "failed"),
        ("Delayed", "delayed"),
        ("", "failed"),
    ],
)
def test_actions_are_read_in_the_words_of_servers(field: str, action: str) -> None:
    message = report(f"Final-Recipient: rfc822; a@dest.example\nAction: {field}\nStatus: 5.0.0")
    assert message.dsn.action == action


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("550 5.1.1 User unknown", (550, "5.1.1")),
        ("host mx[192.0.2.1] said: 452-4.2.2 Mailbox full", (452, "4.2.2")),
        ("554 delivery error (#5.7.1)", (554, "5.7.1")),
        ("550-REJECTED", (550, "")),
        ("the limit is 512 KB", (None, "")),
        ("message size 18876259 exceeds 10485760", (None, "")),
        ("connected to 192.0.2.45", (None, "")),
        ("version 4.94.2.1", (None, "")),
        ("in room 550", (550, "")),
    ],
)
def test_codes_are_told_from_other_numbers(text: str, codes: tuple[int | None, str]) -> None:
    assert read_codes(text) == codes


def test_status_fields_with_words_behind_them() -> None:
    assert read_status("5.2.2 (mailbox full)") == "5.2.2"
    assert read_status("553 too large") == ""


def test_the_class_of_the_status_decides_between_hard_and_soft() -> None:
    assert kind_of("failed", Codes(550, "4.4.7")) == "soft"
    assert kind_of("failed", Codes(450, "5.2.1")) == "hard"
    assert kind_of("failed", Codes(421)) == "soft"
    assert kind_of("delayed", Codes(550, "5.0.0")) == "soft"
    assert kind_of("failed", Codes()) == "hard"


def test_blocks_without_blank_lines_between_recipients() -> None:
    groups = read_groups(
        "Final-Recipient: rfc822;a@x\nAction: failed\nFinal-Recipient: rfc822;b@x\n"
    )
    assert [group.address() for group in groups] == ["a@x", "b@x"]


def test_a_flood_of_recipients_is_read_in_time() -> None:
    status = "\n\n".join(
        f"Final-Recipient: rfc822; u{n}@x.example\nAction: failed" for n in range(20_000)
    )
    started = time.process_time()
    message = report(status)
    assert len(message.dsn.recipients) <= 1_000
    assert time.process_time() - started < 1
