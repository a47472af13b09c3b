"""A mix of mail as a help desk gets it, the same for the same seed; used by every benchmark.

Kinds: plain, alternative, HTML only, a 100 KB attachment, a DSN, a deep multipart, encoded words,
iso-2022-jp, windows-1252. The mean is about 24 KB.

    python benchmarks/mix.py [COUNT [SEED]]     says what the mix is made of
"""

from __future__ import annotations

import base64
import quopri
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENGLISH = """
the printer on third floor has stopped again and nobody can send invoices to customers please look
into it before noon we tried turning off on report shows error code network cable seems fine account
password reset order delivery number missing thank you kind regards meeting tomorrow server outage
Berlin office update contract attached file review
"""
WORDS = ENGLISH.split()
GERMAN = "für über Rechnung Größe schön müssen Straße können Änderung Öffnung Übersicht weiß"
JAPANESE = "お世話になっております。請求書を送ってください。ありがとうございます。会議は明日です"
NAMES = ("Ann Partner", "Bob Müller", "Chloé Dubois", "Dieter Groß", "Eva Novák", "山田太郎")
DOMAINS = ("partner.example", "customer.example", "supplier.example", "mail.example")


def messages(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield count messages; the same ones for the same count and seed."""
    for _, raw in named_messages(count, seed):
        yield raw


def named_messages(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield each message with the name of its kind."""
    chance = random.Random(seed)
    names = list(KINDS)
    weights = [weight for weight, _ in KINDS.values()]
    for number in range(count):
        name = chance.choices(names, weights)[0]
        yield name, KINDS[name][1](chance, number).replace(b"\n", b"\r\n")


def _plain(chance: random.Random, number: int) -> bytes:
    head = _head(chance, number, _title(chance))
    return head + _typed("text/plain; charset=us-ascii", "7bit") + _lines(chance, 40).encode()


def _alternative(chance: random.Random, number: int) -> bytes:
    return _head(chance, number, f"Re: {_title(chance)}") + _both(chance, "alt", 30)


def _html_only(chance: random.Random, number: int) -> bytes:
    page = quopri.encodestring(_page(chance, 90).encode())
    head = _head(chance, number, _title(chance))
    return head + _typed("text/html; charset=utf-8", "quoted-printable") + page


def _attachment(chance: random.Random, number: int) -> bytes:
    data = base64.encodebytes(b"%PDF-1.7\n" + chance.randbytes(100_000))
    kind = 'application/pdf; name="report.pdf"'
    disposition = b'Content-Disposition: attachment; filename="report.pdf"\n'
    file = disposition + _typed(kind, "base64") + data
    return _head(chance, number, _title(chance)) + _multipart(
        "mixed", "mix", _both(chance, "alt", 10), file
    )


def _dsn(chance: random.Random, number: int) -> bytes:
    address = _address(chance)
    report = (
        "Reporting-MTA: dns; mx.mail.example\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n"
    )
    original = _head(chance, number, _title(chance)) + _typed("text/plain", "7bit") + b"Hello\n"
    text = f"Your message to {address} could not be delivered.\n\n{_lines(chance, 12)}"
    return _head(
        chance, number, "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mail.example"
    ) + _multipart(
        "report; report-type=delivery-status",
        "dsn",
        _typed("text/plain", "7bit") + text.encode(),
        _typed("message/delivery-status", "7bit") + report.encode(),
        _typed("message/rfc822", "7bit") + original,
    )


def _deep(chance: random.Random, number: int) -> bytes:
    inner = _both(chance, "level0", 8)
    for level in range(1, 9):
        note = _typed("text/plain; charset=utf-8", "8bit") + _lines(chance, 4).encode()
        inner = _multipart("mixed", f"level{level}", inner, note)
    return _head(chance, number, _title(chance)) + inner


def _encoded_words(chance: random.Random, number: int) -> bytes:
    subject = " ".join(_word(f"{chance.choice(GERMAN.split())} ") for _ in range(12))
    body = quopri.encodestring("\n".join(_german(chance, 8) for _ in range(25)).encode())
    head = _head(chance, number, subject.replace(" ", "\n ", 6))
    return head + _typed("text/plain; charset=utf-8", "quoted-printable") + body


def _japanese(chance: random.Random, number: int) -> bytes:
    lines = "\n".join("。".join(chance.choices(JAPANESE.split("。"), k=4)) for _ in range(30))
    subject = base64.b64encode("請求書について".encode("iso-2022-jp")).decode()
    head = _head(chance, number, f"=?iso-2022-jp?B?{subject}?=")
    return head + _typed("text/plain; charset=iso-2022-jp", "7bit") + lines.encode("iso-2022-jp")


def _western(chance: random.Random, number: int) -> bytes:
    body = "\n".join(_german(chance, 9) for _ in range(30)).encode("cp1252")
    return (
        _head(chance, number, _title(chance))
        + _typed("text/plain; charset=windows-1252", "8bit")
        + body
    )


DEFAULTS = (1_000, 1)
"""Count and seed."""
KINDS: dict[str, tuple[int, Callable[[random.Random, int], bytes]]] = {
    "plain": (25, _plain),
    "alternative": (24, _alternative),
    "html_only": (10, _html_only),
    "attachment": (10, _attachment),
    "dsn": (8, _dsn),
    "deep": (5, _deep),
    "encoded_words": (8, _encoded_words),
    "iso_2022_jp": (4, _japanese),
    "windows_1252": (6, _western),
}
"""Each kind with its weight and its maker."""


def _head(chance: random.Random, number: int, subject: str, sender: str = "") -> bytes:
    name = chance.choice(NAMES)
    shown = name if name.isascii() else _word(name)
    hop = f"from out.{chance.choice(DOMAINS)} (out.example [192.0.2.{chance.randrange(1, 255)}])"
    day = f"Mon, 12 Oct 2026 10:{chance.randrange(60):02}"
    received = "".join(
        f"Received: {hop}\n\tby mx{hops}.mail.example (Postfix) with ESMTPS\n"
        f"\tid {chance.getrandbits(40):X} for <desk@mail.example>; {day}:07 +0200 (CEST)\n"
        for hops in range(3)
    )
    references = " ".join(
        f"<{chance.getrandbits(64):x}@{chance.choice(DOMAINS)}>" for _ in range(2)
    )
    return (
        f"Return-Path: <{_address(chance)}>\n{received}"
        "Authentication-Results: mx.mail.example; dkim=pass header.d=partner.example;\n"
        "\tspf=pass smtp.mailfrom=partner.example; dmarc=pass header.from=partner.example\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; d=partner.example; s=k1;\n\tb={_token(chance)}\n"
        f"From: {sender or f'{shown} <{_address(chance)}>'}\n"
        f"To: Help Desk <desk@mail.example>, {_address(chance)}\nCc: {_address(chance)}\n"
        f"Subject: {subject}\nDate: {day}:00 +0200\n"
        f"Message-ID: <{number}.{chance.getrandbits(64):x}@partner.example>\n"
        f"References: {references}\nMIME-Version: 1.0\nUser-Agent: Mixer 1.0\n"
    ).encode()


def _both(chance: random.Random, boundary: str, lines: int) -> bytes:
    text = _typed("text/plain; charset=utf-8", "quoted-printable")
    html = _typed("text/html; charset=utf-8", "quoted-printable")
    quoted = "\n\nOn Mon, Oct 12, 2026 at 9:00 AM Ann <ann@partner.example> wrote:\n> "
    words = _lines(chance, lines)
    plain = quopri.encodestring((words + quoted + words.replace("\n", "\n> ")).encode())
    page = quopri.encodestring(_page(chance, lines * 2).encode())
    return _multipart("alternative", boundary, text + plain, html + page)


def _multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    mark = f"=_{boundary}_{len(parts)}"
    start = f'Content-Type: multipart/{kind};\n boundary="{mark}"\n\nThis is MIME.\n'.encode()
    body = b"".join(b"\n--" + mark.encode() + b"\n" + part for part in parts)
    return start + body + f"\n--{mark}--\n".encode()


def _typed(content_type: str, encoding: str) -> bytes:
    return f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n".encode()


def _page(chance: random.Random, lines: int) -> str:
    style = 'style="font-family: Calibri, sans-serif; color: #1f497d; margin: 0 0 8px 0"'
    rows = "".join(
        f"<p {style}>{_line(chance)} <b>{chance.choice(GERMAN.split())}</b></p>\n"
        for _ in range(lines)
    )
    return (
        f'<html><head><meta charset="utf-8"><title>x</title></head><body>{rows}<br></body></html>'
    )


def _lines(chance: random.Random, count: int) -> str:
    return "\n".join(_line(chance) for _ in range(count)) + "\n"


def _line(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=12))


def _german(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices((*GERMAN.split(), *WORDS[:12]), k=count))


def _title(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=5)).capitalize()


def _word(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _address(chance: random.Random) -> str:
    return f"{chance.choice(WORDS).lower()}{chance.randrange(1000)}@{chance.choice(DOMAINS)}"


def _token(chance: random.Random) -> str:
    return base64.b64encode(chance.randbytes(96)).decode()


def main() -> None:
    """Print what the mix is made of."""
    count, seed = (*map(int, sys.argv[1:]), *DEFAULTS[len(sys.argv) - 1 :])
    sizes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for name, raw in named_messages(count, seed):
        sizes[name] += len(raw)
        kinds[name] += 1
    for name in KINDS:
        print(f"{name:14} {kinds[name]:6}  mean {sizes[name] / max(1, kinds[name]) / 1000:7.1f} KB")
    print(f"{'all':14} {count:6}  mean {sizes.total() / count / 1000:7.1f} KB")


if __name__ == "__main__":
    main()
