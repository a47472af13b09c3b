"""Bytes to Message, whatever the bytes are."""

from __future__ import annotations

import hashlib
import pickle
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail import read as module
from postroom.mail.limits import LIMITS, Limits
from postroom.mail.read import read

WHOLE = """\
Return-Path: <bounces@lists.example>
From: =?utf-8?Q?J=C3=BCrgen?= <j@m.example>
Sender: Desk <desk@m.example>
Reply-To: r@m.example, s@m.example
To: Help <help@d.example>
Cc: c@d.example
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
Date: Mon, 12 Oct 2026 10:00:00 +0200
Message-ID: <1@m.example>
In-Reply-To: <0@m.example>
References: <a@m.example> <b@m.example>
 <0@m.example>
Auto-Submitted: auto-generated (a script); type=cron
Precedence: Bulk
List-Id: A list <l.m.example>
List-Post: <mailto:l@m.example>
List-Unsubscribe: <https://m.example/u>
Content-Language: de-DE, en
X-Custom: one
X-Custom: two

Hallo
"""


def test_every_field_is_filled_in() -> None:
    raw = WHOLE.encode()
    message = read(raw)
    assert message.sha256 == hashlib.sha256(raw).hexdigest()
    assert message.size == len(raw)
    assert (message.from_.display_name, message.from_.addr_spec) == ("Jürgen", "j@m.example")
    assert message.from_problem is None
    assert message.sender.addr_spec == "desk@m.example"
    assert [mailbox.addr_spec for mailbox in message.reply_to] == ["r@m.example", "s@m.example"]
    assert (message.to[0].display_name, message.cc[0].addr_spec) == ("Help", "c@d.example")
    assert message.subject == "Grüße"
    assert message.date is not None
    assert message.date.isoformat() == "2026-10-12T08:00:00+00:00"
    assert message.message_id == "1@m.example"
    assert message.in_reply_to == ("0@m.example",)
    assert message.references == ("a@m.example", "b@m.example", "0@m.example")
    assert message.return_path == "bounces@lists.example"
    assert (message.auto_submitted, message.precedence) == ("auto-generated", "bulk")
    assert message.list_id == "A list <l.m.example>"
    assert message.list_post == "<mailto:l@m.example>"
    assert message.list_unsubscribe == "<https://m.example/u>"
    assert message.headers_all("x-custom") == ("one", "two")
    assert (message.body.text, message.body.reply) == ("Hallo\n", "Hallo")
    assert message.body.language == "de-DE"
    assert message.refused is None
    assert message.defects == ()


def test_an_empty_message_has_nothing() -> None:
    message = read(b"")
    assert (message.subject, message.body.text, message.headers) == ("", "", ())
    assert message.from_problem == "there is no From field"
    assert message.return_path is None
    assert message.auto_submitted == "no"
    assert message.refused is None


@pytest.mark.parametrize(
    ("field", "told", "path"),
    [
        (b"", None, None),
        (b"Return-Path: <>\n", None, ""),
        (b"Return-Path: <a@b.example> (added by mx)\n", None, "a@b.example"),
        (b"Return-Path: a@b.example\n", None, "a@b.example"),
        (b"Return-Path: <a@b.example>\n", "", ""),
        (b"Return-Path: <a@b.example>\n", "<c@d.example>", "c@d.example"),
        (b"", "c@d.example", "c@d.example"),
    ],
)
def test_the_envelope_goes_before_return_path(
    field: bytes, told: str | None, path: str | None
) -> None:
    assert read(field + b"Subject: x\n\n", mail_from=told).return_path == path


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@b>", ("a@b",)),
        (b"<a@b><c@d>", ("a@b", "c@d")),
        (b"<a@b> <a@b>", ("a@b",)),
        (b"<a\n @b>", ("a@b",)),
        (b"a@b, c@d", ("a@b", "c@d")),
        (b"Your message of Monday", ()),
        (b'"x" <a@b', ("a@b",)),
    ],
)
def test_identifiers_are_found(value: bytes, ids: tuple[str, ...]) -> None:
    assert read(b"References: " + value + b"\n\n").references == ids


def test_a_message_may_be_as_large_as_the_limit_and_no_larger() -> None:
    raw = b"Subject: big\nFrom: a@b.example\n\n" + b"x" * 1000
    assert read(raw, limits=Limits(message=len(raw))).refused is None
    refused = read(raw, limits=Limits(message=len(raw) - 1))
    assert "larger than" in (refused.refused or "")
    assert (refused.subject, refused.size) == ("big", len(raw))
    assert refused.sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("name", ["From", "To", "Cc", "Reply-To", "Sender"])
def test_addresses_and_comments_are_counted(name: str) -> None:
    def refused(value: str) -> str:
        return read(f"Subject: s\n{name}: {value}\n\nx".encode()).refused or ""

    assert refused(", ".join(["a@b.example"] * 1000)) == ""
    assert "more than 1,000 addresses" in refused(", ".join(["a@b.example"] * 1001))
    assert refused("(" * 20 + ")" * 20 + "a@b.example") == ""
    assert "deeper than 20 levels" in refused("(" * 21 + ")" * 21 + "a@b.example")


CRAFTED = {
    "1 MB subject of encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 75_000 + b"\n\nx",
    "64 KB subject of encoded words": b"Subject: " + b"=?a?q?b?= " * 999 + b"\n\nx",
    "50 KB of comments": b"From: " + b"(" * 25_000 + b")" * 25_000 + b"\n\nx",
    "many fields": b"A: b\n" * 200_000 + b"\nx",
    "no header end": b"A" * 5_000_000,
    "blank lines": b"\n" * 5_000_000,
    "continuations": b"A: b\n" + b" c\n" * 80_000 + b"\nx",
    "addresses": b"To: " + b"a@b.example, " * 4_900 + b"\n\nx",
    "50,000 nested divs": b"Content-Type: text/html\n\n" + b"<div>" * 50_000,
    "50,000 attributes": b"Content-Type: text/html\n\n<p " + b"a=1 " * 50_000,
    "references": b"References: " + b"<a@b> " * 10_000 + b"\n\nx",
    "parameters": b"Content-Type: a/b" + b"; c=d" * 13_000 + b"\n\nx",
    "a flood of lines": b"\n" + b"On Mon, Ann wrote:\n> x\n" * 50_000,
    "lines that look like boundaries": b"\n" + b"--b\n" * 500_000,
    "comments in a type": b"Content-Type: a/b " + b"()" * 32_000 + b"\n\nx",
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_message_costs_less_than_a_tenth_of_a_second(name: str) -> None:
    def cost() -> float:
        started = time.process_time()
        read(CRAFTED[name])
        return time.process_time() - started

    assert min(cost() for _ in range(3)) < 0.1


HUGE = {
    "letters": b"\n" + b"x" * 39_000_000,
    "high bytes": b"\n" + b"caf\xe9\n" * 5_000_000,
    "empty lines": b"Subject: x\n\na" + b"\n" * 30_000_000,
    "tags": b"Content-Type: text/html\n\n" + b"<p>" * 10_000_000,
    "padding": b"Content-Transfer-Encoding: base64\n\n" + b"A=\n" * 10_000_000,
    "broken base64": b"Content-Transfer-Encoding: base64\n\n" + b"aGVs*bG8\n" * 3_000_000,
    "broken escapes": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=X\n" * 9_000_000,
    "uuencoded lines": b"Content-Transfer-Encoding: x-uue\n\nbegin 644 x\n" + b"M\n" * 9_000_000,
    "escapes": b"Content-Type: a/b; charset=iso-2022-jp\n\n" + b"\x1b$B-!\x1b(B\n" * 3_000_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_the_largest_message_stays_within_the_budget(name: str) -> None:
    started = time.process_time()
    read(HUGE[name])
    assert time.process_time() - started < 8


def test_a_text_too_long_to_be_taken_apart_is_all_new() -> None:
    text = "Hello\n" * 10_001 + "\nOn Mon, Ann <a@b.example> wrote:\n> quoted\n"
    body = read(b"\n" + text.encode()).body
    assert (body.text, body.reply, body.quoted) == (text, text, "")


def test_a_fault_of_ours_costs_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "read_contents", broken)
    message = read(WHOLE.encode())
    assert message.refused == "the reader failed on this message: RuntimeError"
    assert message.subject == "Grüße"


def test_a_message_can_be_sent_between_processes() -> None:
    message = read(WHOLE.encode())
    assert pickle.loads(pickle.dumps(message)) == message


def test_reading_is_the_same_every_time() -> None:
    raw = WHOLE.replace("Hallo", "Sch\xf6ne Gr\xfc\xdfe aus K\xf6ln").encode("latin-1")
    assert read(raw) == read(raw)


@given(st.binary(max_size=500))
def test_no_bytes_raise(raw: bytes) -> None:
    assert "failed" not in (read(raw).refused or "")


PIECES = [
    b"From: ", b"a@b.example", b"\n", b"\r\n", b"\n\n", b"Content-Type: ", b"multipart/mixed",
    b"text/html", b"; boundary=b", b"--b", b"--", b"message/rfc822", b"<p>", b"=?utf-8?q?", b"?=",
    b"Content-Transfer-Encoding: base64", b"aGVsbG8=", b"begin 644 x\n", b"end", b"(", b"\x00",
    b"\xff", b"application/ms-tnef", b"Subject: ", b" ", b"\x1b$B", b'"', b"<", b">",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_no_pieces_of_mail_raise(pieces: list[bytes]) -> None:
    assert "failed" not in (read(b"".join(pieces)).refused or "")


def test_limits_are_what_security_asks_for() -> None:
    assert (LIMITS.message, LIMITS.header, LIMITS.field) == (40_000_000, 256 * 1024, 64 * 1024)
    assert (LIMITS.fields, LIMITS.addresses, LIMITS.encoded_words) == (1_000, 1_000, 1_000)
    assert (LIMITS.comment_depth, LIMITS.parameters) == (20, 64)
    assert (LIMITS.depth, LIMITS.parts, LIMITS.attachment) == (50, 1_000, 25_000_000)


def test_memory_does_not_grow_with_the_messages_read() -> None:
    import tracemalloc

    chance = random.Random(1)
    raws = [WHOLE.replace("Hallo", f"Hallo {chance.random()}").encode() for _ in range(400)]
    for raw in raws[:200]:
        read(raw)
    tracemalloc.start()
    for raw in raws[:100]:
        read(raw)
    before = tracemalloc.get_traced_memory()[0]
    for raw in raws[100:]:
        read(raw)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 500_000
