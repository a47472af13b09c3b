"""What kind of mail a message is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.read import read

if TYPE_CHECKING:
    from postroom.model.message import Message

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parent / "classes.yaml").read_text(encoding="utf-8")
)


def message(case: dict[str, Any]) -> Message:
    fields = {
        "From": case.get("from", "Ann Smith <ann@x.example>"),
        "To": "desk@y.example",
        "Date": "Mon, 4 Mar 2024 10:12:44 +0100",
        "Message-ID": "<1@x.example>",
        **case["headers"],
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return read((header + "\r\n" + case["text"].replace("\n", "\r\n")).encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_class_of_a_message(case: dict[str, Any]) -> None:
    found = message(case)
    assert found.class_ == case["class"], found.class_reasons
    assert found.class_reasons or found.class_ == "human"


def test_what_is_not_enough_is_still_told() -> None:
    case = next(each for each in CASES if each["name"] == "a customer behind a list header")
    assert message(case).class_reasons == (
        "it comes through the list <sales.customer.example>, which is not enough",
    )


RECEIPT = b"""From: Ann <ann@x.example>
Subject: Read: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your message was read on Monday.
--b
Content-Type: message/disposition-notification

Reporting-UA: x.example; Mail 1.0
Final-Recipient: rfc822;ann@x.example
Original-Message-ID: <1@y.example>
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""


def test_a_read_receipt_is_a_report() -> None:
    found = read(RECEIPT.replace(b"\n", b"\r\n"))
    assert (found.class_, found.mdn.present, found.mdn.disposition) == ("report", True, "displayed")
    assert not found.dsn.present


COMPLAINT = b"""From: <abuse@provider.example>
Subject: FW: Earn money
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: Abuse
User-Agent: SomeGenerator/1.0
Version: 1

--b
Content-Type: message/rfc822

From: <me@y.example>
Subject: Earn money

Spam
--b--
"""


def test_a_feedback_report_is_a_complaint() -> None:
    found = read(COMPLAINT.replace(b"\n", b"\r\n"))
    assert (found.class_, found.arf.feedback_type) == ("complaint", "abuse")
    assert found.forwarded is None
