"""Answers, refusals and what is passed on, by the rules of the how-to, down to the bytes sent."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.docs.page import blocks
from tests.end_to_end.answering import Office, mail

from postroom.runtime.clock import SYSTEM
from postroom.runtime.supervise import run_once

if TYPE_CHECKING:
    from email.message import EmailMessage

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "answer-and-forward.md"
RULES = next(block.text for block in blocks(PAGE) if block.file == "desk/desk.yaml")
BILL = "Content-Type: multipart/mixed; boundary=b"
BODY = (
    "--b\r\n\r\nHere is the bill.\r\n--b\r\nContent-Type: text/csv\r\n"
    'Content-Disposition: attachment; filename="bill.csv"\r\n\r\na,b\r\n--b--'
)
CASES = {
    "ann": mail(1, sender="ann@weaver.example", subject="The <b>rear</b> light"),
    "stranger": mail(2, sender="eve@other.example", subject="Hello"),
    "forged stranger": mail(3, sender="eve@other.example", subject="Hello you", dmarc="fail"),
    "quiet": mail(4, sender="reports@weaver.example", subject="Report"),
    "bill": mail(5, BILL, subject="An invoice", body=BODY),
    "offer": mail(6, BILL, subject="An offer", body=BODY),
}
OLD = mail(7, sender="bob@weaver.example", subject="Is anybody there?")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[EmailMessage]]:
    """What was written to whom."""
    office = Office(tmp_path_factory.mktemp("answers") / "desk", RULES, SYSTEM.now())
    outcomes = [each.outcome for each in office.receive(*CASES.values())]
    assert outcomes == ["created", "denied", "denied", "created", "discarded", "discarded"]
    old = office.engine.rules.accounts["old-address"]
    (refused,) = office.engine.process(old, office.envelopes([OLD]))
    assert refused.outcome == "denied"
    assert run_once(office.engine)  # there is no mailbox to read: what waits is sent
    office.closed = True
    written: dict[str, list[EmailMessage]] = {}
    for path in sorted((office.folder / "outbox").glob("*.eml")):
        parsed: EmailMessage = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        written.setdefault(str(parsed["To"]), []).append(parsed)
    return written


def text(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).strip()


def only(sent: dict[str, list[EmailMessage]], to: str) -> EmailMessage:
    (one,) = sent[to]
    return one


def test_nobody_else_was_written_to(sent: dict[str, list[EmailMessage]]) -> None:
    assert sorted(sent) == [
        "ads@kestrel.example", "ann@weaver.example", "bills@kestrel.example",
        "bob@weaver.example", "eve@other.example",
    ]  # fmt: skip
    assert {len(each) for each in sent.values()} == {1}


def test_an_answer_says_that_a_machine_wrote_it(sent: dict[str, list[EmailMessage]]) -> None:
    answer = only(sent, "ann@weaver.example")
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["X-Auto-Response-Suppress"] == "All"
    assert answer["In-Reply-To"] == "<1@weaver.example>"
    assert str(answer["Subject"]).endswith("Received: The <b>rear</b> light")
    assert "We have opened SUP-1." in text(answer)
    assert "<b>SUP-1</b>" in text(answer, "html")


def test_who_may_not_create_is_told_so(sent: dict[str, list[EmailMessage]]) -> None:
    """And who only says to be that person is not."""
    answer = only(sent, "eve@other.example")
    assert str(answer["Subject"]).endswith("Your message was not accepted")
    assert "Please open a request in the portal." in text(answer)
    assert answer["In-Reply-To"] == "<2@other.example>"


def test_an_address_that_is_not_read_says_so(sent: dict[str, list[EmailMessage]]) -> None:
    answer = only(sent, "bob@weaver.example")
    assert str(answer["From"]) == "help@kestrel.example"
    assert "Write to support@kestrel.example." in text(answer)


def test_what_is_passed_on_has_its_attachments_and_our_words(
    sent: dict[str, list[EmailMessage]],
) -> None:
    forwarded = only(sent, "bills@kestrel.example")
    assert str(forwarded["Subject"]).endswith("Fwd: An invoice")
    assert "A bill from ann@weaver.example." in text(forwarded)
    (original,) = [p for p in forwarded.walk() if p.get_content_type() == "message/rfc822"]
    assert b"bill.csv" in original.as_bytes()


def test_what_is_passed_on_without_attachments_has_its_text(
    sent: dict[str, list[EmailMessage]],
) -> None:
    forwarded = only(sent, "ads@kestrel.example").as_bytes()
    assert b"Here is the bill." in forwarded
    assert b"bill.csv" not in forwarded
    assert b"discarded" in forwarded
