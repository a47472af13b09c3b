"""Whatever stands in a mail, what we send has the fields that it is meant to have, and no other.

Every hole of every template, filled with what breaks headers in other programs; from rule files to
the bytes that go out.
"""

from __future__ import annotations

import base64
import html as html_
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.hooks.contracts import Refused
from postroom.hooks.letters.compose import compose
from postroom.hooks.letters.header import names
from postroom.identity.token import KeyRing, Tokens
from postroom.model.batch import OutboxRow
from postroom.model.facts import Facts
from postroom.model.message import Auth, Body, Mailbox, Message
from postroom.pipeline.decide import decide
from postroom.rules.load import Kinds, load
from postroom.runtime.sending.letters import Letterhead, letter
from postroom.source.text import Source

if TYPE_CHECKING:
    from email.message import EmailMessage

    from postroom.model.decision import Notice

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RULES = """\
version: 1
tables:
  contact: {fields: {email: {type: email, unique: true}}}
  ticket:
    number: SUP
    fields:
      title: {type: text}
      details: {type: text}
      notes: {type: log}
      updated_by: {type: text}
contacts: {table: contact, guest: guest@kestrel.example}
groups:
  guests: {ticket: {create: true, edit: all}}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    send: {use: out, from: support@kestrel.example}
    filters:
      - id: pass-on
        when: headers["X-Pass-On"] == "yes"
        then: {discard: {forward_to: [help@kestrel.example], template: all, attachments: true}}
      - id: pass-text
        when: headers["X-Pass-On"] == "text"
        then: {discard: {forward_to: [help@kestrel.example]}}
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: anybody-too, then: {allow_as: guest}}]
    mapping:
      set:
        title: ${subject}
        details: ${body.text}
        updated_by: ${from.display_name}
      append: {notes: "${body.reply}"}
    notify:
      - {id: ack, after: created, to: "${from.addr_spec}", template: all, allow_unverified: true}
      - {id: tell, after: created, to: boss@kestrel.example, template: full}
      - {id: bare, after: created, to: boss@kestrel.example, template: plain}
      - id: odd
        after: created
        to: ${record.updated_by ?? ""}
        template: full
        allow_unverified: true
templates:
  all:
    subject: 'Re: ${subject} from ${from.display_name ?? ""} ${message_id}'
    text: "${subject} ${body.text} ${from.addr_spec}"
    html: "<p>${subject}</p><p>${body.text}</p>"
  full:
    subject: '${record.title ?? ""} ${record.updated_by ?? ""}'
    text: '${record.details ?? ""} ${last(record.notes).text ?? ""} ${record.number}'
    html: '<p>${record.title ?? ""}</p><b>${record.updated_by ?? ""}</b>'
  plain: {text: "${subject}"}
"""
INJECTED = "Bcc: victim@weaver.example"
WORD = "=?utf-8?b?" + base64.b64encode(f"\r\n{INJECTED}\r\n\r\n".encode()).decode() + "?="
BREAKS = (
    "\r\n", "\r", "\n", "\n\r", "\r\n\r\n", "\n\n", "\0", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e",
    "\x85", "\u2028", "\u2029", "\ud800", "\t", "\r\n ", "\\r\\n", "%0d%0a", "\u200b", "\u202e",
)  # fmt: skip
NASTY = [
    *(f"a{each}{INJECTED}" for each in BREAKS),
    *(f"{each}{INJECTED}{each}" for each in BREAKS),
    WORD,
    f"x {WORD} {WORD}",
    "=?utf-8?q?=0D=0ABcc=3A_victim=40weaver.example?=",
    "=?utf-8?q?=00?=",
    "x" * 100_000,
    "\u00fc" * 20_000,
    f"{'y ' * 5_000}\r\n{INJECTED}",
    ":",
    "<victim@weaver.example>, x@weaver.example",
    '"',
    "\\",
    "",
]
HOLES = ("subject", "display_name", "addr_spec", "message_id", "references", "body", "all")
MARKS = ("", "yes", "text")


@dataclass(frozen=True)
class OutSettings:
    """Nothing to set."""


KINDS = Kinds({}, {"out": OutSettings})
LOADED = load([Source("rules.yaml", RULES)], KINDS)
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "kestrel"), {"contact": 1, "ticket": 2})
HEAD = Letterhead(TOKENS.ring, LOADED.hash)


def message(hole: str, text: str, mark: str = "") -> Message:
    def put(name: str, usual: str) -> str:
        return text if hole in (name, "all") else usual

    body = put("body", "It is dark.")
    return Message(
        "0" * 64,
        10,
        headers=(("X-Pass-On", mark),) if mark else (),
        from_=Mailbox(put("display_name", "Ann"), put("addr_spec", "ann@weaver.example")),
        subject=put("subject", "Light"),
        message_id=put("message_id", "1@weaver.example"),
        references=(put("references", "0@weaver.example"),),
        return_path="ann@weaver.example",
        auth=Auth(aligned=True),
        body=Body(text=body, reply=body),
    )


def notices(hole: str, text: str, mark: str = "") -> tuple[Notice, ...]:
    facts = Facts("support", NOW, NOW, communication=1, next_record=1)
    found = message(hole, text, mark)
    return decide(found, facts, LOADED.accounts["support"], LOADED, TOKENS).notices


def sent(notice: Notice) -> bytes:
    row = OutboxRow(1, "support", 1, notice, NOW, NOW)
    raw = b"From: <ann@weaver.example>\r\nSubject: x\r\n\r\nIt is dark.\r\n"
    return compose(letter(row, HEAD, "support@kestrel.example", NOW, raw))


def usual(mark: str) -> dict[str, list[str]]:
    """Return the names of the fields of each notice about a mail with nothing odd in it."""
    return {each.rule: names(sent(each)) for each in notices("", "", mark)}


USUAL = {mark: usual(mark) for mark in MARKS}
MAY_LACK = {"In-Reply-To", "References"}
"""What a message id that cannot be written is left out of."""


def check(hole: str, text: str, mark: str) -> int:
    """Compose all notices; return how many there were."""
    made = notices(hole, text, mark)
    for notice in made:
        try:
            raw = sent(notice)
        except Refused:
            assert hole in ("addr_spec", "all"), "only an address may keep a letter from going out"
            continue
        expected = USUAL[mark].get(notice.rule) or USUAL[mark]["tell"]
        found = names(raw)
        assert [name for name in expected if name in found or name not in MAY_LACK] == found
        assert "Bcc" not in found
        parsed: EmailMessage = BytesParser(policy=policy.SMTP).parsebytes(raw)
        assert "Bcc" not in parsed
        assert len(parsed.get_all("Subject", [])) == len(parsed.get_all("To", [])) == 1
        head = raw.partition(b"\r\n\r\n")[0]
        assert b"\0" not in head
        assert not head.replace(b"\r\n", b"").count(b"\n") + head.replace(b"\r\n", b"").count(b"\r")
        assert max(map(len, head.split(b"\r\n"))) <= 998
        allowed = {"ann@weaver.example", "boss@kestrel.example", "help@kestrel.example", text}
        assert set(notice.to) <= allowed
    return len(made)


def test_an_ordinary_mail_is_answered_told_and_forwarded() -> None:
    assert sorted(USUAL[""]) == ["ack", "bare", "tell"]
    assert (list(USUAL["yes"]), list(USUAL["text"])) == (["pass-on"], ["pass-text"])
    assert "In-Reply-To" in USUAL[""]["ack"]


@pytest.mark.parametrize(
    ("hole", "mark"), [*((hole, "") for hole in HOLES), ("all", "yes"), ("all", "text")]
)
def test_no_text_in_any_hole_adds_or_takes_a_field(hole: str, mark: str) -> None:
    assert sum(check(hole, text, mark) for text in NASTY) >= len(NASTY)


@settings(max_examples=60)
@given(
    st.sampled_from(HOLES),
    st.sampled_from(MARKS),
    st.lists(st.sampled_from((*BREAKS, INJECTED, WORD, ": ", "\n ", "ü", "To: x")) | st.text()),
)
def test_no_text_that_can_be_thought_of_does(hole: str, mark: str, parts: list[str]) -> None:
    check(hole, "".join(parts), mark)


@pytest.mark.parametrize("rule", ["ack", "tell"])
def test_what_a_mail_says_is_text_in_html(rule: str) -> None:
    text = '<script>alert("x")</script><img src=//evil.example> & "\''
    found = next(each for each in notices("all", text) if each.rule == rule) if rule != "ack" else (
        next(each for each in notices("subject", text) if each.rule == rule)
    )  # fmt: skip
    assert "<script" not in found.html
    assert "<img" not in found.html
    assert "<script>" in html_.unescape(found.html)


def test_an_address_that_a_mail_brings_is_one_address_or_none() -> None:
    """`odd` writes to whatever the mail has as its sender's name."""
    for text in ("x@weaver.example, y@weaver.example", "x@weaver.example\r\nBcc: y@weaver.example"):
        made = notices("display_name", text)
        assert "odd" not in {each.rule for each in made}


def test_a_notice_with_hostile_fields_of_its_own_is_held_to_the_same() -> None:
    (ack, *_) = notices("", "")
    for text in filter(None, NASTY):
        for changed in (
            replace(ack, subject=text),
            replace(ack, text=text),
            replace(ack, html=text),
            replace(ack, in_reply_to=text),
        ):
            found = names(sent(changed))
            assert [n for n in USUAL[""]["ack"] if n in found or n not in MAY_LACK] == found
