"""Mail that was carried on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.quotes.forwards import read_forward
from postroom.mail.quotes.forwards_sender import read_attributed, read_claimed
from postroom.mail.read import read
from postroom.model.message import Mailbox

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parent / "forwards.yaml").read_text(encoding="utf-8")
)
GMAIL = """Please look at this.

---------- Forwarded message ---------
From: Ann Smith <ann@x.example>
Date: Mon, 4 Mar 2024 at 10:12
Subject: Broken printer
To: <bob@y.example>


The printer is broken.
"""


def test_a_forwarded_mail_is_read() -> None:
    found = read_forward("Fwd: Broken printer", GMAIL)
    assert found is not None
    assert found.sender == Mailbox("Ann Smith", "ann@x.example")
    assert (found.subject, found.date) == ("Broken printer", "Mon, 4 Mar 2024 at 10:12")
    assert found.text == "The printer is broken."


BLOCK = "From: Ann <ann@x.example>\nSent: Monday, 4 March 2024 10:12\nTo: Bob\nSubject: A\n\nHello"


def test_the_subject_tells_a_forward_from_a_reply() -> None:
    assert read_forward("FW: A", f"Hi\n\n{BLOCK}") is not None
    assert read_forward("WG: A", f"Hi\n\n{BLOCK}") is not None
    assert read_forward("RE: A", f"Hi\n\n{BLOCK}") is None
    assert read_forward("Something else", f"Hi\n\n{BLOCK}") is None


def test_a_mail_that_is_nothing_but_another_is_forwarded() -> None:
    assert read_forward("Something else", BLOCK) is not None


def test_a_reply_that_quotes_a_forward_is_none() -> None:
    quoted = "".join(f"> {line}\n" for line in GMAIL.split("\n"))
    text = f"Done.\n\nOn 4 Mar 2024, at 11:00, Bob <bob@y.example> wrote:\n{quoted}"
    assert read_forward("Re: Fwd: Broken printer", text) is None


@pytest.mark.parametrize(
    ("value", "mailbox"),
    [
        ("Ann Smith <ann@x.example>", Mailbox("Ann Smith", "ann@x.example")),
        ('"Smith, Ann" <ann@x.example>', Mailbox("Smith, Ann", "ann@x.example")),
        ("Smith, Ann [mailto:ann@x.example]", Mailbox("Smith, Ann", "ann@x.example")),
        ("Ann<mailto:ann@x.example> <ann@x.example<mailto:a@x>>", Mailbox("Ann", "ann@x.example")),
        ("ann@x.example<mailto:ann@x.example>", Mailbox(None, "ann@x.example")),
        ("ann@x.example <ann@x.example>", Mailbox(None, "ann@x.example")),
        ("ann@x.example (Ann Smith)", Mailbox("Ann Smith", "ann@x.example")),
        ("Ann Smith", Mailbox("Ann Smith", "")),
        ("Ann <ann@x.example> on behalf of Bob <bob@x.example>", Mailbox("Ann", "ann@x.example")),
        ("*Ann* <ann@x.example>", Mailbox("Ann", "ann@x.example")),
        ("", Mailbox(None, "")),
    ],
)  # fmt: skip
def test_senders_in_the_shapes_of_programs(value: str, mailbox: Mailbox) -> None:
    assert read_claimed(value) == mailbox


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('On 28/10/2021 12:46, "Ann Smith" <ann@x.example> wrote:', "Ann Smith"),
        ("Am 28.10.21, 12:46 schrieb Ann von Berg <ann@x.example>:", "Ann von Berg"),
        ("Le 28/10/2021 12:46, « Ann Smith » <ann@x.example> a écrit :", "Ann Smith"),
        ("Op 28-10-2021 om 12:46 heeft Ann Smith <ann@x.example> geschreven:", "Ann Smith"),
        ("Ann Smith <ann@x.example> kirjoitti 28/10/2021 12.46:", "Ann Smith"),
    ],
)
def test_senders_in_the_line_above_a_quotation(line: str, name: str) -> None:
    assert read_attributed(line)[0] == Mailbox(name, "ann@x.example")


def test_an_attached_mail_is_forwarded() -> None:
    raw = (
        "From: Bob <bob@y.example>\nSubject: Fwd: Broken\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee below.\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: Ann <ann@x.example>\nSubject: Broken\n"
        "Content-Type: text/plain\n\nIt is broken.\n--b--\n"
    )
    found = read(raw.replace("\n", "\r\n").encode()).forwarded
    assert found is not None
    assert (found.sender.addr_spec, found.subject) == ("ann@x.example", "Broken")
    assert found.text.strip() == "It is broken."


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["program"])
def test_blocks_of_many_programs_and_languages(case: dict[str, Any]) -> None:
    found = read_forward(case["subject"], case["text"])
    assert found is not None
    assert (found.sender.addr_spec, found.subject) == ("ann@x.example", "Hi")
    assert found.text.removeprefix("\ufeff") == "Text"
