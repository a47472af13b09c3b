"""Mail that was damaged at random, from a seed: every message yields a Message, soon.

A few thousand each time; for more:

    POSTROOM_MUTATIONS=100000 pytest --timeout 0 tests/unit/mail/test_mutations.py
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

from postroom.mail.limits import Limits
from postroom.mail.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = int(os.environ.get("POSTROOM_MUTATIONS", "3000"))
SEED = int(os.environ.get("POSTROOM_SEED", "1"))
SLOW = 2.0
"""Seconds of CPU that no message may take."""
CORPORA = Path(__file__).resolve().parents[3].parent / "shared" / "corpora"

NESTED = b"""\
From: =?utf-8?Q?J=C3=BCrgen?= <j@m.example>
To: "Lee, Ann" <a@b.example>, Friends: c@d.example, e@f.example;
Subject: =?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?=
Date: Mon, 12 Oct 2026 10:00:00 +0200
Content-Type: multipart/mixed; boundary="outer"; charset*0*=utf-8''a%20; charset*1=b

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-2022-jp

\x1b$BF|K\\\x1b(B
--inner
Content-Type: text/html; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

<div style=3D"display:none">no</div><p>Gr=FC=DFe <!-- c --> &amp; <b>x</b><br>
--inner--
--outer
Content-Type: message/rfc822

Subject: inner
Content-Type: text/plain

begin 644 cat.txt
#0V%T
`
end
--outer
Content-Type: application/pdf; name="r.pdf"
Content-Disposition: attachment; filename*=utf-8''%C3%A9.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjcKJeLjz9MK
--outer
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; x@y.example
Action: failed
Status: 5.1.1
--outer
Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20261012T100000
END:VEVENT
END:VCALENDAR
--outer--
"""
WORDS = (
    b"\n", b"\r", b"\r\n", b"\n\n", b"--outer", b"--inner--", b"\x00", b"\xff", b"=?", b"?=", b"(",
    b")", b'"', b"<", b">", b";", b":", b"=", b"Content-Type: multipart/mixed; boundary=x\n",
    b"\x1b$B", b"Content-Transfer-Encoding: base64\n", b"\xef\xbb\xbf", b"From ", b" ", b"\t",
    b"*0*=", b"<!--",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return whole messages to damage: our own, and the shared ones where they are."""
    shared = [path.read_bytes() for path in sorted(CORPORA.glob("*/mail/*"))]
    return [NESTED, NESTED.replace(b"\n", b"\r\n"), *(raw for raw in shared if len(raw) < 50_000)]


def flip(raw: bytearray, chance: random.Random) -> None:
    raw[chance.randrange(len(raw))] = chance.randrange(256)


def insert(raw: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(raw))
    raw[at:at] = chance.choice(WORDS) * chance.choice((1, 1, 1, 2, 30))


def remove(raw: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(raw))
    del raw[at : at + chance.choice((1, 2, 10, 100))]


def double(raw: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(raw))
    end = start + chance.choice((5, 50, 500))
    at = chance.randrange(len(raw))
    raw[at:at] = raw[start:end] * chance.choice((1, 2, 20))


def cut(raw: bytearray, chance: random.Random) -> None:
    del raw[chance.randrange(len(raw)) :]


def swap_lines(raw: bytearray, chance: random.Random) -> None:
    lines = raw.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    raw[:] = b"\n".join(lines)


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flip, flip, insert, insert, remove, double, cut, swap_lines,
)  # fmt: skip


def mutations(count: int, seed: int) -> Iterator[bytes]:
    """Yield damaged messages, the same for the same seed."""
    chance = random.Random(seed)
    sources = seeds()
    for _ in range(count):
        raw = bytearray(chance.choice(sources))
        for _ in range(chance.choice((1, 1, 2, 3, 5, 10))):
            if raw:
                chance.choice(DAMAGES)(raw, chance)
        yield bytes(raw[:200_000])


def test_damaged_mail_yields_a_message_soon() -> None:
    tight = Limits(depth=3, parts=8, fields=20, parameters=3, encoded_words=2, addresses=3)
    for number, raw in enumerate(mutations(COUNT, SEED)):
        started = time.process_time()
        message = read(raw)
        spent = time.process_time() - started
        assert "failed" not in (message.refused or ""), (number, message.refused)
        assert spent < SLOW, (number, spent)
        message.body.text.encode("utf-8")
        if number % 10 == 0:
            assert "failed" not in (read(raw, limits=tight).refused or ""), number
